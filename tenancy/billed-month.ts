import { type BillingDay, isSettled, lastOfEach, type RatedDay } from './billing-day.ts';
import type { BillingAdjustment, BillingPeriod } from './billing-period.ts';
import { monthOf } from './utc-day.ts';

/** A revision that a month bills: it was counted, and the meter was told of it. */
export type BilledDay = BillingDay & { readonly rated: RatedDay; readonly push: NonNullable<BillingDay['push']> };

/** What a month bills, exactly: its days, and what came from other days. Nano-USD, but for the meter's micro-USD. */
export type MonthTotals = {
  readonly usageNanoUsd: bigint;
  readonly adjustmentsNanoUsd: bigint;
  /** Both together. */
  readonly nanoUsd: bigint;
  /** What the meter has of the days. */
  readonly meterMicroUsd: bigint;
};

/**
 * The revisions that a month bills, one of each day at most, in the order of days. Of a month that may still change those that the
 * meter was read back for; of one that is closed the last ones that the meter was told of, as `closePeriod` added them up: what is
 * found out about them later is billed with another month.
 * @param days all revisions of all the month's days, in any order
 */
export function billedDays(
  { state, month }: Pick<BillingPeriod, 'state' | 'month'>,
  days: readonly BillingDay[],
): readonly BilledDay[] {
  const isClosed = state === 'CLOSED' || state === 'INVOICED';
  const told = days.filter(isTold).filter(({ day, verifiedAt }) => {
    return monthOf(day) === month && (isClosed || verifiedAt !== undefined);
  });
  return inOrder(lastOfEach(told));
}

function isTold(day: BillingDay): day is BilledDay {
  return day.rated !== undefined && day.push !== undefined;
}

/**
 * What a month comes to so far, or came to when it was closed.
 * @param days all revisions of all its days @param adjustments those that land in it
 * @throws Error when a closed month's books say something else by now than when it was closed
 */
export function totalsOf(
  period: BillingPeriod,
  days: readonly BillingDay[],
  adjustments: readonly Pick<BillingAdjustment, 'nanoUsd'>[],
): MonthTotals {
  const billed = billedDays(period, days);
  const usageNanoUsd = billed.reduce((sum, { rated }) => sum + rated.nanoUsd, 0n);
  const adjustmentsNanoUsd = adjustments.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
  const meterMicroUsd = billed.reduce((sum, { push }) => sum + push.microUsd, 0n);
  const { tenantId, month, closed } = period;
  const differs =
    closed &&
    (closed.nanoUsd !== usageNanoUsd ||
      closed.adjustmentsNanoUsd !== adjustmentsNanoUsd ||
      closed.microUsd !== meterMicroUsd);
  if (differs) throw new Error(`the books of ${tenantId} ${month} are not those that it was closed with`);
  return { usageNanoUsd, adjustmentsNanoUsd, nanoUsd: usageNanoUsd + adjustmentsNanoUsd, meterMicroUsd };
}

/** The revisions that say what the month's days came to in the end, with whichever month that was billed; by days. */
export function settledDays(days: readonly BillingDay[]): readonly (BillingDay & { readonly rated: RatedDay })[] {
  const settled = days
    .filter((one) => isSettled(one))
    .flatMap((one) => (one.rated ? [{ ...one, rated: one.rated }] : []));
  return inOrder(lastOfEach(settled));
}

function inOrder<Day extends BillingDay>(days: ReadonlyMap<string, Day>): readonly Day[] {
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}
