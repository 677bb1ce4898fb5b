import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';
import { readFileIfThere, writePrivateFile } from '../private-file.ts';

type Metadata = Record<string, string>;

// Objects as they are on the wire: of each the members that are served, held to the types of Stripe's own library.
export type CustomerObject = Pick<Stripe.Customer, 'id' | 'object' | 'created' | 'livemode' | 'balance'> & {
  readonly name: string | null;
  readonly email: string | null;
  readonly metadata: Metadata;
};
export type MeterObject = Pick<
  Stripe.Billing.Meter,
  | 'id'
  | 'object'
  | 'created'
  | 'updated'
  | 'livemode'
  | 'display_name'
  | 'event_name'
  | 'event_time_window'
  | 'customer_mapping'
  | 'default_aggregation'
  | 'value_settings'
  | 'status'
  | 'status_transitions'
>;
export type PriceObject = Pick<
  Stripe.Price,
  | 'id'
  | 'object'
  | 'active'
  | 'billing_scheme'
  | 'created'
  | 'currency'
  | 'livemode'
  | 'lookup_key'
  | 'nickname'
  | 'type'
> & {
  readonly product: string;
  readonly unit_amount: null;
  /** A decimal as text, which the library makes a number of. */
  readonly unit_amount_decimal: string;
  readonly recurring: {
    readonly interval: 'month';
    readonly interval_count: 1;
    readonly meter: string;
    readonly usage_type: 'metered';
  };
};
export type SubscriptionObject = Pick<
  Stripe.Subscription,
  | 'id'
  | 'object'
  | 'created'
  | 'livemode'
  | 'currency'
  | 'start_date'
  | 'billing_cycle_anchor'
  | 'collection_method'
  | 'days_until_due'
  | 'canceled_at'
  | 'ended_at'
> & {
  status: 'active' | 'canceled';
  readonly customer: string;
  readonly metadata: Metadata;
  readonly items: {
    readonly object: 'list';
    readonly has_more: false;
    readonly url: string;
    readonly data: {
      readonly id: string;
      readonly object: 'subscription_item';
      readonly price: PriceObject;
      current_period_start: number;
      current_period_end: number;
    }[];
  };
};
export type InvoiceItemObject = Pick<
  Stripe.InvoiceItem,
  'id' | 'object' | 'amount' | 'currency' | 'date' | 'livemode' | 'description'
> & { readonly customer: string; readonly metadata: Metadata; invoice: string | null };
export type InvoiceLine = {
  readonly id: string;
  readonly object: 'line_item';
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly quantity: number | null;
  readonly metadata: Metadata;
  /** Of a line of what was used. */
  readonly subscription: string | null;
};
export type InvoiceObject = Pick<
  Stripe.Invoice,
  | 'object'
  | 'amount_due'
  | 'amount_paid'
  | 'amount_remaining'
  | 'attempted'
  | 'auto_advance'
  | 'automatically_finalizes_at'
  | 'billing_reason'
  | 'collection_method'
  | 'created'
  | 'currency'
  | 'due_date'
  | 'ending_balance'
  | 'livemode'
  | 'number'
  | 'period_end'
  | 'period_start'
  | 'starting_balance'
  | 'subtotal'
  | 'total'
> & {
  readonly id: string;
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  readonly customer: string;
  readonly metadata: Metadata;
  readonly lines: { readonly object: 'list'; readonly has_more: false; readonly url: string; data: InvoiceLine[] };
  readonly parent: {
    readonly type: 'subscription_details';
    readonly quote_details: null;
    readonly subscription_details: { readonly metadata: Metadata; readonly subscription: string };
  } | null;
};

/** An event that was accepted. Times: ms epoch on the stand-in's clock. */
export type KeptMeterEvent = {
  readonly identifier: string;
  readonly eventName: string;
  readonly payload: Readonly<Record<string, string>>;
  /** s epoch, as it was sent. */
  readonly timestamp: number;
  readonly acceptedAt: number;
  /** From when on summaries have it, or an error report names it. */
  readonly appliesAt: number;
  reported?: true;
};

export type KeptAnswer = { readonly status: number; readonly body: string };
export type KeptKey = { readonly request: string; readonly at: number; readonly answer: KeptAnswer };

/** An event, with what of a thin one is only fetched, and how far its delivery is. */
export type KeptEvent = {
  readonly id: string;
  readonly type: string;
  /** What is sent. */
  readonly notification: object;
  /** What is fetched by its id. */
  readonly whole: object;
  delivery?: { attempts: number /** ms epoch, of this machine's clock. */; dueAt: number };
};

type State = {
  /** What the stand-in's clock is ahead of the machine's, in ms. */
  aheadMs: number;
  invoices: InvoiceObject[];
  customers: (CustomerObject & { balance: number })[];
  meters: MeterObject[];
  prices: PriceObject[];
  subscriptions: SubscriptionObject[];
  invoiceItems: InvoiceItemObject[];
  meterEvents: KeptMeterEvent[];
  events: KeptEvent[];
  keys: Record<string, KeptKey>;
};

/** All that the stand-in knows, in one file. Objects are changed in place; whoever does so says `changed()`. */
export type Store = {
  readonly state: State;
  /** ms since the epoch on the stand-in's clock, which a test may move ahead. */
  now(): number;
  advance(ms: number): void;
  /** An id as Stripe's are: `cus_` and 14 letters and digits. */
  mint(prefix: string): string;
  changed(): void;
  /** Writes what has changed. */
  flush(): void;
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** @param machineNow this machine's clock, ms epoch */
export function openStore(path: string, machineNow: () => number): Store {
  const empty: State = {
    aheadMs: 0,
    invoices: [],
    customers: [],
    meters: [],
    prices: [],
    subscriptions: [],
    invoiceItems: [],
    meterEvents: [],
    events: [],
    keys: {},
  };
  const state: State = { ...empty, ...(JSON.parse(readFileIfThere(path) ?? '{}') as Partial<State>) };
  let isChanged = false;
  return {
    state,
    now: () => machineNow() + state.aheadMs,
    advance: (ms) => {
      state.aheadMs += ms;
      isChanged = true;
    },
    mint: (prefix) => `${prefix}_${[...randomBytes(14)].map((byte) => LETTERS[byte % LETTERS.length]).join('')}`,
    changed: () => {
      isChanged = true;
    },
    flush: () => {
      if (!isChanged) return;
      writePrivateFile(path, JSON.stringify(state));
      isChanged = false;
    },
  };
}

/** Seconds, as Stripe has its times. */
export const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Finds one of a collection by its id, or nothing. */
export function byId<Item extends { readonly id: string }>(items: readonly Item[], id: string): Item | undefined {
  return items.find((one) => one.id === id);
}
