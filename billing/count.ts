import type { TokenSums, UsageGroup } from '../tenancy/rating.ts';
import { isRegion } from '../tenancy/region.ts';
import { type TenantId, TIERS } from '../tenancy/tenant.ts';
import { tenantOf } from './complete.ts';
import { countSql, type Scope } from './day-sql.ts';
import type { Lake } from './lake.ts';
import { count, type Row, text, whole } from './query.ts';

/**
 * Counts a day, from the lake alone, in an order that is always the same.
 * @param cuts instants (ms) within the day at which a price changes, as `cutsOf` finds them
 */
export async function countDay(
  lake: Pick<Lake, 'query'>,
  scope: Scope,
  cuts: readonly number[],
): Promise<ReadonlyMap<TenantId, readonly UsageGroup[]>> {
  const groups = new Map<TenantId, UsageGroup[]>();
  for await (const row of lake.query(countSql(scope, cuts))) {
    const tenantId = tenantOf(row);
    if (!tenantId) continue;
    const region = text(row, 'region');
    // The book writes no other, and the day was compared with the book.
    if (!isRegion(region)) throw new Error(`${tenantId} has requests in ${region}, which is no region`);
    const group: UsageGroup = {
      model: text(row, 'model'),
      region,
      tier: TIERS.find((one) => one === row['tier']) ?? null,
      charged: text(row, 'charged') === 'yes',
      epoch: count(row, 'epoch'),
      requests: whole(row, 'requests'),
      tokens: tokensOf(row),
    };
    groups.set(tenantId, [...(groups.get(tenantId) ?? []), group]);
  }
  return groups;
}

function tokensOf(row: Row): TokenSums {
  return {
    input: whole(row, 'input_tokens'),
    output: whole(row, 'output_tokens'),
    cacheRead: whole(row, 'cache_read_tokens'),
    cacheWrite5m: whole(row, 'cache_write_5m_tokens'),
    cacheWrite1h: whole(row, 'cache_write_1h_tokens'),
  };
}
