import type Stripe from 'stripe';
import { noSuch, StripeRefusal } from './errors.ts';
import type { Form } from './form.ts';
import { closePeriod } from './invoices.ts';
import { createdWithin, LIST_PARAMS, listPage } from './lists.ts';
import { readParams, served } from './params.ts';
import { byId, type CustomerObject, type PriceObject, type Store, type SubscriptionObject, seconds } from './state.ts';

const CUSTOMER = served<Stripe.CustomerCreateParams>()('name', 'email', 'metadata');
const CUSTOMERS = [...LIST_PARAMS, ...served<Stripe.CustomerListParams>()('created', 'email')];
const PRICE = served<Stripe.PriceCreateParams>()(
  'currency',
  'lookup_key',
  'nickname',
  'product_data',
  'recurring',
  'unit_amount_decimal',
);
const RECURRING = served<Stripe.PriceCreateParams.Recurring>()('interval', 'usage_type', 'meter');
const PRICES = [...LIST_PARAMS, ...served<Stripe.PriceListParams>()('lookup_keys', 'active')];
const SUBSCRIPTION = served<Stripe.SubscriptionCreateParams>()(
  'customer',
  'items',
  'metadata',
  'billing_cycle_anchor_config',
  'collection_method',
  'days_until_due',
);
const SUBSCRIPTIONS = [...LIST_PARAMS, ...served<Stripe.SubscriptionListParams>()('customer', 'price', 'status')];
const CANCEL = served<Stripe.SubscriptionCancelParams>()('invoice_now', 'prorate');

export function createCustomer(store: Store, form: Form): CustomerObject {
  const params = readParams(form, CUSTOMER);
  const customer = {
    id: store.mint('cus'),
    object: 'customer',
    created: seconds(store.now()),
    livemode: false,
    name: params.text('name') ?? null,
    email: params.text('email') ?? null,
    balance: 0,
    metadata: params.metadata(),
  } as const satisfies CustomerObject;
  store.state.customers.push(customer);
  return customer;
}

export function getCustomer(store: Store, id: string): CustomerObject {
  const customer = byId(store.state.customers, id);
  if (!customer) throw noSuch('customer', id);
  return customer;
}

export function listCustomers(store: Store, form: Form): object {
  const params = readParams(form, CUSTOMERS);
  const email = params.text('email');
  const found = store.state.customers
    .filter(createdWithin(params))
    .filter((one) => email === undefined || one.email === email);
  return listPage('/v1/customers', found, params);
}

export function createPrice(store: Store, form: Form): PriceObject {
  const params = readParams(form, PRICE);
  const recurring = readParams(params.object('recurring') ?? {}, RECURRING, 'recurring');
  const [meter, lookupKey] = [recurring.required('meter'), params.text('lookup_key') ?? null];
  if (!byId(store.state.meters, meter)) throw noSuch('billing meter', meter, 'recurring[meter]');
  if (recurring.required('interval') !== 'month' || recurring.required('usage_type') !== 'metered')
    throw new StripeRefusal(400, 'this stand-in has metered monthly prices alone');
  if (lookupKey !== null && store.state.prices.some((one) => one.lookup_key === lookupKey))
    throw new StripeRefusal(400, `A price (\`${lookupKey}\`) already uses that lookup key.`, { param: 'lookup_key' });
  const decimal = params.required('unit_amount_decimal');
  if (!/^\d+(\.\d{1,12})?$/.test(decimal))
    throw new StripeRefusal(400, 'Invalid decimal: unit_amount_decimal', { param: 'unit_amount_decimal' });
  const price: PriceObject = {
    id: store.mint('price'),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created: seconds(store.now()),
    currency: params.required('currency'),
    livemode: false,
    lookup_key: lookupKey,
    nickname: params.text('nickname') ?? null,
    product: store.mint('prod'),
    recurring: { interval: 'month', interval_count: 1, meter, usage_type: 'metered' },
    type: 'recurring',
    unit_amount: null,
    unit_amount_decimal: decimal,
  };
  store.state.prices.push(price);
  return price;
}

export function listPrices(store: Store, form: Form): object {
  const params = readParams(form, PRICES);
  const keys = params.list('lookup_keys');
  const found = store.state.prices.filter(({ lookup_key: own }) => keys.length === 0 || (own && keys.includes(own)));
  return listPage('/v1/prices', found, params);
}

export function createSubscription(store: Store, form: Form): SubscriptionObject {
  const params = readParams(form, SUBSCRIPTION);
  const customer = byId(store.state.customers, params.required('customer'));
  if (!customer) throw noSuch('customer', params.required('customer'), 'customer');
  const [item, ...more] = params.list('items');
  const priceId = typeof item === 'object' && !Array.isArray(item) ? String(item['price']) : '';
  const price = byId(store.state.prices, priceId);
  if (!price || more.length > 0) throw noSuch('price', priceId, 'items[0][price]');
  const method = params.text('collection_method') ?? 'charge_automatically';
  if (method !== 'send_invoice' && method !== 'charge_automatically')
    throw new StripeRefusal(400, 'Invalid collection_method', { param: 'collection_method' });
  if (method === 'send_invoice' && customer.email === null)
    throw new StripeRefusal(
      400,
      'Missing email. In order to create invoices that are sent to the customer, the customer must have a valid email.',
    );
  const start = seconds(store.now());
  const end = anchorAfter(start, params.object('billing_cycle_anchor_config'));
  const id = store.mint('sub');
  const subscription: SubscriptionObject = {
    id,
    object: 'subscription',
    created: start,
    livemode: false,
    currency: price.currency,
    customer: customer.id,
    start_date: start,
    billing_cycle_anchor: end,
    collection_method: method,
    days_until_due: params.whole('days_until_due') ?? null,
    canceled_at: null,
    ended_at: null,
    status: 'active',
    metadata: params.metadata(),
    items: {
      object: 'list',
      has_more: false,
      url: `/v1/subscription_items?subscription=${id}`,
      data: [
        {
          id: store.mint('si'),
          object: 'subscription_item',
          price,
          current_period_start: start,
          current_period_end: end,
        },
      ],
    },
  };
  store.state.subscriptions.push(subscription);
  return subscription;
}

/** When the first period ends, s epoch: the next first of a month, 0 o'clock UTC. */
function anchorAfter(start: number, config: Form | undefined): number {
  const isOurs = ['day_of_month', 'hour', 'minute', 'second'].every(
    (name) => config?.[name] === (name === 'day_of_month' ? '1' : '0'),
  );
  if (!isOurs) throw new StripeRefusal(400, 'this stand-in has subscriptions by months of the calendar alone');
  const date = new Date(start * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / 1000;
}

export function getSubscription(store: Store, id: string): SubscriptionObject {
  const found = byId(store.state.subscriptions, id);
  if (!found) throw noSuch('subscription', id);
  return found;
}

export function listSubscriptions(store: Store, form: Form): object {
  const params = readParams(form, SUBSCRIPTIONS);
  const [customer, price, status = 'active'] = [params.text('customer'), params.text('price'), params.text('status')];
  const found = store.state.subscriptions.filter(
    (one) =>
      (customer === undefined || one.customer === customer) &&
      (price === undefined || one.items.data.some((item) => item.price.id === price)) &&
      (status === 'all' || one.status === status),
  );
  return listPage('/v1/subscriptions', found, params);
}

/** Ends a subscription; with `invoice_now` what was used until now is billed at once. */
export function cancelSubscription(store: Store, id: string, form: Form): SubscriptionObject {
  const subscription = getSubscription(store, id);
  if (subscription.status === 'canceled') throw noSuch('subscription', id);
  const params = readParams(form, CANCEL);
  const now = seconds(store.now());
  if (params.text('invoice_now') === 'true') closePeriod(store, subscription, now);
  const ended = Object.assign(subscription, { status: 'canceled', canceled_at: now, ended_at: now } as const);
  return ended;
}
