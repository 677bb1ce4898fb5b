import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import { CONTROL_REGION, REGIONS } from '../../tenancy/region.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { bindUserPool } from '../api/user-pool.ts';
import { removeObjects } from '../exports/bucket.ts';
import { openStores } from '../stores.ts';
import { type CloseDeps, closeSteps } from './close/steps.ts';
import type { RunDeps } from './run.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

const environment = readEnvironment('graphql/operations', process.env, Date.now);
const { setting, region, credentials, endpoint, tablesIn } = environment;
/** The ledger's stream brings a change within seconds; what follows it may be some behind. */
const LOOK_AGAIN_MS = 15_000;

if (region !== CONTROL_REGION) throw new Error(`graphql/operations: runs in ${CONTROL_REGION} alone, not in ${region}`);

const tables = tablesIn(region);
const every = REGIONS.map((one) => ({ region: one, tables: one === region ? tables : tablesIn(one) }));

/** Said outright, these need no look into files and environment at the first call. */
const common = {
  region,
  credentials,
  defaultsMode: 'standard',
  retryMode: 'standard',
  maxAttempts: 3,
  requestHandler: new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true }),
} as const;
const bucketEndpoint = endpoint('S3');
const s3 = new S3Client({ ...common, ...(bucketEndpoint ? { endpoint: bucketEndpoint, forcePathStyle: true } : {}) });
const bucket = setting('EXPORT_BUCKET');

const close: CloseDeps = {
  tables,
  stores: openStores(environment),
  everyRegion: () => every,
  userPool: bindUserPool({
    client: new CognitoIdentityProviderClient(common),
    userPoolId: setting('USER_POOL_ID'),
    machineScope: setting('MACHINE_SCOPE'),
  }),
  removeFiles: (prefix) => removeObjects(s3, bucket, prefix),
  finalBill: async () => 'not yet',
  now: Date.now,
  wait: sleep,
  lookAgainMs: LOOK_AGAIN_MS,
};

const deps: RunDeps = {
  tables,
  runbook: { CLOSE: closeSteps(close) },
  now: Date.now,
  log: (line) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`),
};

/** A step that has begun must come to its end and be written down. */
const RESERVE_MS = 10_000;

/**
 * Consumer of the ledger's stream in the control region, whose event source may leave out every record that is no
 * operation; and by the clock, every minute. Its timeout of 30 s is below the
 * lease of an operation.
 */
export async function handler(
  event: DynamoDBStreamEvent | ScheduledEvent,
  context: Context,
): Promise<DynamoDBBatchResponse | { readonly taken: number }> {
  const until = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  return 'Records' in event ? takeUpBatch(deps, event, until) : takeUpDue(deps, until);
}
