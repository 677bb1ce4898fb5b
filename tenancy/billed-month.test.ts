import { describe, expect, it } from 'vitest';
import { ACME, chargeLine, countedAs, dayAfter, pushedAs } from './billed-month.fixture.ts';
import { billedDays, settledDays, totalsOf } from './billed-month.ts';
import { type BillingPeriod, openPeriod } from './billing-period.ts';

const MONTH = '2026-11';
const OPEN = openPeriod(ACME, MONTH);
const closedWith = (nanoUsd: bigint, microUsd: bigint, adjustmentsNanoUsd: bigint): BillingPeriod => ({
  ...OPEN,
  state: 'CLOSED',
  closed: { nanoUsd, microUsd, adjustmentsNanoUsd, at: 1 },
});
const line = (tokens: bigint) => [chargeLine(tokens, 3_000)];
const verified = (day: string, tokens: bigint) => pushedAs(countedAs(day, line(tokens)), tokens * 3n);

describe('what a month bills', () => {
  const first = verified('2026-11-01', 10n);
  const corrected = pushedAs(countedAs(first, line(12n)), 36n);
  const unread = pushedAs(countedAs('2026-11-02', line(5n)), 15n, false);
  const adjusted = dayAfter(countedAs('2026-11-03', line(7n)), { kind: 'adjusted', landsIn: '2026-12' });
  const days = [corrected, first, unread, adjusted, countedAs('2026-11-04', line(1n)), verified('2026-10-31', 9n)];

  it('is the last revision of each day that the meter was read back for, while it is open', () => {
    expect(billedDays(OPEN, days)).toEqual([corrected]);
    expect(billedDays(OPEN, [first, pushedAs(countedAs(first, line(12n)), 36n, false)])).toEqual([first]);
  });

  it('is what the meter was told last, once it is closed, whatever is heard of it later', () => {
    const doubted = dayAfter(first, {
      kind: 'not_counted',
      why: 'no customer',
      at: Date.parse('2026-12-09T00:00:00Z'),
    });
    expect(doubted.verifiedAt).toBeUndefined();
    expect(billedDays(closedWith(0n, 0n, 0n), [doubted])).toEqual([doubted]);
    const later = dayAfter(countedAs(first, line(99n)), { kind: 'adjusted', landsIn: '2026-12' });
    expect(billedDays(closedWith(0n, 0n, 0n), [{ ...first, supersededBy: 2 }, later])).toEqual([
      { ...first, supersededBy: 2 },
    ]);
  });

  it('comes to its days and what came from others, exactly', () => {
    const adjustments = [{ nanoUsd: -7_001n }, { nanoUsd: 1n }];
    expect(totalsOf(OPEN, days, adjustments)).toEqual({
      usageNanoUsd: 36_000n,
      adjustmentsNanoUsd: -7_000n,
      nanoUsd: 29_000n,
      meterMicroUsd: 36n,
    });
  });

  it('is never told otherwise than it was closed', () => {
    const totals = (period: BillingPeriod) => totalsOf(period, [first], [{ nanoUsd: 5n }]);
    expect(totals(closedWith(30_000n, 30n, 5n)).nanoUsd).toBe(30_005n);
    for (const other of [closedWith(30_001n, 30n, 5n), closedWith(30_000n, 31n, 5n), closedWith(30_000n, 30n, 4n)]) {
      expect(() => totals(other)).toThrow(/not those that it was closed with/);
    }
  });

  it('is not what its days came to in the end, where they are billed with others', () => {
    const later = dayAfter(countedAs(first, line(99n)), { kind: 'adjusted', landsIn: '2026-12' });
    expect(settledDays([later, first, unread, adjusted]).map(({ day, revision }) => [day, revision])).toEqual([
      ['2026-11-01', 2],
      ['2026-11-03', 1],
    ]);
  });
});
