import type { Adjustment, Payment } from '../payment.ts';
import { attempt, type StripeDeps } from './attempt.ts';

/** As with customers. */
const SKEW_MS = 600_000;

/**
 * Adjustments are invoice items, so that each is a line that the tenant sees. A negative one takes from its invoice; where
 * it is greater than that, Stripe bills 0 and puts the rest to the customer's credit balance.
 */
export function openAdjustments({ stripe, persistence }: StripeDeps): Pick<Payment, 'adjust'> {
  async function isThere({ customerId, adjustmentId, triedSince }: Adjustment): Promise<boolean> {
    if (triedSince === undefined) return false;
    const created = { gte: Math.floor((triedSince - SKEW_MS) / 1000) };
    for await (const item of stripe.invoiceItems.list({ customer: customerId, created, limit: 100 })) {
      if (item.metadata?.['adjustment_id'] === adjustmentId) return true;
    }
    return false;
  }

  return {
    adjust: async (one) => {
      const { customerId, tenantId, invoiceId, adjustmentId, cents, description } = one;
      const amount = Number(cents);
      if (!Number.isSafeInteger(amount) || amount === 0)
        return { outcome: 'refused', reason: 'invalid', why: `${cents} cents is no amount of an adjustment` };
      const done = await attempt(persistence, async () => {
        if (await isThere(one)) return 'duplicate';
        await stripe.invoiceItems.create(
          {
            customer: customerId,
            invoice: invoiceId,
            amount,
            currency: 'usd',
            description,
            metadata: { tenant_id: tenantId, adjustment_id: adjustmentId },
          },
          { idempotencyKey: `adjustment:${adjustmentId}` },
        );
        return 'accepted';
      });
      return done.outcome === 'done' ? { outcome: done.value } : done;
    },
  };
}
