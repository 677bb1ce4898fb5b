import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { isRegion, REGIONS, type Region } from '../../tenancy/region.ts';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { findHomes } from './home.ts';
import { type RollupDeps, rollUpBatch } from './rollup.ts';

/** What the function needs to be told. A missing one fails the start, not the first batch. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`edge/rollup: the environment variable ${name} is not set`);
  return value;
}

const here = setting('AWS_REGION');
if (!isRegion(here)) throw new Error(`edge/rollup: ${here} is no region of the platform`);
const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] || process.env['AWS_ENDPOINT_URL'];
const { AWS_SESSION_TOKEN: sessionToken } = process.env;
const credentials = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  ...(sessionToken ? { sessionToken } : {}),
};
/** The tables have one name in every region. */
const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };
const byRegion = new Map<Region, Tables>(
  REGIONS.map((region) => {
    const line = openLine({ region, credentials: () => credentials, now: Date.now, ...(endpoint ? { endpoint } : {}) });
    return [region, openTables(openDocumentClient(line, { attempts: 3, timeoutMs: 3_000 }), names)];
  }),
);

function open(region: Region): Tables {
  const tables = byRegion.get(region);
  if (!tables) throw new Error(`edge/rollup: no tables in ${region}`);
  return tables;
}

const tables = open(here);
const deps: RollupDeps = {
  tables,
  homeOf: findHomes((id) => getTenant(tables, id), open),
  now: Date.now,
  pause: (ms) => pause(ms),
  random: Math.random,
  log: (line) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`),
};

/**
 * Consumer of its region's ledger stream; its event source reports batch item failures, and may leave out every item
 * that is no settled request.
 */
export function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  return rollUpBatch(deps, event);
}
