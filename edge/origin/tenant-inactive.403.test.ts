import { expect, test } from 'vitest';
import { TENANT_STATUSES } from '../../tenancy/tenant.ts';
import { accessToken, acme, apiKey, bearer, bench, passed, refused } from './fixture.ts';

const SHUT = TENANT_STATUSES.filter((status) => status !== 'ACTIVE' && status !== 'PROVISIONING');

test.each(SHUT)('a tenant that is %s is told so', async (status) => {
  const tools = bench();
  const answer = await refused({ entry: { ...acme, status }, headers: bearer(apiKey()) }, tools);
  expect([answer.status, answer.type]).toEqual([403, 'permission_error']);
  expect(answer.message).toContain(`tenant acme is ${status.toLowerCase()}`);
  expect(tools.lines).toMatchObject([{ kind: 'tenant_inactive', why: status, tenant: 'acme' }]);
});

test('of a tenant that is PROVISIONING an API key is the region’s to judge, a token is told so', async () => {
  const entry = { ...acme, status: 'PROVISIONING' as const };
  const request = await passed({ entry, headers: bearer(apiKey()) });
  expect(request.origin?.custom?.domainName).toContain('origin.example.test');
  const answer = await refused({ entry, headers: bearer(await accessToken()) });
  expect([answer.status, answer.message]).toEqual([403, expect.stringContaining('tenant acme is provisioning')]);
});

test('only who has a credential of the tenant learns that it is suspended', async () => {
  const entry = { ...acme, status: 'SUSPENDED' as const };
  expect((await refused({ entry })).status).toBe(401);
  expect((await refused({ entry, headers: bearer('junk') })).status).toBe(401);
  expect((await refused({ entry, headers: bearer(await accessToken({ tenant_id: 'globex' })) })).message).not.toContain(
    'suspended',
  );
});

test('a suspended tenant learns nothing of routes', async () => {
  const answer = await refused({ entry: { ...acme, status: 'SUSPENDED' }, headers: bearer(apiKey()), uri: '/nothing' });
  expect(answer.status).toBe(403);
});

test('a tenant that the edge does not know is the control region’s to judge', async () => {
  const request = await passed({ entry: null, headers: bearer(apiKey()) });
  expect(request.origin?.custom?.domainName).toBe('eu-central-1.origin.example.test');
});

test.each(['', 'null', '{}', '{"h":"euc2"', '{"h":"eun1","r":"eun1","s":"A"}'])(
  'a damaged directory entry (%j) counts as a missing one, never as an active tenant at home',
  async (text) => {
    const request = await passed({ headers: { ...bearer(apiKey()), 'x-ar-directory': text } });
    expect(request.origin?.custom?.domainName).toBe('eu-central-1.origin.example.test');
  },
);
