import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { type ChainDeps, chainBatch } from './chain.ts';

const environment = readEnvironment('graphql/audit-chain', process.env, Date.now);
const deps: ChainDeps = {
  tables: environment.tablesIn(environment.region),
  sha256: (text) => hash('sha256', text),
  pause: (ms) => pause(ms),
  random: Math.random,
  log: (told) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...told })}\n`),
};

/**
 * Consumer of the ledger's stream in the control region; its event source reports batch item failures, and may leave
 * out every record that is no new audit entry.
 */
export function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  return chainBatch(deps, event);
}
