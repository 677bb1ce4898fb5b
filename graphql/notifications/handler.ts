import type { DynamoDBBatchResponse, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { listApiKeys } from '../../tenancy/table/api-keys.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { listTenants } from '../../tenancy/table/tenants.ts';
import { findAddressesIn } from './addresses.ts';
import { type NoticeDeps, tellBudgets } from './budgets.ts';
import { type Expiries, tellExpiries } from './key-expiry.ts';
import { openSes } from './ses.ts';

const { setting, region, credentials, endpoint, tablesIn } = readEnvironment(
  'graphql/notifications',
  process.env,
  Date.now,
);
const tables = tablesIn(region);
/** Users are in the control region's ledger alone. */
const people = region === CONTROL_REGION ? tables : tablesIn(CONTROL_REGION);
const mailEndpoint = endpoint('SESV2');
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
