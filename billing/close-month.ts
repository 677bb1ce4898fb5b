import type { BillingAccount } from '../tenancy/billing-account.ts';
import type { BillingDay } from '../tenancy/billing-day.ts';
import {
  adjustmentCents,
  type BillingPeriod,
  closePeriod,
  compareMoney,
  invoicePeriod,
  isInvoiceOf,
  type NotClosed,
  whyNotClosed,
} from '../tenancy/billing-period.ts';
import type { InvoiceFacts } from '../tenancy/invoice.ts';
import type { MoneyReport } from '../tenancy/money-drift.ts';
import { no, ok, type Result } from '../tenancy/result.ts';
import { getBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { listBillingDays } from '../tenancy/table/billing-days.ts';
import { listAdjustments, recordBillingPeriod } from '../tenancy/table/billing-periods.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { monthAfter, startOfDay } from '../tenancy/utc-day.ts';
import type { NotDone, NotRead, Payment } from './payment.ts';

export type CloseDeps = {
  /** Those of the control region. */
  readonly tables: Tables;
  readonly payment: Pick<Payment, 'listInvoices' | 'holdInvoice' | 'adjust' | 'draftInvoice' | 'finalizeInvoice'>;
  /** How each tenant's month stands to AWS's bill, by tenant. */
  readonly crossCheckMoney: (month: string) => Promise<ReadonlyMap<TenantId, readonly MoneyReport[]>>;
  /** ms since the epoch */
  readonly now: () => number;
};

/**
 * Carries a tenant's month that is over as far as it goes: its draft is held, its figures are fixed when all its days are
 * billed, the adjustments that land in it become a line, and it is sent. It may end anywhere and be run again.
 * @param period as it was read, CLOSING or CLOSED @param counted days that were counted for the last time
 * @returns the month as it is stored, with why it came no further; null when somebody else has written it meanwhile
 */
export async function closeMonth(
  deps: CloseDeps,
  period: BillingPeriod,
  counted: ReadonlySet<string>,
): Promise<BillingPeriod | null> {
  const { tables } = deps;
  const account = await getBillingAccount(tables, period.tenantId);
  const held = period.draft || !account ? ok(period) : await holdDraft(deps, account, period);
  if (!held.ok) return note(tables, period, period, held.reason);
  let fixed: BillingPeriod | null = held.value;
  if (held.value.state === 'CLOSING') {
    const { period: after, closed } = await close(deps, held.value, counted);
    if (!closed.ok) return note(tables, period, after, whyNotClosed(closed.reason));
    // What it comes to is fixed before anything of it is told.
    fixed = await recordBillingPeriod(tables, period, closed.value);
    if (!fixed) return null;
  }
  const sent = await send(deps, account, fixed);
  return sent.ok ? recordBillingPeriod(tables, fixed, sent.value) : note(tables, fixed, fixed, sent.reason);
}

/** What is known already is not written again. */
async function note(
  tables: Tables,
  before: BillingPeriod,
  after: BillingPeriod,
  why: string,
): Promise<BillingPeriod | null> {
  return before === after && before.why === why ? before : recordBillingPeriod(tables, before, { ...after, why });
}

/** The payment service would send it by itself, whether the books agree or not. */
async function holdDraft(
  { payment, now }: CloseDeps,
  account: BillingAccount,
  period: BillingPeriod,
): Promise<Result<BillingPeriod, string>> {
  if (!isBilledBySubscription(account, period.month)) return ok(period);
  const found = await findInvoice(payment, account, period.month);
  if (!found.ok) return found;
  // It is made some time after the month; until then all else goes on.
  if (found.value?.state !== 'DRAFT') return ok(period);
  const { id } = found.value;
  const held = await payment.holdInvoice(id);
  return isDone(held) ? ok({ ...period, draft: { id, heldAt: now() } }) : no(whyNotDone(held));
}

async function close(
  deps: CloseDeps,
  period: BillingPeriod,
  counted: ReadonlySet<string>,
): Promise<{ readonly period: BillingPeriod; readonly closed: Result<BillingPeriod, NotClosed> }> {
  const { tables, now } = deps;
  const { tenantId, month } = period;
  const days = await listBillingDays(tables, tenantId, month);
  const adjustments = await listAdjustments(tables, tenantId, month);
  const first = closePeriod(period, days, adjustments, { counted, now: now() });
  const isReady = first.ok || first.reason.kind === 'money_differs';
  if (!isReady || (!isStale(period, days) && (first.ok || !isMoneyDue(period, now())))) {
    return { period, closed: first };
  }
  const regions = [...new Set(days.flatMap(({ rated }) => rated?.regions ?? []))].sort();
  const reports = (await deps.crossCheckMoney(month)).get(tenantId) ?? [];
  const compared = compareMoney(period, reports, regions, now());
  if (!compared.ok) return { period, closed: compared };
  const closed = closePeriod(compared.value, days, adjustments, { counted, now: now() });
  return { period: compared.value, closed };
}

/** AWS's bill is written some times a day. */
const MONEY_MS = 6 * 3_600_000;

/** What was counted since was not compared, and nobody has answered for it. */
function isStale({ money }: BillingPeriod, days: readonly BillingDay[]): boolean {
  return money !== undefined && days.some(({ rated }) => rated !== undefined && rated.at > money.at);
}

function isMoneyDue({ money }: BillingPeriod, now: number): boolean {
  return !money || money.at + MONEY_MS <= now;
}

async function send(
  deps: CloseDeps,
  account: BillingAccount | null,
  period: BillingPeriod,
): Promise<Result<BillingPeriod, string>> {
  const { closed, month, tenantId } = period;
  if (!closed) return no('it is not closed');
  const cents = adjustmentCents(closed);
  const { why: _, ...rest } = period;
  if (!account || !isBilledBySubscription(account, month)) {
    if (closed.microUsd === 0n && cents === 0n) return ok({ ...rest, nothingDue: true });
    if (!account) return no('the tenant has no customer: see its billing commands');
    const made = await deps.payment.draftInvoice({ customerId: account.customerId, tenantId, month });
    if (made.outcome !== 'accepted') return no(whyNotDone(made));
  }
  const draft = await findInvoice(deps.payment, account, month);
  if (!draft.ok) return draft;
  if (!draft.value) return no('the payment service has made no draft of its invoice yet');
  if (draft.value.state === 'DRAFT') {
    const done = await finish(deps, account, period, draft.value.id, cents);
    if (done !== null) return no(done);
  }
  const sent = await findInvoice(deps.payment, account, month);
  if (!sent.ok) return sent;
  if (!sent.value || sent.value.state === 'DRAFT') return no('the payment service has not finalized its invoice');
  const { id, totalCents } = sent.value;
  if (!isInvoiceOf(closed, totalCents)) {
    return no(
      `invoice ${id} says ${totalCents} cents; the month was closed with ${closed.microUsd} micro-USD and adjustments of ${cents} cents. Correct it by a credit note, or void it and send another`,
    );
  }
  const invoiced = invoicePeriod(period, id, deps.now());
  return invoiced.ok ? invoiced : no(whyNotClosed(invoiced.reason));
}

async function finish(
  { payment }: CloseDeps,
  { customerId }: BillingAccount,
  { tenantId, month, closed }: BillingPeriod,
  invoiceId: string,
  cents: bigint,
): Promise<string | null> {
  if (cents !== 0n) {
    const adjusted = await payment.adjust({
      customerId,
      tenantId,
      invoiceId,
      adjustmentId: `${tenantId}:${month}`,
      cents,
      description: 'Adjustments of earlier days, see the statement',
      ...(closed ? { triedSince: closed.at } : {}),
    });
    if (!isDone(adjusted)) return whyNotDone(adjusted);
  }
  const finalized = await payment.finalizeInvoice(invoiceId);
  return isDone(finalized) ? null : whyNotDone(finalized);
}

/** Whether a period of its subscription is this month, or a part of it. */
function isBilledBySubscription({ startsAt, endedAt }: BillingAccount, month: string): boolean {
  const end = startOfDay(`${monthAfter(month)}-01`);
  return startsAt < end && (endedAt === undefined || endedAt >= end);
}

async function findInvoice(
  payment: Pick<Payment, 'listInvoices'>,
  { customerId }: BillingAccount,
  month: string,
): Promise<Result<InvoiceFacts | undefined, string>> {
  const read = await payment.listInvoices(customerId);
  if (read.outcome !== 'read') return no(whyNotDone(read));
  return ok(read.invoices.find((one) => one.month === month && one.state !== 'VOID'));
}

function isDone(answer: { readonly outcome: string }): answer is { readonly outcome: 'accepted' | 'duplicate' } {
  return answer.outcome === 'accepted' || answer.outcome === 'duplicate';
}

function whyNotDone(answer: NotDone | NotRead): string {
  switch (answer.outcome) {
    case 'unclear':
      return `no clear answer of the payment service: ${answer.why}`;
    case 'busy':
      return `the payment service is busy: ${answer.why}`;
    case 'refused':
      return `the payment service refused: ${answer.why}`;
  }
}
