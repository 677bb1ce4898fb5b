import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { updateGate } from '../../tenancy/table/gates.ts';
import { getOverdue, listOverdue, settleOrphan } from '../../tenancy/table/overdue-requests.ts';
import { REQUEST_SHARDS } from '../../tenancy/table/request-entity.ts';
import { type Swept, sweep } from './sweep.ts';

const { region, tablesIn } = readEnvironment('edge/sweeper', process.env, Date.now);

/** Well within the function's timeout, which is 30 s. */
const RUN_MS = 20_000;

const tables = tablesIn(region);

/** Runs every minute, in each region on its own ledger. Its answer is for whoever invokes it by hand. */
export function handler(): Promise<Swept> {
  // Frozen between two runs, the function wakes up to connections that the other side has closed: what must be tried once
  // only gets new ones in each run.
  const unretried = tablesIn(region, { attempts: 1, timeoutMs: 4_000 });
  return sweep({
    stores: {
      shards: REQUEST_SHARDS,
      listOverdue: (shard, now) => listOverdue(tables, shard, now),
      getOverdue: (name, now) => getOverdue(tables, name, now),
      settleOrphan: (request, settlement) => settleOrphan(unretried, request, settlement),
      updateGate: (id, update) => updateGate(unretried, id, update),
    },
    now: Date.now,
    emit: (line) => void process.stdout.write(`${line}\n`),
    runMs: RUN_MS,
  });
}
