import { type Counted, mustBeCounted, type SettledRequest } from '../../tenancy/rollup.ts';
import { type Counting, countedAtOnce, countRequests } from '../../tenancy/table/rollups.ts';
import type { Tables } from '../../tenancy/table/tables.ts';

export type CountDeps = {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
};

/** Consumers of other shards count into the same sums: two that meet are both sent away, and soon pass one by one. */
const ATTEMPTS = 8;
const PAUSE_MS = 20;

/**
 * Counts requests of one tenant that may have been counted before, in whole or in part.
 * @throws Error when the store cannot be written, or stays busy: all may be offered again
 */
export async function countSettled(
  tables: Tables,
  requests: readonly SettledRequest[],
  { now, pause, random }: CountDeps,
): Promise<void> {
  const known = new Map<string, Counted>();
  let busy = 0;
  let left = lastOfEach(requests).map((request): Counting => ({ ...request, before: null }));
  while (left.length > 0) {
    const some = left.slice(0, countedAtOnce(left));
    const answer = await countRequests(tables, some, now());
    if (answer.outcome === 'counted') {
      left = left.slice(some.length);
      continue;
    }
    // No requests but these can have been counted in between: the record of one comes to one consumer at a time.
    if (answer.outcome === 'known') for (const [id, counted] of answer.counted) known.set(id, counted);
    else if (++busy >= ATTEMPTS) throw new Error('the sums stay busy');
    else await pause(random() * PAUSE_MS * 2 ** busy);
    left = left
      .map((counting) => ({ ...counting, before: known.get(counting.intent.requestId) ?? null }))
      .filter(({ before, settlement }) => mustBeCounted(before, settlement));
  }
}

/** A batch may hold an estimate, the truth after it, and either of them twice. */
function lastOfEach(requests: readonly SettledRequest[]): SettledRequest[] {
  const last = new Map<string, SettledRequest>();
  for (const request of requests) {
    const { requestId } = request.intent;
    const before = last.get(requestId)?.settlement ?? null;
    if (mustBeCounted(before, request.settlement)) last.set(requestId, request);
  }
  return [...last.values()];
}
