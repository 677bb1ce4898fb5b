import { expect, test } from 'vitest';
import { accessToken, acme, apiKey, bearer, bench, passed, refused } from './fixture.ts';

const noSecrets = () => bench({ readSecrets: async () => null });
const noIssuer = () =>
  bench({
    fetchJson: async () => {
      throw new Error('connection refused');
    },
  });

test('without the secrets every good credential gets a 503 that says when to come again', async () => {
  for (const token of [await accessToken(), apiKey()]) {
    const tools = noSecrets();
    const answer = await refused({ headers: bearer(token) }, tools);
    expect([answer.status, answer.type, answer.headers['retry-after']]).toEqual([503, 'api_error', '2']);
    expect(answer.headers['x-should-retry']).toBeUndefined();
    expect(tools.lines).toMatchObject([{ level: 'error', kind: 'edge_not_ready', what: 'secrets' }]);
  }
});

test('without the secrets a bad token is still 401, a foreign one 403, a suspended tenant 403', async () => {
  expect((await refused({ headers: bearer('junk') }, noSecrets())).status).toBe(401);
  expect((await refused({ headers: bearer(await accessToken({ tenant_id: 'globex' })) }, noSecrets())).status).toBe(
    403,
  );
  const entry = { ...acme, status: 'SUSPENDED' as const };
  expect((await refused({ entry, headers: bearer(await accessToken()) }, noSecrets())).status).toBe(403);
});

test('while the issuer is down a token is neither believed nor called bad: 503', async () => {
  const tools = noIssuer();
  const answer = await refused({ headers: bearer(await accessToken()) }, tools);
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
  expect(tools.lines.at(-1)).toMatchObject({ kind: 'store_unavailable', what: 'signing keys of the issuer' });
});

test('while the issuer is down API keys work', () => passed({ headers: bearer(apiKey()) }, noIssuer()));

test('a credential that is bad for certain is 401 beside one that cannot be verified; a foreign one is not yet 403', async () => {
  const token = await accessToken();
  expect((await refused({ headers: { ...bearer(token), 'x-api-key': 'junk' } }, noIssuer())).status).toBe(401);
  expect((await refused({ headers: { ...bearer(token), 'x-api-key': apiKey('globex') } }, noIssuer())).status).toBe(
    503,
  );
});

test('a tenant whose home is not deployed, or not among its regions, goes to no other region', async () => {
  const headers = bearer(apiKey());
  const moved = await refused({ headers, entry: { home: 'eu-central-2', regions: ['us-east-1'], status: 'ACTIVE' } });
  expect([moved.status, moved.headers['retry-after']]).toEqual([503, '5']);
  const tools = bench();
  const small = { ...tools, settings: { ...tools.settings, regions: ['eu-central-1'] as const } };
  expect((await refused({ headers }, small)).status).toBe(503);
});

test.each([
  ['no host', { 'x-ar-host': [] }],
  ['no tenant', { 'x-ar-tenant': [] }],
  ['neither', { 'x-ar-host': [], 'x-ar-tenant': [] }],
  ['two hosts', { 'x-ar-host': ['acme.proxy.example.test', 'globex.proxy.example.test'] }],
  ['two tenants', { 'x-ar-tenant': ['acme', 'globex'] }],
  ['another tenant than the host', { 'x-ar-tenant': 'globex' }],
  ['another host than the tenant', { 'x-ar-host': 'globex.proxy.example.test' }],
  ['a host of another domain', { 'x-ar-host': 'acme.proxy.evil.test' }],
  ['a host that was not normalised', { 'x-ar-host': 'ACME.proxy.example.test:443' }],
  ['two directory entries', { 'x-ar-directory': ['{}', '{}'] }],
])('a request of which edge/viewer says %s is refused, never guessed', async (_, headers) => {
  const tools = bench();
  const answer = await refused({ headers: { ...bearer(apiKey()), ...headers } }, tools);
  expect([answer.status, answer.type]).toEqual([500, 'api_error']);
  expect(tools.lines).toMatchObject([{ level: 'error', kind: 'internal', why: expect.stringContaining('x-ar-') }]);
});

test('a failure that nobody foresaw is answered in our shape, and its message stays unsaid', async () => {
  const tools = bench({
    readSecrets: async () => {
      throw new RangeError('secret text');
    },
  });
  const answer = await refused({ headers: bearer(apiKey()) }, tools);
  expect([answer.status, answer.type]).toEqual([500, 'api_error']);
  expect(JSON.stringify([answer, tools.lines])).not.toContain('secret text');
  expect(tools.lines).toMatchObject([{ kind: 'internal', why: 'RangeError' }]);
});
