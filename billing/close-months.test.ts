import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BillingDay, startBillingDay } from '../tenancy/billing-day.ts';
import { approveMoneyOverride, type BillingPeriod, requestMoneyOverride } from '../tenancy/billing-period.ts';
import type { MoneyReport } from '../tenancy/money-drift.ts';
import { NO_TOKEN_SUMS } from '../tenancy/rating.ts';
import { endBillingAccount, getBillingAccount, keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { recordDayRun } from '../tenancy/table/billing-day-runs.ts';
import { createBillingDay } from '../tenancy/table/billing-days.ts';
import {
  getBillingPeriod,
  listUnfinishedPeriods,
  recordAdjustment,
  recordBillingPeriod,
} from '../tenancy/table/billing-periods.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { daysOf } from '../tenancy/utc-day.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { type CloseMonthsDeps, closeMonths } from './close-months.ts';
import { tenantIdOf } from './run.fixture.ts';
import { type Account, startAccount } from './stripe/account.fixture.ts';

const HOUR = 3_600_000;
const DAY_MS = 24 * HOUR;
const DAY = '2026-11-22';
const MONTH = '2026-11';
const DECEMBER = Date.UTC(2026, 11, 1);
const ANSWERED = { by: 'usr_a', reason: 'list prices', at: 1, approvedBy: 'usr_b', approvedAt: 2 };
/** So much is a cent, in nano-USD. */
const CENT = 10_000_000n;

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

let account: Account;
let corp: TenantId;
let customerId: string;
let now: number;
let money: MoneyReport;
let tests = 0;
beforeEach(async () => {
  account = await startAccount(Date.UTC(2026, 10, 1));
  corp = tenantIdOf(`corp-${++tests}`);
  const made = await account.payment().createCustomer({ tenantId: corp, name: 'Corp', commandId: 'command-1' });
  if (made.outcome !== 'accepted') throw new Error(JSON.stringify(made));
  const { outcome: _, ...ids } = made;
  await keepBillingAccount(store.tables, { tenantId: corp, provider: 'stripe', ...ids, createdAt: ids.startsAt });
  ({ customerId } = made);
  money = moneyOf(50n * CENT, 50n * CENT);
  await set(Date.UTC(2026, 10, 23));
});
afterEach(() => account.close());

/** Puts both clocks to an instant. */
async function set(at: number): Promise<void> {
  const { now: was } = await account.advance(0);
  await account.advance(Math.max(0, at - Number(was)));
  now = at;
}

const deps = (own: Partial<CloseMonthsDeps> = {}): CloseMonthsDeps => ({
  tables: store.tables,
  tenants: async function* () {
    yield corp;
  },
  payment: account.payment(),
  crossCheckMoney: async () => new Map([[corp, [money]]]),
  now: () => now,
  progress: () => {},
  ...own,
});
const close = async (own?: Partial<CloseMonthsDeps>) =>
  (await closeMonths(deps(own))).find(({ tenantId }) => tenantId === corp);
const period = (month = MONTH) => getBillingPeriod(store.tables, corp, month) as Promise<BillingPeriod>;
const invoices = async () => {
  const read = await account.payment().listInvoices(customerId);
  return read.outcome === 'read' ? read.invoices : [];
};
const lines = async (id: string) =>
  (await account.stripe().invoices.retrieve(id)).lines.data.map(({ amount, description }) => [amount, description]);

const moneyOf = (ours: bigint, theirs: bigint): MoneyReport => ({
  tenantId: corp,
  region: 'eu-central-1',
  source: 'complete',
  oursNanoUsd: ours,
  theirsNanoUsd: theirs,
  models: [{ name: 'claude-opus-5-5', nanoUsd: ours }],
  usageTypes: [{ name: 'EUC1-input', nanoUsd: theirs }],
});

const rated = (nanoUsd: bigint) => ({
  requests: 1n,
  regions: ['eu-central-1' as const],
  tokens: NO_TOKEN_SUMS,
  nanoUsd,
  costNanoUsd: nanoUsd,
  lines: 0,
  inputsHash: 'a',
  at: 1,
});

/** A day of so much, which the meter was told and says. */
async function billed(nanoUsd: bigint, change: Partial<BillingDay> = {}): Promise<void> {
  const microUsd = nanoUsd / 1_000n;
  const push = { microUsd, identifier: `${corp}:${DAY}:usage:r1`, plannedAt: now };
  const day = { ...startBillingDay(corp, DAY), rated: rated(nanoUsd), push, pushedAt: now, verifiedAt: now };
  await createBillingDay(store.tables, { ...day, state: 'VERIFIED', ...change });
  await account.payment().pushDay({ tenantId: corp, day: DAY, revision: 1, customerId, microUsd, at: now });
}

/** So much of an earlier day, which is billed with this month. */
async function leftOver(nanoUsd: bigint, day: string, landsIn: string, ratedAt = 1): Promise<void> {
  const counted = { ...rated(nanoUsd), at: ratedAt };
  const approved: BillingDay = { ...startBillingDay(corp, day), state: 'APPROVED', rated: counted };
  await createBillingDay(store.tables, approved);
  const adjustment = { tenantId: corp, day, revision: 1, landsIn, nanoUsd, reason: 'late', at: now };
  const written = await recordAdjustment(store.tables, approved, { ...approved, adjustedIn: landsIn }, adjustment);
  if (typeof written === 'string') throw new Error(written);
}

async function countOut(month = MONTH): Promise<void> {
  const counts = { tenants: 1, settled: 1, quarantined: 0, writtenAgain: 0, corrected: 0 };
  for (const day of daysOf(month)) {
    const startedAt = Date.parse(`${day}T00:00:00Z`) + 3 * DAY_MS + HOUR;
    await recordDayRun(store.tables, { day, ran: { startedAt, endedAt: startedAt, ...counts } });
  }
}
describe('a month', () => {
  it('is held when it is over, closed when its days are billed and counted out, and sent', async () => {
    await billed(12n * CENT);
    expect(await close()).toBeUndefined();
    await set(DECEMBER + 600_000);
    expect(await close()).toMatchObject({
      month: MONTH,
      state: 'CLOSING',
      why: expect.stringMatching(/^not counted/),
      isBlocked: false,
    });
    const [draft] = await invoices();
    expect(await period()).toMatchObject({ draft: { id: draft?.id, heldAt: now } });
    // By itself it would have been sent after an hour.
    await set(DECEMBER + 9 * DAY_MS);
    expect(await invoices()).toMatchObject([{ state: 'DRAFT' }]);
    await countOut();
    const before = await period();
    expect(await close()).toEqual({ tenantId: corp, month: MONTH, state: 'INVOICED', isBlocked: false });
    expect(await period()).toMatchObject({
      state: 'INVOICED',
      closed: { nanoUsd: 120_000_000n, microUsd: 120_000n, adjustmentsNanoUsd: 0n, at: now },
      invoice: { id: before.draft?.id, at: now },
    });
    expect(await invoices()).toMatchObject([{ state: 'OPEN', totalCents: 12n, month: MONTH }]);
    const sent = await period();
    expect(await close()).toBeUndefined();
    expect(await period()).toEqual(sent);
    const left = await listUnfinishedPeriods(store.tables, 1_000);
    expect(left.filter(({ tenantId }) => tenantId === corp)).toEqual([]);
  });

  it('waits for a day that is not billed, and says which', async () => {
    await billed(12n * CENT, { state: 'DRIFT_BLOCKED' });
    await set(DECEMBER + 4 * DAY_MS);
    await countOut();
    expect(await close()).toMatchObject({ state: 'CLOSING', why: `neither VERIFIED nor adjusted: ${DAY}` });
    const noted = await period();
    now += HOUR;
    await close();
    expect(await period()).toEqual(noted);
  });

  it('has what other months left over as one line', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    await close();
    await set(DECEMBER + 5 * DAY_MS);
    await leftOver(7n * CENT, '2026-10-30', '2026-12');
    await leftOver(4_900_000n, '2026-10-31', '2026-12');
    await countOut('2026-12');
    await set(Date.UTC(2027, 0, 4));
    expect(await close()).toMatchObject({ month: '2026-12', state: 'INVOICED' });
    expect(await invoices()).toMatchObject([{ totalCents: 7n, month: '2026-12' }, { totalCents: 12n }]);
    expect(await lines((await period('2026-12')).invoice?.id ?? '')).toEqual([
      [0, 'Claude usage'],
      [7, 'Adjustments of earlier days, see the statement'],
    ]);
  });

  it('without a subscription has an invoice of its own for what is left over, and none for nothing', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    await close();
    const standing = await getBillingAccount(store.tables, corp);
    await account.payment().endSubscription(standing?.subscriptionId ?? '');
    await endBillingAccount(store.tables, corp, now);
    await leftOver(9n * CENT, '2026-10-30', '2026-12');
    await countOut('2026-12');
    await countOut('2027-01');
    await set(Date.UTC(2027, 0, 4));
    expect(await close()).toMatchObject({ month: '2026-12', state: 'INVOICED' });
    expect(await invoices()).toMatchObject([{ state: 'OPEN', totalCents: 9n, month: '2026-12' }, { totalCents: 12n }]);
    await set(Date.UTC(2027, 1, 4));
    expect(await close()).toBeUndefined();
    expect(await period('2027-01')).toBeNull();
    expect(await invoices()).toHaveLength(2);
  });

  it('of a subscription that ended in it, after its last month was sent, is nothing to pay', async () => {
    const standing = await getBillingAccount(store.tables, corp);
    await account.payment().endSubscription(standing?.subscriptionId ?? '');
    await endBillingAccount(store.tables, corp, DECEMBER + 5 * DAY_MS);
    await countOut('2026-12');
    await set(Date.UTC(2027, 0, 4));
    expect(await close()).toMatchObject({ month: '2026-12', state: 'CLOSED', isBlocked: false });
    expect(await period('2026-12')).toMatchObject({ nothingDue: true });
    expect(await close()).toBeUndefined();
    expect(await invoices()).toEqual([]);
  });

  it('is not INVOICED by an invoice that says something else', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 600_000);
    const [draft] = await invoices();
    await account
      .stripe()
      .invoiceItems.create({ customer: customerId, invoice: draft!.id, amount: 5, currency: 'usd' });
    await set(DECEMBER + 4 * DAY_MS);
    expect(await close()).toMatchObject({
      state: 'CLOSED',
      why: expect.stringMatching(/says 17 cents/),
      isBlocked: true,
    });
    expect(await close()).toMatchObject({ state: 'CLOSED' });
  });

  it('waits until AWS’s bill says the same, and looks at it some times a day', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    money = moneyOf(50n * CENT, 80n * CENT);
    const why = `${corp}, eu-central-1: our books have 0.50 USD, AWS’s bill has 0.80 USD: 0.30 USD apart; 0.10 may differ`;
    expect(await close()).toMatchObject({ state: 'CLOSING', why, isBlocked: true });
    const said = await period();
    expect(said.money).toMatchObject({ reports: [money], reasons: [{ kind: 'drift', text: why }], at: now });
    money = moneyOf(50n * CENT, 50n * CENT);
    await set(now + 6 * HOUR - 1);
    await close();
    expect(await period()).toEqual(said);
    await set(now + 1);
    expect(await close()).toMatchObject({ state: 'INVOICED' });
    expect((await period()).money).toMatchObject({ reasons: [] });
  });

  it('was not compared where its region has no report', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    const nothing = async () => new Map();
    expect(await close({ crossCheckMoney: nothing })).toMatchObject({
      state: 'CLOSING',
      why: expect.stringMatching(/nothing was compared with AWS’s bill/),
    });
  });

  it('is closed on the word of two people', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    money = moneyOf(50n * CENT, 80n * CENT);
    await close();
    const answer = async () => {
      const before = await period();
      const asked = requestMoneyOverride(before, { by: 'usr_a', reason: 'list prices', at: now });
      if (!asked.ok) throw new Error(asked.reason.kind);
      const approved = approveMoneyOverride(asked.value, 'usr_b', now);
      if (!approved.ok) throw new Error(approved.reason.kind);
      await recordBillingPeriod(store.tables, before, approved.value);
    };
    await answer();
    await set(now + HOUR);
    expect(await close()).toMatchObject({ state: 'INVOICED' });
    expect(await period()).toMatchObject({ override: { by: 'usr_a', approvedBy: 'usr_b' } });
  });

  it('is compared again when a day of it was counted since two people answered for it', async () => {
    await billed(12n * CENT);
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    money = moneyOf(50n * CENT, 80n * CENT);
    await close();
    const before = await period();
    await recordBillingPeriod(store.tables, before, { ...before, override: ANSWERED });
    await leftOver(CENT, '2026-11-20', '2026-12', now + 1);
    money = moneyOf(50n * CENT, 90n * CENT);
    await set(now + HOUR);
    expect(await close()).toMatchObject({ state: 'CLOSING', isBlocked: true, why: expect.stringMatching(/0\.90 USD/) });
    expect(await period()).not.toHaveProperty('override');
  });

  it('of a tenant that used nothing and has no customer is nobody’s', async () => {
    const nobody = tenantIdOf(`nobody-${tests}`);
    await set(DECEMBER + 4 * DAY_MS);
    const tenants = async function* () {
      yield nobody;
    };
    expect((await closeMonths(deps({ tenants }))).filter(({ tenantId }) => tenantId === nobody)).toEqual([]);
    expect(await getBillingPeriod(store.tables, nobody, MONTH)).toBeNull();
  });
});

describe('a fault while a month is sent', () => {
  const POSTS = ['POST /v1/invoices/:id', 'POST /v1/invoiceitems', 'POST /v1/invoices/:id/finalize'];
  const all = [
    ['GET /v1/invoices', '500'],
    ['GET /v1/invoices/:id', 'reset'],
    ...POSTS.flatMap((call) => ['429', 'reset', 'accept_then_reset', 'accept_then_500'].map((how) => [call, how])),
  ] as [string, string][];

  it.each(all)('at %s, %s, ends in one invoice of the same sum', async (call, fault) => {
    await billed(12n * CENT);
    await leftOver(3n * CENT, '2026-10-31', MONTH);
    await set(DECEMBER + 600_000);
    await countOut();
    await account.fault(fault, call);
    await close();
    await account.noFaults();
    // Before the draft would be sent by itself, if nobody has held it.
    await set(DECEMBER + 50 * 60_000);
    await close();
    expect(await period()).toMatchObject({ state: 'INVOICED' });
    expect(await invoices()).toMatchObject([{ state: 'OPEN', totalCents: 15n }]);
    expect((await account.stripe().invoiceItems.list()).data).toHaveLength(1);
  });
});
