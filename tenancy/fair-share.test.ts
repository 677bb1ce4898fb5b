import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEW_WINDOW, SHARE_WINDOW_MS, type ShareWindow, shareOf, shareWindowOf } from './fair-share.ts';

const windowBefore = (asked: Record<string, number>, served: number, refused = 1): ShareWindow => ({
  ...NEW_WINDOW,
  asked: new Map(Object.entries(asked)),
  served,
  refused,
});

describe('a quota that is not enough for all', () => {
  it.each<[string, Record<string, number>, number, Record<string, number>]>([
    ['is halved between two that want more than half', { a: 1_000, b: 100 }, 100, { a: 50, b: 50 }],
    [
      'leaves a small one all that it wants, and may be asked for its equal part',
      { a: 1_000, b: 10 },
      100,
      { a: 90, b: 50 },
    ],
    ['is shared in turn: each gets what smaller ones leave', { a: 900, b: 30, c: 10 }, 90, { a: 50, b: 40, c: 30 }],
    ['gives one alone everything', { a: 1_000 }, 100, { a: 100 }],
    ['counts a newcomer with an equal part', { a: 1_000 }, 100, { b: 50 }],
  ])('%s', (_, asked, served, shares) => {
    for (const [tenant, share] of Object.entries(shares))
      expect(shareOf(tenant, windowBefore(asked, served))).toBe(share);
  });

  it('is tried for a little more when nothing of it was refused', () => {
    expect(shareOf('a', windowBefore({ a: 1_000 }, 100, 0))).toBe(105);
    expect(shareOf('a', windowBefore({ a: 1_000 }, 100, 1))).toBe(100);
  });

  it('is never given out twice over what is wanted, and never less than an equal part to anybody', () => {
    const demands = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 10_000 }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 20_000 }), (asked, served) => {
        const names = Object.keys(asked);
        const used = names.map((name) => Math.min(asked[name] ?? 0, shareOf(name, windowBefore(asked, served))));
        const total = used.reduce((sum, one) => sum + one, 0);
        expect(total).toBeLessThanOrEqual(served + 1e-6);
        const wanted = Object.values(asked).reduce((sum, one) => sum + one, 0);
        expect(total).toBeCloseTo(Math.min(wanted, served), 3);
        for (const name of names) {
          expect(shareOf(name, windowBefore(asked, served))).toBeGreaterThanOrEqual(served / names.length - 1e-6);
        }
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

it('windows follow one another without a gap', () => {
  expect(shareWindowOf(SHARE_WINDOW_MS - 1)).toBe(0);
  expect(shareWindowOf(SHARE_WINDOW_MS)).toBe(1);
});
