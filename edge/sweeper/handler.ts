import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { updateGate } from '../../tenancy/table/gates.ts';
import { getOverdue, listOverdue, REQUEST_SHARDS, settleOrphan } from '../../tenancy/table/requests.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { type SweepDeps, type Swept, sweep } from './sweep.ts';

const ledger = process.env['LEDGER_TABLE'];
const directory = process.env['DIRECTORY_TABLE'];
if (!ledger || !directory) throw new Error('edge/sweeper: LEDGER_TABLE and DIRECTORY_TABLE must be set');

/** Well within the function's timeout, which is 30 s. */
const RUN_MS = 20_000;

const common = { defaultsMode: 'standard', retryMode: 'standard' } as const;
const timeouts = { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true } as const;
const reading = new DynamoDBClient({ ...common, requestHandler: new NodeHttpHandler(timeouts), maxAttempts: 3 });
/**
 * Frozen for a minute between two runs, the function wakes up to connections that the other side has closed. What must be
 * tried once only gets a new one each time.
 */
const fresh = { keepAlive: false, maxSockets: 64 };
const once = new DynamoDBClient({
  ...common,
  requestHandler: new NodeHttpHandler({ ...timeouts, httpAgent: fresh, httpsAgent: fresh }),
  maxAttempts: 1,
});
const tables = openTables(DynamoDBDocumentClient.from(reading), { directory, ledger });
const unretried = openTables(DynamoDBDocumentClient.from(once), { directory, ledger });

const deps: SweepDeps = {
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
};

/** Runs every minute, in each region on its own ledger. Its answer is for whoever invokes it by hand. */
export function handler(): Promise<Swept> {
  return sweep(deps);
}
