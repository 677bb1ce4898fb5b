import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import Stripe from 'stripe';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { openStripePayment } from '../stripe/payment.ts';
import { stripeSettings } from '../stripe/settings.ts';
import { type ReceiveDeps, receive } from './receive.ts';

const { setting, region, tablesIn } = readEnvironment('billing/webhook', process.env, Date.now);
if (region !== CONTROL_REGION) throw new Error(`billing/webhook: runs in ${CONTROL_REGION} alone, not in ${region}`);

/** Stripe waits ten seconds or so for an answer, and sends the event again. */
const CALL_MS = 4_000;

const stripe = new Stripe(setting('STRIPE_API_KEY'), stripeSettings(process.env['STRIPE_API_BASE'], CALL_MS));
const deps: ReceiveDeps = {
  webhooks: stripe.webhooks,
  // One, or several with commas between.
  secrets: setting('STRIPE_WEBHOOK_SECRET').split(','),
  tables: tablesIn(region),
  payment: openStripePayment({
    stripe,
    persistence: { attempts: 1, wait: async (ms) => void (await pause(ms)), random: Math.random },
    newKey: randomUUID,
  }),
  now: Date.now,
  log: (line) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`),
};

/** API Gateway's event of `POST /stripe/webhook` in, its answer out. */
export function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return receive(deps, event);
}
