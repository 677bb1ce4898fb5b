import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BillingDay } from '../../../tenancy/billing-day.ts';
import { getBillingDay, recordBillingDay } from '../../../tenancy/table/billing-days.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { comparedDay, countedDay, pushedDay, STRAYS, storeBillingDay } from '../billing-days.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

const BILLING: Principal = { kind: 'staff', id: 'stf_billing', role: 'PLATFORM_BILLING', viewingAs: null };
const DAY = '2026-11-20';

let api: Api;
let tenant: SeededTenant;
let blocked: BillingDay;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
let tenants = 0;
beforeEach(async () => {
  tenants += 1;
  tenant = await seedTenant(api, `drift-${tenants}`);
  blocked = await store(DAY, comparedDay(api.now, STRAYS));
});

async function store(day: string, ...events: Parameters<typeof storeBillingDay>[3]): Promise<BillingDay> {
  const counted = await countedDay(api.tables, tenant.id, day, { at: api.now });
  return storeBillingDay(api.tables, tenant.id, day, [counted, ...events]);
}
const named = ({ day, revision, version }: BillingDay) => ({
  tenantId: `ten_${tenant.id}`,
  day,
  revision,
  expectedVersion: version,
});
const FIELDS = 'billingDay { id state version driftOverride { requestedBy reason approvedBy } }';
const REASON = 'CloudTrail lost an hour, see case 7';
const request = (who: Principal, one: BillingDay, change: object = {}) =>
  api.change(who, 'requestDriftOverride', { ...named(one), reason: REASON, ...change }, FIELDS);
const approve = (who: Principal, one: BillingDay, change: object = {}) =>
  api.change(who, 'approveDriftOverride', { ...named(one), ...change }, FIELDS);
const stored = async (one: BillingDay): Promise<BillingDay> => (await getBillingDay(api.tables, one))!;
const refused = (code: string, message: RegExp) => ({
  billingDay: null,
  userErrors: [{ code, message: expect.stringMatching(message) }],
});
const ENTRIES = 'nodes { action outcome targetId reason actor { id } changes { field after } }';
const trail = async () => {
  const { data } = await api.ask(ADMIN, `{ platformAuditEvents(first: 2) { ${ENTRIES} } }`);
  return data?.['platformAuditEvents'];
};

describe('a day whose books do not agree', () => {
  it('is APPROVED by two people, and the trail says who, why, for how much and despite what', async () => {
    expect(await request(BILLING, blocked)).toMatchObject({
      billingDay: {
        state: 'DRIFT_BLOCKED',
        driftOverride: { requestedBy: 'stf_billing', reason: REASON, approvedBy: null },
      },
      userErrors: [],
    });
    expect(await approve(ADMIN, await stored(blocked))).toMatchObject({
      billingDay: {
        state: 'APPROVED',
        driftOverride: { requestedBy: 'stf_billing', reason: REASON, approvedBy: 'stf_admin' },
      },
      userErrors: [],
    });
    expect(await stored(blocked)).toMatchObject({
      state: 'APPROVED',
      override: { by: 'stf_billing', reason: REASON, at: api.now, approvedBy: 'stf_admin', approvedAt: api.now },
    });
    const told = { outcome: 'ALLOWED', targetId: `bil_${tenant.id}:${DAY}:1`, reason: REASON };
    const changes = expect.arrayContaining([
      { field: 'chargeUsd', after: '"3.000003"' },
      { field: 'despite', after: expect.stringContaining('5 are only in our books') },
    ]);
    expect(await trail()).toMatchObject({
      nodes: [
        { ...told, action: 'approveDriftOverride', actor: { id: 'stf_admin' }, changes },
        { ...told, action: 'requestDriftOverride', actor: { id: 'stf_billing' }, changes },
      ],
    });
  });

  it('is nothing in the trail that the tenant’s admins read', async () => {
    await request(BILLING, blocked);
    await approve(ADMIN, await stored(blocked));
    await approve(ADMIN, await stored(blocked));
    const text = `{ tenant(slug: "${tenant.id}") { auditEvents(first: 10) { ${ENTRIES} } } }`;
    expect((await api.ask(tenant.admin, text)).data).toEqual({ tenant: { auditEvents: { nodes: [] } } });
  });

  it('is not approved by who asked, and that he tried is told', async () => {
    await request(BILLING, blocked);
    const asked = await stored(blocked);
    expect(await approve(BILLING, asked)).toMatchObject(refused('SAME_PERSON', /somebody else/));
    expect(await stored(blocked)).toEqual(asked);
    expect(await trail()).toMatchObject({
      nodes: [
        {
          action: 'approveDriftOverride',
          outcome: 'FAILED',
          reason: 'SAME_PERSON',
        },
        { outcome: 'ALLOWED' },
      ],
    });
    // Nor by asking for it once more in the other's place.
    await request(ADMIN, asked);
    expect(await approve(ADMIN, await stored(blocked))).toMatchObject(refused('SAME_PERSON', /somebody else/));
    expect((await stored(blocked)).state).toBe('DRIFT_BLOCKED');
  });

  it('takes a reason', async () => {
    expect(await request(BILLING, blocked, { reason: ' \t ' })).toMatchObject(refused('INVALID', /1 to 500/));
    expect(await request(BILLING, blocked, { reason: 'x'.repeat(501) })).toMatchObject(refused('INVALID', /1 to 500/));
    expect(await stored(blocked)).toEqual(blocked);
  });

  it('is approved as it was read: what came after is read first', async () => {
    await request(BILLING, blocked);
    const asked = await stored(blocked);
    const again = { ...asked, overrideRequest: { by: 'stf_billing', reason: 'another one', at: api.now } };
    await recordBillingDay(api.tables, asked, again);
    expect(await approve(ADMIN, asked)).toMatchObject(refused('CONFLICT_VERSION', /read it again/));
    expect((await stored(blocked)).override).toBeUndefined();
  });

  it('is approved by one of two who agree at the same moment', async () => {
    await request(BILLING, blocked);
    const asked = await stored(blocked);
    const other: Principal = { kind: 'staff', id: 'stf_other', role: 'PLATFORM_ADMIN', viewingAs: null };
    const answers = await Promise.all([approve(ADMIN, asked), approve(other, asked)]);
    const codes = answers.map(({ userErrors }) => (userErrors as { code: string }[])[0]?.code ?? 'done');
    expect(codes.toSorted()).toEqual(['CONFLICT_VERSION', 'done']);
    expect((await stored(blocked)).version).toBe(asked.version + 1);
  });

  it('is approved once for one idempotency key', async () => {
    await request(BILLING, blocked);
    const asked = await stored(blocked);
    const once = { idempotencyKey: 'once' };
    expect(await approve(ADMIN, asked, once)).toMatchObject({ replayed: false, billingDay: { state: 'APPROVED' } });
    const { version } = await stored(blocked);
    expect(await approve(ADMIN, asked, once)).toMatchObject({
      replayed: true,
      billingDay: { state: 'APPROVED', version },
    });
  });

  it('may be of a tenant that is being closed, whose last bill waits for it', async () => {
    const closing = await seedTenant(api, `closing-${tenants}`, { status: 'CLOSING' });
    tenant = closing;
    blocked = await store(DAY, comparedDay(api.now, STRAYS));
    expect(await request(BILLING, blocked)).toMatchObject({ userErrors: [] });
  });
});

describe('is refused, with the way out,', () => {
  it('for a day that nothing is in the way of, or that was not compared yet', async () => {
    const verified = await store('2026-11-19', comparedDay(api.now), ...pushedDay(api.now));
    expect(await request(BILLING, verified)).toMatchObject(refused('WRONG_STATE', /nothing is in its way/));
    const rated = await store('2026-11-18');
    expect(await request(BILLING, rated)).toMatchObject(refused('WRONG_STATE', /wait for the daily run/));
    const failed = await store('2026-11-17', { kind: 'failed', step: 'push', why: 'no answer', at: api.now });
    expect(await approve(BILLING, failed)).toMatchObject(refused('WRONG_STATE', /the next run/));
    expect(await approve(ADMIN, blocked)).toMatchObject(refused('WRONG_STATE', /requestDriftOverride/));
  });

  it('for a revision that another has taken the place of', async () => {
    const replaced = await recordBillingDay(api.tables, blocked, { ...blocked, supersededBy: 2 });
    expect(await request(BILLING, replaced!)).toMatchObject(refused('WRONG_STATE', /revision 2/));
  });

  it('for a day, a revision or a tenant that there is not', async () => {
    for (const change of [
      { day: '2026-11-01' },
      { revision: 2 },
      { revision: -1 },
      { tenantId: 'ten_nobody' },
      { tenantId: 'x' },
    ]) {
      expect(await request(BILLING, blocked, change)).toMatchObject(refused('NOT_FOUND', /no such day/));
    }
  });

  it('to support, to the tenant’s people, to machines, and to who looks with the tenant’s eyes', async () => {
    const machine: Principal = {
      kind: 'machine',
      id: 'm',
      tenantId: null,
      scopes: new Set(['usage:read', 'tenants:write']),
    };
    const viewingAs = { id: 'v', staffId: 'stf_admin', tenantId: tenant.id, reason: 'r', expiresAt: api.now + 1e6 };
    const looking = { ...ADMIN, viewingAs } as Principal;
    for (const who of [SUPPORT, tenant.admin, tenant.ann, machine, looking]) {
      await expect(request(who, blocked)).rejects.toThrow(/FORBIDDEN/);
      await expect(approve(who, blocked)).rejects.toThrow(/FORBIDDEN/);
    }
    expect(await stored(blocked)).toEqual(blocked);
  });
});
