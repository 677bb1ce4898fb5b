import type Stripe from 'stripe';

/** How long (ms) a call may take. Stripe answers within seconds, or is not well. */
const CALL_MS = 15_000;

/**
 * How the library is opened: its own retries and its telemetry off, on the API version that its types are of.
 * @param base another address than Stripe's own, `http://host:port`
 * @throws RangeError when that is no such address
 */
export function stripeSettings(base: string | undefined, timeout = CALL_MS): Stripe.StripeConfig {
  const common = { maxNetworkRetries: 0, telemetry: false, timeout } as const;
  if (!base) return common;
  const url = URL.canParse(base) ? new URL(base) : undefined;
  const protocol = url?.protocol === 'http:' ? 'http' : url?.protocol === 'https:' ? 'https' : undefined;
  if (!url || !protocol || url.pathname !== '/') throw new RangeError('STRIPE_API_BASE must be http(s)://host[:port]');
  return { ...common, protocol, host: url.hostname, ...(url.port ? { port: Number(url.port) } : {}) };
}
