import { accountOf, type Caller } from '../access.ts';
import type { Usage } from '../usage.ts';
import type { LoggedInvocation } from './invocation-log.ts';
import { billedModel } from './list-prices.ts';

/** The columns of the export, as its query selects them of COST_AND_USAGE_REPORT, in their order. */
export const COLUMNS = [
  'bill_bill_type',
  'bill_billing_entity',
  'bill_payer_account_id',
  'bill_billing_period_start_date',
  'bill_billing_period_end_date',
  'line_item_usage_account_id',
  'line_item_line_item_type',
  'line_item_usage_start_date',
  'line_item_usage_end_date',
  'line_item_product_code',
  'line_item_usage_type',
  'line_item_operation',
  'line_item_usage_amount',
  'line_item_currency_code',
  'line_item_unblended_cost',
  'line_item_iam_principal',
  'pricing_unit',
  'product_region_code',
  'tags',
] as const;

/** A row of the table, every value as the text that a CSV file has. */
export type LineItem = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** What is summed over an hour; the other columns say of what. */
export const AMOUNTS = ['line_item_usage_amount', 'line_item_unblended_cost'] as const;

/** Amounts have ten decimals; here they are whole numbers of these. */
const UNITS = 10_000_000_000n;
const [HOUR_MS, TOKENS_PER_UNIT] = [3_600_000, 1_000n];
/** A cent per million tokens is 0.00000001 USD per token. */
const UNITS_OF_LIST_PRICE = 100n;

/** Session tags that somebody has made cost allocation tags; of others the bill knows nothing. */
const ACTIVATED = ['tenant_id'];

const TOKEN_TYPES: Readonly<Record<keyof Usage, string>> = {
  input: 'input-tokens',
  output: 'output-tokens',
  cacheRead: 'cache-read-input-token-count',
  cacheWrite5m: 'cache-write-input-token-count',
  cacheWrite1h: 'cache-write-1h-input-token-count',
};

/** What usage types begin with. */
const REGION_CODES: Readonly<Record<string, string>> = {
  'eu-central-1': 'EUC1',
  'eu-central-2': 'EUC2',
  'us-east-1': 'USE1',
};

/**
 * What AWS bills for a call: a line for each kind of token, in the hour in which the call arrived, for whoever made it. The
 * region is the one that was called, wherever a profile let it run.
 * Source: "Cost and usage report 2.0" of AWS's Data Exports user guide; "Understanding your Amazon Bedrock Cost and Usage
 * Report data" and "IAM principal attribution" of Bedrock's.
 */
export function lineItemsOf(invocation: LoggedInvocation): LineItem[] {
  const { caller, at, usage, operation, modelArn } = invocation;
  const modelId = modelArn.split('/').at(-1) ?? '';
  const { billingName, prices } = billedModel(modelId);
  const start = at - (at % HOUR_MS);
  const region = REGION_CODES[caller.region] ?? caller.region;
  const across = modelId.startsWith('global.') ? '-cross-region-global' : '';
  const used = (Object.keys(TOKEN_TYPES) as (keyof Usage)[]).filter((kind) => usage[kind] > 0);
  return used.map((kind) => {
    const tokens = BigInt(usage[kind]);
    return {
      ...billOf(accountOf(caller), at),
      line_item_usage_account_id: accountOf(caller),
      line_item_line_item_type: 'Usage',
      line_item_usage_start_date: instant(start),
      line_item_usage_end_date: instant(start + HOUR_MS),
      line_item_product_code: 'AmazonBedrock',
      line_item_usage_type: `${region}-${billingName}-${TOKEN_TYPES[kind]}${across}`,
      line_item_operation: operation.includes('Stream') ? 'InvokeModelStreamingInference' : 'InvokeModelInference',
      line_item_usage_amount: decimal((tokens * UNITS) / TOKENS_PER_UNIT),
      line_item_currency_code: 'USD',
      line_item_unblended_cost: decimal(tokens * BigInt(prices[kind]) * UNITS_OF_LIST_PRICE),
      line_item_iam_principal: caller.session?.assumedRoleArn ?? '',
      pricing_unit: '1K tokens',
      product_region_code: caller.region,
      tags: JSON.stringify(tagsOf(caller)),
    };
  });
}

function billOf(account: string, at: number) {
  const date = new Date(at);
  const monthStart = (months: number) => instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months));
  return {
    bill_bill_type: 'Anniversary',
    bill_billing_entity: 'AWS',
    bill_payer_account_id: account,
    bill_billing_period_start_date: monthStart(0),
    bill_billing_period_end_date: monthStart(1),
  };
}

function tagsOf({ session }: Caller): Readonly<Record<string, string>> {
  const tags = Object.entries(session?.tags ?? {}).filter(([key]) => ACTIVATED.includes(key));
  return Object.fromEntries(tags.map(([key, value]) => [`iamPrincipal/${key}`, value]));
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

/** Two rows that differ in nothing but their amounts, as one. */
export function addUp(one: LineItem, other: LineItem): LineItem {
  const sums = AMOUNTS.map((column) => [column, decimal(unitsOf(one[column]) + unitsOf(other[column]))] as const);
  return { ...one, ...Object.fromEntries(sums) };
}

function unitsOf(text: string): bigint {
  const [whole = '', digits = ''] = text.split('.');
  return BigInt(whole + digits.padEnd(10, '0'));
}

function decimal(units: bigint): string {
  const digits = String(units).padStart(11, '0');
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`;
}
