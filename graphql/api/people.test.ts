import { afterAll, beforeAll, expect, it } from 'vitest';
import { listGrants } from '../../tenancy/table/grants.ts';
import { listLimitRules } from '../../tenancy/table/limit-rules.ts';
import { getGateStop } from '../../tenancy/table/switches.ts';
import { ADMIN, type Api, startApi } from './api.fixture.ts';
import type { Principal } from './principal.ts';
import { fillTwoTenants, ONE, TWO } from './two-tenants.fixture.ts';

/** People of a tenant's own identity provider, of whom we have no row. */
const PETER = 'idp_00u1a2b3c4';
const HASHED = `idph_${'0'.repeat(40)}`;
const subject = { kind: 'user', identityId: PETER } as const;
const TENANT_ADMIN: Principal = { kind: 'user', id: 'admin', role: 'TENANT_ADMIN', tenantId: ONE };

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await fillTwoTenants(api);
});
afterAll(() => api.close());

const codes = (payload: Record<string, unknown>) =>
  (payload['userErrors'] as { code: string }[]).map(({ code }) => code);
const grant = (subjectId: string) =>
  api.change(
    TENANT_ADMIN,
    'createGrant',
    { tenantId: `ten_${ONE}`, subjectId, model: '*', effect: 'DENY' },
    'grant { subject { userId } }',
  );
const limit = (subjectId: string) =>
  api.change(TENANT_ADMIN, 'setSubjectLimits', { subjectId, limits: { requestsPerMinute: 3 } }, 'user { id }');
const stop = (targetId: string) =>
  api.change(ADMIN, 'setKillSwitch', { scope: 'USER', targetId, on: true, reason: 'left' }, 'killSwitch { scope }');

it('are granted and refused models, limited and stopped like users', async () => {
  for (const id of [PETER, HASHED]) {
    const userId = `usr_${ONE}:${id}`;
    expect(await grant(userId)).toMatchObject({ userErrors: [], grant: { subject: { userId } } });
    expect(await limit(userId)).toMatchObject({ userErrors: [], user: null });
    expect(await stop(userId)).toMatchObject({ userErrors: [] });
  }
  expect(await listGrants(api.tables, ONE, [subject])).toMatchObject([{ subject, effect: 'deny' }]);
  expect(await listLimitRules(api.tables, ONE, [subject])).toMatchObject([{ limits: { requestsPerMinute: 3 } }]);
  expect(await getGateStop(api.tables, { tenantId: ONE, subject })).toMatchObject({ reason: 'left' });
});

it('are their own tenant’s alone, and of other people only those are there who are', async () => {
  for (const id of [`usr_${TWO}:${PETER}`, `usr_${TWO}:member`, `usr_${ONE}:nobody`, `usr_${ONE}:idp`]) {
    expect(codes(await grant(id)), id).toEqual(['NOT_FOUND']);
    expect(codes(await limit(id)), id).toEqual(['NOT_FOUND']);
  }
  expect(codes(await stop(`usr_${ONE}:nobody`))).toEqual(['NOT_FOUND']);
  expect(codes(await stop(`usr_no-tenant:${PETER}`))).toEqual(['NOT_FOUND']);
});
