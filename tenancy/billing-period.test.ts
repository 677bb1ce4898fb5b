import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MeteredDay, meterValue } from './billing-amount.ts';
import type { BillingDay } from './billing-day.ts';
import {
  adjustmentCents,
  adjustmentOf,
  approveMoneyOverride,
  type BillingPeriod,
  beginClosing,
  closePeriod,
  compareMoney,
  invoicePeriod,
  isInvoiceOf,
  openPeriod,
  requestMoneyOverride,
  takesDays,
} from './billing-period.ts';
import { isWithinMeter } from './meter-event.ts';
import type { MoneyReport } from './money-drift.ts';
import { NO_TOKEN_SUMS } from './rating.ts';
import { parseTenantId } from './tenant.ts';
import { daysOf, startOfDay } from './utc-day.ts';

const ACME = parseTenantId('acme')!;
const MONTH = '2026-02';
const OVER = Date.UTC(2026, 2, 1);
const OPEN = openPeriod(ACME, MONTH);
const AGREES = { reports: [], reasons: [], at: 1 };
const CLOSING: BillingPeriod = { ...OPEN, state: 'CLOSING', money: AGREES };
const COUNTED = new Set(daysOf(MONTH));
const ALL = { counted: COUNTED, now: OVER };

const rated = (nanoUsd: bigint) => ({
  requests: 1n,
  regions: [],
  tokens: NO_TOKEN_SUMS,
  nanoUsd,
  costNanoUsd: null,
  lines: 0,
  inputsHash: 'a',
  at: 1,
});

function day(date: string, nanoUsd: bigint, microUsd: bigint, change: Partial<BillingDay> = {}): BillingDay {
  const push = { microUsd, identifier: `acme:${date}:usage:r1`, plannedAt: 2 };
  const end = { state: 'VERIFIED', rated: rated(nanoUsd), push, pushedAt: 3, verifiedAt: 4 } as const;
  return { tenantId: ACME, day: date, revision: 1, version: 5, ...end, ...change };
}

/** A month whose days were told one after the other. */
function told(amounts: readonly bigint[]): BillingDay[] {
  const meter: MeteredDay[] = [];
  return daysOf(MONTH).map((date, n) => {
    const nanoUsd = amounts[n] ?? 0n;
    const microUsd = meterValue(nanoUsd, meter);
    meter.push({ nanoUsd, microUsd });
    return day(date, nanoUsd, microUsd);
  });
}

describe('a month', () => {
  it('is over when its last day is', () => {
    expect(beginClosing(OPEN, OVER - 1)).toEqual({ ok: false, reason: { kind: 'not_over', until: OVER } });
    expect(beginClosing(OPEN, OVER)).toEqual({ ok: true, value: { ...OPEN, state: 'CLOSING' } });
    expect(beginClosing(CLOSING, OVER)).toMatchObject({ ok: false, reason: { kind: 'wrong_state' } });
  });

  it('is closed with what its days and the adjustments of others come to, once', () => {
    const closed = closePeriod(CLOSING, told([1_499n, 1_499n]), [{ nanoUsd: -5_000n }, { nanoUsd: 1n }], ALL);
    expect(closed).toEqual({
      ok: true,
      value: {
        ...CLOSING,
        state: 'CLOSED',
        closed: { nanoUsd: 2_998n, microUsd: 3n, adjustmentsNanoUsd: -4_999n, at: OVER },
      },
    });
    if (!closed.ok) throw new Error('not closed');
    for (const period of [OPEN, closed.value]) {
      expect(closePeriod(period, told([]), [], ALL)).toMatchObject({ ok: false, reason: { kind: 'wrong_state' } });
    }
    expect(invoicePeriod(CLOSING, 'in_1', 9)).toMatchObject({ ok: false });
    const sent = invoicePeriod(closed.value, 'in_1', 9);
    if (!sent.ok) throw new Error('not sent');
    expect(sent.value).toMatchObject({ state: 'INVOICED', invoice: { id: 'in_1', at: 9 } });
    expect(invoicePeriod(sent.value, 'in_1', 10)).toEqual(sent);
    expect(invoicePeriod(sent.value, 'in_2', 10)).toMatchObject({ ok: false, reason: { kind: 'wrong_state' } });
  });

  it('waits until each of its days was counted for the last time', () => {
    const counted = new Set([...COUNTED].filter((day) => day !== '2026-02-27'));
    const waits = { ok: false, reason: { kind: 'not_counted', days: ['2026-02-27'] } };
    expect(closePeriod(CLOSING, told([]), [], { ...ALL, counted })).toEqual(waits);
  });

  it('does not wait for a day on which nothing was used', () => {
    const some = told([1_000n]).filter((one) => one.day !== '2026-02-28');
    expect(closePeriod(CLOSING, some, [], ALL)).toMatchObject({ ok: true, value: { closed: { nanoUsd: 1_000n } } });
    expect(closePeriod(CLOSING, [], [], ALL)).toMatchObject({ ok: true, value: { closed: { microUsd: 0n } } });
  });

  it.each<[string, Partial<BillingDay>]>([
    ['is pushed alone', { state: 'PUSHED', verifiedAt: undefined as never }],
    ['failed', { state: 'FAILED', verifiedAt: undefined as never }],
    ['is blocked', { state: 'DRIFT_BLOCKED' }],
  ])('waits for a day that %s, and for its last revision', (_, change) => {
    const [first, ...rest] = told([]);
    const waiting = { ...first!, ...change };
    const open = { ok: false, reason: { kind: 'days_open', days: ['2026-02-01'] } };
    expect(closePeriod(CLOSING, [waiting, ...rest], [], ALL)).toEqual(open);
    const superseded = { ...first!, supersededBy: 2 };
    expect(closePeriod(CLOSING, [{ ...waiting, revision: 2 }, ...rest, superseded], [], ALL)).toEqual(open);
  });

  it('does without a day that another one bills, but not without the truth of what the meter has of it', () => {
    const [first, ...rest] = told([7_000n, 3_000n]);
    const { push: _, pushedAt: __, verifiedAt: ___, ...unpushed } = first!;
    const adjusted: BillingDay = { ...unpushed, state: 'APPROVED', adjustedIn: '2026-04' };
    expect(closePeriod(CLOSING, [adjusted, ...rest], [], ALL)).toMatchObject({
      ok: true,
      value: { closed: { nanoUsd: 3_000n, microUsd: 3n } },
    });
    const corrected = { ...adjusted, revision: 2, rated: rated(9_000n) };
    const before = { ...first!, supersededBy: 2 };
    expect(closePeriod(CLOSING, [before, corrected, ...rest], [], ALL)).toMatchObject({
      ok: true,
      value: { closed: { nanoUsd: 10_000n, microUsd: 10n } },
    });
    const { verifiedAt: ____, ...unread } = before;
    expect(closePeriod(CLOSING, [{ ...unread, state: 'PUSHED' }, corrected, ...rest], [], ALL)).toMatchObject({
      reason: { kind: 'days_open', days: ['2026-02-01'] },
    });
  });

  it('is not closed while the meter has another sum', () => {
    const days = told([1_000n, 2_000n]);
    const wrong = days.map((one, n) => (n === 1 ? day(one.day, 2_000n, 3n) : one));
    expect(closePeriod(CLOSING, wrong, [], ALL)).toEqual({
      ok: false,
      reason: { kind: 'meter_differs', expected: 3n, pushed: 4n },
    });
  });

  it('closes whatever its days come to, if each was told as it had to be', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 28 }), (amounts) => {
        expect(closePeriod(CLOSING, told(amounts), [], ALL)).toMatchObject({ ok: true });
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('what becomes known of a day', () => {
  const DATE = '2026-02-10';

  it.each<[BillingPeriod['state'] | null, boolean]>([
    [null, true],
    ['OPEN', true],
    ['CLOSING', true],
    ['CLOSED', false],
    ['INVOICED', false],
  ])('goes into a month that is %s: %s', (state, expected) => {
    expect(takesDays(state && { state })).toBe(expected);
  });

  it('goes to the meter for 30 days', () => {
    const wall = startOfDay(DATE) + 31 * 86_400_000;
    expect([wall - 1, wall].map((now) => isWithinMeter(DATE, now))).toEqual([true, false]);
  });

  it('adjusts by what it differs, more or less, and by nothing when it does not', () => {
    const where = { landsIn: '2026-03', reason: 'a late record', at: 5 };
    const of = (nanoUsd: bigint, billed: bigint) =>
      adjustmentOf({ tenantId: ACME, day: DATE, revision: 2, rated: { nanoUsd } }, billed, where);
    expect(of(10n, 4n)).toEqual({ tenantId: ACME, day: DATE, revision: 2, nanoUsd: 6n, ...where });
    expect(of(4n, 10n)?.nanoUsd).toBe(-6n);
    expect(of(4n, 4n)).toBeNull();
  });

  it('is billed in full, however often a day is corrected after its month was closed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 }),
        ([first, ...more]) => {
          let billed = first!;
          for (const [n, nanoUsd] of more.entries()) {
            const one = { tenantId: ACME, day: DATE, revision: n + 2, rated: { nanoUsd } };
            billed += adjustmentOf(one, billed, { landsIn: '2026-03', reason: '', at: n })?.nanoUsd ?? 0n;
            expect(billed).toBe(nanoUsd);
          }
        },
      ),
      { seed: 17, numRuns: 100 },
    );
  });
});

describe('an invoice', () => {
  const closed = (microUsd: bigint, adjustmentsNanoUsd = 0n) => ({
    nanoUsd: microUsd * 1_000n,
    microUsd,
    adjustmentsNanoUsd,
    at: OVER,
  });

  it.each<[string, bigint, bigint, bigint, boolean]>([
    ['in whole cents', 120_000n, 0n, 12n, true],
    ['a cent more', 120_000n, 0n, 13n, false],
    ['a cent less', 120_000n, 0n, 11n, false],
    ['to the nearest cent', 124_999n, 0n, 12n, true],
    ['and to no other', 124_999n, 0n, 13n, false],
    ['half a cent, down', 125_000n, 0n, 12n, true],
    ['half a cent, up', 125_000n, 0n, 13n, true],
    ['with adjustments', 120_000n, -50_000_000n, 7n, true],
    ['without them', 120_000n, -50_000_000n, 12n, false],
    ['below zero', 10_000n, -500_000_000n, -49n, true],
  ])('is of its month: %s', (_, microUsd, adjustments, cents, expected) => {
    expect(isInvoiceOf(closed(microUsd, adjustments), cents)).toBe(expected);
  });

  it('has one line for all adjustments, rounded once', () => {
    expect(adjustmentCents(closed(0n, 4_999_499n))).toBe(0n);
    expect(adjustmentCents(closed(0n, 15_000_000n))).toBe(2n);
    expect(adjustmentCents(closed(0n, -15_000_000n))).toBe(-2n);
  });
});

describe('AWS’s bill', () => {
  const report = (theirs: bigint): MoneyReport => ({
    tenantId: ACME,
    region: 'eu-central-1',
    source: 'complete',
    oursNanoUsd: 10n ** 9n,
    theirsNanoUsd: theirs,
    models: [],
    usageTypes: [],
  });
  const compared = (theirs: bigint, before = CLOSING) => {
    const period = compareMoney(before, [report(theirs)], ['eu-central-1'], 7);
    if (!period.ok) throw new Error('not compared');
    return period.value;
  };
  const request = { by: 'usr_a', reason: 'the list prices were wrong', at: 8 };
  const asked = (period: BillingPeriod) => {
    const after = requestMoneyOverride(period, request);
    if (!after.ok) throw new Error(after.reason.kind);
    return after.value;
  };
  const answered = (period: BillingPeriod) => {
    const after = approveMoneyOverride(asked(period), 'usr_b', 9);
    if (!after.ok) throw new Error(after.reason.kind);
    return after.value;
  };

  it('must have been compared, and agree', () => {
    const { money: _, ...uncompared } = CLOSING;
    expect(closePeriod(uncompared, told([]), [], ALL)).toEqual({
      ok: false,
      reason: { kind: 'money_differs', reasons: [] },
    });
    expect(closePeriod(compared(10n ** 9n), told([]), [], ALL)).toMatchObject({ ok: true });
    expect(closePeriod(compared(2n * 10n ** 9n), told([]), [], ALL)).toMatchObject({
      reason: { kind: 'money_differs', reasons: [{ kind: 'drift' }] },
    });
    expect(compareMoney(OPEN, [], [], 1)).toMatchObject({ reason: { kind: 'wrong_state' } });
  });

  it('is answered for by two people with a reason, and by nobody where there is nothing to answer for', () => {
    const blocked = compared(2n * 10n ** 9n);
    expect(closePeriod(answered(blocked), told([]), [], ALL)).toMatchObject({ ok: true });
    expect(closePeriod(asked(blocked), told([]), [], ALL)).toMatchObject({ reason: { kind: 'money_differs' } });
    expect(approveMoneyOverride(asked(blocked), 'usr_a', 9)).toMatchObject({ reason: { kind: 'same_person' } });
    expect(approveMoneyOverride(blocked, 'usr_b', 9)).toMatchObject({ reason: { kind: 'not_blocked' } });
    expect(requestMoneyOverride(blocked, { ...request, reason: ' ' })).toMatchObject({ reason: { kind: 'no_reason' } });
    expect(requestMoneyOverride(compared(10n ** 9n), request)).toMatchObject({ reason: { kind: 'not_blocked' } });
    expect(requestMoneyOverride(answered(blocked), request)).toMatchObject({ reason: { kind: 'not_blocked' } });
  });

  it('that says something else then is another matter', () => {
    const before = answered(compared(2n * 10n ** 9n));
    expect(compared(2n * 10n ** 9n, before).override).toEqual(before.override);
    expect(compared(3n * 10n ** 9n, before)).not.toHaveProperty('override');
  });
});
