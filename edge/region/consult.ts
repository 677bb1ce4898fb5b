import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { errorPlace } from './log.ts';

/** Asks a store. One that cannot be reached says neither yes nor no. */
export async function consult<Value>(read: () => Promise<Value>): Promise<Result<Value, Refusal>> {
  try {
    return ok(await read());
  } catch (error) {
    return no({ kind: 'store_unavailable', what: errorPlace(error) });
  }
}
