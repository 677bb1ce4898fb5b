import type { BilledDay } from './billed-month.ts';
import type { BillingAdjustment } from './billing-period.ts';
import { decimalUsd, parseUsd } from './money.ts';
import { NOT_CHARGED, type RatedLine, sumNanoUsd } from './rating.ts';
import type { TenantId } from './tenant.ts';
import type { TokenClass } from './usage.ts';
import { DAY_MS, monthAfter, startOfDay } from './utc-day.ts';

/**
 * What a month's statement was made of. PRELIMINARY: it may still change. CLOSED: no amount changes any more. INVOICED: its
 * lines name the invoice as well. Two statements of one month and of CLOSED, or of INVOICED, are the same bytes.
 */
export const STATEMENT_STAGES = ['PRELIMINARY', 'CLOSED', 'INVOICED'] as const;
export type StatementStage = (typeof STATEMENT_STAGES)[number];

/** What stands on every line. `invoiceId`: the payment service's; null before there is one. */
export type StatementHead = { readonly tenantId: TenantId; readonly month: string; readonly invoiceId: string | null };

/**
 * Columns of the FinOps Open Cost and Usage Specification (FOCUS 1.x, focus.finops.org), by its names; `x_` are our own, as it has
 * them. Its nulls are empty.
 */
export const STATEMENT_COLUMNS = [
  'BilledCost',
  'BillingAccountId',
  'BillingCurrency',
  'BillingPeriodStart',
  'BillingPeriodEnd',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'InvoiceId',
  'InvoiceIssuerName',
  'ListCost',
  'ListUnitPrice',
  'PricingCategory',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'RegionId',
  'ServiceCategory',
  'ServiceName',
  'SkuId',
  'SkuPriceId',
  'SubAccountId',
  'x_Model',
  'x_Tier',
  'x_TokenClass',
  'x_Revision',
] as const;
type Column = (typeof STATEMENT_COLUMNS)[number];

/** Cells in the order of the columns. */
export type StatementRow = readonly string[];

const CLASS_NAMES: Readonly<Record<TokenClass, string>> = {
  input: 'input',
  output: 'output',
  cacheRead: 'cache_read',
  cacheWrite5m: 'cache_write_5m',
  cacheWrite1h: 'cache_write_1h',
};

/** Tokens and not millions of them: the quantity times the price is the cost, to the last digit. */
const UNIT = 'Tokens';

/**
 * A day's lines: one for each model, region, tier, token class and price.
 * @param lines of the book of charges, as the day was rated
 * @throws Error when they do not come to what the day is billed
 */
export function dayRows(head: StatementHead, day: BilledDay, lines: readonly RatedLine[]): StatementRow[] {
  if (lines.some(({ book }) => book !== 'charge') || sumNanoUsd(lines) !== day.rated.nanoUsd) {
    throw new Error(`the lines of ${head.tenantId} ${day.day} do not come to what it is billed`);
  }
  return lines.map((line) => {
    const { model, region, tier, tokenClass, priceId, perToken, tokens, nanoUsd } = line;
    const name = CLASS_NAMES[tokenClass];
    const price = decimalUsd(BigInt(perToken));
    return toRow(head, day.day, nanoUsd, {
      ChargeCategory: 'Usage',
      ChargeDescription: `${model} in ${region}: ${name} tokens${line.charged ? '' : ' of the platform’s own calls'}`,
      ChargeFrequency: 'Usage-Based',
      ConsumedQuantity: String(tokens),
      ConsumedUnit: UNIT,
      ContractedUnitPrice: price,
      ListUnitPrice: price,
      PricingCategory: 'Standard',
      PricingQuantity: String(tokens),
      PricingUnit: UNIT,
      RegionId: region,
      SkuId: `${model}/${name}`,
      SkuPriceId: priceId === NOT_CHARGED ? priceId : `${priceId}/${name}`,
      x_Model: model,
      x_Tier: tier ?? '',
      x_TokenClass: name,
      x_Revision: String(day.revision),
    });
  });
}

/** One line for each adjustment that the month is billed with: of the day that it corrects. */
export function adjustmentRows(head: StatementHead, adjustments: readonly BillingAdjustment[]): StatementRow[] {
  return adjustments.map(({ day, revision, nanoUsd, reason }) =>
    toRow(head, day, nanoUsd, {
      ChargeCategory: 'Adjustment',
      ChargeClass: 'Correction',
      ChargeDescription: reason,
      ChargeFrequency: 'One-Time',
      x_Revision: String(revision),
    }),
  );
}

function toRow(
  { tenantId, month, invoiceId }: StatementHead,
  day: string,
  nanoUsd: bigint,
  own: Readonly<Partial<Record<Column, string>>>,
): StatementRow {
  const usd = decimalUsd(nanoUsd);
  const cells: Readonly<Partial<Record<Column, string>>> = {
    BilledCost: usd,
    BillingAccountId: tenantId,
    BillingCurrency: 'USD',
    BillingPeriodStart: instant(startOfDay(`${month}-01`)),
    BillingPeriodEnd: instant(startOfDay(`${monthAfter(month)}-01`)),
    ChargePeriodStart: instant(startOfDay(day)),
    ChargePeriodEnd: instant(startOfDay(day) + DAY_MS),
    ContractedCost: usd,
    EffectiveCost: usd,
    InvoiceId: invoiceId ?? '',
    InvoiceIssuerName: 'agent-runner',
    ListCost: usd,
    ProviderName: 'agent-runner',
    PublisherName: 'Anthropic',
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: 'Claude on Amazon Bedrock',
    SubAccountId: tenantId,
    ...own,
  };
  return STATEMENT_COLUMNS.map((name) => cells[name] ?? '');
}

/** FOCUS ends a period with the instant after it, and has no fractions of seconds. */
function instant(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

const BILLED_COST = STATEMENT_COLUMNS.indexOf('BilledCost');

/** What rows say that they cost together, in nano-USD: read back from the very texts that are written. */
export function billedCostOf(rows: readonly StatementRow[]): bigint {
  return rows.reduce((sum, row) => {
    const nanoUsd = parseUsd(row[BILLED_COST] ?? '');
    if (nanoUsd === null) throw new Error('a line of the statement has no cost');
    return sum + nanoUsd;
  }, 0n);
}
