import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowanceAt,
  SHARE_WINDOW_MS,
  type Shares,
  type ShareWindow,
  shareOf,
  sharesIn,
  shareWindowOf,
} from './fair-share.ts';

const sharing = (demands: Record<string, number>, capacity: number): Shares => ({
  window: 100,
  capacity,
  demands: new Map(Object.entries(demands)),
  history: [],
});

/** A window in which a and b asked for 600 and 40, and all of it or what was shared out was sent. */
const lived = (window: number, changes: Partial<ShareWindow> = {}): ShareWindow => ({
  window,
  asked: new Map([
    ['a', 600],
    ['b', 40],
  ]),
  given: new Map(),
  sent: 100,
  throttled: 0,
  refused: 0,
  ...changes,
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
    for (const [tenant, share] of Object.entries(shares)) expect(shareOf(tenant, sharing(asked, served))).toBe(share);
  });

  it('holds nobody back who is alone with it: Bedrock says what there is', () => {
    const { allowed, owed, waitMs } = allowanceAt('a', sharing({ a: 1_000 }, 1), 0);
    expect({ allowed, owed, waitMs }).toEqual({ allowed: Number.MAX_SAFE_INTEGER, owed: 0, waitMs: 0 });
    expect(allowanceAt('a', sharing({ a: 1_000, b: 1 }, 1), 0).allowed).toBeLessThan(1);
    expect(allowanceAt('b', sharing({ a: 1_000 }, 10), 0).allowed).toBeLessThan(10);
  });

  it('is never given out twice over what is wanted, and never less than an equal part to anybody', () => {
    const demands = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 10_000 }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 20_000 }), (asked, served) => {
        const names = Object.keys(asked);
        const used = names.map((name) => Math.min(asked[name] ?? 0, shareOf(name, sharing(asked, served))));
        const total = used.reduce((sum, one) => sum + one, 0);
        expect(total).toBeLessThanOrEqual(served + 1e-6);
        const wanted = Object.values(asked).reduce((sum, one) => sum + one, 0);
        expect(total).toBeCloseTo(Math.min(wanted, served), 3);
        for (const name of names) {
          expect(shareOf(name, sharing(asked, served))).toBeGreaterThanOrEqual(served / names.length - 1e-6);
        }
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

describe('how much there is to share', () => {
  const capacityOf = (history: readonly ShareWindow[], window = 100) => sharesIn(window, history)?.capacity ?? null;

  it('is not known before one whole window was watched, and everybody may try', () => {
    expect(capacityOf([])).toBeNull();
    expect(capacityOf([lived(99, { throttled: 50, refused: 50 })])).toBeNull();
    expect(capacityOf([lived(99), lived(98, { throttled: 50, refused: 50 })])).toBeNull();
  });

  it('is what Bedrock took in the first whole window, whatever the one before saw of it', () => {
    const first = lived(98, { sent: 3, throttled: 2, refused: 1 });
    expect(capacityOf([lived(99, { sent: 640, throttled: 700, refused: 540 }), first])).toBe(100);
  });

  it('falls with what Bedrock takes, but not at once', () => {
    const [was, before] = [{ capacity: 100 }, lived(98, { capacity: 100 })];
    expect(capacityOf([lived(99, { ...was, throttled: 20, refused: 20 }), before])).toBe(80);
    expect(capacityOf([lived(99, { ...was, sent: 100, throttled: 190, refused: 90 }), before])).toBe(60);
    expect(capacityOf([lived(99, { ...was, throttled: 2, refused: 2 }), before])).toBeGreaterThanOrEqual(100);
  });

  it('stays where nothing passes at all: that is no quota', () => {
    const nothing = { sent: 100, throttled: 200, refused: 100 };
    const history = [99, 98, 97, 96].map((window) => lived(window, { ...nothing, capacity: 100 }));
    expect(capacityOf(history)).toBe(100);
    expect(capacityOf([lived(99, nothing), lived(98, nothing)])).toBeNull();
  });

  it('rises faster and faster while Bedrock refuses nothing and somebody is held back', () => {
    const quiet = (windows: number) => [
      ...Array.from({ length: windows }, (_, back) => lived(99 - back, { capacity: 100 })),
      lived(99 - windows, { capacity: 100, throttled: 50 }),
    ];
    const rises = [1, 2, 3, 5, 7].map((windows) => capacityOf(quiet(windows)) ?? 0);
    expect(rises[0]).toBeLessThan(105);
    expect(rises[4]).toBe(140);
    expect(rises).toEqual(rises.toSorted((one, other) => one - other));
  });

  it('stays when nobody is held back', () => {
    expect(capacityOf([lived(99, { capacity: 1_000, sent: 640 }), lived(98, { capacity: 1_000, sent: 640 })])).toBe(
      1_000,
    );
  });

  it('is measured over windows, for a large request leaves empty ones behind it', () => {
    const large = lived(97, { capacity: 100, sent: 300 });
    const empty = (window: number) => lived(window, { capacity: 100, sent: 0, throttled: 10, refused: 0 });
    expect(capacityOf([empty(99), empty(98), large])).toBe(100);
  });
});

describe('what a tenant may use at an instant', () => {
  const start = 100 * SHARE_WINDOW_MS;
  const shares = (given: Record<string, number> = {}, window = 99): Shares => ({
    ...sharing({ a: 600, b: 40 }, 100),
    history: [lived(window, { capacity: 100, given: new Map(Object.entries(given)) })],
  });

  it('grows through the window for who wants more than its share, and is there at once for who wants less', () => {
    const at = (tenant: string, part: number) => allowanceAt(tenant, shares(), start + part * SHARE_WINDOW_MS).allowed;
    expect([0, 0.5, 0.75].map((part) => at('a', part))).toEqual([0, 30, 45]);
    expect([0, 0.5].map((part) => at('b', part))).toEqual([50, 50]);
  });

  it('is less by what went past the share before, until that is paid', () => {
    const owed = (given: number, window?: number) => allowanceAt('a', shares({ a: given }, window), start).owed;
    expect([owed(60), owed(61), owed(600)]).toEqual([0, 1, 540]);
    expect([owed(600, 98), owed(600, 95), owed(600, 90)]).toEqual([480, 300, 0]);
    expect(allowanceAt('a', shares({ a: 180 }), start).waitMs).toBe(2 * SHARE_WINDOW_MS);
  });

  it('owes nothing for what was let through while nothing was shared out, nor for a share that was larger then', () => {
    const earlier = (capacity: number | undefined): Shares => ({
      ...shares(),
      history: [lived(99, { given: new Map([['a', 600]]), ...(capacity === undefined ? {} : { capacity }) })],
    });
    expect(allowanceAt('a', earlier(undefined), start).owed).toBe(0);
    expect(allowanceAt('a', earlier(640), start).owed).toBe(0);
  });

  it('is charged for refusals to who wants more than its share', () => {
    expect(allowanceAt('a', shares(), start).payer).toBe('a');
    expect(allowanceAt('b', shares(), start).payer).toBe('a');
    expect(allowanceAt('new', shares(), start).payer).toBe('a');
  });
});

it('windows follow one another without a gap', () => {
  expect(shareWindowOf(SHARE_WINDOW_MS - 1)).toBe(0);
  expect(shareWindowOf(SHARE_WINDOW_MS)).toBe(1);
});
