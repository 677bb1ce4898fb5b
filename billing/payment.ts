import type { InvoiceFacts } from '../tenancy/invoice.ts';
import type { MeterDay, MeterError } from '../tenancy/meter-event.ts';
import type { TenantId } from '../tenancy/tenant.ts';

/** It was sent, and nobody knows what became of it: read it back before it is sent again. */
export type Unclear = { readonly outcome: 'unclear'; readonly why: string };
/** It was not done, and may be at another time. `afterMs`: not before that, if the service said so. */
export type Busy = { readonly outcome: 'busy'; readonly why: string; readonly afterMs?: number };
/** It was not done, and will not be: somebody has to mend what `why` says. */
export type Refused = { readonly outcome: 'refused'; readonly reason: RefusedReason; readonly why: string };

/**
 * credentials: our key is wrong, or may not do this. missing: what it names is not there. conflict: another content was
 * sent under the same name before. invalid: all else, as a value that the service does not take.
 */
export type RefusedReason = 'credentials' | 'missing' | 'conflict' | 'invalid';

/** Of what changes something. */
export type NotDone = Unclear | Busy | Refused;
/** Of what only reads. */
export type NotRead = Busy | Refused;

/** Done; `duplicate`: it had been done before, which is as good. */
type Accepted = { readonly outcome: 'accepted' | 'duplicate' };

export type NewCustomer = {
  readonly tenantId: TenantId;
  readonly name: string;
  /** Who gets the invoices; without one nobody is sent any, and a card must be on file. */
  readonly email?: string;
  /** One name, one customer, for as long as the service remembers it (Stripe: 24 h). */
  readonly commandId: string;
  /** When (ms epoch) it was first tried, if it was: then the service is searched before another one is made. */
  readonly triedSince?: number;
};

export type Customer = {
  readonly customerId: string;
  readonly subscriptionId: string;
  /** From when (ms epoch) its use is billed. */
  readonly startsAt: number;
};

export type Adjustment = {
  readonly customerId: string;
  readonly tenantId: TenantId;
  /** A draft: what is sent takes no line any more. */
  readonly invoiceId: string;
  /** One id, one line. */
  readonly adjustmentId: string;
  /** Whole cents; below zero it is a credit. What the invoice cannot take of one, the customer's balance keeps for the next. */
  readonly cents: bigint;
  /** On the invoice, for the tenant. */
  readonly description: string;
  /** As with a customer. */
  readonly triedSince?: number;
};

/**
 * The payment service, in our words. Everything in it is safe to repeat with the same input. Outcomes are data; what is
 * thrown is a fault of the program. Days are UTC, `2026-11-21`.
 */
export type Payment = {
  /** Makes what all tenants share, the meter and its price, where it is missing. */
  setUp(): Promise<Accepted | NotDone>;
  /** A tenant's customer and its subscription to the metered price. */
  createCustomer(customer: NewCustomer): Promise<({ readonly outcome: 'accepted' } & Customer) | NotDone>;
  /**
   * A day's value, in micro-USD; a later revision takes the place of the earlier one. `too_old`: nothing was sent.
   * Accepted is not counted: only `readDay` says what is. @param at ms epoch, now
   */
  pushDay(
    push: MeterDay & { readonly customerId: string; readonly microUsd: bigint; readonly at: number },
  ): Promise<Accepted | { readonly outcome: 'too_old' } | NotDone>;
  /** What the service counts of a customer's day at this moment, in micro-USD; it follows a push by some time. */
  readDay(one: {
    readonly customerId: string;
    readonly day: string;
  }): Promise<{ readonly outcome: 'read'; readonly microUsd: bigint } | NotRead>;
  /** A line on a draft of the customer's. */
  adjust(adjustment: Adjustment): Promise<Accepted | NotDone>;
  /** All invoices of a customer, newest first. */
  listInvoices(
    customerId: string,
  ): Promise<{ readonly outcome: 'read'; readonly invoices: readonly InvoiceFacts[] } | NotRead>;
  /** Has a draft wait for `finalizeInvoice`, however long that takes: by itself the service sends it after some time. */
  holdInvoice(invoiceId: string): Promise<Accepted | NotDone>;
  /** A draft for a month that no subscription bills any more, held; made once. */
  draftInvoice(one: {
    readonly customerId: string;
    readonly tenantId: TenantId;
    /** `2026-11` */
    readonly month: string;
  }): Promise<({ readonly outcome: 'accepted' } & { readonly invoiceId: string }) | NotDone>;
  /** Ends a draft: from then on it never changes, and is sent. */
  finalizeInvoice(invoiceId: string): Promise<Accepted | NotDone>;
  /** Ends a subscription: nothing is billed from then on. What it has billed so far stays. */
  endSubscription(subscriptionId: string): Promise<Accepted | NotDone>;
  /**
   * What the service, after it had accepted values, said against them in one of its reports. It names some of each kind of
   * error alone: `count` is how many there were.
   */
  readMeterErrors(
    reportId: string,
  ): Promise<{ readonly outcome: 'read'; readonly count: number; readonly errors: readonly MeterFault[] } | NotRead>;
};

/** `identifier`: the value's name, as `meterIdentifier` made it, or somebody else did. */
export type MeterFault = Pick<MeterError, 'code' | 'message'> & { readonly identifier: string };
