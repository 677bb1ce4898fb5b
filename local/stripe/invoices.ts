import type Stripe from 'stripe';
import { noSuch, StripeRefusal } from './errors.ts';
import { announce } from './events.ts';
import type { Form } from './form.ts';
import { createdWithin, LIST_PARAMS, listPage } from './lists.ts';
import { usageOf } from './meters.ts';
import { readParams, served } from './params.ts';
import {
  byId,
  type InvoiceItemObject,
  type InvoiceLine,
  type InvoiceObject,
  type Store,
  type SubscriptionObject,
  seconds,
} from './state.ts';

const ITEM = served<Stripe.InvoiceItemCreateParams>()(
  'customer',
  'invoice',
  'amount',
  'currency',
  'description',
  'metadata',
);
const ITEMS = [...LIST_PARAMS, ...served<Stripe.InvoiceItemListParams>()('customer', 'created')];
const INVOICE = served<Stripe.InvoiceCreateParams>()(
  'customer',
  'pending_invoice_items_behavior',
  'auto_advance',
  'collection_method',
  'days_until_due',
  'metadata',
);
const UPDATE = served<Stripe.InvoiceUpdateParams>()('auto_advance');
const FINALIZE = served<Stripe.InvoiceFinalizeInvoiceParams>()('auto_advance');
const INVOICES = [...LIST_PARAMS, ...served<Stripe.InvoiceListParams>()('customer', 'status')];

/** How long (s) a draft of a period waits for late usage: Stripe's default, which an account may lengthen. */
const GRACE_S = 3_600;
const DAY_S = 86_400;

export function createInvoiceItem(store: Store, form: Form): InvoiceItemObject {
  const params = readParams(form, ITEM);
  const customer = params.required('customer');
  if (!byId(store.state.customers, customer)) throw noSuch('customer', customer, 'customer');
  const item: InvoiceItemObject = {
    id: store.mint('ii'),
    object: 'invoiceitem',
    amount: params.whole('amount') ?? 0,
    currency: params.required('currency'),
    customer,
    date: seconds(store.now()),
    description: params.text('description') ?? null,
    invoice: null,
    livemode: false,
    metadata: params.metadata(),
  };
  const at = params.text('invoice');
  const invoice = at === undefined ? undefined : getInvoice(store, at);
  if (invoice && (invoice.status !== 'draft' || invoice.customer !== customer))
    throw new StripeRefusal(400, 'You can only add items to a draft invoice of the same customer.', {
      param: 'invoice',
    });
  store.state.invoiceItems.push(item);
  if (invoice) {
    addItem(store, invoice, item);
    sum(invoice);
  }
  return item;
}

export function listInvoiceItems(store: Store, form: Form): object {
  const params = readParams(form, ITEMS);
  const customer = params.text('customer');
  const found = store.state.invoiceItems
    .filter(createdWithin(params))
    .filter((one) => customer === undefined || one.customer === customer);
  return listPage('/v1/invoiceitems', found, params);
}

/** A one-off invoice, of what is pending for the customer. */
export function createInvoice(store: Store, form: Form): InvoiceObject {
  const params = readParams(form, INVOICE);
  const customer = params.required('customer');
  if (!byId(store.state.customers, customer)) throw noSuch('customer', customer, 'customer');
  const now = seconds(store.now());
  const invoice = draft(store, customer, { start: now, end: now }, null);
  Object.assign(invoice, { metadata: params.metadata() });
  const method = params.text('collection_method');
  if (method === 'send_invoice' || method === 'charge_automatically') invoice.collection_method = method;
  if (params.text('pending_invoice_items_behavior') === 'include') takePending(store, invoice);
  sum(invoice);
  announce(store, 'invoice.created', invoice);
  return invoice;
}

/** `POST /v1/invoices/<id>`: a draft that is held is not finalized by the clock. */
export function updateInvoice(store: Store, id: string, form: Form): InvoiceObject {
  const invoice = getInvoice(store, id);
  const advances = readParams(form, UPDATE).text('auto_advance');
  if (invoice.status !== 'draft') throw new StripeRefusal(400, 'Finalized invoices can’t be updated in this way.');
  if (advances === undefined) return invoice;
  const is = advances === 'true';
  const at = is ? (invoice.automatically_finalizes_at ?? seconds(store.now()) + GRACE_S) : null;
  return Object.assign(invoice, { auto_advance: is, automatically_finalizes_at: at });
}

export function getInvoice(store: Store, id: string): InvoiceObject {
  const invoice = byId(store.state.invoices, id);
  if (!invoice) throw noSuch('invoice', id);
  return invoice;
}

export function listInvoices(store: Store, form: Form): object {
  const params = readParams(form, INVOICES);
  const [customer, status] = [params.text('customer'), params.text('status')];
  const found = store.state.invoices.filter(
    (one) => (customer === undefined || one.customer === customer) && (status === undefined || one.status === status),
  );
  return listPage('/v1/invoices', found, params);
}

/** Ends the period that a subscription is in, at its end or before, with the draft of its invoice. @param end s epoch */
export function closePeriod(store: Store, subscription: SubscriptionObject, end: number): InvoiceObject {
  const [item] = subscription.items.data;
  if (!item) throw new Error('a subscription without an item');
  const invoice = draft(store, subscription.customer, { start: item.current_period_start, end }, subscription);
  takePending(store, invoice);
  meterLine(store, invoice, subscription);
  sum(invoice);
  const date = new Date(end * 1000);
  item.current_period_start = end;
  item.current_period_end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / 1000;
  announce(store, 'invoice.created', invoice);
  return invoice;
}

/** What the clock does: periods end, drafts are finalized. */
export function runClock(store: Store): void {
  const now = seconds(store.now());
  for (const subscription of store.state.subscriptions) {
    const [item] = subscription.items.data;
    while (item && subscription.status === 'active' && item.current_period_end <= now)
      closePeriod(store, subscription, item.current_period_end);
  }
  for (const invoice of store.state.invoices) {
    const at = invoice.automatically_finalizes_at;
    if (invoice.status === 'draft' && at !== null && at <= now) finalize(store, invoice);
  }
}

export function finalizeInvoice(store: Store, id: string, form: Form): InvoiceObject {
  const invoice = getInvoice(store, id);
  const advances = readParams(form, FINALIZE).text('auto_advance');
  if (invoice.status !== 'draft')
    throw new StripeRefusal(400, "This invoice is already finalized, you can't re-finalize a non-draft invoice.");
  if (advances !== undefined) invoice.auto_advance = advances === 'true';
  return finalize(store, invoice);
}

/** Late usage still counts, then nothing changes any more. Below zero it bills nothing, and the customer has the rest as credit. */
function finalize(store: Store, invoice: InvoiceObject): InvoiceObject {
  const customer = byId(store.state.customers, invoice.customer);
  const subscription = byId(store.state.subscriptions, invoice.parent?.subscription_details.subscription ?? '');
  if (!customer) throw noSuch('customer', invoice.customer);
  if (subscription) meterLine(store, invoice, subscription);
  sum(invoice);
  const [total, balance] = [invoice.total, customer.balance];
  const due = Math.max(0, total + balance);
  customer.balance = total + balance - due;
  const count = store.state.invoices.filter((one) => one.customer === customer.id && one.number !== null).length;
  Object.assign(invoice, {
    status: 'open',
    number: `${customer.id.slice(-8).toUpperCase()}-${String(count + 1).padStart(4, '0')}`,
    starting_balance: balance,
    ending_balance: customer.balance,
    amount_due: due,
    amount_remaining: due,
    automatically_finalizes_at: null,
    due_date: seconds(store.now()) + 30 * DAY_S,
  } satisfies Partial<InvoiceObject>);
  announce(store, 'invoice.finalized', invoice);
  if (due === 0) pay(store, invoice);
  return invoice;
}

function pay(store: Store, invoice: InvoiceObject): void {
  const paid = invoice.amount_due;
  Object.assign(invoice, { status: 'paid', attempted: true, amount_paid: paid, amount_remaining: 0 } as const);
  announce(store, 'invoice.paid', invoice);
}

/** `POST /v1/invoices/<id>/pay`, `/void`, `/mark_uncollectible`. */
export function endInvoice(store: Store, id: string, how: 'pay' | 'void' | 'mark_uncollectible'): InvoiceObject {
  const invoice = getInvoice(store, id);
  if (invoice.status !== 'open' && !(invoice.status === 'uncollectible' && how !== 'mark_uncollectible'))
    throw new StripeRefusal(400, `Invoice is ${invoice.status}.`);
  if (how === 'pay') pay(store, invoice);
  else {
    invoice.status = how === 'void' ? 'void' : 'uncollectible';
    announce(store, how === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', invoice);
  }
  return invoice;
}

/** For tests: the customer's payment did not go through. */
export function failPayment(store: Store, id: string): void {
  announce(store, 'invoice.payment_failed', Object.assign(getInvoice(store, id), { attempted: true }));
}

function draft(
  store: Store,
  customer: string,
  { start, end }: { readonly start: number; readonly end: number },
  subscription: SubscriptionObject | null,
): InvoiceObject {
  const id = store.mint('in');
  const invoice: InvoiceObject = {
    id,
    object: 'invoice',
    amount_due: 0,
    amount_paid: 0,
    amount_remaining: 0,
    attempted: false,
    auto_advance: subscription !== null,
    automatically_finalizes_at: subscription ? seconds(store.now()) + GRACE_S : null,
    billing_reason: subscription ? 'subscription_cycle' : 'manual',
    collection_method: subscription?.collection_method ?? 'charge_automatically',
    created: seconds(store.now()),
    currency: 'usd',
    customer,
    due_date: null,
    ending_balance: null,
    lines: { object: 'list', has_more: false, url: `/v1/invoices/${id}/lines`, data: [] },
    livemode: false,
    metadata: {},
    number: null,
    parent: subscription && {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
    },
    period_start: start,
    period_end: end,
    starting_balance: 0,
    status: 'draft',
    subtotal: 0,
    total: 0,
  };
  store.state.invoices.push(invoice);
  return invoice;
}

function takePending(store: Store, invoice: InvoiceObject): void {
  for (const item of store.state.invoiceItems) {
    if (item.customer === invoice.customer && item.invoice === null) addItem(store, invoice, item);
  }
}

function addItem(store: Store, invoice: InvoiceObject, item: InvoiceItemObject): void {
  item.invoice = invoice.id;
  const { amount, currency, description, metadata } = item;
  invoice.lines.data.push({
    id: store.mint('il'),
    object: 'line_item',
    amount,
    currency,
    description,
    quantity: 1,
    metadata,
    subscription: null,
  });
}

/** The line of what was used, which stands first. */
function meterLine(store: Store, invoice: InvoiceObject, subscription: SubscriptionObject): void {
  const price = subscription.items.data[0]?.price;
  const meter = price && byId(store.state.meters, price.recurring.meter);
  if (!meter) return;
  const used = usageOf(store, meter, invoice.customer, invoice.period_start, invoice.period_end) ?? 0n;
  const old = invoice.lines.data.find((line) => line.subscription === subscription.id);
  const line: InvoiceLine = {
    id: old?.id ?? store.mint('il'),
    object: 'line_item',
    amount: Number(amountOf(used, price.unit_amount_decimal)),
    currency: price.currency,
    description: price.nickname,
    quantity: Number(used),
    metadata: subscription.metadata,
    subscription: subscription.id,
  };
  invoice.lines.data = [line, ...invoice.lines.data.filter((one) => one !== old)];
}

const DECIMALS = 12;

/** Whole cents of a quantity at a price of cents with decimals; halves go up. */
function amountOf(quantity: bigint, unit: string): bigint {
  const [whole = '0', fraction = ''] = unit.split('.');
  const scale = 10n ** BigInt(DECIMALS);
  return (quantity * BigInt(whole + fraction.padEnd(DECIMALS, '0')) + scale / 2n) / scale;
}

function sum(invoice: InvoiceObject): void {
  const total = invoice.lines.data.reduce((all, { amount }) => all + amount, 0);
  Object.assign(invoice, {
    subtotal: total,
    total,
    amount_due: Math.max(0, total),
    amount_remaining: Math.max(0, total),
  });
}
