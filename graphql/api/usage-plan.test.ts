import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SUMS } from '../../tenancy/usage-sum.ts';
import {
  DIMENSIONS,
  type Dimension,
  monthsFrom,
  questionPoints,
  sumFor,
  USERS_APART,
  type UsageQuestion,
  whyUnanswerable,
} from './usage-plan.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const question = (change: Partial<UsageQuestion> & { by?: ReadonlySet<Dimension> } = {}): UsageQuestion => ({
  grain: 'day',
  by: new Set(),
  users: null,
  first: '2026-11-01',
  last: '2026-11-22',
  ...change,
});
const by = (...all: Dimension[]) => new Set(all);

describe('a question is answered from', () => {
  it.each([
    ['tenantDay', question()],
    ['tenantDay', question({ by: by('model', 'region') })],
    ['tenantDay', question({ grain: 'month', by: by('model') })],
    ['tenantHour', question({ grain: 'hour', by: by('region') })],
    ['hour', question({ grain: 'hour', by: by('key') })],
    ['day', question({ by: by('user') })],
    ['day', question({ by: by('user'), users: USERS_APART + 1 })],
    ['userDay', question({ by: by('user', 'model'), users: USERS_APART })],
    ['month', question({ grain: 'month', by: by('key') })],
    ['session', question({ by: by('session'), users: 1 })],
  ])('%s', (sum, asked) => {
    expect(sumFor(asked)).toBe(sum);
  });

  it('a sum that has every dimension of it, and windows no longer than its points', () => {
    const rank = { hour: 0, day: 1, month: 2 };
    const any = fc.record({
      grain: fc.constantFrom('hour' as const, 'day' as const, 'month' as const),
      by: fc.subarray([...DIMENSIONS]).map((all) => new Set(all)),
      users: fc.option(fc.nat(20)),
    });
    fc.assert(
      fc.property(any, (some) => {
        // Of users that are named it is asked by user.
        const asked = { ...some, by: some.users === null ? some.by : new Set([...some.by, 'user' as const]) };
        if (whyUnanswerable(question({ ...asked, first: '2026-11-01', last: '2026-11-01' }), NOW)?.includes('sessions'))
          return;
        const sum = SUMS[sumFor(asked)];
        expect(rank[sum.window]).toBeLessThanOrEqual(rank[asked.grain]);
        if (asked.by.has('user') || asked.by.has('key')) expect(sum.by).not.toBe('tenant');
        if (asked.by.has('session')) expect(sum.by).toBe('session');
      }),
      { seed: 2 },
    );
  });
});

it('it costs more with each day, and with what it is by', () => {
  expect(questionPoints(question())).toBe(22);
  expect(questionPoints(question({ grain: 'hour', first: '2026-11-16' }))).toBe(70);
  expect(questionPoints(question({ by: by('user') }))).toBe(22 * 50);
  expect(questionPoints(question({ by: by('user'), users: 2 }))).toBe(22 * 2);
  expect(questionPoints(question({ by: by('user'), users: 0 }))).toBe(22);
  expect(questionPoints(question({ by: by('user'), grain: 'month', first: '2026-10-01' }))).toBe(2 * 200);
  expect(questionPoints(question({ by: by('session') }))).toBe(22 * 100);
  expect(questionPoints(question({ first: '2026-11-23' }))).toBe(1);
  const year = { first: '2025-11-22', last: '2026-11-22' };
  expect(questionPoints(question({ by: by('session'), ...year }))).toBe(366 * 100);
});

describe('a question has no answer', () => {
  it.each([
    [question({ first: '2026-11-23' }), /before/],
    [question({ first: '2026-08-22' }), /92 days at most, not 93/],
    [question({ grain: 'hour', first: '2026-11-15' }), /7 days.*by DAY/],
    [question({ by: by('session'), first: '2026-10-22' }), /31 days.*without SESSION/],
    [question({ by: by('session'), grain: 'hour', first: '2026-11-22' }), /ask by DAY/],
    [question({ grain: 'month', last: '2026-11-22' }), /first day of a month/],
    [question({ grain: 'month', first: '2026-11-02', last: '2026-11-30' }), /first day of a month/],
    [question({ grain: 'month', first: '2025-10-01', last: '2026-11-30' }), /400 days/],
    [question({ grain: 'hour', first: '2026-08-13', last: '2026-08-13' }), /kept for 100 days/],
    [question({ by: by('session'), first: '2026-10-12', last: '2026-10-12' }), /kept for 40 days/],
  ])('%#', (asked, why) => {
    expect(whyUnanswerable(asked, NOW)).toMatch(why);
  });

  it.each([
    question(),
    question({ first: '2026-08-23' }),
    question({ first: '2020-01-01', last: '2020-02-01' }),
    question({ grain: 'hour', first: '2026-08-14', last: '2026-08-14' }),
    question({ by: by('session'), first: '2026-10-13', last: '2026-10-13' }),
    question({ by: by('session'), first: '2026-10-23' }),
    question({ grain: 'month', first: '2025-11-01', last: '2026-11-30' }),
  ])('but up to its bounds: %#', (asked) => {
    expect(whyUnanswerable(asked, NOW)).toBeNull();
  });
});

it('the months of days are each told once', () => {
  expect(monthsFrom('2026-11-30', '2027-01-01')).toEqual(['2026-11', '2026-12', '2027-01']);
});
