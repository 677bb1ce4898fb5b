import type Stripe from 'stripe';
import type { Payment } from '../payment.ts';
import { openAdjustments } from './adjustments.ts';
import type { Persistence } from './attempt.ts';
import { openCustomers } from './customers.ts';
import { openInvoices } from './invoices.ts';
import { openMeter } from './meter.ts';

export type StripeDeps = {
  readonly stripe: Stripe;
  readonly persistence: Persistence;
  /** A name that was never used before, for a call whose repetition is harmless by itself. */
  readonly newKey: () => string;
};

/** Stripe as the payment service: one Billing Meter of daily values, one metered price, a subscription for each tenant. */
export function openStripePayment(deps: StripeDeps): Payment {
  const meter = openMeter(deps);
  return { ...meter.port, ...openCustomers(deps, meter.catalogue), ...openAdjustments(deps), ...openInvoices(deps) };
}
