import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BillingPeriod, compareMoney, openPeriod } from '../../../tenancy/billing-period.ts';
import type { MoneyReport } from '../../../tenancy/money-drift.ts';
import { getBillingPeriod, recordBillingPeriod } from '../../../tenancy/table/billing-periods.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

const BILLING: Principal = { kind: 'staff', id: 'stf_billing', role: 'PLATFORM_BILLING', viewingAs: null };
const MONTH = '2026-10';
const USD = 1_000_000_000n;

let api: Api;
let tenant: SeededTenant;
let blocked: BillingPeriod;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
let tenants = 0;
beforeEach(async () => {
  tenants += 1;
  tenant = await seedTenant(api, `money-${tenants}`);
  blocked = await store(compared(20n * USD));
});

const closing = (): BillingPeriod => ({ ...openPeriod(tenant.id, MONTH), state: 'CLOSING' });
const report = (change: Partial<MoneyReport> = {}): MoneyReport => ({
  tenantId: tenant.id,
  region: 'eu-central-1',
  source: 'complete',
  oursNanoUsd: 18_250_000_001n,
  theirsNanoUsd: 20n * USD,
  models: [{ name: 'claude-haiku-4-5', nanoUsd: 18_250_000_001n }],
  usageTypes: [{ name: 'EUC1-input-tokens', nanoUsd: 20n * USD }],
  ...change,
});
/** A month of 18.25 USD by the books, compared with what AWS's bill has. */
function compared(theirsNanoUsd: bigint, before = closing()): BillingPeriod {
  const after = compareMoney(before, [report({ theirsNanoUsd })], ['eu-central-1'], api.now);
  if (!after.ok) throw new Error('not compared');
  return after.value;
}
async function store(after: BillingPeriod, before: BillingPeriod | null = null): Promise<BillingPeriod> {
  const stored = await recordBillingPeriod(api.tables, before, after);
  if (!stored) throw new Error('somebody else wrote the month');
  return stored;
}
const named = ({ month, version }: BillingPeriod) => ({
  tenantId: `ten_${tenant.id}`,
  month,
  expectedVersion: version,
});
const FIELDS = 'billingPeriod { id state version moneyOverride { requestedBy reason approvedBy } }';
const REASON = 'AWS billed a call twice, see case 9';
const request = (who: Principal, one: BillingPeriod, change: object = {}) =>
  api.change(who, 'requestMoneyOverride', { ...named(one), reason: REASON, ...change }, FIELDS);
const approve = (who: Principal, one: BillingPeriod, change: object = {}) =>
  api.change(who, 'approveMoneyOverride', { ...named(one), ...change }, FIELDS);
const stored = async (): Promise<BillingPeriod> => (await getBillingPeriod(api.tables, tenant.id, MONTH))!;
const refused = (code: string, message: RegExp) => ({
  billingPeriod: null,
  userErrors: [{ code, message: expect.stringMatching(message) }],
});
const ENTRIES = 'nodes { action outcome targetId reason actor { id } changes { field after } }';
const trail = async () => {
  const { data } = await api.ask(ADMIN, `{ platformAuditEvents(first: 2) { ${ENTRIES} } }`);
  return data?.['platformAuditEvents'];
};
const ask = async (who: Principal, fields: string) => {
  const { data, errors } = await api.ask(
    who,
    `{ tenant(slug: "${tenant.id}") { billingPeriod(month: "${MONTH}") { ${fields} } } }`,
  );
  return { period: (data?.['tenant'] as Record<string, unknown>)?.['billingPeriod'], errors };
};

describe('how a month’s cost stands to AWS’s bill', () => {
  const SHOWN = `why version moneyComparedAt moneyReasons { kind region text } moneyReports { region source oursUsd
    theirsUsd models { name usd } usageTypes { name usd } } moneyOverride { requestedBy reason requestedAt approvedBy approvedAt }`;

  it('is shown to staff, to the nano-USD', async () => {
    const at = new Date(api.now).toISOString();
    const text =
      `${tenant.id}, eu-central-1: our books have 18.250000001 USD, AWS’s bill has 20.00 USD: ` +
      '1.749999999 USD apart; 0.20 may differ';
    await store({ ...blocked, why: text }, blocked);
    await request(BILLING, await stored());
    expect((await ask(SUPPORT, SHOWN)).period).toEqual({
      why: text,
      version: 3,
      moneyComparedAt: at,
      moneyReasons: [{ kind: 'DRIFT', region: 'EU_CENTRAL_1', text }],
      moneyReports: [
        {
          region: 'EU_CENTRAL_1',
          source: 'COMPLETE',
          oursUsd: '18.250000001',
          theirsUsd: '20.00',
          models: [{ name: 'claude-haiku-4-5', usd: '18.250000001' }],
          usageTypes: [{ name: 'EUC1-input-tokens', usd: '20.00' }],
        },
      ],
      moneyOverride: {
        requestedBy: 'stf_billing',
        reason: REASON,
        requestedAt: at,
        approvedBy: null,
        approvedAt: null,
      },
    });
  });

  it('is not known where a price was missing, and empty before it is compared', async () => {
    const unknown = compareMoney(closing(), [report({ oursNanoUsd: null })], ['eu-central-1'], api.now);
    if (!unknown.ok) throw new Error('not compared');
    const at = await store(unknown.value, blocked);
    const fields = 'why moneyReasons { kind } moneyReports { oursUsd } moneyOverride { reason } moneyComparedAt';
    expect((await ask(SUPPORT, fields)).period).toMatchObject({
      moneyReasons: [{ kind: 'COST_UNKNOWN' }],
      moneyReports: [{ oursUsd: null }],
    });
    await store(closing(), at);
    expect((await ask(SUPPORT, fields)).period).toEqual({
      why: null,
      moneyReasons: [],
      moneyReports: [],
      moneyOverride: null,
      moneyComparedAt: null,
    });
  });

  it('is nothing for the tenant’s people, nor for who looks with their eyes', async () => {
    const viewingAs = { id: 'v', staffId: 'stf_admin', tenantId: tenant.id, reason: 'r', expiresAt: api.now + 1e6 };
    const looking = { ...ADMIN, viewingAs } as Principal;
    const fields = [
      'why',
      'version',
      'moneyComparedAt',
      'moneyReports { theirsUsd }',
      'moneyReasons { text }',
      'moneyOverride { reason }',
    ];
    for (const who of [tenant.admin, looking]) {
      for (const field of fields) {
        const { errors } = await ask(who, field);
        expect(errors.map(({ code }) => code)).toEqual(['FORBIDDEN']);
      }
    }
  });
});

describe('a month whose cost and AWS’s bill differ', () => {
  it('is answered for by two people, and the trail says who, why and despite what', async () => {
    expect(await request(BILLING, blocked)).toMatchObject({
      billingPeriod: {
        id: `per_${tenant.id}:${MONTH}`,
        state: 'CLOSING',
        version: 2,
        moneyOverride: { requestedBy: 'stf_billing', reason: REASON, approvedBy: null },
      },
      userErrors: [],
    });
    expect(await approve(ADMIN, await stored())).toMatchObject({
      billingPeriod: {
        version: 3,
        moneyOverride: { requestedBy: 'stf_billing', reason: REASON, approvedBy: 'stf_admin' },
      },
      userErrors: [],
    });
    expect(await stored()).toEqual({
      ...blocked,
      version: 3,
      override: { by: 'stf_billing', reason: REASON, at: api.now, approvedBy: 'stf_admin', approvedAt: api.now },
    });
    const told = { outcome: 'ALLOWED', targetId: `per_${tenant.id}:${MONTH}`, reason: REASON };
    const despite = { field: 'despite', after: expect.stringContaining('AWS’s bill has 20.00 USD') };
    const changes = expect.arrayContaining([despite]);
    expect(await trail()).toMatchObject({
      nodes: [
        { ...told, action: 'approveMoneyOverride', actor: { id: 'stf_admin' }, changes },
        { ...told, action: 'requestMoneyOverride', actor: { id: 'stf_billing' }, changes },
      ],
    });
  });

  it('is nothing in the trail that the tenant’s admins read', async () => {
    await request(BILLING, blocked);
    await approve(BILLING, await stored());
    await approve(ADMIN, await stored());
    expect((await stored()).override).toBeDefined();
    const text = `{ tenant(slug: "${tenant.id}") { auditEvents(first: 10) { ${ENTRIES} } } }`;
    expect((await api.ask(tenant.admin, text)).data).toEqual({ tenant: { auditEvents: { nodes: [] } } });
  });

  it('is not approved by who asked, and that he tried is told', async () => {
    await request(BILLING, blocked);
    const asked = await stored();
    expect(await approve(BILLING, asked)).toMatchObject(refused('SAME_PERSON', /somebody else/));
    expect(await stored()).toEqual(asked);
    expect(await trail()).toMatchObject({
      nodes: [{ action: 'approveMoneyOverride', outcome: 'FAILED', reason: 'SAME_PERSON' }, { outcome: 'ALLOWED' }],
    });
    // Nor by asking for it once more in the other's place.
    await request(ADMIN, asked);
    expect(await approve(ADMIN, await stored())).toMatchObject(refused('SAME_PERSON', /somebody else/));
    expect((await stored()).override).toBeUndefined();
  });

  it('takes a reason', async () => {
    for (const reason of [' \t ', 'x'.repeat(501)]) {
      expect(await request(BILLING, blocked, { reason })).toMatchObject(refused('INVALID', /1 to 500/));
    }
    expect(await stored()).toEqual(blocked);
  });

  it('is approved as it was read: what came after is read first', async () => {
    await request(BILLING, blocked);
    const asked = await stored();
    await store({ ...asked, overrideRequest: { by: 'stf_billing', reason: 'another one', at: api.now } }, asked);
    expect(await approve(ADMIN, asked)).toMatchObject(refused('CONFLICT_VERSION', /read it again/));
    expect((await stored()).override).toBeUndefined();
    expect(await request(BILLING, blocked)).toMatchObject(refused('CONFLICT_VERSION', /version 3/));
  });

  it('is approved by one of two who agree at the same moment', async () => {
    await request(BILLING, blocked);
    const asked = await stored();
    const other: Principal = { kind: 'staff', id: 'stf_other', role: 'PLATFORM_ADMIN', viewingAs: null };
    const answers = await Promise.all([approve(ADMIN, asked), approve(other, asked)]);
    const codes = answers.map(({ userErrors }) => (userErrors as { code: string }[])[0]?.code ?? 'done');
    expect(codes.toSorted()).toEqual(['CONFLICT_VERSION', 'done']);
    expect((await stored()).version).toBe(asked.version + 1);
  });

  it('is approved once for one idempotency key', async () => {
    await request(BILLING, blocked);
    const asked = await stored();
    const once = { idempotencyKey: 'once' };
    const approved = { billingPeriod: { version: asked.version + 1, moneyOverride: { approvedBy: 'stf_admin' } } };
    expect(await approve(ADMIN, asked, once)).toMatchObject({ ...approved, replayed: false });
    expect(await approve(ADMIN, asked, once)).toMatchObject({ ...approved, replayed: true });
  });

  it('may be of a tenant that is being closed, whose last bill waits for it', async () => {
    tenant = await seedTenant(api, `closing-${tenants}`, { status: 'CLOSING' });
    expect(await request(BILLING, await store(compared(20n * USD)))).toMatchObject({ userErrors: [] });
  });
});

describe('is refused, with the way out,', () => {
  it('for a month whose bill agrees, that was not compared, or that waits for nobody', async () => {
    const states: readonly (readonly [BillingPeriod, RegExp])[] = [
      [compared(18_250_000_001n), /agrees with AWS’s bill/],
      [closing(), /not compared with AWS’s bill yet/],
      [openPeriod(tenant.id, MONTH), /once it is over/],
      [{ ...blocked, state: 'CLOSED' }, /CLOSED: nothing is in its way/],
      [{ ...blocked, state: 'INVOICED' }, /INVOICED: nothing is in its way/],
    ];
    let before = blocked;
    for (const [period, why] of states) {
      before = await store(period, before);
      expect(await request(BILLING, before)).toMatchObject(refused('WRONG_STATE', why));
      expect(await approve(ADMIN, before)).toMatchObject(refused('WRONG_STATE', why));
      expect(await stored()).toEqual(before);
    }
  });

  it('where nobody has asked, or two people have answered', async () => {
    expect(await approve(ADMIN, blocked)).toMatchObject(refused('WRONG_STATE', /requestMoneyOverride/));
    await request(BILLING, blocked);
    await approve(ADMIN, await stored());
    const answered = await stored();
    expect(await request(BILLING, answered)).toMatchObject(refused('WRONG_STATE', /two people/));
    expect(await stored()).toEqual(answered);
  });

  it('for a month or a tenant that there is not', async () => {
    for (const change of [{ month: '2026-09' }, { tenantId: 'ten_nobody' }, { tenantId: 'x' }]) {
      expect(await request(BILLING, blocked, change)).toMatchObject(refused('NOT_FOUND', /no such month/));
      expect(await approve(ADMIN, blocked, change)).toMatchObject(refused('NOT_FOUND', /no such month/));
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
    expect(await stored()).toEqual(blocked);
  });
});
