import { createHash } from 'node:crypto';
import { StripeRefusal } from './errors.ts';
import type { KeptAnswer, Store } from './state.ts';

/** How long (ms) a key is remembered, by the stand-in's clock. */
const REMEMBERED_MS = 86_400_000;

/**
 * The answer that a key had before, for the same request; null for a new one.
 * @throws StripeRefusal when it is another request
 */
export function recall(store: Store, key: string, request: string): KeptAnswer | null {
  const kept = store.state.keys[key];
  if (!kept || kept.at <= store.now() - REMEMBERED_MS) return null;
  if (kept.request !== digest(request))
    throw new StripeRefusal(
      400,
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      { type: 'idempotency_error' },
    );
  return kept.answer;
}

/** Remembers the answer of a request that was begun: a failure of the service's own as well, but no refused parameters. */
export function remember(store: Store, key: string, request: string, answer: KeptAnswer): void {
  store.state.keys[key] = { request: digest(request), at: store.now(), answer };
  store.changed();
}

function digest(request: string): string {
  return createHash('sha256').update(request).digest('hex');
}
