import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SignJWT } from 'jose';
import { keepSigningKeys } from '../../../access-token/jwks.ts';
import { openAccess } from '../../../graphql/api/access.ts';
import { authenticate } from '../../../graphql/api/authenticate.ts';
import type { Context, Platform } from '../../../graphql/api/context.ts';
import { makeLoaders } from '../../../graphql/api/loaders.ts';
import { principalName, walledIn } from '../../../graphql/api/principal.ts';
import { clientKindOf, readManifest } from '../../../graphql/api/safelist.ts';
import { makeSchema } from '../../../graphql/api/schema.ts';
import { makeServer } from '../../../graphql/api/server.ts';
import { memoryPool } from '../../../graphql/api/user-pool.fixture.ts';
import { CONTROL_REGION, REGIONS } from '../../../tenancy/region.ts';
import { openDocumentClient, openLine } from '../../../tenancy/table/document-client.ts';
import { takeFromBucket } from '../../../tenancy/table/query-buckets.ts';
import { openTables } from '../../../tenancy/table/tables.ts';
import { CALLERS, CONSOLE_QUERIES, type ConsoleQuery } from './queries.ts';
import { NOW, TENANT } from './seed.ts';

/** What one query took. `readUnits` and `writeUnits` as DynamoDB bills them. */
export type Cost = {
  readonly ms: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly calls: number;
};

export type ConsoleApi = {
  /** @throws Error for an answer with an error in it */
  ask(query: ConsoleQuery): Promise<{ readonly data: Record<string, unknown>; readonly cost: Cost }>;
  close(): Promise<void>;
};

/** The console's own documents: what it asks passes the list, as it will. */
const SAFELIST = readManifest(
  Object.fromEntries(
    CONSOLE_QUERIES.map(({ document }) => [createHash('sha256').update(document).digest('hex'), document]),
  ),
);
const ISSUER = 'https://issuer.example.test';
const CLIENT = 'console';
const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };
/** Never empty: a bench asks more than any caller may. */
const BUCKET = { capacity: 1e12, refill: 1e9 };
const ROLES = {
  'tenant admin': { tenant_id: TENANT, role: 'tenant_admin' },
  'tenant member': { tenant_id: TENANT, role: 'tenant_member' },
  staff: { role: 'platform_support' },
} as const;

/**
 * The control plane as its function has it, from the access token to the answer, over a store that is there: the same
 * server, the same document client, the caller's row and bucket read and written for each query. Without HTTP before it
 * and without STS, which is asked once an hour.
 */
export async function openConsoleApi(url: string): Promise<ConsoleApi> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  const signingKeys = keepSigningKeys(
    `${ISSUER}/jwks`,
    async () => ({ keys: [jwk] }),
    () => {},
  );
  const tokens = new Map<string, string>();
  for (const [by, sub] of Object.entries(CALLERS)) {
    const claims = { iss: ISSUER, sub, token_use: 'access', client_id: CLIENT, username: sub };
    const times = { iat: NOW / 1_000 - 10, exp: NOW / 1_000 + 3_590 };
    const token = new SignJWT({ ...claims, ...times, ...ROLES[by as keyof typeof ROLES] });
    tokens.set(by, await token.setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(keys.privateKey));
  }

  let meter = new Meter();
  const line = openLine({ region: CONTROL_REGION, endpoint: url, credentials: () => LOCAL, now: Date.now });
  const counted = counting(openDocumentClient(line, { attempts: 3, timeoutMs: 30_000 }), () => meter);
  const tables = openTables(counted, { directory: 'directory', ledger: 'ledger' });
  const platform: Platform = {
    proxyUrl: (tenant) => `https://${tenant}.proxy.example.test`,
    controlRegion: CONTROL_REGION,
    everyRegion: () => REGIONS.map((region) => ({ region, tables })),
    mac: async () => (text) => createHmac('sha256', 'bench').update(text).digest(),
    userPool: memoryPool().port,
    inspectIssuer: async () => ({ ok: false, reason: 'cannot be read' }),
    stores: { control: tables, ledgers: [tables] },
    revokeLeaked: async () => false,
    downloadUrl: async () => 'https://files.example.test/',
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    randomBytes: (size) => randomBytes(size),
    auditBytes: () => randomBytes(10),
    log: () => {},
  };
  const server = makeServer({
    schema: makeSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8')),
    development: false,
    safelist: { manifest: SAFELIST, enforced: true },
    log: platform.log,
    charge: ({ principal, now }, cost) => {
      const owner = { tenantId: walledIn(principal), principalId: principalName(principal) };
      return takeFromBucket(tables, owner, BUCKET, cost, now);
    },
  });
  const authentication = {
    issuer: { url: ISSUER, clientIds: [CLIENT], anyMachine: true },
    signingKeys,
    tables,
  } as const;
  const contextOf = async (by: ConsoleQuery['by']): Promise<Context> => {
    const { principal, clientId } = await authenticate(`Bearer ${tokens.get(by)}`, authentication, NOW);
    const access = openAccess(principal, { platform: () => tables, ofTenant: async () => tables }, CONTROL_REGION);
    const who = { requestId: 'bench', traceId: 'f'.repeat(32), sourceIp: '192.0.2.1', userAgent: 'bench' };
    const clientKind = clientKindOf(principal, clientId, CLIENT);
    return { principal, clientKind, access, loaders: makeLoaders(access), platform, ...who, now: NOW };
  };
  return {
    async ask({ name, by, document, variables }) {
      meter = new Meter();
      const began = performance.now();
      const contextValue = await contextOf(by);
      const { body } = await server.executeOperation({ query: document, variables }, { contextValue });
      const answer = body.kind === 'single' ? body.singleResult : null;
      const text = JSON.stringify(answer);
      const ms = performance.now() - began;
      if (!answer?.data || answer.errors) throw new Error(`${name}: ${text.slice(0, 2_000)}`);
      const { readUnits, writeUnits, calls } = meter;
      return { data: answer.data, cost: { ms, readUnits, writeUnits, calls } };
    },
    close: () => server.stop(),
  };
}

class Meter {
  readUnits = 0;
  writeUnits = 0;
  calls = 0;
}

type Consumed = { readonly CapacityUnits?: number };
const READS = /^(Get|Query|BatchGet|TransactGet|Scan)Command$/;

/** The client, asking DynamoDB with each command what it consumes. */
function counting(client: DynamoDBDocumentClient, meterNow: () => Meter): DynamoDBDocumentClient {
  const send = async (command: { readonly input: object }): Promise<object> => {
    const meter = meterNow();
    const Command = command.constructor as new (input: object) => never;
    const answer: object = await client.send(new Command({ ...command.input, ReturnConsumedCapacity: 'TOTAL' }));
    const { ConsumedCapacity: consumed } = answer as { ConsumedCapacity?: Consumed | readonly Consumed[] };
    const parts: readonly Consumed[] = Array.isArray(consumed) ? consumed : [consumed ?? unknown(Command.name)];
    const units = parts.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    meter.calls += 1;
    meter[READS.test(Command.name) ? 'readUnits' : 'writeUnits'] += units;
    return answer;
  };
  return { send } as unknown as DynamoDBDocumentClient;
}

function unknown(command: string): never {
  throw new Error(`DynamoDB does not say what ${command} consumed`);
}
