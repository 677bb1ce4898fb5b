import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { startStripe } from '../../local/stripe.ts';
import type { Payment } from '../payment.ts';
import { openStripePayment } from './payment.ts';
import { stripeSettings } from './settings.ts';

const API_KEY = 'sk_test_x';
export const WEBHOOK_SECRET = 'whsec_x';

export type Account = Awaited<ReturnType<typeof startAccount>>;

/** A Stripe account of a test's own, by the stand-in, whose clock is at `now` (ms epoch). */
export async function startAccount(now: number) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runner-stripe-'));
  const beginning = Date.now();
  const options = {
    folder,
    apiKey: API_KEY,
    webhookSecret: WEBHOOK_SECRET,
    // It runs on: what is late is late by the clock.
    machineNow: () => now + (Date.now() - beginning),
  };
  const standIn = await startStripe(options);
  const control = async (call: string, body: object = {}): Promise<Record<string, unknown>> => {
    const [method = '', path = ''] = call.split(' ');
    const answer = await fetch(`${standIn.url}/control/${path}`, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Record<string, unknown>;
  };
  let keys = 0;
  const payments = new Map<string, Payment>();
  const waits: number[] = [];
  return {
    waits,
    deliverTo: (url: string) => standIn.deliverTo(url),
    advance: (ms: number) => control('POST clock', { advanceMs: ms }),
    /** For one call; the library sends a second time by itself where a connection was closed. */
    fault: (kind: string, call: string, more: object = {}) =>
      control('POST faults', { kind, call, times: kind.endsWith('reset') ? 2 : 1, ...more }),
    noFaults: () => control('DELETE faults'),
    failPayment: (invoice: string) => control('POST payment-failed', { invoice }),
    /** Stripe's own library. */
    stripe: () => new Stripe(API_KEY, stripeSettings(standIn.url)),
    /** The port. @param attempts of each call */
    payment: (attempts = 1, { apiKey = API_KEY, timeoutMs = 15_000 } = {}) => {
      const name = `${standIn.url} ${attempts} ${apiKey} ${timeoutMs}`;
      const payment =
        payments.get(name) ??
        openStripePayment({
          stripe: new Stripe(apiKey, stripeSettings(standIn.url, timeoutMs)),
          persistence: { attempts, wait: async (ms) => void waits.push(ms), random: () => 0.5 },
          newKey: () => `key-${++keys}`,
        });
      payments.set(name, payment);
      return payment;
    },
    close: async () => {
      await standIn.close();
      rmSync(folder, { recursive: true });
    },
  };
}
