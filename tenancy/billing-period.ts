import { centsOf, MICRO_PER_CENT, microUsdOf } from './billing-amount.ts';
import { type BillingDay, type BillingDayId, isSettled, lastOfEach } from './billing-day.ts';
import { approveOverride, type DriftOverride, type OverrideRequest } from './drift.ts';
import { judgeMoney, type MoneyReason, type MoneyReport } from './money-drift.ts';
import type { Region } from './region.ts';
import { no, ok, type Result } from './result.ts';
import type { TenantId } from './tenant.ts';
import { daysOf, monthAfter, startOfDay } from './utc-day.ts';

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
  /** How its cost stands to AWS's bill, by the last comparison. No reasons: they agree. */
  readonly money?: {
    readonly reports: readonly MoneyReport[];
    readonly reasons: readonly MoneyReason[];
    readonly at: number;
  };
  /** One person's wish to close it though they do not; it waits for another's. */
  readonly overrideRequest?: OverrideRequest;
  readonly override?: DriftOverride;
  /** The draft of its invoice, which the payment service was told not to send by itself. */
  readonly draft?: { readonly id: string; readonly heldAt: number };
  /** It is CLOSED, and there is nothing to pay and no invoice to send. */
  readonly nothingDue?: true;
  readonly invoice?: { readonly id: string; readonly at: number };
  /** Why it has come no further, by the last look, for people. */
  readonly why?: string;
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
  /** Days whose last revision is neither VERIFIED nor adjusted, or whose push nobody has read back. */
  | { readonly kind: 'days_open'; readonly days: readonly string[] }
  /** Days that have not been counted for the last time: what arrives late may still change them. */
  | { readonly kind: 'not_counted'; readonly days: readonly string[] }
  /** Its cost was not compared with AWS's bill, or they differ and nobody answers for it. */
  | { readonly kind: 'money_differs'; readonly reasons: readonly MoneyReason[] }
  | { readonly kind: 'meter_differs'; readonly expected: bigint; readonly pushed: bigint };

/** Whether there is still something to be done for it by itself. */
export function isPeriodUnfinished({ state, nothingDue }: BillingPeriod): boolean {
  return state === 'CLOSING' || (state === 'CLOSED' && !nothingDue);
}

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
 * @param days all revisions of all its days: one without is a day on which the tenant used nothing
 * @param adjustments those that land in it
 * @param counted the days that have been counted for the last time
 */
export function closePeriod(
  period: BillingPeriod,
  days: readonly BillingDay[],
  adjustments: readonly Pick<BillingAdjustment, 'nanoUsd'>[],
  { counted, now }: { readonly counted: ReadonlySet<string>; readonly now: number },
): Result<BillingPeriod, NotClosed> {
  if (period.state !== 'CLOSING') return no({ kind: 'wrong_state', state: period.state });
  const uncounted = daysOf(period.month).filter((day) => !counted.has(day));
  if (uncounted.length > 0) return no({ kind: 'not_counted', days: uncounted });
  const open = openDays(days);
  if (open.length > 0) return no({ kind: 'days_open', days: open });
  const all = [...toldOf(days).values()];
  const nanoUsd = all.reduce((sum, { rated }) => sum + (rated?.nanoUsd ?? 0n), 0n);
  const microUsd = all.reduce((sum, { push }) => sum + (push?.microUsd ?? 0n), 0n);
  if (microUsdOf(nanoUsd) !== microUsd) {
    return no({ kind: 'meter_differs', expected: microUsdOf(nanoUsd), pushed: microUsd });
  }
  const reasons = period.money?.reasons ?? [];
  if (!period.money || (reasons.length > 0 && !period.override)) return no({ kind: 'money_differs', reasons });
  const adjustmentsNanoUsd = adjustments.reduce((sum, one) => sum + one.nanoUsd, 0n);
  const { why: _, ...rest } = period;
  return ok({ ...rest, state: 'CLOSED', closed: { nanoUsd, microUsd, adjustmentsNanoUsd, at: now } });
}

/** What the meter was told last of each day. */
function toldOf(days: readonly BillingDay[]): ReadonlyMap<string, BillingDay> {
  return lastOfEach(days.filter(({ push }) => push !== undefined));
}

/** The days that a month waits for: neither VERIFIED nor adjusted, or the meter was told of them and nobody has read it back. */
export function openDays(days: readonly BillingDay[]): readonly string[] {
  const told = toldOf(days);
  const open = [...lastOfEach(days)].filter(([date, day]) => {
    const pushed = told.get(date);
    return !isSettled(day) || (pushed && pushed.verifiedAt === undefined);
  });
  return open.map(([date]) => date).sort();
}

/**
 * Notes how a month's cost stands to AWS's bill.
 * @param regions in which the tenant used anything: each must have been compared
 */
export function compareMoney(
  period: BillingPeriod,
  reports: readonly MoneyReport[],
  regions: readonly Region[],
  at: number,
): Result<BillingPeriod, Extract<NotClosed, { readonly kind: 'wrong_state' }>> {
  if (period.state !== 'CLOSING') return no({ kind: 'wrong_state', state: period.state });
  const verdict = judgeMoney(period.tenantId, reports, regions);
  const reasons = verdict.open ? [] : verdict.reasons;
  // Two people answered for what the comparison before this one said.
  const { overrideRequest: _, override: __, ...rest } = period;
  const said = period.money?.reasons.map(({ text }) => text).join();
  const same = said === reasons.map(({ text }) => text).join();
  return ok({ ...(same ? period : rest), money: { reports, reasons, at } });
}

/** Why a month's override is not taken. */
export type MoneyOverrideRefusal = { readonly kind: 'not_blocked' } | { readonly kind: 'same_person' | 'no_reason' };

/** Asks for a month to be closed though its cost and AWS's bill differ. */
export function requestMoneyOverride(
  period: BillingPeriod,
  request: OverrideRequest,
): Result<BillingPeriod, MoneyOverrideRefusal> {
  if (!isMoneyBlocked(period)) return no({ kind: 'not_blocked' });
  return request.reason.trim() === '' ? no({ kind: 'no_reason' }) : ok({ ...period, overrideRequest: request });
}

/** Agrees to it, as a second person. @param at ms since the epoch */
export function approveMoneyOverride(
  period: BillingPeriod,
  by: string,
  at: number,
): Result<BillingPeriod, MoneyOverrideRefusal> {
  const { overrideRequest, ...rest } = period;
  if (!isMoneyBlocked(period) || !overrideRequest) return no({ kind: 'not_blocked' });
  const override = approveOverride(overrideRequest, by, at);
  return override.ok ? ok({ ...rest, override: override.value }) : no({ kind: override.reason });
}

function isMoneyBlocked({ state, money, override }: BillingPeriod): boolean {
  return state === 'CLOSING' && (money?.reasons.length ?? 0) > 0 && !override;
}

/** Why a month is not closed, for people. */
export function whyNotClosed(reason: NotClosed): string {
  switch (reason.kind) {
    case 'wrong_state':
      return `it is ${reason.state}`;
    case 'not_over':
      return `it is over at ${new Date(reason.until).toISOString()}`;
    case 'not_counted':
      return `not counted for the last time: ${someOf(reason.days)}`;
    case 'days_open':
      return `neither VERIFIED nor adjusted: ${someOf(reason.days)}`;
    case 'money_differs':
      return reason.reasons.map(({ text }) => text).join('; ') || 'not compared with AWS’s bill yet';
    case 'meter_differs':
      return `its days come to ${reason.expected} micro-USD, and the meter was told ${reason.pushed}`;
  }
}

const NAMED_DAYS = 5;

function someOf(days: readonly string[]): string {
  const more = days.length - NAMED_DAYS;
  return days.slice(0, NAMED_DAYS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** What the adjustments of a month are on its invoice, in whole cents: one line, rounded once. */
export function adjustmentCents({ adjustmentsNanoUsd }: NonNullable<BillingPeriod['closed']>): bigint {
  return centsOf(microUsdOf(adjustmentsNanoUsd));
}

/**
 * Whether an invoice's total is what its month was closed with. Half a cent of the meter's line may have been rounded either
 * way: how the payment service does it is its own.
 */
export function isInvoiceOf(closed: NonNullable<BillingPeriod['closed']>, totalCents: bigint): boolean {
  const off = (totalCents - adjustmentCents(closed)) * MICRO_PER_CENT - closed.microUsd;
  return 2n * (off < 0n ? -off : off) <= MICRO_PER_CENT;
}

/** Notes the invoice that a closed month was sent with. The same one again changes nothing. */
export function invoicePeriod(
  period: BillingPeriod,
  id: string,
  now: number,
): Result<BillingPeriod, Extract<NotClosed, { readonly kind: 'wrong_state' }>> {
  if (period.state === 'INVOICED' && period.invoice?.id === id) return ok(period);
  if (period.state !== 'CLOSED') return no({ kind: 'wrong_state', state: period.state });
  const { why: _, ...rest } = period;
  return ok({ ...rest, state: 'INVOICED', invoice: { id, at: now } });
}

/**
 * Whether a month still takes its own days, so that the meter may be told of them. What is new of a day of any other is an
 * adjustment of the month that it is by then, which is always open. @param period null where nothing is written about it
 */
export function takesDays(period: Pick<BillingPeriod, 'state'> | null): boolean {
  return period === null || period.state === 'OPEN' || period.state === 'CLOSING';
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
