import type Stripe from 'stripe';
import { noSuch, StripeRefusal } from './errors.ts';
import { announceThin } from './events.ts';
import type { Form } from './form.ts';
import { LIST_PARAMS, listPage } from './lists.ts';
import { readParams, served } from './params.ts';
import { byId, type KeptMeterEvent, type MeterObject, type Store, seconds } from './state.ts';

const DAY_S = 86_400;
const DAY_MS = DAY_S * 1000;
/** How long (ms) after it was accepted a value is counted. */
const LAG_MS = 300;

const METER = served<Stripe.Billing.MeterCreateParams>()(
  'display_name',
  'event_name',
  'default_aggregation',
  'event_time_window',
  'customer_mapping',
  'value_settings',
);
const EVENT = served<Stripe.Billing.MeterEventCreateParams>()('event_name', 'payload', 'identifier', 'timestamp');
const LIST = [...LIST_PARAMS, ...served<Stripe.Billing.MeterListParams>()('status')];
const SUMMARIES = [
  ...LIST_PARAMS,
  ...served<Stripe.Billing.MeterListEventSummariesParams>()(
    'customer',
    'start_time',
    'end_time',
    'value_grouping_window',
  ),
];

export function createMeter(store: Store, form: Form): MeterObject {
  const params = readParams(form, METER);
  const eventName = params.required('event_name');
  if (store.state.meters.some((one) => one.event_name === eventName && one.status === 'active'))
    throw new StripeRefusal(400, `An active meter already exists with event name ${eventName}.`, {
      param: 'event_name',
    });
  const formula = String(params.object('default_aggregation')?.['formula']);
  const window = params.text('event_time_window') ?? null;
  if (formula !== 'sum' || (window !== null && window !== 'day'))
    throw new StripeRefusal(400, 'this stand-in has meters of sums, by the event or by the day, alone');
  const now = seconds(store.now());
  const meter: MeterObject = {
    id: store.mint('mtr_test'),
    object: 'billing.meter',
    created: now,
    updated: now,
    livemode: false,
    display_name: params.required('display_name'),
    event_name: eventName,
    event_time_window: window,
    customer_mapping: {
      type: 'by_id',
      event_payload_key: String(params.object('customer_mapping')?.['event_payload_key'] ?? 'stripe_customer_id'),
    },
    default_aggregation: { formula },
    value_settings: { event_payload_key: String(params.object('value_settings')?.['event_payload_key'] ?? 'value') },
    status: 'active',
    status_transitions: { deactivated_at: null },
  };
  store.state.meters.push(meter);
  return meter;
}

export function listMeters(store: Store, form: Form): object {
  const params = readParams(form, LIST);
  const status = params.text('status');
  const found = store.state.meters.filter((one) => status === undefined || one.status === status);
  return listPage('/v1/billing/meters', found, params);
}

/** Accepts an event: its shape, time and name are looked at; whether it can be counted turns out later. */
export function createMeterEvent(store: Store, form: Form): object {
  const params = readParams(form, EVENT);
  const now = store.now();
  const eventName = params.required('event_name');
  const identifier = params.text('identifier') ?? store.mint('mevt');
  const timestamp = params.whole('timestamp') ?? seconds(now);
  if (identifier.length > 100)
    throw new StripeRefusal(400, 'Invalid string: identifier is longer than 100 characters', { param: 'identifier' });
  if (!store.state.meters.some((one) => one.event_name === eventName && one.status === 'active'))
    throw new StripeRefusal(400, `No active meter found corresponding to event name ${eventName}.`, {
      param: 'event_name',
    });
  if (timestamp < seconds(now) - 35 * DAY_S)
    throw new StripeRefusal(400, 'The timestamp must be within the past 35 calendar days.', {
      code: 'timestamp_too_far_in_past',
      param: 'timestamp',
    });
  if (timestamp > seconds(now) + 300)
    throw new StripeRefusal(400, 'The timestamp must be no more than 5 minutes in the future.', {
      code: 'timestamp_in_future',
      param: 'timestamp',
    });
  const payload = Object.fromEntries(
    Object.entries(params.object('payload') ?? {}).map(([name, value]) => [name, String(value)]),
  );
  const isKnown = store.state.meterEvents.some((one) => one.identifier === identifier && one.acceptedAt > now - DAY_MS);
  if (isKnown) throw new StripeRefusal(400, `An event already exists with identifier ${identifier}.`);
  store.state.meterEvents.push({
    identifier,
    eventName,
    payload,
    timestamp,
    acceptedAt: now,
    appliesAt: now + LAG_MS,
  });
  return {
    object: 'billing.meter_event',
    created: seconds(now),
    event_name: eventName,
    identifier,
    livemode: false,
    payload,
    timestamp,
  } satisfies Stripe.Billing.MeterEvent;
}

export function listEventSummaries(store: Store, meterId: string, form: Form): object {
  const params = readParams(form, SUMMARIES);
  const meter = byId(store.state.meters, meterId);
  if (!meter) throw noSuch('billing meter', meterId);
  const customer = params.required('customer');
  if (!byId(store.state.customers, customer)) throw noSuch('customer', customer, 'customer');
  const [start, end] = [Number(params.required('start_time')), Number(params.required('end_time'))];
  const window = params.text('value_grouping_window');
  const unit = window === 'day' ? DAY_S : window === 'hour' ? 3_600 : 60;
  for (const [name, value] of [
    ['start_time', start],
    ['end_time', end],
  ] as const) {
    if (!Number.isSafeInteger(value) || value % unit !== 0)
      throw new StripeRefusal(400, `${name} must be aligned with ${window ?? 'minute'} boundaries.`, { param: name });
  }
  if (end <= start) throw new StripeRefusal(400, 'end_time must be after start_time.', { param: 'end_time' });
  const step = window === undefined ? end - start : unit;
  const summaries: Stripe.Billing.MeterEventSummary[] = [];
  for (let at = start; at < end; at += step) {
    const value = usageOf(store, meter, customer, at, at + step);
    if (value === undefined) continue;
    summaries.push({
      id: `mtrusg_test_${meter.id.slice(-6)}${customer.slice(-6)}${at}`,
      object: 'billing.meter_event_summary',
      aggregated_value: Number(value),
      start_time: at,
      end_time: at + step,
      livemode: false,
      meter: meter.id,
    });
  }
  return listPage(`/v1/billing/meters/${meterId}/event_summaries`, summaries, params);
}

/** What counts of a customer from a time to another (s epoch): of a day's values the last one that came. */
export function usageOf(
  store: Store,
  meter: MeterObject,
  customer: string,
  start: number,
  end: number,
): bigint | undefined {
  const counted = store.state.meterEvents.filter(
    (one) =>
      one.eventName === meter.event_name &&
      one.payload[meter.customer_mapping.event_payload_key] === customer &&
      one.timestamp >= start &&
      one.timestamp < end &&
      one.appliesAt <= store.now() &&
      faultOf(store, meter, one) === undefined,
  );
  if (counted.length === 0) return undefined;
  const values = counted.map(
    (one, n) =>
      [
        meter.event_time_window === 'day' ? Math.floor(one.timestamp / DAY_S) : -n,
        BigInt(one.payload[meter.value_settings.event_payload_key] ?? 0),
      ] as const,
  );
  return [...new Map(values).values()].reduce((sum, value) => sum + value, 0n);
}

type MeterFault = { readonly code: string; readonly message: string };

/** Why an accepted event is not counted; undefined when it is. */
function faultOf(store: Store, meter: MeterObject, { payload }: KeptMeterEvent): MeterFault | undefined {
  const customer = payload[meter.customer_mapping.event_payload_key];
  if (!customer) return { code: 'meter_event_no_customer_defined', message: 'The payload names no customer.' };
  if (!byId(store.state.customers, customer))
    return { code: 'meter_event_customer_not_found', message: `No such customer: ${customer}` };
  const value = payload[meter.value_settings.event_payload_key] ?? '';
  if (!/^\d{1,15}$/.test(value)) return { code: 'meter_event_invalid_value', message: `Invalid value: ${value}` };
  return undefined;
}

/** Reports the events that came to nothing since the last report, one report for each meter. */
export function reportMeterErrors(store: Store): void {
  const due = store.state.meterEvents.filter((one) => !one.reported && one.appliesAt <= store.now());
  for (const meter of store.state.meters) {
    const faults = due
      .filter((one) => one.eventName === meter.event_name)
      .flatMap((one) => {
        one.reported = true;
        const fault = faultOf(store, meter, one);
        return fault ? [{ ...fault, identifier: one.identifier }] : [];
      });
    if (faults.length > 0) announceErrors(store, meter, faults);
  }
  if (due.length > 0) store.changed();
}

function announceErrors(
  store: Store,
  meter: MeterObject,
  faults: readonly (MeterFault & { readonly identifier: string })[],
): void {
  const at = new Date(store.now()).toISOString();
  const codes = [...new Set(faults.map(({ code }) => code))];
  announceThin(
    store,
    'v1.billing.meter.error_report_triggered',
    { id: meter.id, type: 'billing.meter', url: `/v1/billing/meters/${meter.id}` },
    {
      developer_message_summary: `There ${faults.length === 1 ? 'is 1 invalid event' : `are ${faults.length} invalid events`}`,
      validation_start: at,
      validation_end: at,
      reason: {
        error_count: faults.length,
        error_types: codes.map((code) => {
          const those = faults.filter((one) => one.code === code);
          return {
            code,
            error_count: those.length,
            sample_errors: those
              .slice(0, 5)
              .map(({ message, identifier }) => ({ error_message: message, request: { identifier } })),
          };
        }),
      },
    },
  );
}
