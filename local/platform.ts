import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { renderViewer } from '../edge/viewer/render.ts';
import { CONTROL_REGION, originDomain, REGIONS, type Region } from '../tenancy/region.ts';
import { putPassportKey } from '../tenancy/table/passport-keys.ts';
import { STREAM_FILTERS } from '../tenancy/table/stream-filters.ts';
import { openTables, tableDefinitions } from '../tenancy/table/tables.ts';
import { parseUsageLine, USAGE_COLUMNS } from '../tenancy/usage.ts';
import { startApiGateway } from './api-gateway.ts';
import { bundleFunctions } from './bundles.ts';
import { bundleCli } from './cli-bundle.ts';
import { holdPort, startCloudFront } from './cloudfront.ts';
import { startDynamoDb } from './dynamodb.ts';
import { FUNCTION_KEYS, openFunctions } from './functions.ts';
import { GATEWAY_RESPONSES } from './gateway-responses.ts';
import { openGraphiql } from './graphiql.ts';
import type { Instance } from './instance.ts';
import { findJava, thisMachine } from './java.ts';
import { startKeyValueStore } from './key-value-store.ts';
import { openLake } from './lake.ts';
import type { Progress } from './progress.ts';
import { startS3 } from './s3.ts';
import { startSecretsManager } from './secrets-manager.ts';
import {
  ARCHIVE_SECRET_ID,
  EDGE_SECRET_ID,
  type EdgeSecret,
  makeArchiveSecret,
  makeEdgeSecret,
  type Seed,
  seed,
} from './seed.ts';
import type { SignIn } from './seed-people.ts';
import type { LocalSettings } from './settings.ts';
import { signIn } from './sign-in.ts';
import { followStream } from './streams.ts';
import { openUpstream } from './upstream.ts';
import { startBilling } from './wiring/billing.ts';
import { startConsumers } from './wiring/consumers.ts';
import { EXPORT_BUCKET, startControlPlane } from './wiring/control-plane.ts';
import { LAKE_BUCKET, LAKE_DATABASE, LAKE_WORK_GROUP, startLakeQueries } from './wiring/lake.ts';
import { OKTA_AUDIENCE, OKTA_CLIENT_ID, startTenantsOkta } from './wiring/okta.ts';
import type { Closable, Keep, Parts } from './wiring/parts.ts';
import { CLIENT_ID, REDIRECT_URIS, startUserPool, userPoolEnv } from './wiring/user-pool.ts';

/** The local platform's domain: `*.localhost` is this machine for browsers, and by RFC 6761 should be for all. */
const DOMAIN = 'localhost';
const TABLES = { directory: 'agent-runner-local-directory', ledger: 'agent-runner-local-ledger' } as const;
/** Where the console's distribution finds the API. */
const API_DOMAIN = `api.${DOMAIN}`;

export type Platform = {
  /** What `platform.json` says. */
  readonly json: object;
  readonly seed: Seed;
  /** Resolves with the reason when a part that the platform cannot do without ends by itself. */
  readonly died: Promise<Error>;
  close(): Promise<void>;
};

/**
 * Starts the whole platform: the deployed bundles behind emulators and stand-ins. The one place that knows who is
 * connected to whom. When a part fails to start, what was started before is stopped and the failure passes on.
 */
export async function startPlatform(
  settings: LocalSettings,
  instance: Instance,
  repository: string,
  progress: Progress,
): Promise<Platform> {
  const started: Closable[] = [];
  const keep = <Part extends Closable>(part: Part): Part => {
    started.push(part);
    return part;
  };
  const close = async () => {
    for (const part of started.toReversed()) await part.close();
  };
  try {
    const platform = await assemble(settings, instance, repository, progress, keep);
    return { ...platform, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  settings: LocalSettings,
  instance: Instance,
  repository: string,
  progress: Progress,
  keep: Keep,
): Promise<Omit<Platform, 'close'>> {
  const held = keep(await holdPort(settings.port));
  const consoleOrigin = `http://app.${DOMAIN}:${held.port}`;
  const java = findJava(thisMachine());
  const logs = join(instance.path('logs'), 'functions.log');
  const accessKeys = { [FUNCTION_KEYS.accessKeyId]: FUNCTION_KEYS.secretAccessKey };

  const [bundles, cli, dynamodb, lake, secrets, upstream, keyValueStore, s3] = await Promise.all([
    progress.step('functions, bundled', () => bundleFunctions(repository, instance.path('bundles'))),
    progress.step('command for developers', () => bundleCli(repository, instance.path('bin'))),
    progress.step('DynamoDB Local', async () =>
      keep(await startDynamoDb({ folder: instance.path('dynamodb'), java, tables: settings.tables })),
    ),
    progress.step('lake (DuckDB)', async () =>
      keep(await openLake({ folder: instance.path('lake'), columns: USAGE_COLUMNS, now: Date.now })),
    ),
    progress.step('Secrets Manager', async () =>
      keep(await startSecretsManager({ folder: instance.path('secrets'), regions: [...REGIONS], accessKeys })),
    ),
    progress.step('STS and Bedrock', async () =>
      keep(await openUpstream(settings, instance.path('logs'), instance.path('lake'))),
    ),
    progress.step('KeyValueStore', async () =>
      keep(await startKeyValueStore({ folder: instance.path('key-value-store'), accessKeys })),
    ),
    progress.step('S3', async () =>
      keep(
        await startS3({
          folder: instance.path('s3'),
          region: CONTROL_REGION,
          buckets: [EXPORT_BUCKET],
          folders: { [LAKE_BUCKET]: instance.path('lake') },
          accessKeys,
        }),
      ),
    ),
  ]);
  const athena = await progress.step('Athena', async () => keep(await startLakeQueries(lake, instance, accessKeys)));

  const functions = keep(
    openFunctions({
      bundles,
      mode: settings.mode,
      logFile: logs,
      onLine: (line) => {
        const record = parseUsageLine(line);
        if (record) lake.deliver(record);
      },
    }),
  );
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    DIRECTORY_TABLE: TABLES.directory,
    LEDGER_TABLE: TABLES.ledger,
  };
  const parts: Parts = { functions, env, accessKeys, keep };
  const issuer = await progress.step('issuer (https)', () =>
    startUserPool(parts, {
      folder: instance.path('issuer'),
      mails: join(instance.path('logs'), 'mail.log'),
      tokenSeconds: settings.tokenSeconds,
    }),
  );

  const database = new DynamoDBClient({
    endpoint: dynamodb.url,
    region: CONTROL_REGION,
    credentials: FUNCTION_KEYS,
  });
  const tables = openTables(DynamoDBDocumentClient.from(database), TABLES);
  const edgeSecret = JSON.parse(secrets.ensure(EDGE_SECRET_ID, makeEdgeSecret)) as EdgeSecret;
  secrets.ensure(ARCHIVE_SECRET_ID, makeArchiveSecret);
  const seeded = await progress.step('tables, tenants, keys', async () => {
    await createTables(database);
    const { kid, privateKeyPem } = edgeSecret.passport;
    const publicKeyPem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
    await putPassportKey(tables, { kid, publicKeyPem });
    const people = { tables, users: issuer.users, clients: issuer.clients, now: Date.now() };
    return seed(instance.file('seed.json'), people, edgeSecret);
  });
  const okta = await progress.step('Okta (https)', () => {
    const folders = { folder: instance.path('okta'), authority: dirname(issuer.caPath) };
    return startTenantsOkta(keep, tables, seeded, { ...folders, now: Date.now() });
  });

  writeFileSync(
    join(bundles['edge-origin'], 'settings.json'),
    JSON.stringify({
      domain: DOMAIN,
      consoleOrigin,
      controlRegion: CONTROL_REGION,
      regions: REGIONS,
      issuer: { url: issuer.url, jwksUri: issuer.jwksUri, clientIds: [CLIENT_ID], loginClientId: CLIENT_ID },
      proxyOrigin: `http://${DOMAIN}:${held.port}`,
      internalIssuers: [okta.origin],
      secretId: EDGE_SECRET_ID,
      secretsManagerRegion: CONTROL_REGION,
      secretsManagerEndpoint: secrets.url,
    }),
  );
  const [regions, originRequest] = await progress.step('edge and regional functions', () =>
    Promise.all([
      Promise.all(
        REGIONS.map(async (region) => {
          const fn = await functions.start('edge-region', region, {
            ...env,
            CONSOLE_ORIGIN: consoleOrigin,
            ...upstream.env,
          });
          const gateway = keep(
            await startApiGateway({ region, fn, gatewayResponses: GATEWAY_RESPONSES, onLine: functions.log }),
          );
          return [region, { fn, ...gateway }] as const;
        }),
      ).then((pairs) => new Map<Region, (typeof pairs)[number][1]>(pairs)),
      functions.start('edge-origin', 'us-east-1', { NODE_EXTRA_CA_CERTS: issuer.caPath }),
    ]),
  );

  const edgeEnv = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    EDGE_SECRET_ID,
    PROXY_ORIGIN: `http://${DOMAIN}:${held.port}`,
  };
  const graphql = await progress.step('control plane (GraphQL)', () =>
    startControlPlane(parts, issuer, {
      ...upstream.controlEnv,
      ...edgeEnv,
      AWS_ENDPOINT_URL_S3: s3.url,
      INTERNAL_ISSUERS: okta.origin,
    }),
  );
  const billing = await progress.step('Stripe, billing’s webhook', () =>
    startBilling(parts, settings, instance.path('stripe')),
  );
  const cloudFront = await progress.step('CloudFront', async () => {
    await held.close();
    return keep(
      await startCloudFront({
        domain: DOMAIN,
        viewer: renderViewer(readFileSync(join(repository, 'edge/viewer/viewer.js'), 'utf8'), {
          domain: DOMAIN,
          consoleOrigin,
        }),
        lookUp: (key) => keyValueStore.get(key),
        originRequest,
        console: {
          domainName: API_DOMAIN,
          graphiql: openGraphiql({
            fetchTools: () =>
              promisify(execFile)('sh', [join(repository, 'local/node24.sh'), '--with-tools', '--version']),
            repository,
            folder: instance.path('graphiql'),
            token: async () => {
              const { username, password } = seeded.staff.admin;
              return (await signIn(issuer, CLIENT_ID, username, password)).accessToken;
            },
          }),
        },
        resolveOrigin: (domainName) => {
          if (domainName === API_DOMAIN) return { host: '127.0.0.1', port: graphql.port };
          const region = REGIONS.find((one) => originDomain(one, DOMAIN) === domainName);
          const gateway = region && regions.get(region);
          return gateway ? { host: '127.0.0.1', port: gateway.port } : undefined;
        },
        port: held.port,
        loopback: Object.keys(seeded.tenants).map((tenant) => ({ tenant })),
        onLine: (line) => functions.log(line),
      }),
    );
  });
  await Promise.all([
    progress.step('directory -> KeyValueStore', async () => {
      const sync = await functions.start('edge-sync', CONTROL_REGION, keyValueStore.env);
      const consumers = [{ fn: sync, filters: STREAM_FILTERS['edge-sync'] }];
      keep(await followStream({ database: dynamodb.url, table: TABLES.directory, consumers }));
      await Promise.all(Object.keys(seeded.tenants).map((tenant) => keyValueStore.whenStored(tenant)));
      await keyValueStore.whenStored(`${okta.issuer} ${OKTA_AUDIENCE}`);
    }),
    progress.step('ledger: sweeper, roll-ups, audit chains, notifications, exports, operations, billing', () =>
      startConsumers(parts, {
        database: dynamodb.url,
        ledger: TABLES.ledger,
        sweepSeconds: settings.sweepSeconds,
        mailbox: instance.path('mailbox'),
        domain: DOMAIN,
        s3: s3.url,
        secrets: secrets.url,
        billing: billing.env,
        lake: {
          AWS_ENDPOINT_URL_ATHENA: athena.url,
          LAKE_BUCKET,
          ATHENA_DATABASE: LAKE_DATABASE,
          ATHENA_WORKGROUP: LAKE_WORK_GROUP,
        },
        operations: {
          ...userPoolEnv(issuer),
          ...edgeEnv,
          // New hostnames, under `localhost`.
          NODE_OPTIONS: `--import=${new URL('./localhost-names.ts', import.meta.url).href}`,
        },
      }),
    ),
  ]);

  const tenants = await Promise.all(
    Object.entries(seeded.tenants).map(async ([tenant, { apiKey, developer, admin }]) => {
      const { accessToken } = await signIn(issuer, CLIENT_ID, developer.username, developer.password);
      const host = `${tenant}.proxy.${DOMAIN}:${cloudFront.port}`;
      const loopbackUrl = cloudFront.loopback[tenant]?.url;
      const who = { apiKey, accessToken, developer: wordsOf(developer), admin: wordsOf(admin) };
      return [tenant, { baseUrl: `http://${host}`, loopbackUrl, host, ...who }] as const;
    }),
  );
  return {
    seed: seeded,
    died: Promise.race([dynamodb.died, upstream.died]),
    json: {
      pid: process.pid,
      proxy: { url: cloudFront.url, port: cloudFront.port },
      graphql: {
        url: `${consoleOrigin}/graphql`,
        loopbackUrl: `${cloudFront.console}/graphql`,
        pid: graphql.pid,
      },
      tenants: Object.fromEntries(tenants),
      staff: wordsOf(seeded.staff.admin),
      otherStaff: { support: wordsOf(seeded.staff.support), billing: wordsOf(seeded.staff.billing) },
      machineClients: seeded.machineClients,
      clientId: CLIENT_ID,
      cli,
      issuer: {
        url: issuer.url,
        jwksUri: issuer.jwksUri,
        tokenUrl: issuer.tokenUrl,
        apiUrl: issuer.apiUrl,
        ca: issuer.caPath,
      },
      okta: {
        issuer: okta.issuer,
        ca: okta.caPath,
        clientId: OKTA_CLIENT_ID,
        redirectUri: REDIRECT_URIS[0],
        keyRotateUrl: okta.keyRotateUrl,
        ...seeded.okta,
      },
      regions: Object.fromEntries(
        [...regions].map(([region, { url, fn }]) => [region, { url, pid: fn.pids()[0] }] as const),
      ),
      standIns: { ...upstream.standIns, ...(billing.standIn ? { stripe: billing.standIn } : {}) },
      billing: {
        webhookUrl: billing.webhookUrl,
        s3: s3.url,
        athena: athena.url,
        lake: { bucket: LAKE_BUCKET, database: LAKE_DATABASE, workGroup: LAKE_WORK_GROUP },
        stripe: billing.account,
        credentials: FUNCTION_KEYS,
      },
      dynamodb: { endpoint: dynamodb.url, ...TABLES },
      lake: instance.path('lake'),
      lakeBucket: LAKE_BUCKET,
      s3: { url: s3.url },
      athena: { url: athena.url, workGroup: LAKE_WORK_GROUP },
      mailbox: instance.path('mailbox'),
      logs,
    },
  };
}

/** What somebody signs in with. */
function wordsOf({ username, password }: SignIn): SignIn {
  return { username, password };
}

/** Creates what is not there: a restart finds its tables again. */
async function createTables(database: DynamoDBClient): Promise<void> {
  const { TableNames: present = [] } = await database.send(new ListTablesCommand({}));
  for (const definition of tableDefinitions(TABLES)) {
    if (!present.includes(definition.TableName ?? '')) await database.send(new CreateTableCommand(definition));
    await database.send(new DescribeTableCommand({ TableName: definition.TableName }));
  }
}
