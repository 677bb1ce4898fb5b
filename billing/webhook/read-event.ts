import type Stripe from 'stripe';
import type { InvoiceFacts } from '../../tenancy/invoice.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { readInvoice } from '../stripe/invoices.ts';

/** How far (s) the time of a signature may lie from ours, before or after. */
const TOLERANCE_S = 300;

/** What Stripe tells, in our words. `at`: ms epoch, when it was so. */
export type WebhookEvent = { readonly id: string; readonly type: string; readonly at: number } & (
  | {
      readonly kind: 'invoice';
      readonly facts: InvoiceFacts;
      /** Whose it says that it is: what is written at the subscription, or at an invoice that has none. */
      readonly tenant: string | undefined;
      readonly paymentFailed: boolean;
    }
  | { readonly kind: 'meter_errors' }
  | { readonly kind: 'other' }
);

/** signature: not Stripe's, or of another time. malformed: signed, and nothing that we can read. */
export type Unread = 'signature' | 'malformed';

/** Which of an invoice's events are kept. */
const INVOICE_EVENTS: ReadonlySet<string> = new Set([
  'invoice.created',
  'invoice.finalized',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.voided',
  'invoice.marked_uncollectible',
]);

/**
 * Reads what came to the webhook. The signature is over the very bytes of the body; Stripe's library holds it against an
 * old time, a time ahead of ours it would let pass.
 * @param secrets any of them: whole events and thin ones come from two endpoints, and a new secret overlaps with the old
 * @param now ms since the epoch
 */
export function readWebhookEvent(
  { signature }: Stripe['webhooks'],
  body: Buffer,
  header: string | undefined,
  secrets: readonly string[],
  now: number,
): Result<WebhookEvent, Unread> {
  const isSignedBy = (secret: string): boolean => {
    try {
      return signature?.verifyHeader(body, header ?? '', secret, TOLERANCE_S, undefined, now) === true;
    } catch {
      return false;
    }
  };
  if (!secrets.some(isSignedBy)) return no('signature');
  const signedAt = Number(/(?:^|,)t=(\d+)/.exec(header ?? '')?.[1]);
  if (!(signedAt - now / 1000 <= TOLERANCE_S)) return no('signature');
  try {
    const event = JSON.parse(body.toString('utf8')) as Stripe.Event | ThinEvent;
    return toEvent(event);
  } catch {
    return no('malformed');
  }
}

/** A notification of the API's second version: it carries no data, which is fetched by its id. */
type ThinEvent = {
  readonly object: 'v2.core.event';
  readonly id: string;
  readonly type: string;
  readonly created: string;
};

function toEvent(event: Stripe.Event | ThinEvent): Result<WebhookEvent, Unread> {
  const { id, type } = event;
  const at = event.object === 'v2.core.event' ? Date.parse(event.created) : event.created * 1000;
  // It becomes part of a key.
  if (typeof id !== 'string' || !/^\w{1,100}$/.test(id) || typeof type !== 'string' || Number.isNaN(at))
    return no('malformed');
  if (event.object === 'v2.core.event')
    return ok({ id, type, at, kind: type === 'v1.billing.meter.error_report_triggered' ? 'meter_errors' : 'other' });
  if (!INVOICE_EVENTS.has(type)) return ok({ id, type, at, kind: 'other' });
  const invoice = event.data.object as Stripe.Invoice;
  const facts = readInvoice(invoice);
  if (!facts) return ok({ id, type, at, kind: 'other' });
  const tenant = (invoice.parent?.subscription_details?.metadata ?? invoice.metadata)?.['tenant_id'];
  return ok({ id, type, at, kind: 'invoice', facts, tenant, paymentFailed: type === 'invoice.payment_failed' });
}
