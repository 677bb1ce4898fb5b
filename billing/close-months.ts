import { type BillingPeriod, beginClosing, openPeriod } from '../tenancy/billing-period.ts';
import { isCountedOut } from '../tenancy/billing-schedule.ts';
import type { MoneyReport } from '../tenancy/money-drift.ts';
import { getBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { listDayRuns } from '../tenancy/table/billing-day-runs.ts';
import { listBillingDays } from '../tenancy/table/billing-days.ts';
import {
  getBillingPeriod,
  listAdjustments,
  listUnfinishedPeriods,
  recordBillingPeriod,
} from '../tenancy/table/billing-periods.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { dayOf, daysOf, monthAfter, monthOf, startOfDay } from '../tenancy/utc-day.ts';
import { type CloseDeps, closeMonth } from './close-month.ts';

export type CloseMonthsDeps = Omit<CloseDeps, 'crossCheckMoney'> & {
  /** How the month of these tenants stands to AWS's bill. */
  readonly crossCheckMoney: (
    month: string,
    tenants: readonly TenantId[],
  ) => Promise<ReadonlyMap<TenantId, readonly MoneyReport[]>>;
  /** Every tenant that there was, closed ones as well. */
  readonly tenants: () => AsyncIterable<TenantId>;
  readonly progress: (line: string) => void;
};

/** How far a tenant's month came, and why no further. */
export type MonthReport = Pick<BillingPeriod, 'tenantId' | 'month' | 'state'> & {
  readonly why?: string;
  /** It waits for somebody, not for the clock alone. */
  readonly isBlocked: boolean;
};

/** More than this are left to the next run. */
const AT_ONCE = 1_000;
const SIDE_BY_SIDE = 8;

/**
 * Closes the months that are over, for every tenant, as far as each goes: what holds up one tenant's stops no other's.
 * @returns those that were not done with when it began
 */
export async function closeMonths(deps: CloseMonthsDeps): Promise<readonly MonthReport[]> {
  const { tables, now, progress } = deps;
  const last = monthOf(dayOf(startOfDay(`${monthOf(dayOf(now()))}-01`) - 1));
  const tenants: TenantId[] = [];
  for await (const tenantId of deps.tenants()) tenants.push(tenantId);
  const begun: Pick<BillingPeriod, 'tenantId' | 'month'>[] = [];
  await sideBySide(tenants, async (tenantId) => {
    if ((await getBillingPeriod(tables, tenantId, last)) || !(await isBilled(deps, tenantId, last))) return;
    const closing = beginClosing(openPeriod(tenantId, last), now());
    if (closing.ok && (await recordBillingPeriod(tables, null, closing.value))) begun.push({ tenantId, month: last });
  });

  const waiting = await listUnfinishedPeriods(tables, AT_ONCE);
  // The index may not know yet of those that were just begun.
  const all = new Map([...waiting, ...begun].map((one) => [`${one.month} ${one.tenantId}`, one]));
  const counted = await countedDays(tables, [...new Set([...all.values()].map(({ month }) => month))]);
  const compared = new Map<string, ReturnType<CloseDeps['crossCheckMoney']>>();
  const crossCheck = (month: string) => {
    const ofMonth = [...all.values()].filter((one) => one.month === month).map(({ tenantId }) => tenantId);
    const found = compared.get(month) ?? deps.crossCheckMoney(month, ofMonth);
    compared.set(month, found);
    return found;
  };
  const reports: MonthReport[] = [];
  await sideBySide([...all.values()], async ({ tenantId, month }) => {
    const period = await getBillingPeriod(tables, tenantId, month);
    if (!period) return;
    const closed = await closeMonth({ ...deps, crossCheckMoney: crossCheck }, period, counted);
    const { state, why, money, override } = closed ?? { ...period, why: 'somebody else has written it' };
    const isBlocked =
      state === 'CLOSED' ? why !== undefined : state === 'CLOSING' && (money?.reasons.length ?? 0) > 0 && !override;
    reports.push({ tenantId, month, state, isBlocked, ...(why === undefined ? {} : { why }) });
    progress(`${month} ${tenantId}: ${state}${why === undefined ? '' : `, ${why}`}`);
  });
  return reports.sort((a, b) => (`${a.month} ${a.tenantId}` < `${b.month} ${b.tenantId}` ? -1 : 1));
}

/** Whether a month is a tenant's: it had a subscription, used something, or has an adjustment to be billed with it. */
async function isBilled({ tables }: Pick<CloseDeps, 'tables'>, tenantId: TenantId, month: string): Promise<boolean> {
  const account = await getBillingAccount(tables, tenantId);
  const { startsAt, endedAt = Number.POSITIVE_INFINITY } = account ?? { startsAt: Number.POSITIVE_INFINITY };
  const first = startOfDay(`${month}-01`);
  if (startsAt < startOfDay(`${monthAfter(month)}-01`) && endedAt > first) return true;
  if ((await listAdjustments(tables, tenantId, month)).length > 0) return true;
  return (await listBillingDays(tables, tenantId, month)).length > 0;
}

async function countedDays(tables: Tables, months: readonly string[]): Promise<ReadonlySet<string>> {
  const days = months.flatMap(daysOf).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return new Set();
  const runs = await listDayRuns(tables, first, last);
  return new Set(runs.filter(isCountedOut).map(({ day }) => day));
}

async function sideBySide<One>(all: readonly One[], work: (one: One) => Promise<void>): Promise<void> {
  const rest = all.values();
  const worker = async () => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}
