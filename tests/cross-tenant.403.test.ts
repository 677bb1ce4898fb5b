import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { ask, JSON_BODY, messages } from './ask.ts';
import { foreignIssuerToken, idToken } from './tokens.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const { port } = platform.proxy;

/** How a Host header may be spelt, and whether it still is acme's. */
const HOSTS = {
  own: { host: `acme.proxy.localhost:${port}`, reaches: 'own' },
  other: { host: `globex.proxy.localhost:${port}`, reaches: 'other' },
  unknown: { host: `nobody-here.proxy.localhost:${port}`, reaches: 'other' },
  'upper case': { host: `ACME.Proxy.LOCALHOST:${port}`, reaches: 'own' },
  'trailing dot': { host: `acme.proxy.localhost.:${port}`, reaches: 'own' },
  'without port': { host: 'acme.proxy.localhost', reaches: 'own' },
  'another port': { host: 'acme.proxy.localhost:1', reaches: 'own' },
  'nested label': { host: `x.acme.proxy.localhost:${port}`, reaches: 'none' },
  'tenant as prefix': { host: `acme.globex.proxy.localhost:${port}`, reaches: 'none' },
  punycode: { host: `xn--acme-5ve.proxy.localhost:${port}`, reaches: 'none' },
  'no tenant': { host: `proxy.localhost:${port}`, reaches: 'none' },
  'another domain': { host: `acme.proxy.localhost.evil.example:${port}`, reaches: 'none' },
} as const;

/** What a credential is, seen from acme. */
const CREDENTIALS: Record<string, { value: () => Promise<string> | string; is: 'authentic' | 'junk' }> = {
  'API key': { value: () => acme.apiKey, is: 'authentic' },
  'access token': { value: () => acme.accessToken, is: 'authentic' },
  'ID token': { value: () => idToken(platform, 'acme'), is: 'junk' },
  "another issuer's token": { value: () => foreignIssuerToken(platform, 'acme'), is: 'junk' },
};

const CARRIERS: Record<string, (own: string) => Record<string, string>> = {
  Authorization: (own) => ({ authorization: `Bearer ${own}` }),
  'x-api-key': (own) => ({ 'x-api-key': own }),
  'both, equal': (own) => ({ authorization: `Bearer ${own}`, 'x-api-key': own }),
};

function expectedStatus(reaches: 'own' | 'other' | 'none', is: 'authentic' | 'junk'): number {
  if (reaches === 'none') return 404;
  if (is === 'junk') return 401;
  return reaches === 'own' ? 200 : 403;
}

function callsToBedrock(): number {
  const { log } = platform.standIns.bedrock;
  // The log is there from the first call on.
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
}

describe('a credential works on its own hostname alone', () => {
  for (const [hostName, { host, reaches }] of Object.entries(HOSTS)) {
    for (const [credentialName, { value, is }] of Object.entries(CREDENTIALS)) {
      for (const [carrierName, carry] of Object.entries(CARRIERS)) {
        const status = expectedStatus(reaches, is);
        it(`${credentialName} in ${carrierName} on host "${hostName}" -> ${status}`, async () => {
          const before = callsToBedrock();
          const reply = await ask(`${platform.proxy.url}/v1/messages`, {
            headers: { ...JSON_BODY, ...carry(await value()), host },
            body: messages('matrix'),
          });
          expect(reply.status, reply.body).toBe(status);
          expect(reply.headers['cache-control']).toBe('no-store');
          expect(JSON.parse(reply.body)).toMatchObject({ type: status === 200 ? 'message' : 'error' });
          if (status !== 200) {
            expect(reply.headers['x-amz-apigw-id'], 'an origin was called').toBeUndefined();
            expect(callsToBedrock()).toBe(before);
          }
        });
      }
    }
  }
});

describe('two different credentials on one request', () => {
  const both = async (bearer: string, key: string, host = acme.host) =>
    ask(`${platform.proxy.url}/v1/messages`, {
      headers: { ...JSON_BODY, host, authorization: `Bearer ${bearer}`, 'x-api-key': key },
      body: messages('matrix'),
    });

  it('of two tenants: 403, whichever header holds the foreign one', async () => {
    expect((await both(acme.apiKey, globex.apiKey)).status).toBe(403);
    expect((await both(globex.accessToken, acme.apiKey)).status).toBe(403);
  });

  it('of two identities of one tenant: 401', async () => {
    expect((await both(acme.accessToken, acme.apiKey)).status).toBe(401);
  });

  it('one of them junk: 401, so that a good one cannot carry a bad one', async () => {
    expect((await both(acme.apiKey, 'ark1_acme_junk')).status).toBe(401);
    expect((await both('junk', acme.apiKey)).status).toBe(401);
  });
});

it('answers an unknown tenant byte for byte like a foreign one', async () => {
  const answers = await Promise.all(
    [HOSTS.other.host, HOSTS.unknown.host].map((host) =>
      ask(`${platform.proxy.url}/v1/messages`, {
        headers: { ...JSON_BODY, host, 'x-api-key': acme.apiKey },
        body: messages('x'),
      }),
    ),
  );
  const [foreign, unknown] = answers.map(({ status, headers, body }) => {
    const id = headers['request-id'] ?? '';
    const { date: _date, 'x-amz-cf-id': _id, ...rest } = headers;
    return JSON.stringify({ status, rest, body }).replaceAll(id, '<request id>');
  });
  expect(unknown).toBe(foreign);
});

it('never lets a client name its own tenant, passport or host', async () => {
  for (const name of ['x-ar-tenant', 'x-ar-host', 'x-ar-directory', 'x-ar-passport', 'x_ar_tenant', 'X-Ar_Tenant']) {
    const reply = await ask(`${platform.proxy.url}/v1/messages`, {
      headers: { ...JSON_BODY, host: acme.host, 'x-api-key': globex.apiKey, [name]: 'globex' },
      body: messages('x'),
    });
    expect(reply.status, name).toBe(403);
  }
});
