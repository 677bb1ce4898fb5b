import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { microUsdOf } from '../tenancy/billing-amount.ts';
import type { BillingDay } from '../tenancy/billing-day.ts';
import { costOf, type Price, type PriceScope, priceAt } from '../tenancy/price.ts';
import { sumNanoUsd, sumTokens } from '../tenancy/rating.ts';
import { keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { listBillingDays } from '../tenancy/table/billing-days.ts';
import { listBillingLines } from '../tenancy/table/billing-lines.ts';
import { openRequest, settleRequest } from '../tenancy/table/requests.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { TOKEN_CLASSES, usageRecord } from '../tenancy/usage.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { callOf, memoryMeter, requestOf, type TestRequest } from './day.fixture.ts';
import { breakable, Fault, type FaultPlan, ledgerOf, remembering, snapshot } from './faults.fixture.ts';
import { openTestLake, type TestLake } from './lake.fixture.ts';
import { type DayReport, runDay } from './run.ts';

const DAYS = ['2026-11-21', '2026-11-22'] as const;
const TODAY = '2026-11-23';
const HOUR = 3_600_000;
const ACME = parseTenantId('acme')!;

let store: TestTables;
let lake: TestLake;
let outside: ReturnType<typeof breakable>;
let restore: () => Promise<void>;
beforeAll(async () => {
  [store, lake] = [await startTables(), remembering(await openTestLake())];
  outside = breakable(store, lake);
  const ids = { tenantId: ACME, provider: 'stripe', customerId: 'cus_acme', subscriptionId: 'sub_acme' } as const;
  await keepBillingAccount(store.tables, { ...ids, startsAt: 0, createdAt: 0 });
  restore = await snapshot(store, lake);
});
afterAll(async () => {
  await lake.close();
  await store.close();
});

/** What befalls a month. `hour`: of the day, 0 to 23. `of`: which of the requests so far. */
type Event =
  | { readonly kind: 'used'; readonly day: 0 | 1; readonly hour: number; readonly tokens: number; readonly fate: Fate }
  | { readonly kind: 'arrives_again'; readonly of: number }
  | {
      readonly kind: 'price';
      readonly day: 0 | 1;
      readonly hour: number;
      readonly nanoUsd: number;
      readonly scope: PriceScope;
    }
  | { readonly kind: 'run'; readonly day: 0 | 1; readonly plan?: FaultPlan };
/** lost: its record never arrives. late: it is settled at the end. orphan: only AWS tells, at the end, what it used. */
type Fate = 'plain' | 'lost' | 'late' | 'orphan';

const aDay = fc.constantFrom(0, 1);
const hour = fc.nat(23);
const used = fc.record({
  kind: fc.constant('used'),
  day: aDay,
  hour,
  tokens: fc.integer({ min: 1, max: 900 }),
  fate: fc.constantFrom('plain', 'plain', 'lost', 'late', 'orphan'),
});
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: used },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('arrives_again'), of: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('price'),
      day: aDay,
      hour,
      nanoUsd: fc.integer({ min: 1, max: 9_999 }),
      scope: fc.constantFrom<PriceScope>({}, { region: 'eu-central-1' }, { tier: 'STANDARD' }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('run'),
      day: aDay,
      plan: fc.option(fc.record({ at: fc.integer({ min: 1, max: 70 }), how: fc.constantFrom('dies', 'loses') }), {
        nil: undefined,
      }),
    }),
  },
) as fc.Arbitrary<Event>;

/** Nano-USD a token, by class, so that nothing comes to whole micro-USD by itself. */
const pricesOf = (one: number) => ({
  input: one,
  output: one * 5,
  cacheRead: 1,
  cacheWrite5m: one + 1,
  cacheWrite1h: 2,
});
const BOOK: Price = { modelId: 'claude-opus-5-5', book: 'charge', from: 0, perToken: pricesOf(333) };

async function live(events: readonly Event[]) {
  await restore();
  const meter = memoryMeter();
  let now = Date.parse(`${TODAY}T02:00:00Z`);
  const requests: TestRequest[] = [];
  const later: (() => Promise<void>)[] = [];
  const prices = [BOOK];
  const fixed = new Map<number, string>();

  const run = async (day: string, plan?: FaultPlan): Promise<DayReport | undefined> => {
    now += 11 * 60_000;
    outside.choose(plan);
    try {
      const report = await runDay(
        {
          ...outside.world(meter.payment),
          tenants: async function* () {
            yield ACME;
          },
          prices: async () => prices,
          chargeOf: async () => 0n,
          sha256: (text) => createHash('sha256').update(text).digest('hex'),
          holder: crypto.randomUUID(),
          now: () => now,
          pause: async () => {},
          progress: () => {},
        },
        day,
      );
      return report === 'busy' ? expect.unreachable('a run that died keeps its place for 10 minutes') : report;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return undefined;
    }
  };
  const month = () => listBillingDays(store.tables, ACME, '2026-11');
  /** I4, I10: what was fixed once is fixed for good, and no name was ever told two values. */
  const checkFixed = async (): Promise<void> => {
    for (const day of await month()) {
      const { revision, rated, push } = day;
      if (!push || !rated) continue;
      const name = Number(day.day.replaceAll('-', '')) * 100 + revision;
      const what = `${push.identifier}=${push.microUsd} ${rated.inputsHash} ${rated.nanoUsd} ${push.plannedAt}`;
      expect(what).toBe(fixed.get(name) ?? what);
      fixed.set(name, what);
    }
    const told = new Set(meter.told);
    expect(new Set([...told].map((one) => one.split('=')[0])).size).toBe(told.size);
  };
  const settle = async ({ intent, settlement }: TestRequest, arrives: boolean): Promise<void> => {
    await settleRequest(store.tables, intent, settlement);
    if (arrives) lake.arrive(TODAY, [usageRecord(intent, settlement)]);
  };

  for (const one of events) {
    switch (one.kind) {
      case 'used': {
        const startedAt = Date.parse(`${DAYS[one.day]}T00:00:00Z`) + one.hour * HOUR + requests.length;
        const tokens = { input: one.tokens, output: one.tokens % 7, cacheRead: 3, cacheWrite5m: one.tokens % 5 };
        const request = requestOf(ACME, startedAt, tokens);
        requests.push(request);
        await openRequest(store.tables, request.intent);
        if (one.fate === 'late') {
          later.push(() => settle(request, true));
        } else if (one.fate === 'orphan') {
          const { bedrockRequestId: _, ...known } = request.settlement;
          const estimate = { ...known, outcome: 'ORPHAN', tokens: { ...known.tokens, output: 5_000 } } as const;
          await settle({ ...request, settlement: estimate }, true);
        } else {
          await settle(request, one.fate === 'plain');
        }
        if (one.fate === 'plain' || one.fate === 'lost') lake.aws([callOf(request)]);
        else later.push(async () => lake.aws([callOf(request)]));
        break;
      }
      case 'arrives_again': {
        const files = (await lake.list('usage/')).filter((_, index) => index === one.of);
        for (const file of files) {
          const lines: string[] = [];
          for await (const line of lake.read(file)) lines.push(line);
          lake.arrive(TODAY, [...lines, ...lines]);
        }
        break;
      }
      case 'price': {
        const from = Date.parse(`${DAYS[one.day]}T00:00:00Z`) + one.hour * HOUR + prices.length;
        prices.push({ ...BOOK, ...one.scope, from, perToken: pricesOf(one.nanoUsd) });
        break;
      }
      case 'run':
        await run(DAYS[one.day], one.plan);
        await checkFixed();
    }
  }
  for (const act of later) await act();
  for (const day of DAYS) await run(day);
  await checkFixed();
  return { meter, requests, prices, month, run };
}

it('whatever befalls a month, in whatever order: it is counted once, priced exactly, and told as it is (I4, I6, I8, I10)', async () => {
  let [revisions, broken] = [0, 0];
  await fc.assert(
    fc.asyncProperty(used, fc.array(event, { minLength: 4, maxLength: 9 }), async (first, events) => {
      const { meter, requests, prices, month, run } = await live([first as Event, ...events]);
      broken += events.filter((one) => one.kind === 'run' && one.plan).length;
      const days = (await month()).filter((one) => one.supersededBy === undefined);
      const used = DAYS.filter((day) => requests.some((one) => dayOf(one) === day));
      expect(days.map(({ day, state }) => [day, state])).toEqual(used.map((day) => [day, 'VERIFIED']));
      for (const day of days) {
        const own = requests.filter((one) => dayOf(one) === day.day);
        await expectExact(day, own, prices);
        // I10: the meter has what was told last, and it was told.
        expect(meter.values.get(`cus_acme ${day.day}`)).toBe(day.push?.microUsd);
        expect(meter.told).toContain(`${ACME}:${day.day}:r${day.revision}=${day.push?.microUsd}`);
        revisions = Math.max(revisions, day.revision);
      }
      // I6: the month is rounded once.
      const sum = [...meter.values.values()].reduce((all, value) => all + value, 0n);
      expect(sum).toBe(microUsdOf(days.reduce((all, { rated }) => all + (rated?.nanoUsd ?? 0n), 0n)));
      // I4: to count it again changes no byte.
      const [ledger, told] = [await ledgerOf(store, Number.MAX_SAFE_INTEGER), meter.told.length];
      for (const day of DAYS) expect(await run(day)).toMatchObject({ writtenAgain: 0, corrected: 0 });
      expect(await ledgerOf(store, Number.MAX_SAFE_INTEGER)).toEqual(ledger);
      expect(meter.told).toHaveLength(told);
    }),
    { seed: 15, numRuns: 6, endOnFailure: true },
  );
  // Else it would have been too quiet a life.
  expect([revisions > 1, broken > 10]).toEqual([true, true]);
}, 180_000);

function dayOf({ intent }: TestRequest): string {
  return new Date(intent.startedAt).toISOString().slice(0, 10);
}

/** I6, I8: its tokens are those of its requests, its lines have all of them, and each request was charged by its own price. */
async function expectExact(day: BillingDay, requests: readonly TestRequest[], prices: readonly Price[]): Promise<void> {
  const { rated } = day;
  if (!rated) return expect.unreachable('a day that is VERIFIED was rated');
  const lines = await listBillingLines(store.tables, { tenantId: ACME, day: day.day, ...rated }, rated);
  const owed = requests.reduce((sum, { intent: { startedAt, region, tier }, settlement }) => {
    const price = priceAt(prices, 'charge', startedAt, { region, ...(tier ? { tier } : {}) });
    return sum + costOf(settlement.tokens, price!.perToken);
  }, 0n);
  expect(rated).toMatchObject({ requests: BigInt(requests.length), nanoUsd: owed });
  expect(sumNanoUsd(lines)).toBe(owed);
  for (const name of TOKEN_CLASSES) {
    const tokens = requests.reduce((sum, { settlement }) => sum + BigInt(settlement.tokens[name]), 0n);
    expect([rated.tokens[name], sumTokens(lines)[name]]).toEqual([tokens, tokens]);
  }
}
