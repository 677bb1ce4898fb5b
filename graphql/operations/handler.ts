import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import { fetchJson, whyFailed } from '../../access-token/fetch-json.ts';
import { CONTROL_REGION, REGIONS } from '../../tenancy/region.ts';
import { monotonicBytes } from '../../tenancy/request-id.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { keepMacKey } from '../api/mac-key.ts';
import { proxyUrlAt } from '../api/proxy-url.ts';
import { bindUserPool, inviteUser } from '../api/user-pool.ts';
import { removeObjects } from '../exports/bucket.ts';
import { openStores } from '../stores.ts';
import { keepCatalogue } from './catalogue.ts';
import { type CloseDeps, closeSteps } from './close/steps.ts';
import { type OnboardDeps, onboardSteps } from './onboard.ts';
import type { RunDeps } from './run.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

const environment = readEnvironment('graphql/operations', process.env, Date.now);
const { setting, region, credentials, endpoint, tablesIn } = environment;
if (region !== CONTROL_REGION) throw new Error(`graphql/operations: runs in ${CONTROL_REGION} alone, not in ${region}`);

const log = (line: Readonly<Record<string, unknown>>): void =>
  void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`);
const tables = tablesIn(region);
const quick = new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true });
const pool = {
  client: new CognitoIdentityProviderClient({
    region,
    credentials,
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 2,
    requestHandler: quick,
  }),
  userPoolId: setting('USER_POOL_ID'),
  machineScope: setting('MACHINE_SCOPE'),
};
const macKey = keepMacKey(
  {
    url: endpoint('SECRETS_MANAGER') ?? `https://secretsmanager.${region}.amazonaws.com`,
    region,
    secretId: setting('EDGE_SECRET_ID'),
  },
  () => credentials,
  fetchJson,
  (error) => log({ event: 'fetch_failed', what: 'secrets', why: whyFailed(error) }),
);

/** One call of a new hostname; the model says a word. */
const CALL_MS = 8_000;

const onboarding: OnboardDeps = {
  tables,
  catalogue: keepCatalogue(tables, Date.now, (error) =>
    log({ event: 'fetch_failed', what: 'catalogue', why: whyFailed(error) }),
  ),
  invite: (who) => inviteUser(pool, who),
  mac: () => macKey(Date.now()),
  proxyUrl: proxyUrlAt(setting('PROXY_ORIGIN')),
  post: async (url, headers, body) => {
    const signal = AbortSignal.timeout(CALL_MS);
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await answer.arrayBuffer();
    return answer.status;
  },
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  randomBytes: (size) => randomBytes(size),
  auditBytes: monotonicBytes((size) => randomBytes(size)),
  now: Date.now,
  pause,
};

const every = REGIONS.map((one) => ({ region: one, tables: one === region ? tables : tablesIn(one) }));
const bucketEndpoint = endpoint('S3');
const s3 = new S3Client({
  region,
  credentials,
  defaultsMode: 'standard',
  retryMode: 'standard',
  maxAttempts: 3,
  requestHandler: quick,
  // No name leads to a bucket of an endpoint that is not AWS's own.
  ...(bucketEndpoint ? { endpoint: bucketEndpoint, forcePathStyle: true } : {}),
});
const bucket = setting('EXPORT_BUCKET');
/** The ledger's stream brings a change within seconds; what follows it may be some behind. */
const LOOK_AGAIN_MS = 15_000;

const closing: CloseDeps = {
  tables,
  stores: openStores(environment),
  everyRegion: () => every,
  userPool: bindUserPool(pool),
  removeFiles: (prefix) => removeObjects(s3, bucket, prefix),
  sha256: onboarding.sha256,
  now: Date.now,
  wait: async (ms) => void (await pause(ms)),
  lookAgainMs: LOOK_AGAIN_MS,
};

const deps: RunDeps = {
  tables,
  runbook: { ONBOARD: onboardSteps(onboarding), CLOSE: closeSteps(closing) },
  now: Date.now,
  log,
};

/** A step that has begun must come to its end and be written down: a call of a hostname takes the longest. */
const RESERVE_MS = 10_000;

/**
 * Consumer of the ledger's stream in the control region, whose event source may leave out every record that is no
 * operation; and by the clock, every minute. Its timeout of 30 s is below the lease of an operation.
 */
export async function handler(
  event: DynamoDBStreamEvent | ScheduledEvent,
  context: Context,
): Promise<DynamoDBBatchResponse | { readonly taken: number }> {
  const until = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  return 'Records' in event ? takeUpBatch(deps, event, until) : takeUpDue(deps, until);
}
