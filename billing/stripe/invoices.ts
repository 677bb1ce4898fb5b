import type Stripe from 'stripe';
import type { InvoiceFacts, InvoiceState } from '../../tenancy/invoice.ts';
import type { Payment } from '../payment.ts';
import { attempt, attemptRead, type StripeDeps } from './attempt.ts';

/** The invoices' part of the port. */
export function openInvoices({ stripe, persistence }: StripeDeps): Pick<Payment, 'listInvoices' | 'finalizeInvoice'> {
  return {
    listInvoices: async (customerId) => {
      const read = await attemptRead(persistence, async () => {
        const found: InvoiceFacts[] = [];
        for await (const one of stripe.invoices.list({ customer: customerId, limit: 100 })) {
          const facts = readInvoice(one);
          if (facts) found.push(facts);
        }
        return found;
      });
      return read.outcome === 'done' ? { outcome: 'read', invoices: read.value } : read;
    },

    finalizeInvoice: async (invoiceId) => {
      const done = await attempt(persistence, async () => {
        // Stripe refuses to end an invoice that has ended.
        const { status } = await stripe.invoices.retrieve(invoiceId);
        if (status !== 'draft') return 'duplicate';
        await stripe.invoices.finalizeInvoice(invoiceId, {}, { idempotencyKey: `finalize:${invoiceId}` });
        return 'accepted';
      });
      return done.outcome === 'done' ? { outcome: done.value } : done;
    },
  };
}

const STATES: Readonly<Record<string, InvoiceState>> = {
  draft: 'DRAFT',
  open: 'OPEN',
  paid: 'PAID',
  void: 'VOID',
  uncollectible: 'UNCOLLECTIBLE',
};

/** An invoice of Stripe's in our words; null for a customer's that is none of ours, or in a state that we do not know. */
export function readInvoice(invoice: Stripe.Invoice): InvoiceFacts | null {
  const { id, customer, status, number, total, amount_due: due, ending_balance: balance } = invoice;
  const customerId = typeof customer === 'string' ? customer : customer?.id;
  const state = status === null ? undefined : STATES[status];
  if (!id || !customerId || !state) return null;
  return {
    id,
    customerId,
    state,
    ...(number === null ? {} : { number }),
    totalCents: BigInt(total),
    dueCents: BigInt(due),
    ...(balance === null ? {} : { balanceAfterCents: BigInt(balance) }),
    periodStart: invoice.period_start * 1000,
    periodEnd: invoice.period_end * 1000,
  };
}
