import {
  explainRefusal,
  type Gate,
  type GateId,
  type GateRefusal,
  type GateUpdate,
  type Hold,
  leaseEpochs,
  NEW_GATE,
  reserving,
  returning,
} from '../../tenancy/gate.ts';
import { gateRefusal } from '../../tenancy/gate-refusal.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { NO_TOKENS } from '../../tenancy/usage.ts';
import type { Admission, LimitedGate } from './admit.ts';
import { errorPlace } from './log.ts';
import type { Stores } from './stores.ts';

/** What one gate answered. `unclear`: the change may have been made, and counts as made. */
export type Passed = LimitedGate &
  (
    | { readonly outcome: 'done'; readonly gate: Gate }
    | { readonly outcome: 'refused'; readonly gate: Gate; readonly why: GateRefusal }
    | { readonly outcome: 'unclear'; readonly gate: Gate; readonly error: unknown }
  );

/** A place in every limit: what is held, and the gates that hold it as they are now. */
export type Reserved = {
  readonly hold: Hold;
  readonly leases: readonly number[];
  readonly gates: readonly (LimitedGate & { readonly gate: Gate })[];
};

type ReserveStores = Pick<Stores, 'open' | 'settle' | 'updateGate'>;

/**
 * Takes a request's place before anything is spent. First its intent is in the book, so that it can be settled whatever
 * becomes of this process; a second request with the same passport finds it there and is a replay. Then every gate is
 * asked at once; if one refuses, the others get back what they gave.
 */
export async function reserve(
  stores: ReserveStores,
  { intent, gates, estimate }: Pick<Admission, 'intent' | 'gates' | 'estimate'>,
): Promise<Result<Reserved, Refusal>> {
  const { reserved, startedAt } = intent;
  try {
    const opened = await stores.open(intent);
    if (opened !== 'opened') return no({ kind: 'passport_refused', why: 'replayed' });
  } catch (error) {
    return no({ kind: 'store_unavailable', what: errorPlace(error) });
  }
  const hold: Hold = {
    at: startedAt,
    money: reserved.nanoUsd,
    tokens: estimate.inputTokens + reserved.outputTokens,
  };
  const leases = leaseEpochs(startedAt);
  const answers = await Promise.all(gates.map((gate) => ask(stores, gate, hold, reserving(gate.limits, hold))));
  const refusal = refusalAmong(answers, hold.at);
  if (!refusal) return ok({ hold, leases, gates: answers });

  await stores
    .settle(intent, { outcome: 'REFUSED', tokens: NO_TOKENS, nanoUsd: 0n, flags: [], settledAt: startedAt })
    // An intent left open is swept: the sweeper counts what it may hold as spent.
    .catch(() => 'unsettled' as const)
    .then((settled) => {
      if (settled === 'unsettled') return;
      const done = answers.filter((answer) => answer.outcome === 'done');
      return Promise.all(
        done.map(({ id, limits, gate }) => giveBack(stores, id, returning(limits, hold, leases, null, gate, hold.at))),
      );
    });
  return no(refusal);
}

/** Makes one change of one gate and tells what became of it. Never rejects. */
export async function ask(
  stores: Pick<Stores, 'updateGate'>,
  gate: LimitedGate,
  hold: Hold,
  update: GateUpdate,
): Promise<Passed> {
  try {
    const { outcome, gate: now } = await stores.updateGate(gate.id, update);
    if (outcome === 'done') return { ...gate, outcome, gate: now };
    return { ...gate, outcome, gate: now, why: explainRefusal(gate.limits, hold, update, now) };
  } catch (error) {
    return { ...gate, outcome: 'unclear', gate: NEW_GATE, error };
  }
}

/** The narrowest refusal would name what the caller can mend; the widest is what stands above it, so it is told first. */
export function refusalAmong(answers: readonly Passed[], now: number): Refusal | null {
  for (const answer of answers) {
    if (answer.outcome === 'refused') return gateRefusal(answer.id, answer.why, now);
  }
  for (const answer of answers) {
    if (answer.outcome === 'unclear') return { kind: 'store_unavailable', what: errorPlace(answer.error) };
  }
  return null;
}

/**
 * Gives back at one gate. Tried once: adding is not idempotent, and what stays there by an unclear answer is too much
 * and never too little, until the gate is rebuilt from the book.
 * @returns the gate as it is after it; null when that is not known
 */
export async function giveBack(
  stores: Pick<Stores, 'updateGate'>,
  id: GateId,
  update: GateUpdate,
): Promise<Gate | null> {
  try {
    return (await stores.updateGate(id, update)).gate;
  } catch {
    return null;
  }
}
