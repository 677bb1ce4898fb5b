import { isSettled } from '../tenancy/billing-day.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { DAY_MS, monthAfter, startOfDay } from '../tenancy/utc-day.ts';
import type { JobReport } from './job.ts';

/**
 * One line for the log, each of which somebody must look at. quarantined: lines arrived that are no usage records. late: it
 * should have been billed by now. broken: its run broke off. cost_unknown: a price is missing in the book of costs.
 */
export type BillingAlarm =
  | { readonly event: 'billing_lines_quarantined'; readonly day: string; readonly count: number }
  | { readonly event: 'billing_day_late'; readonly day: string; readonly tenant: TenantId; readonly why: string }
  | { readonly event: 'billing_day_broken'; readonly day: string; readonly why: string }
  | { readonly event: 'billing_cost_unknown'; readonly day: string; readonly tenants: readonly TenantId[] }
  | { readonly event: 'billing_month_late'; readonly month: string; readonly tenant: TenantId; readonly why: string };

/** What AWS writes down has come a day after the day that it is of. */
const DAY_LATE_MS = DAY_MS;
/** Days are counted for the last time three mornings later, and AWS's bill takes some days. */
const MONTH_LATE_MS = 7 * DAY_MS;

/** What of a job's report is somebody's to look at. @param now ms since the epoch */
export function alarmsOf({ days, broken, months }: Omit<JobReport, 'left'>, now: number): readonly BillingAlarm[] {
  const alarms: BillingAlarm[] = broken.map(({ day, why }) => ({ event: 'billing_day_broken', day, why }));
  for (const { day, quarantined, tenants } of days) {
    if (quarantined > 0) alarms.push({ event: 'billing_lines_quarantined', day, count: quarantined });
    const unknown = tenants.filter(({ day: { rated } }) => rated?.costNanoUsd === null).map(({ tenantId }) => tenantId);
    if (unknown.length > 0) alarms.push({ event: 'billing_cost_unknown', day, tenants: unknown });
    if (now < startOfDay(day) + DAY_MS + DAY_LATE_MS) continue;
    for (const { tenantId: tenant, day: one, why = one.state } of tenants) {
      if (!isSettled(one)) alarms.push({ event: 'billing_day_late', day, tenant, why });
    }
  }
  for (const { month, tenantId: tenant, why } of months) {
    if (why !== undefined && now >= startOfDay(`${monthAfter(month)}-01`) + MONTH_LATE_MS)
      alarms.push({ event: 'billing_month_late', month, tenant, why });
  }
  return alarms;
}
