import { decimalUsd } from '../../../tenancy/money.ts';
import { overrideOf } from '../override.ts';
import type { MoneyReasonKind, Resolvers } from '../resolver-types.ts';
import { regionName, sourceName } from '../words.ts';

/** How a month's cost stands to AWS's bill, as billing compared them: here it is only read. */
export const billingMoneyResolvers = {
  BillingPeriod: {
    moneyReports: ({ money }) => [...(money?.reports ?? [])],
    moneyReasons: ({ money }) => [...(money?.reasons ?? [])],
    moneyComparedAt: ({ money }) => money?.at ?? null,
    moneyOverride: (period) => overrideOf(period),
  },
  MoneyReport: {
    region: ({ region }) => regionName(region),
    source: ({ source }) => sourceName(source),
    oursUsd: ({ oursNanoUsd }) => (oursNanoUsd === null ? null : decimalUsd(oursNanoUsd)),
    theirsUsd: ({ theirsNanoUsd }) => decimalUsd(theirsNanoUsd),
    models: ({ models }) => [...models],
    usageTypes: ({ usageTypes }) => [...usageTypes],
  },
  MoneyPart: {
    usd: ({ nanoUsd }) => decimalUsd(nanoUsd),
  },
  MoneyReason: {
    kind: ({ kind }) => kind.toUpperCase() as MoneyReasonKind,
    region: ({ region }) => regionName(region),
  },
} satisfies Resolvers;
