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
import { busyRefusal, gateRefusal } from '../../tenancy/gate-refusal.ts';
import { type Refusal, throttledBy } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { NO_TOKENS, type Settlement } from '../../tenancy/usage.ts';
import type { Admission, LimitedGate } from './admit.ts';
import { errorPlace } from './log.ts';
import type { Stores } from './stores.ts';

/** What one gate answered. `busy`: nothing was changed; `unclear`: the change may have been made, and counts as made. */
export type Passed = LimitedGate &
  (
    | { readonly outcome: 'done'; readonly gate: Gate }
    | { readonly outcome: 'refused'; readonly gate: Gate; readonly why: GateRefusal }
    | { readonly outcome: 'busy'; readonly gate: Gate }
    | { readonly outcome: 'unclear'; readonly gate: Gate; readonly error: unknown }
  );

/** A place in every limit: what is held, and the gates that hold it as they are now. */
export type Reserved = {
  readonly hold: Hold;
  readonly leases: readonly number[];
  readonly gates: readonly (LimitedGate & { readonly gate: Gate })[];
};

/** Why there is no place, and the gates that answered, as they were then. */
export type NotReserved = { readonly refusal: Refusal; readonly gates: Reserved['gates'] };

type ReserveStores = Pick<Stores, 'open' | 'settle' | 'updateGate'>;

/**
 * Takes a request's place before anything is spent. First its intent is in the book, so that it can be settled whatever
 * becomes of this process; a second request with the same passport finds it there and is a replay. Then every gate is
 * asked at once; if one refuses, the others get back what they gave.
 */
export async function reserve(
  stores: ReserveStores,
  { intent, gates, estimate }: Pick<Admission, 'intent' | 'gates' | 'estimate'>,
): Promise<Result<Reserved, NotReserved>> {
  const { reserved, startedAt } = intent;
  try {
    const opened = await stores.open(intent);
    if (opened !== 'opened') return no({ refusal: { kind: 'passport_refused', why: 'replayed' }, gates: [] });
  } catch (error) {
    const refusal: Refusal = { kind: 'store_unavailable', what: errorPlace(error) };
    // It may be there all the same; left open, it would be swept as a call that died.
    await stores.settle(intent, refusedBy(refusal, startedAt)).catch(() => undefined);
    return no({ refusal, gates: [] });
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
  const refused = { refusal, gates: answers.filter(({ outcome }) => outcome === 'done' || outcome === 'refused') };

  // What is not settled here is swept, and so is what it holds: given back twice, it would go below what is spent.
  const settled = await stores.settle(intent, refusedBy(refusal, startedAt)).catch(() => 'unsettled' as const);
  if (settled !== 'settled') return no(refused);
  const done = answers.filter((answer) => answer.outcome === 'done');
  await Promise.all(
    done.map(({ id, limits, gate }) => giveBack(stores, id, returning(limits, hold, leases, null, gate, hold.at))),
  );
  return no(refused);
}

/** How a request ends that never reached Bedrock. */
function refusedBy(refusal: Refusal, settledAt: number): Settlement {
  const throttled = throttledBy(refusal);
  return {
    outcome: 'REFUSED',
    tokens: NO_TOKENS,
    nanoUsd: 0n,
    ...(throttled ? { throttledBy: throttled } : {}),
    flags: [],
    settledAt,
  };
}

/**
 * Makes one change of one gate and tells what became of it. Never rejects.
 * @param held nano-USD that the request holds there already
 */
export async function ask(
  stores: Pick<Stores, 'updateGate'>,
  gate: LimitedGate,
  hold: Hold,
  update: GateUpdate,
  held = 0n,
): Promise<Passed> {
  const { id, limits } = gate;
  try {
    const answer = await stores.updateGate(id, update);
    if (answer.outcome === 'busy') return { id, limits, outcome: 'busy', gate: NEW_GATE };
    if (answer.outcome === 'done') return { id, limits, ...answer, outcome: 'done' };
    return { id, limits, ...answer, outcome: 'refused', why: explainRefusal(limits, hold, update, answer.gate, held) };
  } catch (error) {
    return { id, limits, outcome: 'unclear', gate: NEW_GATE, error };
  }
}

/**
 * The refusal that a caller is told, of several gates' answers: first what waiting does not help, then the widest gate's.
 * @param at when the request was admitted
 */
export function refusalAmong(answers: readonly Passed[], at: number): Refusal | null {
  const refused = answers.flatMap((answer) =>
    answer.outcome === 'refused' ? [gateRefusal(answer.id, answer.why, at)] : [],
  );
  const said = refused.find(({ kind }) => kind !== 'rate_limited') ?? refused[0];
  if (said) return said;
  const unclear = answers.find((answer) => answer.outcome === 'unclear');
  if (unclear) return { kind: 'store_unavailable', what: errorPlace(unclear.error) };
  const busy = answers.find(({ outcome }) => outcome === 'busy');
  return busy ? busyRefusal(busy.id) : null;
}

/** How often a busy gate is asked to take something back. */
const BUSY_TRIES = 3;

/**
 * Gives back at one gate. What is sure not to have happened is tried again; anything else is not: adding is not
 * idempotent, and what stays there by an unclear answer is too much and never too little, until the gate is rebuilt
 * from the book.
 * @returns the gate as it is after it; null when that is not known
 */
export async function giveBack(
  stores: Pick<Stores, 'updateGate'>,
  id: GateId,
  update: GateUpdate,
): Promise<Gate | null> {
  try {
    for (let tries = 0; tries < BUSY_TRIES; tries++) {
      const answer = await stores.updateGate(id, update);
      if (answer.outcome !== 'busy') return answer.gate;
    }
    return null;
  } catch {
    return null;
  }
}
