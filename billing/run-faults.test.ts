import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Price } from '../tenancy/price.ts';
import { keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { getLatestBillingDay } from '../tenancy/table/billing-days.ts';
import { openRequest, settleRequest } from '../tenancy/table/requests.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { usageRecord } from '../tenancy/usage.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { callOf, memoryMeter, requestOf, type TestRequest } from './day.fixture.ts';
import { breakable, Fault, type FaultPlan, ledgerOf, remembering, snapshot } from './faults.fixture.ts';
import { openTestLake, type TestLake } from './lake.fixture.ts';
import { type DayReport, runDay } from './run.ts';

const DAY = '2026-11-22';
const START = Date.parse(`${DAY}T00:00:00Z`);
const HOUR = 3_600_000;
const NOON = START + 12 * HOUR;
/** When the first run begins, and when the next may: the place of one that died is kept for 10 minutes. */
const [FIRST, NEXT] = [START + 30 * HOUR, START + 30 * HOUR + 11 * 60_000];

const ACME = parseTenantId('acme')!;
const GLOBEX = parseTenantId('globex')!;
const TENANTS = [ACME, GLOBEX];

const price = (change: Partial<Price> = {}): Price => ({
  modelId: 'claude-opus-5-5',
  book: 'charge',
  from: Date.UTC(2026, 0, 1),
  perToken: { input: 5_000, output: 25_000, cacheRead: 500, cacheWrite5m: 6_250, cacheWrite1h: 10_000 },
  ...change,
});
const DEARER = price({ from: NOON, perToken: { ...price().perToken, output: 30_000 } });
const CHEAPER = price({ from: NOON, tier: 'STANDARD', perToken: { ...price().perToken, output: 20_000 } });
const PRICES = [price(), DEARER, price({ book: 'cost' })];

let store: TestTables;
let lake: TestLake;
let outside: ReturnType<typeof breakable>;
beforeAll(async () => {
  [store, lake] = [await startTables(), remembering(await openTestLake())];
  outside = breakable(store, lake);
  for (const tenantId of TENANTS) {
    const ids = {
      tenantId,
      provider: 'stripe',
      customerId: `cus_${tenantId}`,
      subscriptionId: `sub_${tenantId}`,
    } as const;
    await keepBillingAccount(store.tables, { ...ids, startsAt: START, createdAt: START });
  }
});
afterAll(async () => {
  await lake.close();
  await store.close();
});

type Meter = ReturnType<typeof memoryMeter>;

/** Runs the day, with one call broken. @returns the calls that it made */
async function run(meter: Meter, prices: readonly Price[], now: number, plan?: FaultPlan) {
  outside.choose(plan);
  let report: DayReport | 'busy' | undefined;
  try {
    report = await runDay(
      {
        ...outside.world(meter.payment),
        tenants: async function* () {
          yield* TENANTS;
        },
        prices: async () => prices,
        chargeOf: async () => 7n,
        sha256: (text) => createHash('sha256').update(text).digest('hex'),
        holder: crypto.randomUUID(),
        now: () => now,
        pause: async () => {},
        progress: () => {},
      },
      DAY,
    );
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return { report, calls: outside.calls() };
}

/** All that others see of a day. `told` is what the meter was told at any time, each name and value once. */
const picture = async ({ values, told }: Meter) => ({
  ledger: await ledgerOf(store, FIRST),
  meter: Object.fromEntries(values),
  told: [...new Set(told)].sort(),
});

const tokens = { input: 100, output: 10, cacheRead: 1_000, cacheWrite5m: 8 };
const at = (tenantId: TenantId, instant: number, more = {}) => requestOf(tenantId, instant, tokens, more);

async function settle({ intent, settlement }: TestRequest): Promise<void> {
  await openRequest(store.tables, intent);
  await settleRequest(store.tables, intent, settlement);
}

/** A day on which everything went wrong that the run makes good by itself. */
async function aHardDay(): Promise<void> {
  const [whole, doubled, damaged, lost] = [
    at(ACME, NOON - 1),
    at(ACME, NOON),
    at(ACME, NOON + 1),
    at(ACME, NOON + HOUR),
  ];
  const plain = at(GLOBEX, NOON, { tier: 'TRIAL' });
  const orphan = at(GLOBEX, NOON + 1, {
    tier: 'TRIAL',
    outcome: 'ORPHAN',
    settled: { flags: ['orphan', 'usage_unknown'] },
  });
  const { bedrockRequestId: _, ...estimate } = orphan.settlement;
  const all = [whole, doubled, damaged, lost, plain];
  for (const one of [...all, { ...orphan, settlement: estimate }]) await settle(one);
  const record = ({ intent, settlement }: TestRequest) => usageRecord(intent, settlement);
  lake.arrive(DAY, [record(whole), record(doubled), record(plain), JSON.stringify(record(damaged)).slice(0, 60)]);
  lake.arrive(DAY, [record(doubled), usageRecord(orphan.intent, estimate)]);
  lake.aws([...all.map(callOf), { ...callOf(orphan), tokens: { input: 90, output: 40, cacheRead: 5, cacheWrite: 6 } }]);
}

/** Breaks each call in turn; the runs after it come to the same end, and the meter was told the same. */
async function breakEachCall(before: Meter, prices: readonly Price[]): Promise<void> {
  const restore = await snapshot(store, lake);
  const freshMeter = (): Meter => {
    const meter = memoryMeter();
    for (const [name, value] of before.values) meter.values.set(name, value);
    return meter;
  };
  const undisturbed = freshMeter();
  const { report, calls } = await run(undisturbed, prices, FIRST);
  expect(report).toMatchObject({ tenants: TENANTS.map((tenantId) => ({ tenantId, day: { state: 'VERIFIED' } })) });
  const expected = await picture(undisturbed);
  // Who dies at a read leaves what he would leave at the next write: the same death.
  // The files of the book's shards are alike: of those that are written in a row the first stands for all.
  let lastKind: string | undefined;
  const plans = calls.flatMap(({ what, writes }, n): FaultPlan[] => {
    if (!writes) return [];
    const [last, kind] = [lastKind, what.replace(/part-\d-\d+/, 'part')];
    lastKind = kind;
    return last === kind
      ? []
      : [
          { at: n + 1, how: 'dies' },
          { at: n + 1, how: 'loses' },
        ];
  });
  for (const plan of plans) {
    const why = `${plan.how} at ${plan.at}: ${calls[plan.at - 1]?.what}`;
    await restore();
    const meter = freshMeter();
    await run(meter, prices, FIRST, plan);
    await run(meter, prices, NEXT);
    expect(await picture(meter), why).toEqual(expected);
  }
  await restore();
}

it('a name is never told two values, though the prices change between a run that dies beside the push and the next', async () => {
  const empty = await snapshot(store, lake);
  const request = at(ACME, NOON);
  await settle(request);
  lake.aws([callOf(request)]);
  const restore = await snapshot(store, lake);
  const { calls } = await run(memoryMeter(), PRICES, FIRST);
  const pushes = calls.flatMap(({ what }, n) => (what === 'payment.pushDay' ? [n + 1] : []));
  expect(pushes).toHaveLength(1);
  for (const push of pushes.flatMap((n) => [n - 1, n, n + 1, n + 2])) {
    await restore();
    const meter = memoryMeter();
    await run(meter, PRICES, FIRST, { at: push, how: 'dies' });
    await run(meter, [...PRICES, CHEAPER], NEXT);
    const told = [...new Set(meter.told)];
    expect(new Set(told.map((one) => one.split('=')[0])).size, `dies at ${push}`).toBe(told.length);
    const day = await getLatestBillingDay(store.tables, ACME, DAY);
    expect(day).toMatchObject({ state: 'VERIFIED', push: { microUsd: 1_250n } });
    expect(meter.values.get(`cus_${ACME} ${DAY}`)).toBe(1_250n);
  }
  await empty();
});

it('a day whose run breaks at any of its calls comes to the same end as one that is left in peace', async () => {
  await aHardDay();
  await breakEachCall(memoryMeter(), PRICES);
}, 240_000);

it('so does a revision of it, by what was settled late and by another price', async () => {
  const before = memoryMeter();
  await run(before, PRICES, FIRST);
  await settle(at(ACME, NOON));
  await breakEachCall(before, [...PRICES, CHEAPER]);
}, 240_000);
