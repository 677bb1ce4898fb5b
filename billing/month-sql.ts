import { daysOf, monthAfter } from '../tenancy/utc-day.ts';
import { literal, REACHED } from './day-sql.ts';

/** A month as a literal: nothing else passes as one. */
function monthLiteral(month: string): string {
  daysOf(month);
  return `'${month}'`;
}

/** Bedrock under each of the names that AWS bills it by. */
const BEDROCK = `line_item_product_code in ('AmazonBedrock', 'AmazonBedrockService', 'AmazonBedrockFoundationModels')`;
/** Each cost is an exact decimal of ten digits, and their sum is rounded once. */
const NANO = 'cast(round(sum(cast(line_item_unblended_cost as decimal(38, 10))) * 1000000000) as bigint)';

/**
 * What AWS bills for Bedrock's use in a month (`2026-11`), in nano-USD by tenant, region and usage type. The tenant is the
 * session's tag; empty where a call had none. What is not billed in USD is not in it, and so makes a difference.
 */
export function billedSql(month: string): string {
  return `select coalesce(regexp_extract(tags, '"iamPrincipal/tenant_id": *"([^"]*)"', 1), '') as tenant_id,
  product_region_code as region, line_item_usage_type as usage_type, ${NANO} as nano_usd
from cur
where billing_period = ${monthLiteral(month)} and ${BEDROCK} and line_item_line_item_type = 'Usage'
  and line_item_currency_code = 'USD'
group by 1, 2, 3 order by 1, 2, 3`;
}

/** What else the month's bill has for Bedrock, by the kind of line: taxes, credits, refunds, discounts; and what is not in USD. */
export function billedApartSql(month: string): string {
  return `select line_item_line_item_type as line_type, line_item_currency_code as currency, ${NANO} as nano
from cur
where billing_period = ${monthLiteral(month)} and ${BEDROCK}
  and (line_item_line_item_type <> 'Usage' or line_item_currency_code <> 'USD')
group by 1, 2 order by 1, 2`;
}

/**
 * How far each side has come, region by region (ISO 8601, and ms): `cur` by the end of its newest hour of use, `ours` by our
 * last request of the given days. AWS may count what began in the month's last hour with the next month's first.
 * @param days those on which a region was used last
 */
export function billSourcesSql(month: string, days: readonly string[]): string {
  const ours = `
union all
select 'ours', region, cast(max(started_at) as varchar) from book
where day in (${days.map(literal).join(', ')}) and ${REACHED} group by region`;
  return `select 'cur' as source, product_region_code as region, max(line_item_usage_end_date) as newest from cur
where billing_period in (${monthLiteral(month)}, ${monthLiteral(monthAfter(month))}) and ${BEDROCK}
  and line_item_line_item_type = 'Usage'
group by product_region_code${days.length > 0 ? ours : ''}
order by 1, 2`;
}
