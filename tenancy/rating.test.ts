import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, type Price, type PriceScope, priceAt, priceIdOf, type TokenPrices } from './price.ts';
import { startingPrices } from './price-list.ts';
import { cutsOf, NO_TOKEN_SUMS, NOT_CHARGED, rate, sumNanoUsd, sumTokens, type UsageGroup } from './rating.ts';
import { REGIONS } from './region.ts';
import { TIERS } from './tenant.ts';
import { TOKEN_CLASSES, type TokenCounts } from './usage.ts';
import { startOfDay } from './utc-day.ts';

const DAY = '2026-11-22';
const MIDNIGHT = Date.UTC(2026, 10, 22);
const NOON = MIDNIGHT + 43_200_000;
const SONNET: TokenPrices = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750, cacheWrite1h: 6_000 };

const price = (from: number, change: Partial<Price> = {}): Price => ({
  modelId: 'sonnet',
  book: 'charge',
  from,
  perToken: SONNET,
  ...change,
});

const group = (change: Partial<UsageGroup> = {}): UsageGroup => ({
  model: 'sonnet',
  region: 'eu-central-1',
  tier: 'STANDARD',
  epoch: 0,
  charged: true,
  requests: 1n,
  tokens: NO_TOKEN_SUMS,
  ...change,
});

const sums = (tokens: Partial<TokenCounts>) =>
  ({
    ...NO_TOKEN_SUMS,
    ...Object.fromEntries(Object.entries(tokens).map(([name, count]) => [name, BigInt(count)])),
  }) as UsageGroup['tokens'];

/** A request as the usage records tell of it, as far as its price goes. */
type Request = PriceScope & {
  readonly model: string;
  readonly startedAt: number;
  readonly charged: boolean;
  readonly tokens: TokenCounts;
};

/** The count step by other means: one group for each request. */
function countEach(requests: readonly Request[], cuts: readonly number[]): UsageGroup[] {
  return requests.map(({ model, region = 'eu-central-1', tier, startedAt, charged, tokens }) => ({
    model,
    region,
    tier: tier ?? null,
    epoch: cuts.filter((cut) => cut <= startedAt).length,
    charged,
    requests: 1n,
    tokens: sums(tokens),
  }));
}

/** And as the lake's SQL does it: together what has the same price. */
function countTogether(requests: readonly Request[], cuts: readonly number[]): UsageGroup[] {
  const groups = new Map<string, UsageGroup>();
  for (const one of countEach(requests, cuts)) {
    const name = [one.model, one.region, one.tier, one.epoch, one.charged].join();
    const before = groups.get(name);
    const tokens = sumTokens([one, ...(before ? [before] : [])]);
    groups.set(name, { ...one, requests: (before?.requests ?? 0n) + 1n, tokens });
  }
  return [...groups.values()];
}

function rated(book: 'charge' | 'cost', groups: readonly UsageGroup[], prices: readonly Price[]) {
  const result = rate(book, DAY, groups, prices);
  if (!result.ok) throw new Error(`missing: ${JSON.stringify(result.reason)}`);
  return result.value;
}

describe('golden vectors, in nano-USD by hand, of $3 in, $15 out, $0.30 read, $3.75 and $6 written', () => {
  it.each<[string, Partial<TokenCounts>, bigint]>([
    ['no cache', { input: 1_000, output: 500 }, 3_000_000n + 7_500_000n],
    ['written for 5 minutes', { input: 10, output: 20, cacheWrite5m: 2_048 }, 30_000n + 300_000n + 7_680_000n],
    ['written for an hour', { input: 10, output: 20, cacheWrite1h: 2_048 }, 30_000n + 300_000n + 12_288_000n],
    [
      'both, and read back',
      { input: 3, output: 7, cacheRead: 50_000, cacheWrite5m: 1_000, cacheWrite1h: 4_000 },
      9_000n + 105_000n + 15_000_000n + 3_750_000n + 24_000_000n,
    ],
    // As in LiteLLM 42663: the start of the message said 1,200 written for 5 minutes, its end 9,800 after a server's tool.
    [
      'grown by a server-side tool',
      { input: 4, output: 900, cacheWrite5m: 9_800 },
      12_000n + 13_500_000n + 36_750_000n,
    ],
    ['thinking, which is output', { input: 25, output: 32_000 }, 75_000n + 480_000_000n],
    ['10^12 of everything', Object.fromEntries(TOKEN_CLASSES.map((name) => [name, 1e12])), 28_050_000_000_000_000n],
    ['more than a number holds exactly', { output: Number.MAX_SAFE_INTEGER }, 135_107_988_821_114_865_000n],
  ])('%s', (_, tokens, nanoUsd) => {
    const lines = rated('charge', [group({ tokens: sums(tokens) })], [price(0)]);
    expect(sumNanoUsd(lines)).toBe(nanoUsd);
    expect(sumTokens(lines)).toEqual(sums(tokens));
  });
});

describe('a price that changes at noon', () => {
  const dearer = price(NOON, { perToken: { ...SONNET, output: 20_000 } });
  const request = (startedAt: number): Request => ({
    model: 'sonnet',
    startedAt,
    charged: true,
    tokens: { input: 0, output: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  });

  it('holds for what starts from its instant on, however long what started before it runs', () => {
    // The last before noon spans it: it ends in the afternoon, and costs what was in force when it started.
    const requests = [NOON - 3_600_000, NOON - 1, NOON, NOON + 1].map(request);
    const cuts = cutsOf([price(0), dearer], DAY);
    expect(cuts).toEqual([NOON]);
    const lines = rated('charge', countTogether(requests, cuts), [price(0), dearer]);
    expect(lines.map(({ priceId, tokens, nanoUsd }) => ({ priceId, tokens, nanoUsd }))).toEqual([
      { priceId: 'sonnet/charge/-/-/1970-01-01T00:00:00.000Z', tokens: 2n, nanoUsd: 30_000n },
      { priceId: 'sonnet/charge/-/-/2026-11-22T12:00:00.000Z', tokens: 2n, nanoUsd: 40_000n },
    ]);
  });

  it('cuts no day at its own midnight, and none at the next', () => {
    const all = [MIDNIGHT - 1, MIDNIGHT, NOON, MIDNIGHT + 1, NOON, MIDNIGHT + 86_400_000].map((from) => price(from));
    expect(cutsOf(all, DAY)).toEqual([MIDNIGHT + 1, NOON]);
  });

  it.each(['2024-02-29', '2026-12-31', '2026-03-29', '2026-10-25'])(
    'cuts %s, which has 24 hours like any other',
    (day) => {
      const start = startOfDay(day);
      const last = start + 86_399_999;
      expect(cutsOf([price(last), price(last + 1)], day)).toEqual([last]);
    },
  );
});

describe('a price that is missing', () => {
  const used = group({ tokens: sums({ input: 5 }) });

  it('leaves the whole day unrated, and is named once', () => {
    const other = group({ model: 'opus', epoch: 0, tokens: sums({ output: 1 }) });
    const result = rate('charge', DAY, [other, { ...other, charged: true }, used], [price(0)]);
    expect(result).toEqual({
      ok: false,
      reason: [{ book: 'charge', model: 'opus', region: 'eu-central-1', tier: 'STANDARD', at: MIDNIGHT }],
    });
  });

  it('is missing until its first instant, and in the other book', () => {
    expect(rate('charge', DAY, [used], [price(NOON)])).toMatchObject({ ok: false, reason: [{ at: MIDNIGHT }] });
    expect(rate('charge', DAY, [{ ...used, epoch: 1 }], [price(NOON)])).toMatchObject({ ok: true });
    expect(rate('cost', DAY, [used], [price(0)])).toMatchObject({ ok: false, reason: [{ book: 'cost' }] });
    const elsewhere = price(0, { region: 'us-east-1' });
    expect(rate('charge', DAY, [used], [elsewhere])).toMatchObject({ ok: false });
  });

  it('is not asked for where nothing was used', () => {
    expect(rate('charge', DAY, [group({ model: 'unheard-of' })], [])).toEqual({ ok: true, value: [] });
  });
});

it("the platform's own calls are counted, cost what they cost, and charge nobody", () => {
  const own = group({ charged: false, tokens: sums({ input: 10, output: 2 }) });
  const lines = rated('charge', [own], []);
  expect(lines.map(({ priceId, perToken, nanoUsd }) => [priceId, perToken, nanoUsd])).toEqual([
    [NOT_CHARGED, 0, 0n],
    [NOT_CHARGED, 0, 0n],
  ]);
  expect(sumTokens(lines)).toEqual(own.tokens);
  expect(sumNanoUsd(rated('cost', [own], [price(0, { book: 'cost' })]))).toBe(60_000n);
});

it('what cannot have been counted is no bill', () => {
  const wrong = [group({ tokens: sums({ input: -1 }) }), group({ epoch: 1, tokens: sums({ input: 1 }) })];
  for (const one of [...wrong, group({ epoch: -1 })])
    expect(() => rate('charge', DAY, [one], [price(0)])).toThrow(RangeError);
});

const MODELS = ['claude-opus-5-5', 'claude-opus-5', 'claude-sonnet-5'];
const scope = fc.record(
  { region: fc.constantFrom(...REGIONS), tier: fc.constantFrom(...TIERS) },
  { requiredKeys: [] },
) as fc.Arbitrary<PriceScope>;
const count = fc.oneof(fc.nat({ max: 200_000 }), fc.constantFrom(0, 1, 1e12));
const requests = fc.array(
  fc
    .tuple(
      scope,
      fc.record({
        model: fc.constantFrom(...MODELS),
        startedAt: fc
          .oneof(fc.nat({ max: 86_399_999 }), fc.constantFrom(0, 43_199_999, 43_200_000, 86_399_999))
          .map((n) => MIDNIGHT + n),
        charged: fc.boolean(),
        tokens: fc.record({ input: count, output: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count }),
      }),
    )
    .map(([place, rest]): Request => ({ region: 'eu-central-1', ...place, ...rest })),
  { maxLength: 40 },
);
/** Changes within the day and around it, of any scope, over prices that were always there. */
const changes = fc.uniqueArray(
  fc
    .tuple(
      scope,
      fc.constantFrom(...MODELS),
      fc.constantFrom('charge' as const, 'cost' as const),
      fc.oneof(fc.integer({ min: -3, max: 86_400_003 }), fc.constant(43_200_000)),
      fc.nat({ max: 30_000 }),
    )
    .map(
      ([place, modelId, book, from, output]): Price =>
        ({ ...place, modelId, book, from: MIDNIGHT + from, perToken: { ...SONNET, output } }) as Price,
    ),
  // Of one scope there is one price from an instant on.
  { maxLength: 8, selector: priceIdOf },
);
const always = MODELS.flatMap((modelId) => startingPrices(modelId)).map((one) => ({ ...one, from: 0 }));

describe('of any requests and any changes of prices', () => {
  it('each is charged by the price in force when it started, to the nano-dollar, and none is lost (I6, I7, I8)', () => {
    fc.assert(
      fc.property(requests, changes, (all, changed) => {
        const prices = [...always, ...changed];
        const groups = countTogether(all, cutsOf(prices, DAY));
        for (const book of ['charge', 'cost'] as const) {
          const lines = rated(book, groups, prices);
          const expected = all.map(({ model, region, tier, startedAt, charged, tokens }) => {
            if (book === 'charge' && !charged) return 0n;
            const ofModel = prices.filter(({ modelId }) => modelId === model);
            const call = { ...(region ? { region } : {}), ...(tier ? { tier } : {}) };
            return costOf(tokens, priceAt(ofModel, book, startedAt, call)!.perToken);
          });
          expect(sumNanoUsd(lines)).toBe(expected.reduce((sum, one) => sum + one, 0n));
          expect(sumTokens(lines)).toEqual(sumTokens(groups));
          for (const { nanoUsd, tokens, perToken } of lines) expect(nanoUsd).toBe(tokens * BigInt(perToken));
        }
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it('counted twice, in another order and in other groups, they make the same bytes (I4)', () => {
    const written = (lines: unknown) =>
      JSON.stringify(lines, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    fc.assert(
      fc.property(
        requests.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        changes,
        fc.integer({ min: 1, max: 86_399_999 }),
        ([all, shuffled], changed, other) => {
          const prices = [...always, ...changed];
          const cuts = cutsOf(prices, DAY);
          const once = written(rated('charge', countTogether(all, cuts), prices));
          expect(written(rated('charge', countEach(shuffled, cuts), prices.toReversed()))).toBe(once);
          // A model that nobody called has a price of its own from some instant on.
          const more = [...prices, price(MIDNIGHT + other, { modelId: 'unused' })];
          expect(written(rated('charge', countTogether(shuffled, cutsOf(more, DAY)), more))).toBe(once);
        },
      ),
      { seed: 4, numRuns: 200 },
    );
  });
});
