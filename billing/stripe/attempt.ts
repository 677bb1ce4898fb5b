import Stripe from 'stripe';
import type { NotDone, NotRead } from '../payment.ts';

/** How a call is tried again. Stripe's own library does so after a closed connection alone, once and under the same key. */
export type Persistence = {
  /** 1 or more. */
  readonly attempts: number;
  readonly wait: (ms: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
};

/** What every part of the adapter works with. */
export type StripeDeps = {
  readonly stripe: Stripe;
  readonly persistence: Persistence;
  /** A name that was never used before, for a call whose repetition is harmless by itself. */
  readonly newKey: () => string;
};

type Done<Value> = { readonly outcome: 'done'; readonly value: Value };

/**
 * Makes a call that changes something, again after a pause where that may help: each try must carry the same
 * `Idempotency-Key`. Once a try's end is unclear, only an answer makes it clear again; that the next one was turned away
 * does not.
 * @throws what is no answer of Stripe's and no broken connection
 */
export async function attempt<Value>(
  persistence: Persistence,
  call: () => Promise<Value>,
): Promise<Done<Value> | NotDone> {
  let unclear: string | undefined;
  for (let tries = 1; ; tries++) {
    try {
      return { outcome: 'done', value: await call() };
    } catch (error) {
      const { again, ...fault } = faultOf(error);
      if (fault.outcome === 'unclear') unclear ??= fault.why;
      if (again && tries < persistence.attempts) {
        await persistence.wait(
          pauseMs(tries, fault.outcome === 'busy' ? fault.afterMs : undefined, persistence.random()),
        );
        continue;
      }
      return unclear !== undefined && fault.outcome !== 'refused' ? { outcome: 'unclear', why: unclear } : fault;
    }
  }
}

/** The same for a call that only reads: nothing about it is unclear. */
export async function attemptRead<Value>(
  persistence: Persistence,
  call: () => Promise<Value>,
): Promise<Done<Value> | NotRead> {
  const done = await attempt(persistence, call);
  return done.outcome === 'unclear' ? { outcome: 'busy', why: done.why } : done;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/** Anything up to a bound that doubles, after what the service asks for: those turned away together do not come back together. */
function pauseMs(tries: number, afterMs = 0, random: number): number {
  return afterMs + Math.round(random * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)));
}

/** No connection came about: nothing was sent. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** What an error of the library says. `again`: another try may fare better. */
function faultOf(error: unknown): NotDone & { readonly again: boolean } {
  const { errors } = Stripe;
  if (!(error instanceof errors.StripeError)) throw error;
  const { requestId, headers = {} } = error;
  const why = `${error.message}${requestId ? ` (Stripe's request ${requestId})` : ''}`;
  const said = headers['stripe-should-retry'];
  const again = (otherwise: boolean) => (said === undefined ? otherwise : said === 'true');
  if (error instanceof errors.StripeConnectionError) {
    const code = error.detail instanceof Error && 'code' in error.detail ? String(error.detail.code) : '';
    return { outcome: NOT_SENT.includes(code) ? 'busy' : 'unclear', why: code ? `${why} ${code}` : why, again: true };
  }
  if (error instanceof errors.StripeRateLimitError) {
    const seconds = Number(headers['retry-after']);
    const after = seconds > 0 ? { afterMs: seconds * 1000 } : {};
    return { outcome: 'busy', why, again: again(true), ...after };
  }
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError)
    return { outcome: 'refused', reason: 'credentials', why, again: false };
  // A call of the same key is under way: what becomes of it is what became of this one.
  if (error.code === 'idempotency_key_in_use' || error.code === 'lock_timeout')
    return { outcome: 'unclear', why, again: again(true) };
  if (error instanceof errors.StripeIdempotencyError)
    return { outcome: 'refused', reason: 'conflict', why, again: false };
  if (error instanceof errors.StripeInvalidRequestError)
    return { outcome: 'refused', reason: error.code === 'resource_missing' ? 'missing' : 'invalid', why, again: false };
  // A fault of the service, or what stands before it: it may have been done.
  return { outcome: 'unclear', why, again: again(true) };
}
