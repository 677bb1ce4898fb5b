import { billedDays, totalsOf } from '../../tenancy/billed-month.ts';
import { openPeriod } from '../../tenancy/billing-period.ts';
import { toCsv } from '../../tenancy/csv.ts';
import type { Export } from '../../tenancy/export.ts';
import {
  adjustmentRows,
  billedCostOf,
  dayRows,
  STATEMENT_COLUMNS,
  type StatementHead,
  type StatementRow,
} from '../../tenancy/statement.ts';
import { listBillingDays } from '../../tenancy/table/billing-days.ts';
import { listBillingLines } from '../../tenancy/table/billing-lines.ts';
import { getBillingPeriod, listAdjustments } from '../../tenancy/table/billing-periods.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { monthOf } from '../../tenancy/utc-day.ts';

/** A piece of the file: some whole lines, and how many of them are data. */
export type Piece = { readonly text: string; readonly rows: number };

/**
 * A month's statement as CSV, day by day. What it is made of never changes once the month is closed.
 * @throws Error when its lines do not come to what the month bills: such a file is never put down
 */
export async function* statementOf({ tenantId, from, stage }: Export, tables: Tables): AsyncGenerator<Piece> {
  const month = monthOf(from);
  // In this order: what is written of a month that closes in between is in it, or it does not come to what it was closed with.
  const period = (await getBillingPeriod(tables, tenantId, month)) ?? openPeriod(tenantId, month);
  const days = await listBillingDays(tables, tenantId, month);
  const adjustments = await listAdjustments(tables, tenantId, month);
  const totals = totalsOf(period, days, adjustments);
  const invoiceId = stage === 'INVOICED' ? (period.invoice?.id ?? null) : null;
  if (stage !== 'PRELIMINARY' && !period.closed) throw new Error(`${tenantId} ${month} is not closed`);
  if (stage === 'INVOICED' && invoiceId === null) throw new Error(`${tenantId} ${month} has no invoice`);
  const head: StatementHead = { tenantId, month, invoiceId };
  yield { text: toCsv([STATEMENT_COLUMNS]), rows: 0 };
  let billed = 0n;
  const piece = (rows: readonly StatementRow[]): Piece => {
    billed += billedCostOf(rows);
    return { text: toCsv(rows), rows: rows.length };
  };
  for (const day of billedDays(period, days)) {
    const lines = await listBillingLines(tables, { ...day, inputsHash: day.rated.inputsHash }, day.rated);
    const charge = lines.filter(({ book }) => book === 'charge');
    yield piece(dayRows(head, day, charge));
  }
  yield piece(adjustmentRows(head, adjustments));
  if (billed !== totals.nanoUsd)
    throw new Error(`the statement of ${tenantId} ${month} does not come to what it bills`);
}
