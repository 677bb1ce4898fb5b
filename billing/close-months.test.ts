import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BillingPeriod } from '../tenancy/billing-period.ts';
import { endBillingAccount, getBillingAccount, keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { recordDayRun } from '../tenancy/table/billing-day-runs.ts';
import { getBillingPeriod, listAdjustments, listUnfinishedPeriods } from '../tenancy/table/billing-periods.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { daysOf } from '../tenancy/utc-day.ts';
import { type CloseMonthsDeps, closeMonths } from './close-months.ts';
import { bookRequests, DAY, EACH, HOUR, runOnce, START, some, tenantIdOf, useWorld } from './run.fixture.ts';
import { type Account, startAccount } from './stripe/account.fixture.ts';

const DAY_MS = 24 * HOUR;
const MONTH = '2026-11';
const DECEMBER = Date.UTC(2026, 11, 1);
const w = useWorld();

let account: Account;
let corp: TenantId;
let customerId: string;
beforeEach(async () => {
  account = await startAccount(Date.UTC(2026, 10, 1));
  corp = tenantIdOf(`corp-${w.tests}`);
  customerId = await customerOf(corp);
  await set(START + 30 * HOUR);
});
afterEach(() => account.close());

async function customerOf(tenantId: TenantId): Promise<string> {
  const made = await account.payment().createCustomer({ tenantId, name: 'Corp', commandId: `command-${tenantId}` });
  if (made.outcome !== 'accepted') throw new Error(JSON.stringify(made));
  const { outcome: _, ...ids } = made;
  await keepBillingAccount(w.store.tables, { tenantId, provider: 'stripe', ...ids, createdAt: ids.startsAt });
  return made.customerId;
}

/** Puts both clocks to an instant. */
async function set(at: number): Promise<void> {
  const { now } = await account.advance(0);
  await account.advance(Math.max(0, at - Number(now)));
  w.now = at;
}

const deps = (own: Partial<CloseMonthsDeps> = {}): CloseMonthsDeps => ({
  tables: w.store.tables,
  tenants: async function* () {
    yield corp;
  },
  payment: account.payment(),
  now: () => w.now,
  progress: () => {},
  ...own,
});
const ofCorp = async function* () {
  yield corp;
};
// The meter's own count follows what it was told by some seconds.
const pause = async (ms: number) => void (await account.advance(ms));
const run = (day = DAY) => runOnce(w, { payment: account.payment(), tenants: ofCorp, pause }, day);
const close = async (own?: Partial<CloseMonthsDeps>) =>
  (await closeMonths(deps(own))).find(({ tenantId }) => tenantId === corp);
const period = (month = MONTH) => getBillingPeriod(w.store.tables, corp, month) as Promise<BillingPeriod>;
const invoices = async () => {
  const read = await account.payment().listInvoices(customerId);
  return read.outcome === 'read' ? read.invoices : [];
};
const lines = async (id: string) =>
  (await account.stripe().invoices.retrieve(id)).lines.data.map(({ amount, description }) => [amount, description]);

async function countOut(month = MONTH): Promise<void> {
  const counts = { tenants: 1, settled: 1, quarantined: 0, writtenAgain: 0, corrected: 0 };
  for (const day of daysOf(month)) {
    const startedAt = Date.parse(`${day}T00:00:00Z`) + 3 * DAY_MS + HOUR;
    await recordDayRun(w.store.tables, { day, ran: { startedAt, endedAt: startedAt, ...counts } });
  }
}
/** Requests that come to so many cents, beside what one request is. */
const cents = (count: number, start = START) =>
  some(corp, 1, {}, start).map((one) => ({
    ...one,
    settlement: {
      ...one.settlement,
      tokens: { ...one.settlement.tokens, input: count * 2_000, output: 0, cacheRead: 0, cacheWrite5m: 0 },
    },
  }));

describe('a month', () => {
  it('is held when it is over, closed when its days are billed and counted out, and sent', async () => {
    await bookRequests(w, cents(12));
    await run();
    expect(await close()).toBeUndefined();
    await set(DECEMBER + 600_000);
    expect(await close()).toMatchObject({ month: MONTH, state: 'CLOSING', why: expect.stringMatching(/^not counted/) });
    const [draft] = await invoices();
    expect(await period()).toMatchObject({ draft: { id: draft?.id, heldAt: w.now } });
    // By itself it would have been sent after an hour.
    await set(DECEMBER + 9 * DAY_MS);
    expect(await invoices()).toMatchObject([{ state: 'DRAFT' }]);
    await countOut();
    const before = await period();
    expect(await close()).toEqual({ tenantId: corp, month: MONTH, state: 'INVOICED' });
    expect(await period()).toMatchObject({
      state: 'INVOICED',
      closed: { nanoUsd: 120_000_000n, microUsd: 120_000n, adjustmentsNanoUsd: 0n, at: w.now },
      invoice: { id: before.draft?.id, at: w.now },
    });
    expect(await invoices()).toMatchObject([{ state: 'OPEN', totalCents: 12n, month: MONTH }]);
    const sent = await period();
    expect(await close()).toBeUndefined();
    expect(await period()).toEqual(sent);
    const left = await listUnfinishedPeriods(w.store.tables, 1_000);
    expect(left.filter(({ tenantId }) => tenantId === corp)).toEqual([]);
  });

  it('waits for a day that is not billed, and says which', async () => {
    await bookRequests(w, cents(12), { seen: [] });
    await run();
    await set(DECEMBER + 4 * DAY_MS);
    await countOut();
    expect(await close()).toMatchObject({ state: 'CLOSING', why: `neither VERIFIED nor adjusted: ${DAY}` });
    const noted = await period();
    w.now += HOUR;
    await close();
    expect(await period()).toEqual(noted);
  });

  it('has what other months left over as one line', async () => {
    await bookRequests(w, cents(12));
    await run();
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    await close();
    await set(DECEMBER + 5 * DAY_MS);
    await bookRequests(w, [...cents(7), ...some(corp, 3)]);
    await run();
    expect(await listAdjustments(w.store.tables, corp)).toMatchObject([
      { landsIn: '2026-12', nanoUsd: 70_000_000n + 3n * EACH },
    ]);
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
    await bookRequests(w, cents(12));
    await run();
    await countOut();
    await set(DECEMBER + 4 * DAY_MS);
    await close();
    const standing = await getBillingAccount(w.store.tables, corp);
    await account.payment().endSubscription(standing?.subscriptionId ?? '');
    await endBillingAccount(w.store.tables, corp, w.now);
    await bookRequests(w, cents(9));
    await run();
    await countOut('2026-12');
    await countOut('2027-01');
    await set(Date.UTC(2027, 0, 4));
    expect(await close()).toMatchObject({ month: '2026-12', state: 'INVOICED' });
    expect(await invoices()).toMatchObject([{ state: 'OPEN', totalCents: 9n, month: '2026-12' }, { totalCents: 12n }]);
    await set(Date.UTC(2027, 1, 4));
    expect(await close()).toMatchObject({ month: '2027-01', state: 'CLOSED' });
    expect(await period('2027-01')).toMatchObject({ nothingDue: true });
    expect(await close()).toBeUndefined();
    expect(await invoices()).toHaveLength(2);
  });

  it('is not INVOICED by an invoice that says something else', async () => {
    await bookRequests(w, cents(12));
    await run();
    await countOut();
    await set(DECEMBER + 600_000);
    const [draft] = await invoices();
    await account
      .stripe()
      .invoiceItems.create({ customer: customerId, invoice: draft!.id, amount: 5, currency: 'usd' });
    await set(DECEMBER + 4 * DAY_MS);
    expect(await close()).toMatchObject({ state: 'CLOSED', why: expect.stringMatching(/says 17 cents/) });
    expect(await close()).toMatchObject({ state: 'CLOSED' });
  });

  it('of a tenant that used nothing and has no customer is nobody’s', async () => {
    const nobody = tenantIdOf(`nobody-${w.tests}`);
    await set(DECEMBER + 4 * DAY_MS);
    const tenants = async function* () {
      yield nobody;
    };
    expect((await closeMonths(deps({ tenants }))).filter(({ tenantId }) => tenantId === nobody)).toEqual([]);
    expect(await getBillingPeriod(w.store.tables, nobody, MONTH)).toBeNull();
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
    await bookRequests(w, [...cents(12), ...cents(3, Date.UTC(2026, 9, 31))]);
    await run();
    // Before the subscription: it is an adjustment of November.
    await run('2026-10-31');
    await set(DECEMBER + 600_000);
    await countOut();
    await account.fault(fault, call);
    await close();
    await account.noFaults();
    await set(DECEMBER + 30 * HOUR);
    await close();
    expect(await period()).toMatchObject({ state: 'INVOICED' });
    expect(await invoices()).toMatchObject([{ state: 'OPEN', totalCents: 15n }]);
    expect((await account.stripe().invoiceItems.list()).data).toHaveLength(1);
  });
});
