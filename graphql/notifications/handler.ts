import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { type NoticeDeps, tellBudgets } from './budgets.ts';
import { openSes } from './ses.ts';

/** What the function needs to be told. A missing one fails the start, not the first batch. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`graphql/notifications: the environment variable ${name} is not set`);
  return value;
}

const region = setting('AWS_REGION');
const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] || process.env['AWS_ENDPOINT_URL'];
const mailEndpoint = process.env['AWS_ENDPOINT_URL_SESV2'] || process.env['AWS_ENDPOINT_URL'];
const { AWS_SESSION_TOKEN: sessionToken } = process.env;
const credentials = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  ...(sessionToken ? { sessionToken } : {}),
};
const line = openLine({ region, credentials: () => credentials, now: Date.now, ...(endpoint ? { endpoint } : {}) });
/** Reads everything that is said to tenants, for as long as their people's addresses are stored nowhere. */
const operations = setting('OPERATIONS_EMAIL');
const deps: NoticeDeps = {
  tables: openTables(openDocumentClient(line, { attempts: 3, timeoutMs: 3_000 }), {
    directory: setting('DIRECTORY_TABLE'),
    ledger: setting('LEDGER_TABLE'),
  }),
  findAddresses: async () => [operations],
  email: openSes({
    region,
    credentials,
    from: setting('SENDER_EMAIL'),
    now: Date.now,
    ...(mailEndpoint ? { endpoint: mailEndpoint } : {}),
  }),
  now: Date.now,
  log: (told) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...told })}\n`),
};

/**
 * Consumer of its region's ledger stream; its event source reports batch item failures, and may leave out every record
 * that is no new budget threshold. The source must offer a failed record for more than a minute: a claim ends only then.
 */
export function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  return tellBudgets(deps, event);
}
