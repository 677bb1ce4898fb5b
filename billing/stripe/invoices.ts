import type Stripe from 'stripe';
import type { InvoiceFacts, InvoiceState } from '../../tenancy/invoice.ts';
import { dayOf, monthOf } from '../../tenancy/utc-day.ts';
import type { Payment } from '../payment.ts';
import { attempt, attemptRead, type StripeDeps } from './attempt.ts';

const DAYS_UNTIL_DUE = 30;

type InvoiceCalls = 'listInvoices' | 'holdInvoice' | 'draftInvoice' | 'finalizeInvoice';

/** The invoices' part of the port. */
export function openInvoices({ stripe, persistence }: StripeDeps): Pick<Payment, InvoiceCalls> {
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

    holdInvoice: async (invoiceId) => {
      const done = await attempt(persistence, async () => {
        const { status, auto_advance: advances } = await stripe.invoices.retrieve(invoiceId);
        if (status !== 'draft' || !advances) return 'duplicate';
        await stripe.invoices.update(invoiceId, { auto_advance: false });
        return 'accepted';
      });
      return done.outcome === 'done' ? { outcome: done.value } : done;
    },

    draftInvoice: async ({ customerId, tenantId, month }) => {
      const done = await attempt(persistence, async () => {
        for await (const one of stripe.invoices.list({ customer: customerId, limit: 100 })) {
          if (readInvoice(one)?.month === month) return one.id;
        }
        const customer = await stripe.customers.retrieve(customerId);
        const isSent = !customer.deleted && customer.email !== null;
        const made = await stripe.invoices.create(
          {
            customer: customerId,
            auto_advance: false,
            pending_invoice_items_behavior: 'exclude',
            ...(isSent
              ? { collection_method: 'send_invoice', days_until_due: DAYS_UNTIL_DUE }
              : { collection_method: 'charge_automatically' }),
            metadata: { tenant_id: tenantId, month },
          },
          { idempotencyKey: `invoice:${customerId}:${month}` },
        );
        return made.id;
      });
      if (done.outcome !== 'done') return done;
      return done.value === undefined
        ? { outcome: 'unclear', why: 'an invoice without an id' }
        : { outcome: 'accepted', invoiceId: done.value };
    },

    finalizeInvoice: async (invoiceId) => {
      const done = await attempt(persistence, async () => {
        // Stripe refuses to end an invoice that has ended.
        const { status } = await stripe.invoices.retrieve(invoiceId);
        if (status !== 'draft') return 'duplicate';
        // What was held is collected from here on as if it had not been.
        await stripe.invoices.finalizeInvoice(
          invoiceId,
          { auto_advance: true },
          { idempotencyKey: `finalize:${invoiceId}` },
        );
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
    ...monthBilled(invoice),
    ...(number === null ? {} : { number }),
    totalCents: BigInt(total),
    dueCents: BigInt(due),
    ...(balance === null ? {} : { balanceAfterCents: BigInt(balance) }),
    periodStart: invoice.period_start * 1000,
    periodEnd: invoice.period_end * 1000,
  };
}

/** That of its period, or what we wrote on it when we made it. Others, as the empty one of a new subscription, bill none. */
function monthBilled({ billing_reason: reason, period_end: end, metadata }: Stripe.Invoice): { month?: string } {
  if (reason === 'subscription_cycle') return { month: monthOf(dayOf(end * 1000 - 1)) };
  const month = reason === 'manual' ? metadata?.['month'] : undefined;
  return month === undefined ? {} : { month };
}
