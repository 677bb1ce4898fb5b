import type { GateId, GateUpdate } from '../../tenancy/gate.ts';
import { gatesOf, orphanSettlement, returningOrphan } from '../../tenancy/orphan.ts';
import { type Intent, type Settlement, usageLine, usageRecord } from '../../tenancy/usage.ts';

/** An open request whose process has not been heard of until `deadline`, in ms since the epoch. */
export type Overdue = { readonly intent: Intent; readonly deadline: number };

/** What the sweeper reads and writes; whatever cannot be read or written throws. */
export type SweepStores = {
  /** The partitions of the index of open requests. */
  readonly shards: readonly string[];
  /** Names of the requests of one of them whose deadline has passed, longest ago first. Some may be overdue no more. */
  listOverdue(shard: string, now: number): AsyncIterable<string>;
  /** The request as it is now; null when it is overdue no more. */
  getOverdue(name: string, now: number): Promise<Overdue | null>;
  /** `not_ours` when it was settled, or worked on, since it was read. Must not be retried below: see `sweep`. */
  settleOrphan(request: Overdue, settlement: Settlement): Promise<'settled' | 'not_ours'>;
  /** Must not be retried below: adding is not idempotent. */
  updateGate(id: GateId, update: GateUpdate): Promise<{ readonly outcome: string }>;
};

export type SweepDeps = {
  readonly stores: SweepStores;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Prints one line to standard output. */
  readonly emit: (line: string) => void;
  /** After so many ms no further request is begun: the next run goes on. */
  readonly runMs: number;
};

/** What a run did. `failed` are still open, or their gates are off, as the lines of the log say. */
export type Swept = { readonly settled: number; readonly failed: number; readonly finished: boolean };

/** How often a gate is asked that says it is busy, which leaves it unchanged for sure. */
const TRIES = 3;

/**
 * Settles the requests whose process has died: by what they held, since nobody knows how far they came. First the book,
 * under the condition that nobody has been heard of since; then the usage record; then the gates. Two runs at once do
 * not meet: of each request one of them is told `settled`, and that one alone goes on. A run that dies in between leaves
 * a gate with too little spent and nothing too little committed, and a book that the daily count re-emits from.
 */
export async function sweep(deps: SweepDeps): Promise<Swept> {
  const { stores, now, runMs, emit } = deps;
  const until = now() + runMs;
  const shards = await Promise.all(stores.shards.map((shard) => sweepShard(shard, until, deps)));
  const settled = shards.reduce((sum, one) => sum + one.settled, 0);
  const failed = shards.reduce((sum, one) => sum + one.failed, 0);
  const finished = shards.every((one) => one.finished);
  if (settled + failed > 0 || !finished) emit(logLine({ event: 'swept', settled, failed, finished }));
  return { settled, failed, finished };
}

async function sweepShard(shard: string, until: number, deps: SweepDeps): Promise<Swept> {
  const { stores, now, emit } = deps;
  let [settled, failed] = [0, 0];
  try {
    for await (const name of stores.listOverdue(shard, now())) {
      if (now() >= until) return { settled, failed, finished: false };
      try {
        if (await sweepOne(name, deps)) settled += 1;
      } catch (error) {
        // One that is damaged, or cannot be written, must not keep the others waiting.
        failed += 1;
        emit(logLine({ event: 'sweep_failed', item: name, why: nameOf(error) }));
      }
    }
    return { settled, failed, finished: true };
  } catch (error) {
    emit(logLine({ event: 'sweep_failed', item: shard, why: nameOf(error) }));
    return { settled, failed: failed + 1, finished: false };
  }
}

async function sweepOne(name: string, { stores, now, emit }: SweepDeps): Promise<boolean> {
  const overdue = await stores.getOverdue(name, now());
  if (!overdue) return false;
  const { intent } = overdue;
  const settlement = orphanSettlement(intent, now());
  if ((await stores.settleOrphan(overdue, settlement)) !== 'settled') return false;
  emit(usageLine(usageRecord(intent, settlement)));
  const update = returningOrphan(intent, settlement, now());
  const answers = await Promise.allSettled(gatesOf(intent).map((id) => changeGate(stores, id, update)));
  const unclear = answers.find((answer) => answer.status === 'rejected');
  // The gate may lack what was spent until it is rebuilt; what is committed there is right.
  if (unclear) emit(logLine({ event: 'gate_unclear', item: name, why: nameOf(unclear.reason) }));
  return true;
}

async function changeGate(stores: SweepStores, id: GateId, update: GateUpdate): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { outcome } = await stores.updateGate(id, update);
    if (outcome === 'done') return;
    if (tries === TRIES) throw new Error(outcome);
  }
}

/** The fields a line may have; `item` is a key of the book, never its content. */
type LogFields = {
  readonly event: 'swept' | 'sweep_failed' | 'gate_unclear';
  readonly item?: string;
  readonly why?: string;
  readonly settled?: number;
  readonly failed?: number;
  readonly finished?: boolean;
};

function logLine(fields: LogFields): string {
  return JSON.stringify({ record: 'log', ...fields });
}

/** Never an error's message, which may quote what it could not read. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
