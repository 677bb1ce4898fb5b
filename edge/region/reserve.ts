import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { errorPlace } from './log.ts';
import type { Stores } from './stores.ts';

/**
 * Takes the request's place before anything is spent: its intent is in the book, so that it can be settled whatever
 * becomes of this process; an intent left OPEN is a request that nobody has settled yet. A second request with the same passport finds the intent there and is a replay.
 */
export async function reserve(stores: Pick<Stores, 'open'>, intent: Intent): Promise<Result<Intent, Refusal>> {
  try {
    const opened = await stores.open(intent);
    return opened === 'opened' ? ok(intent) : no({ kind: 'passport_refused', why: 'replayed' });
  } catch (error) {
    return no({ kind: 'store_unavailable', what: errorPlace(error) });
  }
}
