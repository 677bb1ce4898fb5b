import { expect, test } from 'vitest';
import { accessToken, acme, apiKey, bearer, bench, CLIENT, MACHINE, passed, refused } from './fixture.ts';

const MISMATCH = 'the credential does not belong to this hostname';

test.each([
  ['a person’s token', () => accessToken({ tenant_id: 'globex' })],
  [
    'a machine’s token',
    () => accessToken({ tenant_id: 'globex', sub: MACHINE, client_id: MACHINE, username: undefined }),
  ],
  ['an API key', async () => apiKey('globex')],
])('%s of another tenant is 403 in either header and in both', async (_, make) => {
  const foreign = await make();
  for (const headers of [bearer(foreign), { 'x-api-key': foreign }, { ...bearer(foreign), 'x-api-key': foreign }]) {
    const tools = bench();
    const answer = await refused({ headers }, tools);
    expect([answer.status, answer.type, answer.headers['x-should-retry']]).toEqual([403, 'permission_error', 'false']);
    expect(answer.message).toContain(MISMATCH);
    expect(tools.lines).toMatchObject([{ kind: 'tenant_mismatch', tenant: 'acme' }]);
  }
});

test('one foreign credential beside one of our own is 403', async () => {
  const own = await accessToken();
  for (const foreign of [await accessToken({ tenant_id: 'globex' }), apiKey('globex')]) {
    expect((await refused({ headers: { ...bearer(own), 'x-api-key': foreign } })).status).toBe(403);
    expect((await refused({ headers: { ...bearer(foreign), 'x-api-key': own } })).status).toBe(403);
  }
});

test('an unknown tenant answers byte for byte like a foreign one, whatever the path', async () => {
  const headers = bearer(apiKey('globex'));
  for (const uri of ['/v1/messages', '/v1/nothing', '/model/x/invoke']) {
    const foreign = await refused({ headers, uri });
    const unknown = await refused({ headers, uri, tenant: 'nosuch', entry: null });
    const suspended = await refused({ headers, uri, entry: { ...acme, status: 'SUSPENDED' } });
    expect(unknown).toEqual(foreign);
    expect(suspended).toEqual(foreign);
    expect(foreign.status).toBe(403);
  }
});

test('tenants whose names begin alike are two', async () => {
  for (const tenant of ['acme-2', 'acm', 'acmee']) {
    expect((await refused({ headers: bearer(await accessToken({ tenant_id: tenant })) })).status).toBe(403);
    expect((await refused({ headers: bearer(apiKey(tenant)) })).status).toBe(403);
  }
});

test('a header of the client’s own choosing does not name the tenant', async () => {
  const headers = {
    ...bearer(apiKey('globex')),
    'x-tenant': 'globex',
    'x-forwarded-host': 'globex.proxy.example.test',
  };
  expect((await refused({ headers })).status).toBe(403);
});

test('a token of the tenant passes for any of the issuer’s clients', async () => {
  await passed({ headers: bearer(await accessToken({ client_id: CLIENT })) });
  await passed({ tenant: 'globex', headers: bearer(await accessToken({ tenant_id: 'globex' })) });
});
