import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideLimit, secondsToNextWindow, WINDOWS, windowKey } from './limit.ts';

const at = (iso: string) => Date.parse(iso);

describe('a window', () => {
  it.each([
    ['2026-11-22T13:45:59.999Z', '2026-11-22T13:45', '2026-11-22', '2026-11'],
    ['2028-02-29T23:59:59.999Z', '2028-02-29T23:59', '2028-02-29', '2028-02'],
    ['2027-01-01T00:00:00.000Z', '2027-01-01T00:00', '2027-01-01', '2027-01'],
  ])('of %s has the name of its UTC minute, day and month', (iso, minute, day, month) => {
    expect(WINDOWS.map((window) => windowKey(window, at(iso)))).toEqual([minute, day, month]);
  });

  it.each([
    ['2026-11-22T13:45:00.000Z', [60, 36_900, 728_100]],
    ['2026-11-22T13:45:59.001Z', [1, 36_841, 728_041]],
    ['2026-12-31T23:59:59.999Z', [1, 1, 1]],
    ['2028-02-28T00:00:00.000Z', [60, 86_400, 172_800]],
    ['2027-02-28T00:00:00.000Z', [60, 86_400, 86_400]],
    ['2026-11-30T23:59:59.500Z', [1, 1, 1]],
  ])('at %s ends after so many seconds', (iso, seconds) => {
    expect(WINDOWS.map((window) => secondsToNextWindow(window, at(iso)))).toEqual(seconds);
  });

  it('is another one after the seconds it was said to last, and not a second before', () => {
    const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2032-12-31T23:59:59Z') });
    fc.assert(
      fc.property(instant, fc.constantFrom(...WINDOWS), (now, window) => {
        const seconds = secondsToNextWindow(window, now);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(windowKey(window, now + seconds * 1000)).not.toBe(windowKey(window, now));
        expect(windowKey(window, now + (seconds - 1) * 1000)).toBe(windowKey(window, now));
      }),
      { seed: 41, numRuns: 1000 },
    );
  });
});

describe('a reservation against a limit', () => {
  const limit = { measure: 'money', window: 'month', max: 100n } as const;
  it.each<[string, bigint, bigint, bigint, string]>([
    ['fits to the last unit', 50n, 30n, 20n, 'within'],
    ['is over by one because of what runs', 50n, 31n, 20n, 'held'],
    ['would fit exactly when nothing else ran', 80n, 1n, 20n, 'held'],
    ['is over by one because of what is spent', 81n, 0n, 20n, 'spent'],
    ['can never fit', 0n, 0n, 101n, 'spent'],
    ['of nothing is within a limit that is spent to the unit', 100n, 0n, 0n, 'within'],
    ['of one is not', 100n, 0n, 1n, 'spent'],
    ['after an overspend is spent', 120n, 0n, 0n, 'spent'],
  ])('%s', (_, spent, held, wanted, outcome) => {
    expect(decideLimit(limit, spent, held, wanted)).toEqual({ outcome });
  });

  it('of nano-USD beyond what a number holds is exact', () => {
    const max = 2n ** 60n;
    expect(decideLimit({ ...limit, max }, max - 1n, 0n, 1n).outcome).toBe('within');
    expect(decideLimit({ ...limit, max }, max, 0n, 1n).outcome).toBe('spent');
  });
});
