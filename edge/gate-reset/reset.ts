import { differenceOf, keptMonths } from '../../tenancy/gate-rebuild.ts';
import { listSubjects, type Rebuild, rebuildGates } from '../../tenancy/table/gate-rebuild.ts';
import { beginGateReset, endGateReset, type GateReset, listGateResets } from '../../tenancy/table/gate-resets.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { listTenantIds } from '../../tenancy/table/tenants.ts';
import { differenceLine, metricsLine, type ResetCounts, undoneLine } from './log.ts';
import { openTurns, type Turns } from './turns.ts';

export type ResetDeps = {
  /** Of the region whose gates these are. */
  readonly tables: Tables;
  readonly region: string;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Rejects when `signal` is aborted. */
  readonly wait: (ms: number) => Promise<void>;
  /** Prints one line to standard output. */
  readonly emit: (line: string) => void;
  /** Aborted, nothing further is begun, and what is under way is cut off between two reads or writes. */
  readonly signal: AbortSignal;
};

/** A tenant is due again after this time, in ms: less than a day, so that a run that comes a little early takes it. */
const DUE_MS = 20 * 3_600_000;
/** Who was begun since is at work, or has been cut off: as long as a function may run at most, in ms. */
const AT_WORK_MS = 15 * 60_000;
/** On so many days of a month the last one's gates are looked at as well: its last requests have ended since. */
const DAYS_OF_LAST_MONTH = 3;
/** Each reads eight parts of a day side by side. */
const READING = 8;
/** So many are begun; those that do not read wait for their gates to rest, which takes each 5 s at least. */
const TENANTS = 64;
/** A gate that is busy twice is left to the next day: each look reads the whole month again. */
const ATTEMPTS = 2;
const PAGE = 100;

/**
 * Makes the gates of every tenant that is due say what the ledger says, those first that were begun longest ago: a tenant
 * that fails, or that the run's time is too short for, holds nobody else up. Two runs at once share the tenants.
 * @throws when the tenants cannot be listed: then nothing was begun
 */
export async function resetGates(deps: ResetDeps): Promise<ResetCounts> {
  const { region, now, emit, signal } = deps;
  const counting = openCounts(emit);
  const due = (await listDue(deps)).values();
  const turns = openTurns(READING);
  const worker = async (): Promise<void> => {
    for (const reset of due) {
      if (signal.aborted) counting.left();
      else await turns.take(() => resetTenant(reset, turns, counting, deps));
    }
  };
  await Promise.all(Array.from({ length: TENANTS }, worker));
  const counts = counting.counts();
  emit(metricsLine(counts, region, now()));
  return counts;
}

async function listDue({ tables, now }: ResetDeps): Promise<GateReset[]> {
  const [month = '', last = ''] = keptMonths(now());
  const months = new Date(now()).getUTCDate() <= DAYS_OF_LAST_MONTH ? [month, last] : [month];
  const found: GateReset[] = [];
  let after: string | undefined;
  do {
    const page = await listTenantIds(tables, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    found.push(...(await listGateResets(tables, page.items, months)));
    after = page.next;
  } while (after !== undefined);
  const isDue = ({ begunAt, doneAt }: GateReset) => doneAt <= now() - DUE_MS && begunAt <= now() - AT_WORK_MS;
  return found.filter(isDue).sort((one, other) => one.begunAt - other.begunAt);
}

async function resetTenant(reset: GateReset, turns: Turns, counting: Counting, deps: ResetDeps): Promise<void> {
  const { tables, now, wait, emit, signal } = deps;
  const { tenantId, months } = reset;
  // While it stood in the queue for its turn, the time may have come to an end.
  if (signal.aborted) return counting.left();
  try {
    if (!(await beginGateReset(tables, reset, now()))) return;
    for (const month of months) {
      const subjects = await listSubjects(tables, tenantId, month, now(), signal);
      const rebuilds = await rebuildGates(tables, tenantId, subjects, month, {
        now,
        signal,
        wait: (ms) => turns.giveUpFor(() => wait(ms)),
        attempts: ATTEMPTS,
        onRebuilt: (rebuild) => counting.rebuilt(rebuild, month),
      });
      counting.lookedAt(rebuilds);
    }
    await endGateReset(tables, tenantId, now());
    counting.reset();
  } catch (error) {
    if (signal.aborted) counting.left();
    else counting.failed();
    const why = error instanceof Error ? error.name : typeof error;
    emit(undoneLine(signal.aborted ? 'gate_reset_cut_off' : 'gate_reset_failed', tenantId, why));
  }
}

type Counting = ReturnType<typeof openCounts>;

function openCounts(emit: (line: string) => void) {
  const tenants = { reset: 0, failed: 0, left: 0 };
  const count = (what: keyof typeof tenants) => () => {
    tenants[what] += 1;
  };
  const gates = { lookedAt: 0, rebuilt: 0, busy: 0 };
  const difference = { sum: 0n, largest: 0n };
  return {
    reset: count('reset'),
    failed: count('failed'),
    left: count('left'),
    lookedAt: (rebuilds: readonly Rebuild[]) => {
      gates.lookedAt += rebuilds.length;
      gates.busy += rebuilds.filter(({ outcome }) => outcome === 'busy').length;
    },
    rebuilt: (rebuild: Rebuild, month: string) => {
      const off = differenceOf(rebuild.before, rebuild.after);
      // Counters of windows long over were taken away, and nothing else.
      if (off === 0n) return;
      gates.rebuilt += 1;
      difference.sum += off;
      if (off > difference.largest) difference.largest = off;
      const line = differenceLine(rebuild, month, off);
      if (line !== null) emit(line);
    },
    counts: (): ResetCounts => ({ tenants, gates, difference }),
  };
}
