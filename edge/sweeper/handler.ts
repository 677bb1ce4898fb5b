import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { updateGate } from '../../tenancy/table/gates.ts';
import { getOverdue, listOverdue, settleOrphan } from '../../tenancy/table/overdue-requests.ts';
import { REQUEST_SHARDS } from '../../tenancy/table/request-entity.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { type Swept, sweep } from './sweep.ts';

/** What the function needs to be told. A missing one fails the start, not the first run. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`edge/sweeper: the environment variable ${name} is not set`);
  return value;
}

/** Well within the function's timeout, which is 30 s. */
const RUN_MS = 20_000;

const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };
const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] || process.env['AWS_ENDPOINT_URL'];
const { AWS_SESSION_TOKEN: sessionToken } = process.env;
const credentials = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  ...(sessionToken ? { sessionToken } : {}),
};
const way = {
  region: setting('AWS_REGION'),
  credentials: () => credentials,
  now: Date.now,
  ...(endpoint ? { endpoint } : {}),
};
const tables = openTables(openDocumentClient(openLine(way), { attempts: 3, timeoutMs: 3_000 }), names);

/** Runs every minute, in each region on its own ledger. Its answer is for whoever invokes it by hand. */
export function handler(): Promise<Swept> {
  // Frozen between two runs, the function wakes up to connections that the other side has closed: what must be tried once
  // only gets new ones in each run.
  const unretried = openTables(openDocumentClient(openLine(way), { attempts: 1, timeoutMs: 4_000 }), names);
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
