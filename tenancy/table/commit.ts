import { executeTransactWrite, isTransactionCancelled } from 'dynamodb-toolbox';

/** One part of a transaction, as the `...Write` functions of this folder make them. */
export type Write = Exclude<Parameters<typeof executeTransactWrite>[number], { readonly capacity?: unknown }>;

/** `refused`: nothing was changed, for the condition of the part at `index` did not hold. */
export type Committed =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'refused'; readonly index: number }
  | { readonly outcome: 'busy' };

/** What says that somebody else was at the same items: worth another try. */
const BUSY = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Carries out all parts or none. A change, its audit entry and the note that its request is done go in one: none of them
 * can be without the others.
 * @throws what the store throws otherwise: then nobody knows whether it was done
 */
export async function commit(writes: readonly Write[]): Promise<Committed> {
  try {
    await executeTransactWrite(...writes);
    return { outcome: 'done' };
  } catch (error) {
    if (!isTransactionCancelled(error)) throw error;
    const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
    const index = codes.indexOf('ConditionalCheckFailed');
    if (index >= 0) return { outcome: 'refused', index };
    if (codes.some((code) => BUSY.includes(code))) return { outcome: 'busy' };
    throw error;
  }
}
