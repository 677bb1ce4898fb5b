import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { isRegion, REGIONS, type Region } from '../../tenancy/region.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { findHomes } from './home.ts';
import { type RollupDeps, rollUpBatch } from './rollup.ts';

const { region: here, tablesIn } = readEnvironment('edge/rollup', process.env, Date.now);
if (!isRegion(here)) throw new Error(`edge/rollup: ${here} is no region of the platform`);
const byRegion = new Map<Region, Tables>(REGIONS.map((region) => [region, tablesIn(region)]));

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
