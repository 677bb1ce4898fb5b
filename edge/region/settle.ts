import type { Used } from '../../tenancy/gate.ts';
import { type Intent, type Settlement, usageLine, usageRecord } from '../../tenancy/usage.ts';
import { errorPlace, logLine, namesOf } from './log.ts';
import type { Stores } from './stores.ts';

const ATTEMPTS = 3;

/**
 * Closes the book on a request, then prints its usage record: the book first, for the record is only its transport. A
 * second settlement changes nothing and prints nothing; one that takes the place of a sweeper's estimate prints the
 * record's second revision. Never throws (nor may `emit`): what cannot be settled here stays OPEN in the book until it is
 * swept, and its counts are in the log.
 * @param emit prints one line
 * @returns what its gates have counted as spent for it; null when the book does not have this settlement: whoever
 *   settled the request, or will, moves what it holds as well
 */
export async function settle(
  { stores, emit }: { readonly stores: Pick<Stores, 'settle'>; readonly emit: (line: string) => void },
  intent: Intent,
  settlement: Settlement,
): Promise<Pick<Used, 'swept'> | null> {
  const about = { ...namesOf(intent), ...settlement.tokens };
  for (let attempt = 1; ; attempt++) {
    try {
      const outcome = await stores.settle(intent, settlement);
      if (typeof outcome === 'object') {
        emit(usageLine(usageRecord(intent, { ...settlement, ...outcome })));
        return { swept: outcome.replaced };
      }
      const ours = outcome === 'settled';
      emit(ours ? usageLine(usageRecord(intent, settlement)) : logLine({ event: 'already_settled', ...about }));
      return ours ? {} : null;
    } catch (error) {
      if (attempt < ATTEMPTS) continue;
      emit(logLine({ event: 'settlement_failed', why: errorPlace(error), ...about }));
      return null;
    }
  }
}
