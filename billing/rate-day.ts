import { type RatedDay, toRatedDay } from '../tenancy/billing-day.ts';
import type { Price } from '../tenancy/price.ts';
import { type MissingPrice, type RatedLine, rate, type UsageGroup } from '../tenancy/rating.ts';
import { no, ok, type Result } from '../tenancy/result.ts';

export type Rated = { readonly rated: RatedDay; readonly lines: readonly RatedLine[] };

/**
 * Prices a tenant's day by both books. Without a price of the book of charges nothing is rated; without one of the book of
 * costs the tenant's bill does not suffer, and the platform's own margin is not known.
 * @param at ms since the epoch
 */
export function rateDay(
  day: string,
  groups: readonly UsageGroup[],
  prices: readonly Price[],
  { sha256, at }: { readonly sha256: (text: string) => string; readonly at: number },
): Result<Rated, readonly MissingPrice[]> {
  const charge = rate('charge', day, groups, prices);
  if (!charge.ok) return no(charge.reason);
  const cost = rate('cost', day, groups, prices);
  const lines = cost.ok ? [...charge.value, ...cost.value] : charge.value;
  const requests = groups.reduce((sum, group) => sum + group.requests, 0n);
  // Lines say what was counted and by which prices, in one order: equal lines are equal inputs, to the byte.
  const inputsHash = sha256(JSON.stringify([day, String(requests), lines], written));
  return ok({ rated: toRatedDay(groups, charge.value, cost.ok ? cost.value : null, { inputsHash, at }), lines });
}

function written(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
