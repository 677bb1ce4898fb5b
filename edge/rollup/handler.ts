import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { isRegion, REGIONS, type Region } from '../../tenancy/region.ts';
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
/** The tables have one name in every region. */
const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };
const byRegion = new Map<Region, Tables>(
  REGIONS.map((region) => [region, openTables(DynamoDBDocumentClient.from(new DynamoDBClient({ region })), names)]),
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
