import { microUsdOf } from './billing-amount.ts';
import { type BillingDay, type BillingDayId, isSettled } from './billing-day.ts';
import { no, ok, type Result } from './result.ts';
import type { TenantId } from './tenant.ts';
import { DAY_MS, daysOf, monthAfter, monthOf, startOfDay } from './utc-day.ts';

/** OPEN: takes days and adjustments. CLOSING: is over, and its last days are settled. CLOSED: takes nothing any more. INVOICED: was sent. */
export const BILLING_PERIOD_STATES = ['OPEN', 'CLOSING', 'CLOSED', 'INVOICED'] as const;
export type BillingPeriodState = (typeof BILLING_PERIOD_STATES)[number];

/** A tenant's month. Times: ms since the epoch. */
export type BillingPeriod = {
  readonly tenantId: TenantId;
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly state: BillingPeriodState;
  /** What it came to, when it was closed. */
  readonly closed?: {
    /** What its days are charged, exactly, in nano-USD; without those that are billed with another month. */
    readonly nanoUsd: bigint;
    /** What the meter has of them. */
    readonly microUsd: bigint;
    /** What came from other months, in nano-USD; may be negative. */
    readonly adjustmentsNanoUsd: bigint;
    readonly at: number;
  };
  readonly invoice?: { readonly id: string; readonly at: number };
  /** Counts up with each write: who writes names the version that he saw. */
  readonly version: number;
};

/** What became known of a day after its month was closed, or too late for the meter: billed with a later month. */
export type BillingAdjustment = Pick<BillingDayId, 'tenantId' | 'day' | 'revision'> & {
  /** The month that it is billed with; that of its day is the month that it belongs to. */
  readonly landsIn: string;
  /** What the revision charges more than the one that was billed; negative when less. */
  readonly nanoUsd: bigint;
  readonly reason: string;
  readonly at: number;
};

/** Why a month is not closed. */
export type NotClosed =
  | { readonly kind: 'wrong_state'; readonly state: BillingPeriodState }
  /** `until`: when (ms since the epoch) it is over. */
  | { readonly kind: 'not_over'; readonly until: number }
  /** Days that were never counted, or whose last revision is neither VERIFIED nor adjusted, or whose push nobody has read back. */
  | { readonly kind: 'days_open'; readonly days: readonly string[] }
  | { readonly kind: 'meter_differs'; readonly expected: bigint; readonly pushed: bigint };

/** A month that nobody has written anything about is open. */
export function openPeriod(tenantId: TenantId, month: string): BillingPeriod {
  return { tenantId, month, state: 'OPEN', version: 1 };
}

/** Ends a month: what is counted from now on of a day of it may still go into it. */
export function beginClosing(period: BillingPeriod, now: number): Result<BillingPeriod, NotClosed> {
  if (period.state !== 'OPEN') return no({ kind: 'wrong_state', state: period.state });
  const until = startOfDay(`${monthAfter(period.month)}-01`);
  return now < until ? no({ kind: 'not_over', until }) : ok({ ...period, state: 'CLOSING' });
}

/**
 * Closes a month, when the meter says of each of its days what the books say, and of all of them together what they come to.
 * @param days all revisions of all its days @param adjustments those that land in it
 * @param since the tenant's first day: before it there is nothing to count
 */
export function closePeriod(
  period: BillingPeriod,
  days: readonly BillingDay[],
  adjustments: readonly Pick<BillingAdjustment, 'nanoUsd'>[],
  { since, now }: { readonly since: string; readonly now: number },
): Result<BillingPeriod, NotClosed> {
  if (period.state !== 'CLOSING') return no({ kind: 'wrong_state', state: period.state });
  const expected = daysOf(period.month).filter((day) => day >= since);
  const last = lastOfEach(days);
  const told = lastOfEach(days.filter(({ push }) => push !== undefined));
  const open = expected.filter((date) => {
    const [day, pushed] = [last.get(date), told.get(date)];
    return !day || !isSettled(day) || (pushed && pushed.verifiedAt === undefined);
  });
  if (open.length > 0) return no({ kind: 'days_open', days: open });
  const all = expected.flatMap((day) => told.get(day) ?? []);
  const nanoUsd = all.reduce((sum, { rated }) => sum + (rated?.nanoUsd ?? 0n), 0n);
  const microUsd = all.reduce((sum, { push }) => sum + (push?.microUsd ?? 0n), 0n);
  if (microUsdOf(nanoUsd) !== microUsd) {
    return no({ kind: 'meter_differs', expected: microUsdOf(nanoUsd), pushed: microUsd });
  }
  const adjustmentsNanoUsd = adjustments.reduce((sum, one) => sum + one.nanoUsd, 0n);
  return ok({ ...period, state: 'CLOSED', closed: { nanoUsd, microUsd, adjustmentsNanoUsd, at: now } });
}

/** The last revision of each day. */
function lastOfEach(days: readonly BillingDay[]): ReadonlyMap<string, BillingDay> {
  const last = new Map<string, BillingDay>();
  for (const day of days) if (day.revision > (last.get(day.day)?.revision ?? 0)) last.set(day.day, day);
  return last;
}

/** Notes the invoice that a closed month was sent with. The same one again changes nothing. */
export function invoicePeriod(
  period: BillingPeriod,
  id: string,
  now: number,
): Result<BillingPeriod, Extract<NotClosed, { readonly kind: 'wrong_state' }>> {
  if (period.state === 'INVOICED' && period.invoice?.id === id) return ok(period);
  if (period.state !== 'CLOSED') return no({ kind: 'wrong_state', state: period.state });
  return ok({ ...period, state: 'INVOICED', invoice: { id, at: now } });
}

/** The meter takes nothing that is older than 35 days; what is older than this is not sent to it any more. */
const METER_DAYS = 30;

/** Whether the meter may still be told of a day. */
export function isWithinMeter(day: string, now: number): boolean {
  return now < startOfDay(day) + (METER_DAYS + 1) * DAY_MS;
}

/**
 * The month that what is new of a day is billed with: its own while that is not closed and the meter may be told of the day,
 * else the first one after it that is open.
 * @param periods those of the tenant that there is something written about; the others are open
 */
export function landingMonth(day: string, periods: readonly BillingPeriod[], now: number): string {
  const stateOf = (month: string) => periods.find((one) => one.month === month)?.state ?? 'OPEN';
  const own = monthOf(day);
  if (['OPEN', 'CLOSING'].includes(stateOf(own)) && isWithinMeter(day, now)) return own;
  let month = monthAfter(own);
  while (stateOf(month) !== 'OPEN') month = monthAfter(month);
  return month;
}

/**
 * What a later revision of a day adjusts in the month that it lands in; null when it charges the same.
 * @param billed what the day is billed so far, by its month and by earlier adjustments, in nano-USD
 */
export function adjustmentOf(
  { tenantId, day, revision, rated }: BillingDayId & { readonly rated: { readonly nanoUsd: bigint } },
  billed: bigint,
  { landsIn, reason, at }: Pick<BillingAdjustment, 'landsIn' | 'reason' | 'at'>,
): BillingAdjustment | null {
  const nanoUsd = rated.nanoUsd - billed;
  return nanoUsd === 0n ? null : { tenantId, day, revision, landsIn, nanoUsd, reason, at };
}
