import type { CloudFrontResultResponse } from 'aws-lambda';
import { expect, test } from 'vitest';
import { type EdgeProvider, encodeEdgeProvider, providerKey } from '../../tenancy/edge-provider.ts';
import { PROVIDER_DEFAULTS } from '../../tenancy/identity-provider.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { type Asked, accessToken, acme, bearer, bench, CLIENT, NOW, originRequest, settings } from './fixture.ts';
import { handleOriginRequest } from './origin.ts';

const OKTA: EdgeProvider = {
  ...PROVIDER_DEFAULTS,
  tenantId: parseTenantId('acme')!,
  issuer: 'https://acme.okta.com/oauth2/aus1',
  audience: 'api://gateway',
  jwksUri: 'https://acme.okta.com/oauth2/aus1/v1/keys',
  clientId: '0oa1',
};
const found = (...providers: EdgeProvider[]) => ({
  'x-ar-providers': JSON.stringify(providers.map((one) => [providerKey(one), JSON.parse(encodeEdgeProvider(one))])),
});

async function discover(asked: Asked = {}) {
  const uri = '/.well-known/oauth-protected-resource';
  const tools = bench();
  const request = originRequest({ method: 'GET', uri, querystring: '', ...asked });
  const answer = (await handleOriginRequest(request, tools, NOW)) as CloudFrontResultResponse;
  expect(tools.fetched).toEqual([]);
  return { status: answer.status, headers: answer.headers, body: answer.body, json: JSON.parse(answer.body ?? '{}') };
}

test('of a tenant with an identity provider it is said that people sign in there, and as which client', async () => {
  const { status, headers, json } = await discover({ headers: found(OKTA) });
  expect(status).toBe('200');
  expect(json).toEqual({
    resource: 'https://acme.proxy.example.test',
    authorization_servers: ['https://acme.okta.com/oauth2/aus1'],
    bearer_methods_supported: ['header'],
    scopes_supported: ['openid', 'offline_access'],
    agent_runner_client_id: '0oa1',
  });
  expect(headers?.['cache-control']?.[0]?.value).toBe('private, max-age=60');
  expect(headers?.['content-type']?.[0]?.value).toBe('application/json');
});

test('a provider without a client for the login helper says none', async () => {
  const { clientId: _, ...without } = OKTA;
  expect((await discover({ headers: found(without) })).json).not.toHaveProperty('agent_runner_client_id');
});

test('of any other tenant it is the platform’s pool, and an unknown one is not told from one that is there', async () => {
  const known = await discover();
  expect(known.json).toMatchObject({
    resource: 'https://acme.proxy.example.test',
    authorization_servers: [settings.issuer.url],
    agent_runner_client_id: CLIENT,
  });
  const others = [
    { tenant: 'nosuch', entry: null },
    { tenant: 'globex', entry: { ...acme, status: 'SUSPENDED' } },
  ] as const;
  for (const asked of others) {
    const { body, headers } = await discover(asked);
    expect(body?.replace(`${asked.tenant}.proxy`, 'acme.proxy')).toBe(known.body);
    expect(Object.keys(headers ?? {})).toEqual(Object.keys(known.headers ?? {}));
  }
});

test('the provider of another tenant, whose token somebody shows, is not named', async () => {
  const headers = { ...found({ ...OKTA, tenantId: parseTenantId('globex')! }), ...bearer(await accessToken()) };
  expect((await discover({ headers })).json.authorization_servers).toEqual([settings.issuer.url]);
});

test('a damaged or doubled entry is a fault of ours, never “the platform’s pool”', async () => {
  const good = found(OKTA)['x-ar-providers'];
  for (const damaged of ['', 'x', '{}', '[[]]', '[["a b",{}]]', good.replace('"t":"acme"', '"t":""'), [good, good]]) {
    expect((await discover({ headers: { 'x-ar-providers': damaged } })).status).toBe('500');
  }
});

test('at the same path nothing else is answered', async () => {
  expect((await discover({ method: 'POST' })).status).toBe('401');
});
