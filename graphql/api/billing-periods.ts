import type { BilledDay } from '../../tenancy/billed-month.ts';
import type { BillingDay, RatedDay } from '../../tenancy/billing-day.ts';
import { type BillingPeriod, openPeriod } from '../../tenancy/billing-period.ts';
import type { Invoice } from '../../tenancy/invoice.ts';
import type { Margin } from '../../tenancy/margin.ts';
import { getFirstBillingDay } from '../../tenancy/table/billing-days.ts';
import { getBillingPeriod, listBillingPeriods } from '../../tenancy/table/billing-periods.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { dayOf, monthBefore, monthOf } from '../../tenancy/utc-day.ts';
import type { Access, Reach } from './access.ts';

/** What of a tenant's month its margin is made of: its days, each by the revision that it came to in the end. */
export type MonthMargin = {
  readonly tenantId: TenantId;
  readonly settled: readonly (BillingDay & { readonly rated: RatedDay })[];
};

export type MarginPart = Margin & { readonly name: string };

/** A day of whose value the meter was, or is to be, told. */
export type PushedDay = BillingDay & Pick<BilledDay, 'push'>;

/** A tenant's months in the books, the newest first. One that nobody has written anything about is open. @param now ms since the epoch */
export async function billingPeriodsOf({ tables, tenantId }: Reach, now: number): Promise<readonly BillingPeriod[]> {
  const written = await listBillingPeriods(tables, tenantId);
  const current = monthOf(dayOf(now));
  const firstDay = await getFirstBillingDay(tables, tenantId);
  const months = [current, ...(firstDay === null ? [] : [monthOf(firstDay)]), ...written.map(({ month }) => month)];
  const [first = current, last = current] = [months.toSorted().at(0), months.toSorted().at(-1)];
  const all: BillingPeriod[] = [];
  for (let month = last; month >= first; month = monthBefore(month)) {
    all.push(written.find((one) => one.month === month) ?? openPeriod(tenantId, month));
  }
  return all;
}

/** One of these months; null for one that is to come, or before the tenant's first. */
export async function findBillingPeriod(
  { tables, tenantId }: Reach,
  month: string,
  now: number,
): Promise<BillingPeriod | null> {
  const written = await getBillingPeriod(tables, tenantId, month);
  if (written) return written;
  const current = monthOf(dayOf(now));
  const first = monthOf((await getFirstBillingDay(tables, tenantId)) ?? dayOf(now));
  return month >= first && month <= current ? openPeriod(tenantId, month) : null;
}

/** Whether a caller who reaches an invoice's tenant may see it. A draft may still change. */
export function maySeeInvoice({ state }: Pick<Invoice, 'state'>, access: Access): boolean {
  return access.platform() !== null || state !== 'DRAFT';
}
