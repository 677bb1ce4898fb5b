import { type Intent, type Settlement, usageLine, usageRecord } from '../../tenancy/usage.ts';
import { errorPlace, logLine } from './log.ts';
import type { Stores } from './stores.ts';

const ATTEMPTS = 3;

/**
 * Closes the book on a request, then prints its usage record: the book first, for the record is only its transport. A
 * second settlement changes nothing and prints nothing. Never throws (nor may `emit`): what
 * cannot be settled here stays OPEN in the book, and its counts are in the log.
 * @param emit prints one line
 * @returns whether the book has this settlement. If not, whoever settled the request, or will, also moves what it holds
 */
export async function settle(
  { stores, emit }: { readonly stores: Pick<Stores, 'settle'>; readonly emit: (line: string) => void },
  intent: Intent,
  settlement: Settlement,
): Promise<boolean> {
  const about = { requestId: intent.requestId, tenantId: intent.tenantId, ...settlement.tokens };
  for (let attempt = 1; ; attempt++) {
    try {
      const outcome = await stores.settle(intent, settlement);
      const ours = outcome === 'settled';
      emit(ours ? usageLine(usageRecord(intent, settlement)) : logLine({ event: 'already_settled', ...about }));
      return ours;
    } catch (error) {
      if (attempt < ATTEMPTS) continue;
      emit(logLine({ event: 'settlement_failed', why: errorPlace(error), ...about }));
      return false;
    }
  }
}
