import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { revise } from '../../../tenancy/billing-day-events.ts';
import { openPeriod } from '../../../tenancy/billing-period.ts';
import type { Invoice } from '../../../tenancy/invoice.ts';
import { recordBillingDay, recordRevision } from '../../../tenancy/table/billing-days.ts';
import { recordAdjustment, recordBillingPeriod } from '../../../tenancy/table/billing-periods.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { invoiceWrite } from '../../../tenancy/table/invoices.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { comparedDay, countedDay, pushedDay, STRAYS, storeBillingDay } from '../billing-days.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

let api: Api;
let tenant: SeededTenant;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  api.now = Date.parse('2026-11-22T12:00:00Z');
  tenants += 1;
  tenant = await seedTenant(api, `own-${tenants}`);
});

const counted = (day: string, model?: string) =>
  countedDay(api.tables, tenant.id, day, { at: api.now, ...(model ? { model } : {}) });
const verified = async (day: string, model?: string) =>
  storeBillingDay(api.tables, tenant.id, day, [await counted(day, model), comparedDay(api.now), ...pushedDay(api.now)]);
const blocked = async (day: string) =>
  storeBillingDay(api.tables, tenant.id, day, [await counted(day), comparedDay(api.now, STRAYS)]);
/** A day that another month is billed with. */
const adjusted = async (day: string, landsIn: string, nanoUsd: bigint) => {
  const approved = await storeBillingDay(api.tables, tenant.id, day, [await counted(day), comparedDay(api.now)]);
  const one = { tenantId: tenant.id, day, revision: 1, landsIn, nanoUsd, reason: 'it came late', at: api.now };
  expect(await recordAdjustment(api.tables, approved, { ...approved, adjustedIn: landsIn }, one)).toMatchObject({
    day,
  });
};
const invoice = (id: string, change: Partial<Invoice> = {}) =>
  commit([
    invoiceWrite(
      api.tables,
      {
        id,
        tenantId: tenant.id,
        customerId: 'cus_1',
        state: 'OPEN',
        number: `N-${id}`,
        totalCents: 600n,
        dueCents: 350n,
        balanceAfterCents: -250n,
        periodStart: Date.parse('2026-10-01T00:00:00Z'),
        periodEnd: Date.parse('2026-11-01T00:00:00Z'),
        at: api.now,
        ...change,
      },
      null,
    ),
  ]);

const ask = async (who: Principal, fields: string) => {
  const { data, errors } = await api.ask(who, `{ tenant(slug: "${tenant.id}") { ${fields} } }`);
  return { tenant: data?.['tenant'] as Record<string, never> | null, codes: errors.map(({ code }) => code) };
};
const month = async (who: Principal, fields: string, which = '2026-11') => {
  const answered = await ask(who, `billingPeriod(month: "${which}") { ${fields} }`);
  return { period: answered.tenant?.['billingPeriod'] as unknown, codes: answered.codes };
};
const looking = (): Principal => ({
  ...(ADMIN as Extract<Principal, { kind: 'staff' }>),
  viewingAs: { id: 'v', staffId: ADMIN.id, tenantId: tenant.id, reason: 'r', expiresAt: api.now + 1e6 },
});

describe('a month', () => {
  it('comes to its billed days and what came from others, and says what it waits for', async () => {
    await verified('2026-11-19');
    await blocked('2026-11-20');
    await adjusted('2026-10-15', '2026-11', -1_000_000_001n);
    const totals = {
      usageUsd: '3.000003',
      adjustmentsUsd: '-1.000000001',
      chargeUsd: '2.000002999',
      chargeNanoUsd: '2000002999',
      meterMicroUsd: '3000003',
    };
    const adjustments = [
      {
        day: '2026-10-15',
        revision: 1,
        landsIn: '2026-11',
        amountUsd: '-1.000000001',
        reason: 'it came late',
        at: new Date(api.now).toISOString(),
      },
    ];
    const fields = `id month state totals { usageUsd adjustmentsUsd chargeUsd chargeNanoUsd meterMicroUsd }
      adjustments { day revision landsIn amountUsd reason at } closedAt invoice { id } tenant { slug }`;
    const shown = { month: '2026-11', state: 'OPEN', totals, adjustments, closedAt: null, invoice: null };
    const whole = { id: `per_${tenant.id}:2026-11`, tenant: { slug: tenant.id }, ...shown };
    for (const who of [tenant.admin, looking(), SUPPORT]) expect((await month(who, fields)).period).toEqual(whole);
    const { data } = await api.ask(
      tenant.admin,
      `{ node(id: "per_${tenant.id}:2026-11") { ... on BillingPeriod { state } } }`,
    );
    expect(data).toEqual({ node: { state: 'OPEN' } });
    expect((await month(SUPPORT, 'waitsFor')).period).toEqual({ waitsFor: ['2026-11-20'] });
  });

  it('shows its tenant’s people what is billed, and no cost', async () => {
    await verified('2026-11-19');
    await blocked('2026-11-20');
    const pushed = [await counted('2026-11-21'), comparedDay(api.now), ...pushedDay(api.now).slice(0, 2)];
    await storeBillingDay(api.tables, tenant.id, '2026-11-21', pushed);
    const fields = 'days(first: 9) { nodes { day } } pushes { day state identifier microUsd verifiedAt }';
    const [own, staffs] = [(await month(tenant.admin, fields)).period, (await month(SUPPORT, fields)).period];
    const identifier = expect.stringContaining('2026-11-19');
    const push = {
      day: '2026-11-19',
      state: 'VERIFIED',
      identifier,
      microUsd: '3000003',
      verifiedAt: new Date(api.now).toISOString(),
    };
    expect(own).toEqual({ days: { nodes: [{ day: '2026-11-19' }] }, pushes: [push] });
    expect(staffs).toMatchObject({
      days: { nodes: [{ day: '2026-11-19' }, { day: '2026-11-20' }, { day: '2026-11-21' }] },
      pushes: [push, { day: '2026-11-21', state: 'PUSHED', verifiedAt: null }],
    });
    // What the meter was not read back for is in nobody's sum.
    expect((await month(SUPPORT, 'totals { usageUsd }')).period).toEqual({ totals: { usageUsd: '3.000003' } });
    for (const who of [tenant.admin, looking()]) {
      for (const field of ['margin { chargeUsd }', 'waitsFor']) {
        expect((await month(who, field)).codes).toEqual(['FORBIDDEN']);
      }
    }
  });

  it('is no member’s, and no other tenant’s', async () => {
    await verified('2026-11-19');
    const other = await seedTenant(api, `other-${tenants}`);
    const node = `{ node(id: "per_${tenant.id}:2026-11") { id } }`;
    expect((await api.ask(other.admin, node)).data).toEqual({ node: null });
    expect((await api.ask(tenant.ann, node)).data).toEqual({ node: null });
    for (const field of ['billingPeriods(first: 1) { nodes { id } }', 'invoices(first: 1) { nodes { id } }']) {
      expect((await ask(tenant.ann, field)).codes).toEqual(['FORBIDDEN']);
      expect((await ask(other.admin, field)).tenant).toBeNull();
    }
    expect((await month(tenant.ann, 'id')).codes).toEqual(['FORBIDDEN']);
  });

  it('has what it was closed with, or says nothing', async () => {
    await verified('2026-10-30');
    const closed = { nanoUsd: 3_000_003_000n, microUsd: 3_000_003n, adjustmentsNanoUsd: 0n, at: api.now };
    const period = { ...openPeriod(tenant.id, '2026-10'), state: 'CLOSED', closed } as const;
    const stored = await recordBillingPeriod(api.tables, null, period);
    expect((await month(tenant.admin, 'state closedAt totals { chargeUsd }', '2026-10')).period).toEqual({
      state: 'CLOSED',
      closedAt: new Date(api.now).toISOString(),
      totals: { chargeUsd: '3.000003' },
    });
    await recordBillingPeriod(api.tables, stored, { ...period, closed: { ...closed, nanoUsd: 1n } });
    expect((await month(tenant.admin, 'totals { chargeUsd }', '2026-10')).codes).toEqual(['INTERNAL']);
  });

  it('stands in a list from its first day on, the newest first, by pages', async () => {
    await verified('2026-08-31');
    await recordBillingPeriod(api.tables, null, { ...openPeriod(tenant.id, '2026-09'), state: 'CLOSING' });
    const page = async (args: string) =>
      (await ask(tenant.admin, `billingPeriods(${args}) { nodes { month state } pageInfo { hasNextPage endCursor } }`))
        .tenant?.['billingPeriods'] as unknown as {
        nodes: object[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    const first = await page('first: 2');
    expect(first).toMatchObject({
      nodes: [
        { month: '2026-11', state: 'OPEN' },
        { month: '2026-10', state: 'OPEN' },
      ],
      pageInfo: { hasNextPage: true },
    });
    expect(await page(`first: 2, after: "${first.pageInfo.endCursor}"`)).toMatchObject({
      nodes: [
        { month: '2026-09', state: 'CLOSING' },
        { month: '2026-08', state: 'OPEN' },
      ],
      pageInfo: { hasNextPage: false },
    });
    const odd = Buffer.from('2020-01').toString('base64url');
    expect((await ask(tenant.admin, `billingPeriods(first: 1, after: "${odd}") { nodes { id } }`)).codes).toEqual([
      'BAD_USER_INPUT',
    ]);
    for (const none of ['2026-07', '2026-12']) expect((await month(tenant.admin, 'id', none)).period).toBeNull();
  });
});

describe('a margin', () => {
  const FIELDS = `margin { days chargeUsd costUsd marginUsd byModel { name chargeUsd costUsd marginUsd }
    byRegion { name marginUsd } }`;

  it('is of the month’s own days as they were counted last, by model and region', async () => {
    await verified('2026-11-18', 'model-a');
    await verified('2026-11-19', 'model-b');
    await blocked('2026-11-20');
    await adjusted('2026-11-17', '2026-12', 5n);
    expect((await month(SUPPORT, FIELDS)).period).toEqual({
      margin: {
        days: 3,
        chargeUsd: '9.000009',
        costUsd: '6.000006',
        marginUsd: '3.000003',
        byModel: [
          { name: 'claude-haiku-4-5', chargeUsd: '3.000003', costUsd: '2.000002', marginUsd: '1.000001' },
          { name: 'model-a', chargeUsd: '3.000003', costUsd: '2.000002', marginUsd: '1.000001' },
          { name: 'model-b', chargeUsd: '3.000003', costUsd: '2.000002', marginUsd: '1.000001' },
        ],
        byRegion: [{ name: 'eu-central-1', marginUsd: '3.000003' }],
      },
    });
  });

  it('is not known where a cost is not', async () => {
    await verified('2026-11-18');
    const day = await verified('2026-11-19');
    const revised = revise(day);
    if (!revised.ok || !day.rated) throw new Error('no revision');
    const next = await recordRevision(api.tables, day, revised.value);
    const last = { state: 'VERIFIED', verifiedAt: api.now, pushedAt: api.now } as const;
    if (!next || !day.push) throw new Error('no revision');
    const rated = { ...day.rated, costNanoUsd: null };
    await recordBillingDay(api.tables, next, { ...next, ...last, push: day.push, rated });
    expect((await month(SUPPORT, 'margin { days chargeUsd costUsd marginUsd }')).period).toEqual({
      margin: { days: 2, chargeUsd: '6.000006', costUsd: null, marginUsd: null },
    });
  });
});

describe('an invoice', () => {
  const FIELDS = 'id number state totalCents dueCents balanceAfterCents periodStart periodEnd at paymentFailedAt';

  it('is told as the payment service told it, the latest first; a draft to staff alone', async () => {
    await invoice('in_2', { periodStart: 1, periodEnd: 2, paymentFailedAt: api.now });
    await invoice('in_1');
    await invoice('in_3', { state: 'DRAFT', periodStart: api.now, periodEnd: api.now });
    const list = async (who: Principal, args = 'first: 9') =>
      (await ask(who, `invoices(${args}) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } }`)).tenant?.[
        'invoices'
      ] as unknown as { nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    const own = await list(tenant.admin);
    expect(own.nodes.map(({ id }) => id)).toEqual(['in_1', 'in_2']);
    expect(own.nodes[0]).toEqual({
      id: 'in_1',
      number: 'N-in_1',
      state: 'OPEN',
      totalCents: '600',
      dueCents: '350',
      balanceAfterCents: '-250',
      periodStart: '2026-10-01T00:00:00.000Z',
      periodEnd: '2026-11-01T00:00:00.000Z',
      at: new Date(api.now).toISOString(),
      paymentFailedAt: null,
    });
    const first = await list(SUPPORT, 'first: 2');
    expect(first.nodes.map(({ id }) => id)).toEqual(['in_3', 'in_1']);
    const rest = await list(SUPPORT, `first: 2, after: "${first.pageInfo.endCursor}"`);
    expect(rest).toMatchObject({ nodes: [{ id: 'in_2' }], pageInfo: { hasNextPage: false } });
    expect((await list(looking())).nodes).toHaveLength(2);
  });

  it('is that of the month which it was sent with', async () => {
    await invoice('in_1');
    await verified('2026-10-30');
    const period = {
      ...openPeriod(tenant.id, '2026-10'),
      state: 'INVOICED',
      invoice: { id: 'in_1', at: api.now },
    } as const;
    await recordBillingPeriod(api.tables, null, period);
    expect((await month(tenant.admin, 'state invoice { number }', '2026-10')).period).toEqual({
      state: 'INVOICED',
      invoice: { number: 'N-in_1' },
    });
  });
});
