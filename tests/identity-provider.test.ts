import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { call } from '../local/issuer/issuer-fixture.ts';
import { type OktaTokens, postTo, signInAtOkta } from '../local/okta/sign-in.fixture.ts';
import { ask, JSON_BODY, messages } from './ask.ts';
import { tokenOf } from './sign-in.ts';

const platform = inject('platform');
const { acme, globex, initech } = platform.tenants;
const { okta } = platform;

const send = (tenant: { readonly host: string }, token: string) =>
  ask(`${platform.proxy.url}/v1/messages`, {
    headers: { ...JSON_BODY, authorization: `Bearer ${token}`, 'x-api-key': token, host: tenant.host },
    body: messages('hello'),
  });
const errorOf = (body: string): string => JSON.parse(body).error.message;

describe('the people of a tenant with an identity provider of its own', () => {
  it('find out where to sign in from its hostname, sign in there, and call models', async () => {
    const url = `${platform.proxy.url}/.well-known/oauth-protected-resource`;
    const found = await ask(url, { method: 'GET', headers: { host: initech.host } });
    expect([found.status, JSON.parse(found.body)]).toEqual([
      200,
      {
        resource: initech.baseUrl,
        authorization_servers: [okta.issuer],
        bearer_methods_supported: ['header'],
        scopes_supported: ['openid', 'offline_access'],
        agent_runner_client_id: okta.clientId,
      },
    ]);
    const { access_token: token } = await signInAtOkta(okta, okta.users.member);
    const answered = await send(initech, token);
    expect([answered.status, answered.body]).toEqual([200, expect.stringContaining('hello')]);
  });

  it('are kept from every other tenant’s hostname with 403, and told nothing of it', async () => {
    for (const { access_token: token } of [
      await signInAtOkta(okta, okta.users.member),
      await signInAtOkta(okta, okta.users.outsider),
    ]) {
      for (const host of [acme.host, globex.host, acme.host.replace('acme', 'nobody-here')]) {
        const answer = await send({ host }, token);
        expect(answer.status).toBe(403);
        expect(errorOf(answer.body)).toContain('does not belong to this hostname');
      }
    }
  });

  it('who are in none of its groups get 403, with the group and whom to ask', async () => {
    const { access_token: token } = await signInAtOkta(okta, okta.users.outsider);
    const answer = await send(initech, token);
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([403, 'false']);
    expect(errorOf(answer.body)).toMatch(/claude-users; ask your tenant admin/);
  });

  it('go on with a refreshed token, and after the provider has changed its keys', async () => {
    const before = await signInAtOkta(okta, okta.users.member);
    const refreshed = await postTo(okta, '/v1/token', {
      grant_type: 'refresh_token',
      client_id: okta.clientId,
      refresh_token: before.refresh_token,
    });
    const tokens = JSON.parse(refreshed.text) as OktaTokens;
    expect((await send(initech, tokens.access_token)).status).toBe(200);
    const headers = { authorization: `SSWS ${okta.apiToken}`, 'content-type': 'application/json' };
    const rotated = await call(okta.ca, okta.keyRotateUrl, { method: 'POST', headers, body: '{"use":"sig"}' });
    expect(rotated.status).toBe(200);
    const after = await signInAtOkta(okta, okta.users.member);
    // A new key is asked for as soon as it is used; within ten seconds of the last question it is not (503, or 401).
    await expect.poll(async () => (await send(initech, after.access_token)).status, { timeout: 20_000 }).toBe(200);
    expect((await send(initech, before.access_token)).status).toBe(200);
  }, 60_000);

  it('show no ID token, and none of the provider opens the control plane', async () => {
    const tokens = await signInAtOkta(okta, okta.users.member);
    expect((await send(initech, tokens.id_token)).status).toBe(401);
    const { status, body } = await ask(platform.graphql.loopbackUrl, {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.access_token}` },
      body: JSON.stringify({ query: '{ viewer { __typename } }' }),
    });
    expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('work beside those of the platform’s pool: the tenant’s admin and its API key', async () => {
    expect((await send(initech, initech.accessToken)).status).toBe(200);
    expect((await send(initech, initech.apiKey)).status).toBe(200);
  });
});

describe('its admin', () => {
  const PERSON = `usr_initech:idp_${okta.users.member.uid}`;
  const inConsole = async (query: string, variables: object, who = initech.admin) => {
    const { body } = await ask(platform.graphql.loopbackUrl, {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf(platform, who)}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = JSON.parse(body);
    expect(errors).toBeUndefined();
    return data;
  };

  it('sees what each of its people has used, and takes a model away from one', async () => {
    const { access_token: token } = await signInAtOkta(okta, okta.users.member);
    expect((await send(initech, token)).status).toBe(200);
    const today = new Date().toISOString().slice(0, 10);
    await vi.waitFor(
      async () => {
        const { tenant } = await inConsole(
          'query ($of: UsageInput!) { tenant(slug: "initech") { usage(input: $of) { series { userId totals { requests } } } } }',
          { of: { from: today, to: today, groupBy: ['USER'], userIds: [PERSON] } },
        );
        expect(tenant.usage.series).toMatchObject([{ userId: PERSON, totals: { requests: expect.stringMatching(/^[1-9]/) } }]);
      },
      { timeout: 20_000, interval: 500 },
    );
    const input = {
      tenantId: 'ten_initech',
      subjectId: PERSON,
      model: '*',
      effect: 'DENY',
      idempotencyKey: randomUUID(),
    };
    const { createGrant } = await inConsole(
      'mutation ($input: CreateGrantInput!) { createGrant(input: $input) { grant { id } userErrors { message } } }',
      { input },
    );
    expect(createGrant.userErrors).toEqual([]);
    await expect.poll(async () => (await send(initech, token)).status).toBe(403);
    const { revokeGrant } = await inConsole(
      'mutation ($input: RevokeGrantInput!) { revokeGrant(input: $input) { userErrors { message } } }',
      { input: { grantId: createGrant.grant.id, reason: 'tried', idempotencyKey: randomUUID() } },
    );
    expect(revokeGrant.userErrors).toEqual([]);
    await expect.poll(async () => (await send(initech, token)).status).toBe(200);
  });
});

it('a provider that staff take away opens nothing any more, and one that they set does', async () => {
  const { access_token: token } = await signInAtOkta(okta, okta.users.member);
  const { provider, set } = await asStaff();
  const removed = await set(provider.version, null);
  expect(removed.userErrors).toEqual([]);
  await expect.poll(async () => (await send(initech, token)).status, { timeout: 10_000 }).toBe(401);
  const { version: _, ...input } = provider;
  expect((await set(null, { ...input, audience: 'api://other' })).userErrors).toEqual([]);
  expect((await send(initech, token)).status).toBe(401);
  expect((await set(1, input)).userErrors).toEqual([]);
  await expect.poll(async () => (await send(initech, token)).status, { timeout: 10_000 }).toBe(200);

  async function asStaff() {
    const authorization = `Bearer ${await tokenOf(platform, platform.staff)}`;
    const query = async (text: string, variables = {}) => {
      const headers = { 'content-type': 'application/json', authorization };
      const { body } = await ask(platform.graphql.loopbackUrl, {
        headers,
        body: JSON.stringify({ query: text, variables }),
      });
      const { data, errors } = JSON.parse(body);
      expect(errors).toBeUndefined();
      return data;
    };
    const fields = 'issuer audience clientId identityClaim groupsClaim allowedGroups scopes version';
    const { tenant } = await query(`{ tenant(slug: "initech") { identityProvider { ${fields} } } }`);
    const mutation =
      'mutation ($input: SetIdentityProviderInput!) { setIdentityProvider(input: $input) { userErrors { message } } }';
    return {
      provider: tenant.identityProvider,
      set: async (expectedVersion: number | null, identityProvider: object | null) => {
        const input = { tenantId: 'ten_initech', expectedVersion, identityProvider, idempotencyKey: randomUUID() };
        return (await query(mutation, { input })).setIdentityProvider;
      },
    };
  }
});

it('a tenant without one sends its people to the platform’s pool, and a tenant that is none looks the same', async () => {
  const url = `${platform.proxy.url}/.well-known/oauth-protected-resource`;
  const discover = async (host: string) => {
    const { status, body } = await ask(url, { method: 'GET', headers: { host } });
    expect(status).toBe(200);
    return JSON.parse(body);
  };
  const { resource, ...known } = await discover(acme.host);
  expect(resource).toBe(acme.baseUrl);
  expect(known).toMatchObject({
    authorization_servers: [platform.issuer.url],
    agent_runner_client_id: platform.clientId,
  });
  const { resource: unknown, ...same } = await discover(acme.host.replace('acme', 'nobody-here'));
  expect(unknown).toBe(acme.baseUrl.replace('acme', 'nobody-here'));
  expect(same).toEqual(known);
});
