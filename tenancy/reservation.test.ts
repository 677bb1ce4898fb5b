import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumOfCosts } from './price.ts';
import {
  costsOfHeld,
  firstReservation,
  limitedTokens,
  OUTPUT_STEP_TOKENS,
  outputCost,
  tokensToExtend,
} from './reservation.ts';
import { NO_TOKENS } from './usage.ts';

const SONNET = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750, cacheWrite1h: 6_000 };
const HALF = OUTPUT_STEP_TOKENS / 2;

describe('what a request holds from the start', () => {
  it('is its prompt at the dearest, and a step of output', () => {
    expect(firstReservation({ inputTokens: 1_000, maxOutputTokens: 128_000 }, SONNET)).toEqual({
      // 1,000 x 6,000 + 4,096 x 15,000
      money: 67_440_000n,
      outputTokens: 4_096,
    });
  });

  it('is no more output than can come', () => {
    expect(firstReservation({ inputTokens: 0, maxOutputTokens: 10 }, SONNET)).toEqual({
      money: 150_000n,
      outputTokens: 10,
    });
  });
});

describe('an extension', () => {
  it.each([
    ['nothing while half a step is ahead', 4_096, HALF, 128_000, 0],
    ['a step from the next token on', 4_096, HALF + 1, 128_000, 4_096],
    ['as many steps as have flowed at once', 4_096, 9_000, 128_000, 8_192],
    ['no more than can come', 4_096, 4_000, 5_000, 904],
    ['nothing past what can come', 5_000, 9_999, 5_000, 0],
    ['nothing where nothing was to come', 0, 0, 0, 0],
    ['whole tokens where half a one has flowed', 4_096, HALF + 0.5, 128_000, 4_096],
  ])('is %s', (_, reserved, flowed, max, tokens) => {
    expect(tokensToExtend(reserved, flowed, max)).toBe(tokens);
  });

  it('keeps the reservation half a step ahead, at most a step and a half, and within what can come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), fc.array(fc.integer({ min: 0, max: 20_000 })), (max, flows) => {
        let reserved = Math.min(OUTPUT_STEP_TOKENS, max);
        let flowed = 0;
        for (const more of flows) {
          flowed = Math.min(max, flowed + more);
          const before = reserved;
          reserved += tokensToExtend(reserved, flowed, max);
          expect(Number.isSafeInteger(reserved)).toBe(true);
          expect(reserved).toBeGreaterThanOrEqual(Math.min(max, flowed + HALF));
          expect(reserved).toBeLessThanOrEqual(max);
          if (reserved > before) expect(reserved - flowed).toBeLessThan(HALF + OUTPUT_STEP_TOKENS);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('costs what its output costs', () => {
    expect(outputCost(4_096, SONNET)).toBe(61_440_000n);
  });
});

describe('what is held, by token class', () => {
  it('is output at its price, and the prompt at the dearest', () => {
    const { money, outputTokens } = firstReservation({ inputTokens: 1_000, maxOutputTokens: 100 }, SONNET);
    expect(costsOfHeld({ money, outputTokens }, SONNET)).toEqual({
      input: 6_000_000n,
      output: 1_500_000n,
      cacheRead: 0n,
      cacheWrite5m: 0n,
      cacheWrite1h: 0n,
    });
  });

  it('adds up to what is held, and is never below nothing, whatever is held', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 70n), fc.nat(), (money, outputTokens) => {
        const costs = costsOfHeld({ money, outputTokens }, SONNET);
        expect(sumOfCosts(costs)).toBe(money);
        expect(Object.values(costs).every((cost) => cost >= 0n)).toBe(true);
      }),
      { seed: 5 },
    );
  });
});

it('a cache read counts against no limit of tokens per minute; all else does', () => {
  expect(limitedTokens({ input: 1, output: 20, cacheRead: 300, cacheWrite5m: 4_000, cacheWrite1h: 50_000 })).toBe(
    54_021,
  );
  expect(limitedTokens(NO_TOKENS)).toBe(0);
});
