import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costOf,
  costsOf,
  dearestInput,
  type Price,
  type PriceBook,
  type PriceScope,
  priceAt,
  priceIdOf,
  readPerToken,
  sumOfCosts,
  type TokenPrices,
  usdPerMillion,
} from './price.ts';
import { startingPrices } from './price-list.ts';
import { NO_TOKENS, type TokenCounts } from './usage.ts';

const SONNET: TokenPrices = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750, cacheWrite1h: 6_000 };
const price = (from: number, book: PriceBook = 'charge'): Price => ({ modelId: 'm', book, from, perToken: SONNET });

describe('what tokens cost', () => {
  it.each<[string, Partial<TokenCounts>, bigint]>([
    ['nothing', {}, 0n],
    ['a million of input: $3', { input: 1_000_000 }, 3_000_000_000n],
    ['a million of output: $15', { output: 1_000_000 }, 15_000_000_000n],
    ['a million read from a cache: 30 cents', { cacheRead: 1_000_000 }, 300_000_000n],
    ['a million written for 5 minutes: $3.75', { cacheWrite5m: 1_000_000 }, 3_750_000_000n],
    ['a million written for an hour: $6', { cacheWrite1h: 1_000_000 }, 6_000_000_000n],
    [
      'a turn of Claude Code: 1.94 cents',
      { input: 12, output: 345, cacheRead: 20_480, cacheWrite5m: 1_024, cacheWrite1h: 700 },
      // 36,000 + 5,175,000 + 6,144,000 + 3,840,000 + 4,200,000
      19_395_000n,
    ],
    ['more than a number holds exactly', { output: 9_007_199_254_740_991 }, 135_107_988_821_114_865_000n],
  ])('%s', (_, tokens, nanoUsd) => {
    expect(costOf({ ...NO_TOKENS, ...tokens }, SONNET)).toBe(nanoUsd);
  });

  it('is told by token class', () => {
    const tokens = { input: 1, output: 20, cacheRead: 300, cacheWrite5m: 4_000, cacheWrite1h: 50_000 };
    expect(costsOf(tokens, SONNET)).toEqual({
      input: 3_000n,
      output: 300_000n,
      cacheRead: 90_000n,
      cacheWrite5m: 15_000_000n,
      cacheWrite1h: 300_000_000n,
    });
  });

  it('by token class adds up to the whole', () => {
    const counts = fc.record({
      input: fc.nat(),
      output: fc.maxSafeNat(),
      cacheRead: fc.maxSafeNat(),
      cacheWrite5m: fc.nat(),
      cacheWrite1h: fc.nat(),
    });
    fc.assert(
      fc.property(counts, counts, (tokens, perToken) => {
        expect(sumOfCosts(costsOf(tokens, perToken))).toBe(costOf(tokens, perToken));
      }),
      { seed: 3 },
    );
  });

  it('is the sum of its parts, however they are divided', () => {
    const tokens = fc.record({
      input: fc.nat(),
      output: fc.nat(),
      cacheRead: fc.nat(),
      cacheWrite5m: fc.nat(),
      cacheWrite1h: fc.nat(),
    });
    fc.assert(
      fc.property(tokens, tokens, (one, other) => {
        const both = Object.fromEntries(
          Object.entries(one).map(([name, count]) => [name, count + other[name as keyof TokenCounts]]),
        ) as unknown as TokenCounts;
        expect(costOf(both, SONNET)).toBe(costOf(one, SONNET) + costOf(other, SONNET));
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

it.each([
  ['input', { ...SONNET, input: 9_000 }, 9_000],
  ['a cache read', { ...SONNET, cacheRead: 9_000 }, 9_000],
  ['a write for 5 minutes', { ...SONNET, cacheWrite5m: 9_000 }, 9_000],
  ['a write for an hour', SONNET, 6_000],
])('the dearest a prompt can be is %s, never its output', (_, perToken, dearest) => {
  expect(dearestInput({ ...perToken, output: 99_000 })).toBe(dearest);
});

describe('the price in force', () => {
  it.each([
    ['before the first there is none', 99, null],
    ['from its first instant', 100, 100],
    ['until the next one', 199, 100],
    ['the next one from its first instant', 200, 200],
  ])('%s', (_, at, from) => {
    for (const prices of [
      [price(100), price(200)],
      [price(200), price(100)],
    ])
      expect(priceAt(prices, 'charge', at)?.from ?? null).toBe(from);
  });

  it('is of the book that is asked for', () => {
    expect(priceAt([price(100, 'cost')], 'charge', 150)).toBeNull();
    expect(priceAt([price(100), price(120, 'cost')], 'charge', 150)?.from).toBe(100);
  });
});

describe('the price in force for a call', () => {
  const plain = price(100);
  const ofTier: Price = { ...price(50), tier: 'PREMIUM' };
  const ofRegion: Price = { ...price(40), region: 'eu-central-2' };
  const ofBoth: Price = { ...price(30), region: 'eu-central-2', tier: 'PREMIUM' };
  const all = [plain, ofBoth, ofTier, ofRegion];

  it.each<[string, PriceScope, Price]>([
    ['both before the region', { region: 'eu-central-2', tier: 'PREMIUM' }, ofBoth],
    ['the region before the tier and any', { region: 'eu-central-2', tier: 'TRIAL' }, ofRegion],
    ['the tier before any', { region: 'us-east-1', tier: 'PREMIUM' }, ofTier],
    ['any where nothing narrower holds', { region: 'us-east-1', tier: 'TRIAL' }, plain],
    ['that of the region where no tier was noted', { region: 'eu-central-2' }, ofRegion],
    ['the plain one where nothing is known of the call', {}, plain],
  ])('is %s, though it is older', (_, call, expected) => {
    for (const prices of [all, all.toReversed()]) expect(priceAt(prices, 'charge', 150, call)).toBe(expected);
  });

  it('is that of the region where one of the tier would hold as well', () => {
    const call = { region: 'eu-central-2', tier: 'PREMIUM' } as const;
    for (const prices of [
      [plain, ofTier, ofRegion],
      [ofRegion, ofTier],
    ]) {
      expect(priceAt(prices, 'charge', 150, call)).toBe(ofRegion);
    }
  });

  it('falls back to the next wider one while the narrow one is still to come', () => {
    const call = { region: 'eu-central-2', tier: 'PREMIUM' } as const;
    const found = [29, 30, 39, 40, 49, 50, 99, 100].map((at) => priceAt([plain, ofTier], 'charge', at, call)?.from);
    expect(found).toEqual([undefined, undefined, undefined, undefined, undefined, 50, 50, 50]);
    expect(priceAt([plain, { ...ofTier, from: 200 }], 'charge', 150, call)).toBe(plain);
  });

  it('has a name of its own', () => {
    expect(all.map(priceIdOf)).toEqual([
      'm/charge/-/-/1970-01-01T00:00:00.100Z',
      'm/charge/eu-central-2/PREMIUM/1970-01-01T00:00:00.030Z',
      'm/charge/-/PREMIUM/1970-01-01T00:00:00.050Z',
      'm/charge/eu-central-2/-/1970-01-01T00:00:00.040Z',
    ]);
  });
});

it('a new platform has prices for every family, in both books, each read and write in its proportion', () => {
  for (const id of ['claude-opus-5-5', 'claude-sonnet-5', 'claude-haiku-4-5', 'claude-fable-5', 'claude-mythos-5']) {
    const prices = startingPrices(id);
    expect(prices.map(({ book }) => book)).toEqual(['cost', 'charge']);
    for (const { perToken } of prices) {
      expect(perToken.cacheRead * 10).toBe(perToken.input);
      expect(perToken.cacheWrite5m * 4).toBe(perToken.input * 5);
      expect(perToken.cacheWrite1h).toBe(perToken.input * 2);
      expect(Object.values(perToken).every((one) => Number.isSafeInteger(one) && one > 0)).toBe(true);
    }
  }
  expect(startingPrices('claude-sonnet-4-5')[1]?.perToken).toEqual(SONNET);
  expect(startingPrices('somebody-else')).toEqual([]);
});

it('prices per million tokens and per token are one another, exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 49 }), (perToken) => {
      expect(readPerToken(usdPerMillion(perToken))).toBe(perToken);
    }),
  );
  for (const text of ['0.0001', '3.1255', '', '-1', '1e3', '3,5', '999999999999999'])
    expect(readPerToken(text)).toBeNull();
});
