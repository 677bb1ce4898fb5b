import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { CONTROL_REGION, REGIONS, type Region } from '../../tenancy/region.ts';
import { openDocumentClient, openLine } from '../../tenancy/table/document-client.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import { getTenant } from '../../tenancy/table/tenants.ts';
import { openBucket } from './bucket.ts';
import { type ExportDeps, exportBatch } from './export.ts';

/** What the function needs to be told. A missing one fails the start, not the first batch. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`graphql/exports: the environment variable ${name} is not set`);
  return value;
}

const region = setting('AWS_REGION');
if (region !== CONTROL_REGION) throw new Error(`graphql/exports: runs in ${CONTROL_REGION} alone, not in ${region}`);
const tableEndpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] || process.env['AWS_ENDPOINT_URL'];
const bucketEndpoint = process.env['AWS_ENDPOINT_URL_S3'] || process.env['AWS_ENDPOINT_URL'];
const { AWS_SESSION_TOKEN: sessionToken } = process.env;
const credentials = {
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  ...(sessionToken ? { sessionToken } : {}),
};
const names = { directory: setting('DIRECTORY_TABLE'), ledger: setting('LEDGER_TABLE') };

function tablesIn(where: Region): Tables {
  const line = openLine({
    region: where,
    credentials: () => credentials,
    now: Date.now,
    ...(tableEndpoint ? { endpoint: tableEndpoint } : {}),
  });
  return openTables(openDocumentClient(line, { attempts: 3, timeoutMs: 3_000 }), names);
}

const byRegion = new Map<Region, Tables>(REGIONS.map((where) => [where, tablesIn(where)]));
const tables = byRegion.get(CONTROL_REGION) ?? tablesIn(CONTROL_REGION);

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

const deps: ExportDeps = {
  tables,
  sourcesOf: async (tenantId) => {
    const tenant = await getTenant(tables, tenantId);
    const home = tenant && byRegion.get(tenant.homeRegion);
    return home ? { home, control: tables } : null;
  },
  files: openBucket(s3, setting('EXPORT_BUCKET')),
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
