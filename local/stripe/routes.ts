import {
  cancelSubscription,
  createCustomer,
  createPrice,
  createSubscription,
  getCustomer,
  getSubscription,
  listCustomers,
  listPrices,
  listSubscriptions,
} from './customers.ts';
import { StripeRefusal } from './errors.ts';
import { getEvent, listEvents } from './events.ts';
import type { Form } from './form.ts';
import {
  createInvoice,
  createInvoiceItem,
  endInvoice,
  finalizeInvoice,
  getInvoice,
  listInvoiceItems,
  listInvoices,
  updateInvoice,
} from './invoices.ts';
import { createMeter, createMeterEvent, listEventSummaries, listMeters } from './meters.ts';
import type { Store } from './state.ts';

type Route = (store: Store, form: Form, id: string) => object;

/** What is served; `:id` is one part of the path. */
const ROUTES: Readonly<Record<string, Route>> = {
  'POST /v1/customers': createCustomer,
  'GET /v1/customers': listCustomers,
  'GET /v1/customers/:id': (store, _, id) => getCustomer(store, id),
  'POST /v1/billing/meters': createMeter,
  'GET /v1/billing/meters': listMeters,
  'GET /v1/billing/meters/:id/event_summaries': (store, form, id) => listEventSummaries(store, id, form),
  'POST /v1/billing/meter_events': createMeterEvent,
  'POST /v1/prices': createPrice,
  'GET /v1/prices': listPrices,
  'POST /v1/subscriptions': createSubscription,
  'GET /v1/subscriptions': listSubscriptions,
  'GET /v1/subscriptions/:id': (store, _, id) => getSubscription(store, id),
  'DELETE /v1/subscriptions/:id': (store, form, id) => cancelSubscription(store, id, form),
  'POST /v1/invoiceitems': createInvoiceItem,
  'GET /v1/invoiceitems': listInvoiceItems,
  'POST /v1/invoices': createInvoice,
  'GET /v1/invoices': listInvoices,
  'GET /v1/invoices/:id': (store, _, id) => getInvoice(store, id),
  'POST /v1/invoices/:id': (store, form, id) => updateInvoice(store, id, form),
  'POST /v1/invoices/:id/finalize': (store, form, id) => finalizeInvoice(store, id, form),
  'POST /v1/invoices/:id/pay': (store, _, id) => endInvoice(store, id, 'pay'),
  'POST /v1/invoices/:id/void': (store, _, id) => endInvoice(store, id, 'void'),
  'POST /v1/invoices/:id/mark_uncollectible': (store, _, id) => endInvoice(store, id, 'mark_uncollectible'),
  'GET /v1/events': listEvents,
  'GET /v1/events/:id': (store, _, id) => getEvent(store, id),
  'GET /v2/core/events/:id': (store, _, id) => getEvent(store, id),
};

/** Runs a call. @throws StripeRefusal */
export function operate(store: Store, method: string, path: string, form: Form): object {
  for (const [name, route] of Object.entries(ROUTES)) {
    const [verb = '', pattern = ''] = name.split(' ');
    const match = verb === method && new RegExp(`^${pattern.replace(':id', '([^/]+)')}$`).exec(path);
    if (!match) continue;
    const answer = route(store, form, decodeURIComponent(match[1] ?? ''));
    if (method !== 'GET') store.changed();
    return answer;
  }
  throw new StripeRefusal(404, `Unrecognized request URL (${method}: ${path}).`);
}
