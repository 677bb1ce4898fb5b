import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centsOf, type MeteredDay, meterValue, microUsdOf, roundHalfEven } from './billing-amount.ts';

const abs = (n: bigint): bigint => (n < 0n ? -n : n);

describe('rounding', () => {
  it.each([
    [499n, 0n],
    [500n, 0n],
    [501n, 1n],
    [1_499n, 1n],
    [1_500n, 2n],
    [2_500n, 2n],
    [-499n, 0n],
    [-500n, 0n],
    [-501n, -1n],
    [-1_500n, -2n],
    [-2_500n, -2n],
    [10n ** 30n + 500n, 10n ** 27n],
  ])('%d nano-USD are %d micro-USD', (nanoUsd, microUsd) => {
    expect(microUsdOf(nanoUsd)).toBe(microUsd);
  });

  it.each([
    [4_999n, 0n],
    [5_000n, 0n],
    [5_001n, 1n],
    [15_000n, 2n],
    [-15_000n, -2n],
  ])('%d micro-USD are %d cents', (microUsd, cents) => {
    expect(centsOf(microUsd)).toBe(cents);
  });

  it('is to the nearest, to the even one of two as near, and the same below zero', () => {
    const amount = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
    const unit = fc.oneof(fc.bigInt({ min: 1n, max: 20n }), fc.constantFrom(1_000n, 10_000n));
    fc.assert(
      fc.property(amount, unit, (n, of) => {
        const rounded = roundHalfEven(n, of);
        const off = 2n * abs(n - rounded * of);
        expect(off <= of).toBe(true);
        if (off === of) expect(rounded % 2n).toBe(0n);
        expect(roundHalfEven(-n, of)).toBe(-rounded);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('what the meter is told of the days of a month', () => {
  const nanoUsd = fc.oneof(fc.bigInt({ min: 0n, max: 3_000n }), fc.bigInt({ min: 0n, max: 10n ** 18n }));
  /** Days of a month told in any order, some again and again, each time of another amount. */
  const tellings = fc.array(fc.record({ day: fc.nat({ max: 30 }), nanoUsd }), { minLength: 1, maxLength: 60 });

  function tell(all: readonly { readonly day: number; readonly nanoUsd: bigint }[]) {
    const meter = new Map<number, MeteredDay>();
    return all.map(({ day, nanoUsd: exact }) => {
      const { [day]: before, ...others } = Object.fromEntries(meter);
      const microUsd = meterValue(exact, Object.values(others) as MeteredDay[]);
      meter.set(day, { nanoUsd: exact, microUsd });
      return { before, microUsd, exact, days: [...meter.values()] };
    });
  }

  it('adds up to the month, rounded once, after each of them', () => {
    fc.assert(
      fc.property(tellings, (all) => {
        for (const { days } of tell(all)) {
          const exact = days.reduce((sum, day) => sum + day.nanoUsd, 0n);
          expect(days.reduce((sum, day) => sum + day.microUsd, 0n)).toBe(microUsdOf(exact));
        }
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('is never negative when it is told first, whatever was told before', () => {
    fc.assert(
      fc.property(tellings, (all) => {
        for (const { before, microUsd } of tell(all)) if (!before) expect(microUsd >= 0n).toBe(true);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('moves with a correction in the same direction, and by less than a micro-dollar beside it', () => {
    fc.assert(
      fc.property(tellings, (all) => {
        for (const { before, microUsd, exact } of tell(all)) {
          if (!before) continue;
          const moved = microUsd - before.microUsd;
          const by = exact - before.nanoUsd;
          expect(by >= 0n ? moved >= 0n : moved <= 0n).toBe(true);
          expect(abs(moved * 1_000n - by) <= 1_000n).toBe(true);
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('is, day by day and without corrections, the month through the day less the month through the day before', () => {
    fc.assert(
      fc.property(fc.array(nanoUsd, { maxLength: 31 }), (days) => {
        let through = 0n;
        for (const { microUsd, exact } of tell(days.map((each, day) => ({ day, nanoUsd: each })))) {
          expect(microUsd).toBe(microUsdOf(through + exact) - microUsdOf(through));
          through += exact;
        }
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('may take back what rounding had moved to a day that comes to nothing', () => {
    const first = meterValue(400n, []);
    const second = meterValue(1_200n, [{ nanoUsd: 400n, microUsd: first }]);
    expect([first, second]).toEqual([0n, 2n]);
    expect(meterValue(0n, [{ nanoUsd: 1_200n, microUsd: second }])).toBe(-1n);
  });
});
