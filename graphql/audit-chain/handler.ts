import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { type ChainDeps, chainBatch } from './chain.ts';

/** What the function needs to be told. A missing one fails the start, not the first batch. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`graphql/audit-chain: the environment variable ${name} is not set`);
  return value;
}

const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] || process.env['AWS_ENDPOINT_URL'];
const { AWS_SESSION_TOKEN: sessionToken } = process.env;
const credentials = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  ...(sessionToken ? { sessionToken } : {}),
};
const line = openLine({
  region: setting('AWS_REGION'),
  credentials: () => credentials,
  now: Date.now,
  ...(endpoint ? { endpoint } : {}),
});
const deps: ChainDeps = {
  tables: openTables(openDocumentClient(line, { attempts: 3, timeoutMs: 3_000 }), {
    directory: setting('DIRECTORY_TABLE'),
    ledger: setting('LEDGER_TABLE'),
  }),
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
