import type Stripe from 'stripe';
import type { Customer, NewCustomer, NotDone, Payment } from '../payment.ts';
import { attempt, type StripeDeps } from './attempt.ts';
import type { Catalogue } from './meter.ts';

/** Clocks differ: what was made by a try may stand there with a time before ours. */
const SKEW_MS = 600_000;
const DAYS_UNTIL_DUE = 30;

/**
 * The customers' part of the port. An `Idempotency-Key` is good for 24 h. A command that is tried again looks first
 * through the customers that were made since its first try: that list shows each from its making on, which Stripe's
 * search, behind by a minute or more, does not.
 */
export function openCustomers(
  { stripe, persistence }: StripeDeps,
  catalogue: () => Promise<{ readonly outcome: 'done'; readonly value: Catalogue } | NotDone>,
): Pick<Payment, 'createCustomer' | 'endSubscription'> {
  async function findCustomer({ tenantId, triedSince }: NewCustomer): Promise<string | undefined> {
    if (triedSince === undefined) return undefined;
    const created = { gte: Math.floor((triedSince - SKEW_MS) / 1000) };
    for await (const customer of stripe.customers.list({ created, limit: 100 })) {
      if (customer.metadata['tenant_id'] === tenantId) return customer.id;
    }
    return undefined;
  }

  async function findSubscription(customer: string, priceId: string): Promise<Stripe.Subscription | undefined> {
    const { data } = await stripe.subscriptions.list({ customer, price: priceId, limit: 1 });
    return data[0];
  }

  async function make(one: NewCustomer, priceId: string): Promise<Customer> {
    const { tenantId, name, email, commandId, triedSince } = one;
    const metadata = { tenant_id: tenantId };
    const known = await findCustomer(one);
    const customerId =
      known ??
      (
        await stripe.customers.create(
          { name, metadata, ...(email === undefined ? {} : { email }) },
          { idempotencyKey: `customer:${commandId}` },
        )
      ).id;
    const subscription =
      (triedSince === undefined ? undefined : await findSubscription(customerId, priceId)) ??
      (await stripe.subscriptions.create(
        {
          customer: customerId,
          items: [{ price: priceId }],
          metadata,
          // Months of the calendar, in UTC: a period is what a statement is of.
          billing_cycle_anchor_config: { day_of_month: 1, hour: 0, minute: 0, second: 0 },
          ...(email === undefined
            ? { collection_method: 'charge_automatically' }
            : { collection_method: 'send_invoice', days_until_due: DAYS_UNTIL_DUE }),
        },
        { idempotencyKey: `subscription:${commandId}` },
      ));
    return { customerId, subscriptionId: subscription.id, startsAt: subscription.start_date * 1000 };
  }

  return {
    createCustomer: async (one) => {
      const set = await catalogue();
      if (set.outcome !== 'done') return set;
      const done = await attempt(persistence, () => make(one, set.value.priceId));
      return done.outcome === 'done' ? { outcome: 'accepted', ...done.value } : done;
    },

    endSubscription: async (subscriptionId) => {
      const done = await attempt(persistence, async () => {
        const { status } = await stripe.subscriptions.retrieve(subscriptionId);
        // Stripe knows no more of one that has ended than that it was.
        if (status === 'canceled') return 'duplicate';
        await stripe.subscriptions.cancel(subscriptionId, { invoice_now: false, prorate: false });
        return 'accepted';
      });
      return done.outcome === 'done' ? { outcome: done.value } : done;
    },
  };
}
