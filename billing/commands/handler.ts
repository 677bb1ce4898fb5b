import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import Stripe from 'stripe';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { openStripePayment } from '../stripe/payment.ts';
import { stripeSettings } from '../stripe/settings.ts';
import type { CommandDeps } from './carry-out.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

const { setting, region, tablesIn } = readEnvironment('billing/commands', process.env, Date.now);
if (region !== CONTROL_REGION) throw new Error(`billing/commands: runs in ${CONTROL_REGION} alone, not in ${region}`);

/** Stripe takes a second or two. Where several calls together outlast the function, the next run finds what they made. */
const CALL_MS = 5_000;

const deps: CommandDeps = {
  tables: tablesIn(region),
  payment: openStripePayment({
    stripe: new Stripe(setting('STRIPE_API_KEY'), stripeSettings(process.env['STRIPE_API_BASE'], CALL_MS)),
    persistence: { attempts: 2, wait: async (ms) => void (await pause(ms)), random: Math.random },
    newKey: randomUUID,
  }),
  now: Date.now,
  log: (line) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`),
};

/**
 * Consumer of the ledger's stream in the control region, whose event source may leave out every record that is no billing
 * command; and by the clock, every minute. Its timeout of 30 s is below the lease of a command.
 */
export function handler(
  event: DynamoDBStreamEvent | ScheduledEvent,
): Promise<DynamoDBBatchResponse | { readonly taken: number }> {
  return 'Records' in event ? takeUpBatch(deps, event) : takeUpDue(deps);
}
