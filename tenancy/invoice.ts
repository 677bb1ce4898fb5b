import type { TenantId } from './tenant.ts';

/** In the order in which an invoice may pass through them: never back. PAID and VOID are both ends. */
export const INVOICE_STATES = ['DRAFT', 'OPEN', 'UNCOLLECTIBLE', 'PAID', 'VOID'] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];

/** An invoice as the payment service has it. Money: whole cents, below zero for a credit. Times: ms epoch. */
export type InvoiceFacts = {
  readonly id: string;
  readonly customerId: string;
  readonly state: InvoiceState;
  /** The month that it bills, `2026-11`; none of what bills no month, as the empty one that a subscription begins with. */
  readonly month?: string;
  /** What is printed on it; a draft has none. */
  readonly number?: string;
  readonly totalCents: bigint;
  /** What is to be paid: the total after the customer's balance, and never below zero. */
  readonly dueCents: bigint;
  /** The customer's balance after it: below zero is credit, which later invoices use up. A draft has none. */
  readonly balanceAfterCents?: bigint;
  readonly periodStart: number;
  readonly periodEnd: number;
};

/** A tenant's invoice, by the newest that is known of it. */
export type Invoice = InvoiceFacts & {
  readonly tenantId: TenantId;
  /** When it was so. */
  readonly at: number;
  readonly paymentFailedAt?: number;
};

/**
 * Whether what was told of an invoice replaces what is known of it. Tidings come more than once, late and in any order: a
 * state that lies behind the known one changes nothing, whenever it comes.
 */
export function supersedes(told: Invoice, known: Invoice | null): boolean {
  if (!known) return true;
  const step = rank(told.state) - rank(known.state);
  if (step !== 0) return step > 0;
  if (told.state !== known.state) return false;
  // Tidings of one second have no order of their own.
  if (told.at === known.at) return told.paymentFailedAt !== undefined && known.paymentFailedAt === undefined;
  return told.at > known.at;
}

function rank(state: InvoiceState): number {
  return Math.min(INVOICE_STATES.indexOf(state), INVOICE_STATES.indexOf('PAID'));
}
