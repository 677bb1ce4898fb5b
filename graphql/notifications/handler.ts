import type { DynamoDBBatchResponse, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { listApiKeys } from '../../tenancy/table/api-keys.ts';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import { listTenants } from '../../tenancy/table/tenants.ts';
import { findAddressesIn } from './addresses.ts';
import { type NoticeDeps, tellBudgets } from './budgets.ts';
import { type Expiries, tellExpiries } from './key-expiry.ts';
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
const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };

function tablesIn(where: string): Tables {
  const line = openLine({
    region: where,
    credentials: () => credentials,
    now: Date.now,
    ...(endpoint ? { endpoint } : {}),
  });
  return openTables(openDocumentClient(line, { attempts: 3, timeoutMs: 3_000 }), names);
}

const tables = tablesIn(region);
/** Users are in the control region's ledger alone. */
const people = region === CONTROL_REGION ? tables : tablesIn(CONTROL_REGION);
const PAGE = 100;
/** Well within the function's time: the next day's run goes on where this one stopped telling. */
const RUN_MS = 20_000;

const deps: NoticeDeps = {
  tables,
  findAddresses: findAddressesIn(people, setting('OPERATIONS_EMAIL')),
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

const from = (after: string | undefined) => ({ limit: PAGE, ...(after === undefined ? {} : { after }) });

/**
 * Consumer of its region's ledger stream; its event source reports batch item failures, and may leave out every record
 * that is no new budget threshold. The source must offer a failed record for more than a minute: a claim ends only then.
 * In the control region a schedule calls it once a day as well: for keys that are about to end.
 */
export function handler(event: DynamoDBStreamEvent | ScheduledEvent): Promise<DynamoDBBatchResponse | Expiries> {
  if ('Records' in event) return tellBudgets(deps, event);
  return tellExpiries({
    ...deps,
    listTenants: (after) => listTenants(tables, from(after)),
    listApiKeys: (tenantId, after) => listApiKeys(tables, tenantId, from(after)),
    runMs: RUN_MS,
  });
}
