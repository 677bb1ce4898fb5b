import Stripe from 'stripe';
import { isWithinMeter, meterIdentifier, USAGE_METER } from '../../tenancy/meter-event.ts';
import type { NotDone, Payment } from '../payment.ts';
import { attempt, attemptRead, type StripeDeps } from './attempt.ts';

/** What all tenants share, by Stripe's ids. */
export type Catalogue = { readonly meterId: string; readonly priceId: string };

const DAY_MS = 86_400_000;

/**
 * Values are of whole days: of a customer's day the last one that came counts, and a period is the sum of its days. So a
 * day that is sent twice is one day, at any distance, and a later revision takes the place of the earlier one.
 */
const METER = {
  display_name: 'Claude usage (micro-USD)',
  event_name: USAGE_METER,
  default_aggregation: { formula: 'sum' },
  event_time_window: 'day',
  customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
  value_settings: { event_payload_key: 'value' },
} as const satisfies Stripe.Billing.MeterCreateParams;

/** Of a meter's price nothing can be changed: another one is another name. */
const PRICE_NAME = `${USAGE_METER}_v1`;

/** A micro-USD is a ten-thousandth of a cent. */
const CENTS_OF_A_MICRO_USD = Stripe.Decimal.from('0.0001');

/** Stripe takes values of 15 digits; up to there a number of JavaScript's, as summaries have it, is exact as well. */
const GREATEST_VALUE = 999_999_999_999_999n;

type MeterPort = Pick<Payment, 'setUp' | 'pushDay' | 'readDay' | 'readMeterErrors'>;

/** The meter's part of the port; `catalogue` is looked up, or made, once in a process's life. */
export function openMeter({ stripe, persistence, newKey }: StripeDeps): {
  readonly port: MeterPort;
  readonly catalogue: () => Promise<{ readonly outcome: 'done'; readonly value: Catalogue } | NotDone>;
} {
  let found: Catalogue | undefined;

  async function findMeter(): Promise<string | undefined> {
    for await (const meter of stripe.billing.meters.list({ status: 'active', limit: 100 })) {
      if (meter.event_name === USAGE_METER) return meter.id;
    }
    return undefined;
  }

  async function findPrice(): Promise<string | undefined> {
    const { data } = await stripe.prices.list({ lookup_keys: [PRICE_NAME], active: true, limit: 1 });
    return data[0]?.id;
  }

  /** Looks before it makes: keys are remembered for a day, meters for good. */
  async function find(): Promise<Catalogue> {
    const meterId =
      (await findMeter()) ?? (await stripe.billing.meters.create(METER, { idempotencyKey: `meter:${USAGE_METER}` })).id;
    const priceId =
      (await findPrice()) ??
      (
        await stripe.prices.create(
          {
            currency: 'usd',
            lookup_key: PRICE_NAME,
            nickname: 'Claude usage',
            product_data: { name: 'Claude usage' },
            recurring: { interval: 'month', usage_type: 'metered', meter: meterId },
            unit_amount_decimal: CENTS_OF_A_MICRO_USD,
          },
          { idempotencyKey: `price:${PRICE_NAME}:${meterId}` },
        )
      ).id;
    return { meterId, priceId };
  }

  const catalogue = async () => {
    if (found) return { outcome: 'done', value: found } as const;
    const done = await attempt(persistence, find);
    if (done.outcome === 'done') found = done.value;
    return done;
  };

  return {
    catalogue,
    port: {
      setUp: async () => {
        const done = await catalogue();
        return done.outcome === 'done' ? { outcome: 'accepted' } : done;
      },

      pushDay: async ({ customerId, microUsd, at, ...one }) => {
        const start = Date.parse(`${one.day}T00:00:00Z`);
        if (at < start + DAY_MS) return refused(`${one.day} is not over yet`);
        if (!isWithinMeter(one.day, at)) return { outcome: 'too_old' };
        if (microUsd < 0n || microUsd > GREATEST_VALUE) return refused(`${microUsd} micro-USD is no value of a day`);
        const set = await catalogue();
        if (set.outcome !== 'done') return set;
        const identifier = meterIdentifier(one);
        const event: Stripe.Billing.MeterEventCreateParams = {
          event_name: USAGE_METER,
          identifier,
          timestamp: timestampOf(start, one.revision),
          payload: { stripe_customer_id: customerId, value: String(microUsd) },
        };
        // Not the identifier: Stripe answers a key's first failure again for 24 h, and what a later run sends must be heard.
        const idempotencyKey = newKey();
        const done = await attempt(persistence, () => stripe.billing.meterEvents.create(event, { idempotencyKey }));
        if (done.outcome === 'done') return { outcome: 'accepted' };
        return done.outcome === 'refused' && isKnown(done.why, identifier) ? { outcome: 'duplicate' } : done;
      },

      readDay: async ({ customerId, day }) => {
        const set = await catalogue();
        if (set.outcome === 'unclear') return { outcome: 'busy', why: set.why };
        if (set.outcome !== 'done') return set;
        const start = Date.parse(`${day}T00:00:00Z`) / 1000;
        const window = { start_time: start, end_time: start + DAY_MS / 1000, value_grouping_window: 'day' } as const;
        const read = await attemptRead(persistence, async () => {
          let sum = 0n;
          const summaries = stripe.billing.meters.listEventSummaries(set.value.meterId, {
            customer: customerId,
            limit: 100,
            ...window,
          });
          for await (const { aggregated_value: value } of summaries) sum += wholeNumber(value);
          return sum;
        });
        return read.outcome === 'done' ? { outcome: 'read', microUsd: read.value } : read;
      },

      readMeterErrors: async (reportId) => {
        const read = await attemptRead(persistence, () => stripe.v2.core.events.retrieve(reportId));
        if (read.outcome !== 'done') return read;
        if (read.value.type !== 'v1.billing.meter.error_report_triggered')
          return refused(`${reportId} is no report of meter errors`);
        const { reason } = read.value.data;
        const errors = reason.error_types.flatMap(({ code, sample_errors }) =>
          sample_errors.map(({ error_message, request }) => ({
            code,
            message: error_message,
            identifier: request.identifier,
          })),
        );
        return { outcome: 'read', count: reason.error_count, errors };
      },
    },
  };
}

/**
 * Within the day's last minute: on the first day of a subscription still after its beginning, and in the period in which
 * the day is. A later revision is also later by its time, should that be what makes it the last one. In s since the epoch.
 */
function timestampOf(start: number, revision: number): number {
  return start / 1000 + DAY_MS / 1000 - 60 + Math.min(revision, 59);
}

/** The answer to an identifier that was sent before. It has no code of its own in the API's reference. */
function isKnown(why: string, identifier: string): boolean {
  return why.includes(`already exists with identifier ${identifier}`);
}

/** @throws Error for a part of a micro-USD, which was never sent */
function wholeNumber(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new Error('a meter event summary is no whole number');
  return BigInt(value);
}

function refused(why: string) {
  return { outcome: 'refused', reason: 'invalid', why } as const;
}
