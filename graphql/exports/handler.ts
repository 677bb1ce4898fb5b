import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { fetchJson } from '../../access-token/fetch-json.ts';
import { CONTROL_REGION, REGIONS, type Region } from '../../tenancy/region.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { openSecret } from '../secret.ts';
import { openStores } from '../stores.ts';
import { readArchiveSigner } from './archive-signer.ts';
import { openBucket } from './bucket.ts';
import { type ExportDeps, exportBatch } from './export.ts';

const environment = readEnvironment('graphql/exports', process.env, Date.now);
const { setting, region, credentials, endpoint, tablesIn } = environment;
if (region !== CONTROL_REGION) throw new Error(`graphql/exports: runs in ${CONTROL_REGION} alone, not in ${region}`);

const byRegion = new Map<Region, Tables>(REGIONS.map((where) => [where, tablesIn(where)]));
const tables = byRegion.get(CONTROL_REGION) ?? tablesIn(CONTROL_REGION);

const bucketEndpoint = endpoint('S3');
const s3 = new S3Client({
  region,
  credentials,
  defaultsMode: 'standard',
  retryMode: 'standard',
  maxAttempts: 3,
  requestHandler: new NodeHttpHandler({
    connectionTimeout: 1_000,
    requestTimeout: 12_000,
    throwOnRequestTimeout: true,
  }),
  // No name leads to a bucket of an endpoint that is not AWS's own.
  ...(bucketEndpoint ? { endpoint: bucketEndpoint, forcePathStyle: true } : {}),
});

const archiveSecret = openSecret(
  {
    url: endpoint('SECRETS_MANAGER') ?? `https://secretsmanager.${region}.amazonaws.com`,
    region,
    secretId: setting('ARCHIVE_SECRET_ID'),
  },
  () => credentials,
  fetchJson,
);

const deps: ExportDeps = {
  tables,
  sourcesOf: async (tenantId) => {
    const tenant = await getTenant(tables, tenantId);
    const home = tenant && byRegion.get(tenant.homeRegion);
    return home ? { home, control: tables } : null;
  },
  files: openBucket(s3, setting('EXPORT_BUCKET')),
  stores: openStores(environment),
  archiveSigner: async () => readArchiveSigner(await archiveSecret(Date.now())),
  sha256: () => createHash('sha256'),
  now: Date.now,
  log: (line) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`),
};

/** Enough to say how it ended. */
const RESERVE_MS = 30_000;

/**
 * Consumer of the ledger's stream in the control region; its event source reports batch item failures, and may leave
 * out every record that is no new export. The source must offer a failed record for some minutes: the lease of a worker
 * that has died ends only then. Its time is the longest that Lambda gives.
 */
export function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  return exportBatch(deps, event, Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS);
}
