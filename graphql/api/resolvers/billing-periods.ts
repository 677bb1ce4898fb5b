import { settledDays, totalsOf } from '../../../tenancy/billed-month.ts';
import { type BillingPeriod, openDays } from '../../../tenancy/billing-period.ts';
import type { Invoice } from '../../../tenancy/invoice.ts';
import { type Margin, type MarginDay, marginOf, marginsBy, sumMargins } from '../../../tenancy/margin.ts';
import { decimalUsd } from '../../../tenancy/money.ts';
import type { RatedLine } from '../../../tenancy/rating.ts';
import { listBillingLines } from '../../../tenancy/table/billing-lines.ts';
import { listAdjustments } from '../../../tenancy/table/billing-periods.ts';
import { getInvoice, listInvoices } from '../../../tenancy/table/invoices.ts';
import type { Reach } from '../access.ts';
import { maySeeBillingDay, pageOfDays } from '../billing-days.ts';
import { billingPeriodsOf, findBillingPeriod, type MonthMargin, maySeeInvoice } from '../billing-periods.ts';
import { NO_ITEMS, type PageAsk, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { GraphqlRefusal } from '../errors.ts';
import { billingPeriodNodeId } from '../ids.ts';
import type { BillingMarginPart, Resolvers } from '../resolver-types.ts';

/** As many invoices as a tenant has in eighty years. */
const MOST_INVOICES = 1_000;
/** Days whose lines are read at once. */
const AT_ONCE = 8;

/** Months of billing and their invoices, as the run and the payment service wrote them: here they are only read. */
export const billingPeriodResolvers = {
  Tenant: {
    async billingPeriods({ id }, args, { access, now }) {
      const page = readPageArgs(args);
      const reach = await access.tenant(id);
      if (reach?.self !== null) return NO_ITEMS;
      return pageOf(await billingPeriodsOf(reach, now), page, ({ month }) => month);
    },
    async billingPeriod({ id }, { month }, { access, now }) {
      const reach = await access.tenant(id);
      return reach?.self === null ? findBillingPeriod(reach, month, now) : null;
    },
    async invoices({ id }, args, { access }) {
      const page = readPageArgs(args);
      const reach = await access.tenant(id);
      if (reach?.self !== null) return NO_ITEMS;
      const { items } = await listInvoices(reach.tables, id, { limit: MOST_INVOICES });
      const seen = items.filter((one) => maySeeInvoice(one, access));
      return pageOf(seen.toSorted(latestFirst), page, (one) => one.id);
    },
  },
  BillingPeriod: {
    id: (one) => billingPeriodNodeId(one),
    async tenant({ tenantId }, _, { loaders }) {
      const tenant = await loaders.tenant(tenantId);
      if (!tenant) throw new GraphqlRefusal('NOT_FOUND', 'the tenant of this month is gone');
      return tenant;
    },
    async totals(period, _, context) {
      const days = await context.loaders.billingDays(period.tenantId, period.month);
      return totalsOf(period, days, await adjustmentsOf(period, context));
    },
    waitsFor: async ({ tenantId, month }, _, { loaders }) => [...openDays(await loaders.billingDays(tenantId, month))],
    days: ({ tenantId, month }, args, context) => pageOfDays(tenantId, month, args, context),
    async pushes({ tenantId, month }, _, { access, loaders }) {
      const days = await loaders.billingDays(tenantId, month);
      return days.flatMap((one) => (one.push && maySeeBillingDay(one, access) ? [{ ...one, push: one.push }] : []));
    },
    adjustments: (period, _, context) => adjustmentsOf(period, context),
    async margin({ tenantId, month }, _, { loaders }) {
      return { tenantId, settled: settledDays(await loaders.billingDays(tenantId, month)) };
    },
    why: ({ why }) => why ?? null,
    closedAt: ({ closed }) => closed?.at ?? null,
    async invoice({ tenantId, invoice }, _, { access }) {
      const reach = invoice && (await access.tenant(tenantId));
      if (!invoice || reach?.self !== null) return null;
      const found = await getInvoice(reach.tables, tenantId, invoice.id);
      return found && maySeeInvoice(found, access) ? found : null;
    },
  },
  BillingPeriodTotals: {
    usageUsd: ({ usageNanoUsd }) => decimalUsd(usageNanoUsd),
    adjustmentsUsd: ({ adjustmentsNanoUsd }) => decimalUsd(adjustmentsNanoUsd),
    chargeUsd: ({ nanoUsd }) => decimalUsd(nanoUsd),
    chargeNanoUsd: ({ nanoUsd }) => nanoUsd,
  },
  BillingPush: {
    identifier: ({ push }) => push.identifier,
    microUsd: ({ push }) => push.microUsd,
    plannedAt: ({ push }) => push.plannedAt,
    pushedAt: ({ pushedAt }) => pushedAt ?? null,
    verifiedAt: ({ verifiedAt }) => verifiedAt ?? null,
  },
  BillingAdjustment: {
    amountUsd: ({ nanoUsd }) => decimalUsd(nanoUsd),
  },
  BillingMargin: {
    days: ({ settled }) => settled.length,
    chargeUsd: (month) => toUsd(ofMonth(month)).chargeUsd,
    costUsd: (month) => toUsd(ofMonth(month)).costUsd,
    marginUsd: (month) => toUsd(ofMonth(month)).marginUsd,
    byModel: async (month, _, context) => [...marginsBy(await linesOf(month, context), ({ model }) => model)],
    byRegion: async (month, _, context) => [...marginsBy(await linesOf(month, context), ({ region }) => region)],
  },
  BillingMarginPart: {
    chargeUsd: (one) => toUsd(one).chargeUsd,
    costUsd: (one) => toUsd(one).costUsd,
    marginUsd: (one) => toUsd(one).marginUsd,
  },
  Invoice: {
    number: ({ number: printed }) => printed ?? null,
    balanceAfterCents: ({ balanceAfterCents }) => balanceAfterCents ?? null,
    paymentFailedAt: ({ paymentFailedAt }) => paymentFailedAt ?? null,
  },
} satisfies Resolvers;

async function adjustmentsOf({ tenantId, month }: BillingPeriod, { access }: Context) {
  const reach = await access.tenant(tenantId);
  return reach?.self === null ? listAdjustments(reach.tables, tenantId, month) : [];
}

/** A page of what is in memory, in its order. @param placeOf what each is told apart by */
function pageOf<Item>(all: readonly Item[], { limit, after }: PageAsk, placeOf: (one: Item) => string) {
  const at = after === undefined ? -1 : all.findIndex((one) => placeOf(one) === after);
  if (after !== undefined && at === -1) {
    throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
  }
  const items = all.slice(at + 1, at + 1 + limit);
  const last = items.at(-1);
  return toConnection({ items, ...(last && at + 1 + limit < all.length ? { next: placeOf(last) } : {}) });
}

function latestFirst(one: Invoice, other: Invoice): number {
  return other.periodStart - one.periodStart || (one.id < other.id ? 1 : -1);
}

function ofMonth({ settled }: MonthMargin): Margin {
  return sumMargins(settled.map(({ rated: { nanoUsd, costNanoUsd } }) => ({ chargeNanoUsd: nanoUsd, costNanoUsd })));
}

function toUsd(margin: Margin): Omit<BillingMarginPart, 'name' | '__typename'> {
  const left = marginOf(margin);
  return {
    chargeUsd: decimalUsd(margin.chargeNanoUsd),
    costUsd: margin.costNanoUsd === null ? null : decimalUsd(margin.costNanoUsd),
    marginUsd: left === null ? null : decimalUsd(left),
  };
}

/** Lines of both books of the month's days, some days at a time. */
async function linesOf({ tenantId, settled }: MonthMargin, { access }: Context): Promise<MarginDay[]> {
  const reach = await access.tenant(tenantId);
  if (!reach) return [];
  const days: MarginDay[] = [];
  for (let at = 0; at < settled.length; at += AT_ONCE) {
    const some = settled.slice(at, at + AT_ONCE).map(async ({ day, rated }) => ({
      lines: await linesOfDay(reach, day, rated),
      isCostKnown: rated.costNanoUsd !== null,
    }));
    days.push(...(await Promise.all(some)));
  }
  return days;
}

function linesOfDay(
  { tables, tenantId }: Reach,
  day: string,
  rated: MonthMargin['settled'][number]['rated'],
): Promise<RatedLine[]> {
  return listBillingLines(tables, { tenantId, day, inputsHash: rated.inputsHash }, rated);
}
