import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { BillingDay } from '../tenancy/billing-day.ts';
import type { Price } from '../tenancy/price.ts';
import { keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { getLatestBillingDay } from '../tenancy/table/billing-days.ts';
import { openRequest, settleRequest } from '../tenancy/table/requests.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { usageRecord } from '../tenancy/usage.ts';
import { dayOf } from '../tenancy/utc-day.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { callOf, memoryMeter, requestOf, type TestRequest } from './day.fixture.ts';
import { openTestLake, type TestLake } from './lake.fixture.ts';
import { type DayReport, type RunDeps, runDay } from './run.ts';

export const HOUR = 3_600_000;
/** The day that tests bill, and when it begins (ms epoch). */
export const DAY = '2026-11-22';
export const START = Date.parse(`${DAY}T00:00:00Z`);
/** The run of the morning after. */
const MORNING = START + 30 * HOUR;

export const PER_TOKEN = { input: 5_000, output: 25_000, cacheRead: 500, cacheWrite5m: 6_250, cacheWrite1h: 10_000 };
export const priceOf = (change: Partial<Price> = {}): Price => ({
  modelId: 'claude-opus-5-5',
  book: 'charge',
  from: Date.UTC(2026, 0, 1),
  perToken: PER_TOKEN,
  ...change,
});
export const PRICES = [priceOf(), priceOf({ book: 'cost', perToken: { ...PER_TOKEN, output: 20_000 } })];

/** Requests of the day's morning, each of `EACH`. */
export const some = (tenantId: TenantId, count: number, more: Parameters<typeof requestOf>[3] = {}, start = START) =>
  Array.from({ length: count }, (_, n) =>
    requestOf(
      tenantId,
      start + 8 * HOUR + n * 1_000,
      { input: 100, output: 10, cacheRead: 1_000, cacheWrite5m: 8 },
      more,
    ),
  );
/** 100 x 5,000 + 10 x 25,000 + 1,000 x 500 + 8 x 6,250 nano-USD. */
export const EACH = 1_300_000n;

export type World = {
  readonly store: TestTables;
  readonly lake: TestLake;
  readonly meter: ReturnType<typeof memoryMeter>;
  /** What the run's clock says, ms epoch. */
  now: number;
  /** What runs told of their progress. */
  readonly said: readonly string[];
  /** Counts the tests of the file: names that are made with it are the test's own. */
  readonly tests: number;
  /** Two tenants with a subscription of 30 days. */
  readonly acme: TenantId;
  readonly globex: TenantId;
};

/** What a run works with in the tests of a file: one store for all, a lake, a meter and two tenants for each. */
export function useWorld(): World {
  const world = { tests: 0 } as { -readonly [Name in keyof World]: World[Name] };
  beforeAll(async () => {
    world.store = await startTables();
  });
  afterAll(() => world.store.close());
  beforeEach(async () => {
    const n = world.tests + 1;
    const [acme, globex] = [tenantIdOf(`acme-${n}`), tenantIdOf(`globex-${n}`)];
    Object.assign(world, { tests: n, lake: await openTestLake(), meter: memoryMeter(), now: MORNING, said: [] });
    Object.assign(world, { acme, globex });
    for (const tenantId of [acme, globex]) await subscribe(world, tenantId, START - 30 * 24 * HOUR);
  });
  afterEach(() => world.lake.close());
  return world;
}

export function tenantIdOf(text: string): TenantId {
  const id = parseTenantId(text);
  if (!id) throw new Error(`${text} is no tenant's id`);
  return id;
}

/** Gives a tenant a customer whose subscription begins at an instant (ms epoch). */
export async function subscribe({ store }: Pick<World, 'store'>, tenantId: TenantId, startsAt: number): Promise<void> {
  const ids = { customerId: `cus_${tenantId}`, subscriptionId: `sub_${tenantId}` };
  await keepBillingAccount(store.tables, { tenantId, provider: 'stripe', ...ids, startsAt, createdAt: startsAt });
}

export function depsOf(world: World, own: Partial<RunDeps> = {}): RunDeps {
  const { store, lake, meter, said } = world;
  return {
    tables: store.tables,
    ledgers: new Map([['eu-central-1', store.tables]]),
    tenants: async function* () {
      yield* [world.acme, world.globex];
    },
    lake,
    prices: async () => PRICES,
    chargeOf: async () => 7n,
    payment: meter.payment,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    holder: crypto.randomUUID(),
    now: () => world.now,
    pause: async () => {},
    progress: (line) => void (said as string[]).push(line),
    ...own,
  };
}

/** @throws Error when another run has the place */
export async function runOnce(world: World, own?: Partial<RunDeps>, day = DAY): Promise<DayReport> {
  const report = await runDay(depsOf(world, own), day);
  if (report === 'busy') throw new Error('busy');
  return report;
}

export const statesOf = ({ tenants }: DayReport) =>
  Object.fromEntries(tenants.map(({ tenantId, day }) => [tenantId, day.state]));
export const whyOf = ({ tenants }: DayReport, tenantId: TenantId) =>
  tenants.find((one) => one.tenantId === tenantId)?.why;

export async function latestOf({ store }: World, tenantId: TenantId, day = DAY): Promise<BillingDay> {
  const found = await getLatestBillingDay(store.tables, tenantId, day);
  if (!found) throw new Error(`${tenantId} has no ${day}`);
  return found;
}

/** Books requests, and lets their records arrive and AWS write them down, unless the test says otherwise. */
export async function bookRequests(
  { store, lake }: World,
  requests: readonly TestRequest[],
  {
    arrived = requests,
    seen = requests,
  }: { readonly arrived?: readonly TestRequest[]; readonly seen?: readonly TestRequest[] } = {},
): Promise<void> {
  for (const { intent, settlement } of requests) {
    await openRequest(store.tables, intent);
    await settleRequest(store.tables, intent, settlement);
  }
  for (const [day, of] of Map.groupBy(arrived, ({ intent }) => dayOf(intent.startedAt))) {
    lake.arrive(
      day,
      of.map(({ intent, settlement }) => usageRecord(intent, settlement)),
    );
  }
  if (seen.length > 0) lake.aws(seen.map(callOf));
}
