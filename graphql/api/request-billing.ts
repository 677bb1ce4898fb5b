import { type BillingDay, isSettled, type RatedDay } from '../../tenancy/billing-day.ts';
import { type BillingPeriod, openPeriod } from '../../tenancy/billing-period.ts';
import { priceIdOf } from '../../tenancy/price.ts';
import { NOT_CHARGED, type RatedLine } from '../../tenancy/rating.ts';
import { listBillingLines } from '../../tenancy/table/billing-lines.ts';
import { getBillingPeriod } from '../../tenancy/table/billing-periods.ts';
import { getPriceAt } from '../../tenancy/table/prices.ts';
import type { StoredRequest } from '../../tenancy/table/request-entity.ts';
import { type Intent, type Settlement, TOKEN_CLASSES } from '../../tenancy/usage.ts';
import { dayOf, monthOf } from '../../tenancy/utc-day.ts';
import { maySeeBillingDay } from './billing-days.ts';
import type { Context } from './context.ts';

/** A request's own part of a line of its day, in nano-USD. */
export type RequestLine = { readonly tokens: bigint; readonly nanoUsd: bigint; readonly line: RatedLine };

export type BilledRequest = {
  readonly day: BillingDay;
  readonly lines: readonly RequestLine[];
  readonly period: BillingPeriod;
};

/**
 * How a request is billed: by the last revision of its day that the caller may see. Null where that was counted before the request
 * ended, or has no line that it could be in: then it is not billed there, whatever else is.
 */
export async function billedRequest(
  { intent, settlement }: StoredRequest,
  { access, loaders }: Context,
): Promise<BilledRequest | null> {
  const { tenantId, startedAt } = intent;
  const reach = await access.tenant(tenantId);
  if (!settlement || reach?.self !== null || settlement.outcome === 'REFUSED') return null;
  const date = dayOf(startedAt);
  const revisions = await loaders.billingDays(tenantId, monthOf(date));
  const day = revisions.findLast((one) => one.day === date && isRated(one) && maySeeBillingDay(one, access));
  if (!day || !isRated(day) || day.rated.at < settlement.settledAt) return null;
  const all = await listBillingLines(reach.tables, { ...day, inputsHash: day.rated.inputsHash }, day.rated);
  const lines = ownLines(intent, settlement, all, await priceIdFor({ intent, settlement }, access));
  if (!lines) return null;
  const month = isSettled(day) && day.adjustedIn !== undefined ? day.adjustedIn : monthOf(date);
  const period = (await getBillingPeriod(reach.tables, tenantId, month)) ?? openPeriod(tenantId, month);
  return { day, lines, period };
}

function isRated(day: BillingDay): day is BillingDay & { readonly rated: RatedDay } {
  return day.rated !== undefined;
}

/** The price that was in force when it began: one that was in force is never changed, nor taken away. */
async function priceIdFor(
  { intent, settlement }: { readonly intent: Intent; readonly settlement: Settlement },
  { catalogue }: Context['access'],
): Promise<string | null> {
  if (!isCharged(settlement)) return NOT_CHARGED;
  const { model, region, tier, startedAt } = intent;
  const price = await getPriceAt(catalogue, model, 'charge', startedAt, { region, ...(tier ? { tier } : {}) });
  return price && priceIdOf(price);
}

function isCharged({ flags }: Settlement): boolean {
  return !flags.includes('not_charged');
}

function ownLines(
  { model, region, tier }: Intent,
  settlement: Settlement,
  all: readonly RatedLine[],
  priceId: string | null,
): RequestLine[] | null {
  const candidates = all.filter(
    (line) =>
      line.book === 'charge' &&
      line.model === model &&
      line.region === region &&
      line.tier === (tier ?? null) &&
      line.charged === isCharged(settlement) &&
      line.priceId === priceId,
  );
  const own: RequestLine[] = [];
  for (const tokenClass of TOKEN_CLASSES) {
    const tokens = BigInt(settlement.tokens[tokenClass]);
    if (tokens === 0n) continue;
    const line = candidates.find((one) => one.tokenClass === tokenClass);
    if (!line || line.tokens < tokens) return null;
    own.push({ tokens, nanoUsd: tokens * BigInt(line.perToken), line });
  }
  return own;
}
