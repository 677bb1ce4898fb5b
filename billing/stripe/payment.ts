import type { Payment } from '../payment.ts';
import { openAdjustments } from './adjustments.ts';
import type { StripeDeps } from './attempt.ts';
import { openCustomers } from './customers.ts';
import { openInvoices } from './invoices.ts';
import { openMeter } from './meter.ts';

/** Stripe as the payment service: one Billing Meter of daily values, one metered price, a subscription for each tenant. */
export function openStripePayment(deps: StripeDeps): Payment {
  const meter = openMeter(deps);
  return { ...meter.port, ...openCustomers(deps, meter.catalogue), ...openAdjustments(deps), ...openInvoices(deps) };
}
