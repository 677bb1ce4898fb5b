import { createHash, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { handlers, startServerAndCreateLambdaHandler } from '@as-integrations/aws-lambda';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { fetchJson, fetchJsonBy, whyFailed } from '../../access-token/fetch-json.ts';
import { inspectIssuer } from '../../access-token/inspect-issuer.ts';
import { keepSigningKeys } from '../../access-token/jwks.ts';
import { isPublicAddress } from '../../access-token/public-address.ts';
import { lookUpBy } from '../../access-token/public-lookup.ts';
import { parseIdentityId } from '../../tenancy/caller.ts';
import { describe } from '../../tenancy/refusal-description.ts';
import { CONTROL_REGION, REGIONS, type Region } from '../../tenancy/region.ts';
import { mintRequestId, monotonicBytes } from '../../tenancy/request-id.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import { takeFromBucket } from '../../tenancy/table/query-buckets.ts';
import type { AwsCredentials } from '../../tenancy/table/signature.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getViewAs } from '../../tenancy/table/view-as.ts';
import { openAccess } from './access.ts';
import { authenticate } from './authenticate.ts';
import type { Context, Platform } from './context.ts';
import { signDownloads } from './download-url.ts';
import { makeLoaders } from './loaders.ts';
import { keepMacKey } from './mac-key.ts';
import { principalName, walledIn } from './principal.ts';
import { proxyUrlAt } from './proxy-url.ts';
import { describeLimit, QUERY_BUCKET } from './query-limits/limits.ts';
import { checkBody } from './query-limits/read-document.ts';
import { revokeLeakedBy } from './revoke-leaked.ts';
import { clientKindOf, readManifest } from './safelist.ts';
import { makeSchema } from './schema.ts';
import { makeServer } from './server.ts';
import { assumeTenantRole, keepTenantTables } from './tenant-tables.ts';
import { bindUserPool } from './user-pool.ts';
import { applyViewAs } from './view-as-session.ts';

const { setting, region, credentials, endpoint, tablesIn } = readEnvironment('graphql/api', process.env, Date.now);
if (region !== CONTROL_REGION) throw new Error(`graphql/api: runs in ${CONTROL_REGION} alone, not in ${region}`);
const secretsEndpoint = endpoint('SECRETS_MANAGER') ?? `https://secretsmanager.${region}.amazonaws.com`;
const bucketEndpoint = endpoint('S3');
const exportBucket = {
  name: setting('EXPORT_BUCKET'),
  region,
  ...(bucketEndpoint ? { endpoint: bucketEndpoint } : {}),
};
const development = process.env['DEVELOPMENT'] === '1';
const consoleClientId = setting('CONSOLE_CLIENT_ID');
/** What the console's build wrote: its documents by their hashes. Without it there is no console, and a browser runs nothing. */
const documentsFile = process.env['CONSOLE_DOCUMENTS_FILE'];
const manifest = readManifest(documentsFile ? JSON.parse(readFileSync(documentsFile, 'utf8')) : {});

/** Not the console: its prefix would make the line unreadable as JSON. */
const log = (line: Readonly<Record<string, unknown>>): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const failed = (what: string) => (error: unknown) =>
  log({ level: 'error', event: 'fetch_failed', what, why: whyFailed(error) });

// A transaction carries a token of its own: tried again it is not done twice.
const ofPlatform = new Map<Region, Tables>(REGIONS.map((one) => [one, tablesIn(one)]));
function platformTables(where: Region): Tables {
  const tables = ofPlatform.get(where);
  if (!tables) throw new Error(`graphql/api: no tables in ${where}`);
  return tables;
}

/** Said outright, these need no look into files and environment at the first call. */
const common = { region, defaultsMode: 'standard', retryMode: 'standard', maxAttempts: 2 } as const;
const quick = new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true });
const sts = new STSClient({ ...common, requestHandler: quick });
const cognito = new CognitoIdentityProviderClient({ ...common, requestHandler: quick });
const tenantRole = { arn: setting('TENANT_ROLE_ARN'), externalId: setting('TENANT_ROLE_EXTERNAL_ID') };
const openTables = (where: Region, as: AwsCredentials): Tables => tablesIn(where, { as });
const open = {
  platform: platformTables,
  ofTenant: keepTenantTables((tenantId) => assumeTenantRole(sts, tenantRole, tenantId), openTables, Date.now),
};

const macKey = keepMacKey(
  { url: secretsEndpoint, region, secretId: setting('EDGE_SECRET_ID') },
  () => credentials,
  fetchJson,
  failed('secrets'),
);
const auditBytes = monotonicBytes((size) => randomBytes(size));
const issuerUrl = setting('ISSUER_URL');
/** The one way to an address that came over the API. */
const fetchPublicJson = fetchJsonBy(lookUpBy((host) => lookup(host, { all: true }), isPublicAddress));
const platform: Platform = {
  proxyUrl: proxyUrlAt(setting('PROXY_ORIGIN')),
  controlRegion: CONTROL_REGION,
  everyRegion: () => REGIONS.map((one) => ({ region: one, tables: platformTables(one) })),
  mac: () => macKey(Date.now()),
  revokeLeaked: revokeLeakedBy(platformTables(CONTROL_REGION), auditBytes),
  userPool: bindUserPool({
    client: cognito,
    userPoolId: setting('USER_POOL_ID'),
    machineScope: setting('MACHINE_SCOPE'),
  }),
  inspectIssuer: (issuer) => inspectIssuer(issuer, issuerUrl, fetchPublicJson),
  downloadUrl: signDownloads(exportBucket, credentials, Date.now),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  randomBytes: (size) => randomBytes(size),
  auditBytes,
  log,
};

const authentication = {
  issuer: { url: issuerUrl, clientIds: setting('CLIENT_IDS').split(','), anyMachine: true } as const,
  signingKeys: keepSigningKeys(setting('JWKS_URI'), fetchJson, failed('jwks')),
  tables: platformTables(CONTROL_REGION),
};

const server = makeServer({
  schema: makeSchema(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8')),
  development,
  safelist: { manifest, enforced: !development },
  log,
  charge: async ({ principal, now }, cost) => {
    const owner = { tenantId: walledIn(principal), principalId: principalName(principal) };
    const taken = await takeFromBucket(platformTables(CONTROL_REGION), owner, QUERY_BUCKET, cost, now);
    if (taken.admitted && taken.uncounted) log({ level: 'error', event: 'cost_uncounted', why: taken.uncounted });
    return taken;
  },
});

type Event = APIGatewayProxyEvent;

async function contextOf(event: Event): Promise<Context> {
  const now = Date.now();
  const header = (name: string) => Object.entries(event.headers).find(([one]) => one.toLowerCase() === name)?.[1];
  const { principal: caller, clientId } = await authenticate(header('authorization'), authentication, now);
  const viewAs = header('x-ar-view-as');
  const principal = viewAs === undefined ? caller : applyViewAs(caller, await loadViewAs(viewAs), now);
  const access = openAccess(principal, open, CONTROL_REGION);
  return {
    principal,
    clientKind: clientKindOf(caller, clientId, consoleClientId),
    access,
    loaders: makeLoaders(access),
    platform,
    requestId: requestIdOf(event),
    // CloudFront says where a viewer is; what stands in X-Forwarded-For the viewer may have written.
    sourceIp: header('cloudfront-viewer-address')?.replace(/:\d+$/, '') ?? event.requestContext.identity.sourceIp,
    userAgent: header('user-agent') ?? '',
    now,
  };
}

/** What can be no session's id is none: it never becomes part of a key. */
function loadViewAs(id: string) {
  return parseIdentityId(id) ? getViewAs(platformTables(CONTROL_REGION), id) : Promise.resolve(null);
}

function isJson(text: string | null): boolean {
  try {
    JSON.parse(text ?? '');
    return true;
  } catch {
    return false;
  }
}

const requestIds = new WeakMap<Event, string>();
function requestIdOf(event: Event): string {
  const known = requestIds.get(event) ?? mintRequestId(Date.now(), randomBytes(10));
  requestIds.set(event, known);
  return known;
}

const serve = startServerAndCreateLambdaHandler(server, handlers.createAPIGatewayProxyEventRequestHandler(), {
  context: ({ event }) => contextOf(event),
});

/** API Gateway's event in, its answer out. Node.js 24 refuses a handler that takes a callback. */
export async function handler(event: Event): Promise<APIGatewayProxyResult> {
  const requestId = requestIdOf(event);
  const own = { 'cache-control': 'no-store', 'request-id': requestId, 'x-content-type-options': 'nosniff' };
  const answer = (statusCode: number, message: string, reason: string): APIGatewayProxyResult => ({
    statusCode,
    headers: { ...own, 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT', reason } }] }),
  });
  const tooLarge = checkBody(event.body ?? '');
  if (tooLarge) return answer(describe({ kind: 'body_too_large' }).status, describeLimit(tooLarge), tooLarge.kind);
  if (event.httpMethod === 'POST' && !isJson(event.body)) {
    const { status } = describe({ kind: 'request_malformed', what: 'no JSON' });
    return answer(status, 'the body is no JSON; send {"query": "..."}', 'no_json');
  }
  const result = (await serve(event, {} as never, () => {})) as APIGatewayProxyResult;
  // The length is the gateway's to say: one of ours would only come out under another name.
  const { 'content-length': _, ...headers } = result.headers ?? {};
  return { ...result, headers: { ...headers, ...own } };
}
