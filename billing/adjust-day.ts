import type { BillingAccount } from '../tenancy/billing-account.ts';
import type { BillingDay } from '../tenancy/billing-day.ts';
import { advance } from '../tenancy/billing-day-events.ts';
import { adjustmentOf, takesDays } from '../tenancy/billing-period.ts';
import { isWithinMeter } from '../tenancy/meter-event.ts';
import { no, ok, type Result } from '../tenancy/result.ts';
import { recordBillingDay } from '../tenancy/table/billing-days.ts';
import { getBillingPeriod, listAdjustments, recordAdjustment } from '../tenancy/table/billing-periods.ts';
import { DAY_MS, dayOf, monthOf, startOfDay } from '../tenancy/utc-day.ts';
import { changed } from './day-changed.ts';
import { type PushDeps, verifyDay } from './push.ts';

/**
 * Why the meter is not told of a day, so that what it charges is an adjustment; null when the meter is told.
 * @param microUsd what it would be told
 */
export async function whyAdjusted(
  { tables, now }: Pick<PushDeps, 'tables' | 'now'>,
  { tenantId, startsAt }: BillingAccount,
  date: string,
  microUsd: bigint,
): Promise<string | null> {
  // The meter would take it, and no invoice would ever have it.
  if (startOfDay(date) + DAY_MS <= startsAt) return 'the day ended before the subscription began';
  const own = monthOf(date);
  const period = await getBillingPeriod(tables, tenantId, own);
  if (!takesDays(period)) return `${own} was closed`;
  if (!isWithinMeter(date, now())) return 'the day is too old for the meter';
  // Rounding has moved micro-dollars to it that a correction takes away: the meter knows nothing below zero.
  return microUsd < 0n ? 'a correction leaves less than nothing for the meter' : null;
}

/**
 * Bills what is new of a day with the month that it is now, and says so on the day, both or neither.
 * @param day of the last revision, APPROVED and not told to the meter @param month all revisions of all days of its month
 * @returns the day; or why what the meter was told of it before cannot be counted on
 * @throws DayChanged when somebody else has written since it was read
 */
export async function adjustDay(
  deps: PushDeps,
  account: BillingAccount,
  {
    day,
    nanoUsd,
    month,
    reason,
  }: {
    readonly day: BillingDay;
    readonly nanoUsd: bigint;
    readonly month: readonly BillingDay[];
    readonly reason: string;
  },
): Promise<Result<BillingDay, string>> {
  const { tables, now } = deps;
  const told = month.findLast((one) => one.day === day.day && one.push !== undefined);
  if (told && told.verifiedAt === undefined) {
    const read = await verifyDay(deps, account, told);
    if (!read.ok) return read;
    const verified = advance(told, { kind: 'verified', microUsd: read.value, at: now() });
    if (!verified.ok) return no(`what the meter was told before is ${told.state}`);
    if (!(await recordBillingDay(tables, told, verified.value))) changed(day.tenantId, day.day);
  }
  const at = now();
  const landsIn = monthOf(dayOf(at));
  const earlier = (await listAdjustments(tables, day.tenantId)).filter((one) => one.day === day.day);
  const billed = earlier.reduce((sum, one) => sum + one.nanoUsd, told?.rated?.nanoUsd ?? 0n);
  const adjustment = adjustmentOf({ ...day, rated: { nanoUsd } }, billed, { landsIn, reason, at });
  const adjusted = advance(day, { kind: 'adjusted', landsIn });
  if (!adjusted.ok) return changed(day.tenantId, day.day);
  const written = await recordAdjustment(tables, day, { ...adjusted.value, adjustedIn: landsIn }, adjustment);
  return typeof written === 'string' ? changed(day.tenantId, day.day) : ok(written);
}
