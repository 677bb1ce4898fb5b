import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, type Seen } from './drift.fixture.ts';
import { approveOverride, type DriftReport, driftAllowed, judgeDrift } from './drift.ts';
import { NO_TOKENS, type TokenCounts } from './usage.ts';

const HOME = 'eu-central-1';
const AGREED: DriftReport = {
  accountId: '111122223333',
  region: HOME,
  leg: 'requests',
  source: 'complete',
  onlyOurs: 0,
  onlyTheirs: 0,
  differing: 0,
  union: 0,
  sampleOurs: [],
  sampleTheirs: [],
  sampleDiffering: [],
};
const report = (change: Partial<DriftReport>): DriftReport => ({ ...AGREED, ...change });
const TOKENS_AGREE = report({ leg: 'tokens' });

/** Why one comparison closes the gate; null where it does not. */
function why(change: Partial<DriftReport>): string | null {
  const verdict = judgeDrift([report(change), ...(change.leg === 'tokens' ? [AGREED] : [TOKENS_AGREE])], [HOME]);
  return verdict.open ? null : verdict.reasons.map(({ kind }) => kind).join();
}

const ids = (count: number, prefix = 'r'): Seen[] => Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}` }));

describe('of a thousand requests', () => {
  const theirs = ids(1_000);
  const whyOf = (ours: readonly Seen[]) => why(compare(ours, theirs));

  it.each([
    [0, null],
    [9, null],
    [10, null],
    [11, 'drift'],
    [999, 'drift'],
    [1_000, 'nothing_agrees'],
  ])('%i that are lost: %s', (lost, closed) => {
    expect(whyOf(theirs.slice(lost))).toBe(closed);
  });

  it.each([
    [9, null],
    [10, null],
    [11, 'drift'],
  ])('%i that only we have: %s', (more, closed) => {
    expect(whyOf([...theirs, ...ids(more, 'invented')])).toBe(closed);
  });

  it('11 that are told twice are told once', () => {
    expect(whyOf([...theirs, ...theirs.slice(0, 11)])).toBeNull();
    expect(why(compare(theirs, [...theirs, ...theirs]))).toBeNull();
  });

  it('50 lost and 50 doubled under ids of their own make the same number, and close the gate', () => {
    const ours = [...theirs.slice(50), ...ids(50, 'double')];
    expect(ours).toHaveLength(theirs.length);
    expect(whyOf(ours)).toBe('drift');
    const { onlyOurs, onlyTheirs, union, sampleOurs, sampleTheirs } = compare(ours, theirs);
    expect([onlyOurs, onlyTheirs, union, sampleOurs.length, sampleTheirs.length]).toEqual([50, 50, 1_050, 10, 10]);
  });

  it('6 lost and 5 doubled are 11, never 1', () => {
    expect(whyOf([...theirs.slice(6), ...ids(5, 'double')])).toBe('drift');
  });
});

describe('of few requests', () => {
  it.each([
    [299, 3, null],
    [299, 4, 'drift'],
    [300, 3, null],
    [300, 4, 'drift'],
    [399, 3, null],
    [399, 4, 'drift'],
    [400, 4, null],
    [20, 3, null],
    [20, 4, 'drift'],
  ])('%i, %i are missing: %s', (union, onlyTheirs, closed) => {
    expect(why({ union, onlyTheirs })).toBe(closed);
  });

  it.each([1, 2, 3, 4, 20])('a tenant with %i that was lost wholly is seen', (count) => {
    expect(why(compare([], ids(count)))).toBe('nothing_agrees');
    expect(why(compare(ids(count), []))).toBe('nothing_agrees');
    expect(why({ leg: 'tokens', union: count, differing: count })).toBe('nothing_agrees');
  });

  it('nothing on both sides agrees', () => {
    expect(why(compare([], []))).toBeNull();
  });
});

describe('a source', () => {
  it.each(['late', 'absent'] as const)('that is %s closes the gate, whatever agrees so far', (source) => {
    for (const union of [0, 1_000]) {
      for (const leg of ['requests', 'tokens'] as const) expect(why({ leg, source, union })).toBe(`source_${source}`);
    }
  });

  it('that nothing was compared with closes it, of each region that was used', () => {
    const kinds = (reports: DriftReport[], regions: Parameters<typeof judgeDrift>[1]) => {
      const verdict = judgeDrift(reports, regions);
      return verdict.open ? [] : verdict.reasons.map(({ kind, leg, region }) => [kind, leg, region]);
    };
    expect(kinds([], [])).toEqual([]);
    expect(kinds([AGREED], [HOME])).toEqual([['not_compared', 'tokens', HOME]]);
    expect(kinds([AGREED, TOKENS_AGREE], [HOME, 'us-east-1'])).toEqual([
      ['not_compared', 'requests', 'us-east-1'],
      ['not_compared', 'tokens', 'us-east-1'],
    ]);
  });

  it('of each account and region speaks for itself: what is lost in one is not made up in another', () => {
    const lost = report({ union: 100, onlyTheirs: 4 });
    const whole = report({ union: 100_000, accountId: '444455556666' });
    const verdict = judgeDrift([whole, lost, TOKENS_AGREE], [HOME]);
    expect(verdict).toEqual({
      open: false,
      reasons: [
        {
          kind: 'drift',
          leg: 'requests',
          region: HOME,
          accountId: '111122223333',
          text: 'eu-central-1, account 111122223333: of 100 requests 0 are only in our books, 4 only in CloudTrail; 3 may differ',
        },
      ],
    });
  });
});

describe('tokens', () => {
  const tokens = (change: Partial<TokenCounts>): TokenCounts => ({ ...NO_TOKENS, input: 7, output: 9, ...change });
  const told = (count: number, change: Partial<TokenCounts>, from = 0): Seen[] =>
    ids(count)
      .slice(from)
      .map(({ id }) => ({ id, tokens: tokens(change) }));

  it.each<[string, Partial<TokenCounts>]>([
    ['input', { input: 8 }],
    ['output', { output: 8 }],
    ['cache reads', { cacheRead: 1 }],
    ['writes for 5 minutes', { cacheWrite5m: 1 }],
    ['writes for an hour', { cacheWrite1h: 1 }],
    ['one more here and one less there', { input: 8, output: 8 }],
  ])('of other %s make an id differ', (_, change) => {
    const ours = [...told(11, change), ...told(1_000, {}, 11)];
    const found = compare(ours, told(1_000, {}));
    expect([found.differing, found.onlyOurs, found.onlyTheirs]).toEqual([11, 0, 0]);
    expect(why({ ...found, leg: 'tokens' })).toBe('drift');
    const one = [...told(10, change), ...told(1_000, {}, 10)];
    expect(why({ ...compare(one, told(1_000, {})), leg: 'tokens' })).toBeNull();
  });

  it('written to a cache are one count in the log of AWS', () => {
    const ours = told(500, { cacheWrite5m: 100, cacheWrite1h: 23 });
    expect(compare(ours, told(500, { cacheWrite5m: 123 })).differing).toBe(0);
  });
});

it('never lets more than one per cent, or 3 of fewer than 300, go by', () => {
  const counts = fc.record({
    onlyOurs: fc.nat({ max: 400 }),
    onlyTheirs: fc.nat({ max: 400 }),
    differing: fc.nat({ max: 400 }),
    agreed: fc.nat({ max: 60_000 }),
  });
  fc.assert(
    fc.property(counts, ({ agreed, ...drift }) => {
      const sum = drift.onlyOurs + drift.onlyTheirs + drift.differing;
      const union = sum + agreed;
      const open = why({ ...drift, union, leg: 'tokens' }) === null;
      expect(open).toBe(sum === 0 || (agreed > 0 && (union < 300 ? sum <= 3 : sum * 100 <= union)));
      if (open) expect(sum).toBeLessThanOrEqual(driftAllowed(union));
    }),
    { seed: 11, numRuns: 1_000 },
  );
});

it.each([
  { onlyOurs: -1 },
  { onlyOurs: 1 },
  { union: 1.5 },
  { union: Number.NaN },
  { union: 1, onlyOurs: 1, differing: 1 },
])('a comparison that comes to %j is none', (change) => {
  expect(() => why(change)).toThrow(RangeError);
});

describe('an override', () => {
  const request = { by: 'stf_anna', reason: 'CloudTrail lost an hour; AWS case 123', at: 5 };

  it('takes a second person, and a reason', () => {
    expect(approveOverride(request, 'stf_anna', 6)).toEqual({ ok: false, reason: 'same_person' });
    expect(approveOverride({ ...request, reason: ' ' }, 'stf_bert', 6)).toEqual({ ok: false, reason: 'no_reason' });
    expect(approveOverride(request, 'stf_bert', 6)).toEqual({
      ok: true,
      value: { ...request, approvedBy: 'stf_bert', approvedAt: 6 },
    });
  });
});
