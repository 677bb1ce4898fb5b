import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RemoteError } from '../../access-token/fetch-json.ts';
import { inspectIssuer } from '../../access-token/inspect-issuer.ts';
import { exportObjectKey } from '../../tenancy/export.ts';
import { CONTROL_REGION, REGIONS, type Region } from '../../tenancy/region.ts';
import { monotonicBytes } from '../../tenancy/request-id.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { TableCall } from '../../tests/iam/record-table-calls.ts';
import { wallIn } from '../../tests/iam/wall.ts';
import { startTables } from '../../tests/tables.ts';
import { openAccess } from './access.ts';
import type { Context, Platform } from './context.ts';
import { OWN_ISSUER } from './issuer.fixture.ts';
import { makeLoaders } from './loaders.ts';
import type { Principal } from './principal.ts';
import { revokeLeakedBy } from './revoke-leaked.ts';
import { makeSchema } from './schema.ts';
import { makeServer } from './server.ts';
import { type MemoryPool, memoryPool } from './user-pool.fixture.ts';

export type Answered = {
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly { readonly message: string; readonly code: unknown; readonly path?: unknown }[];
};

export type Api = {
  readonly tables: Tables;
  readonly platform: Platform;
  /** What callers within a tenant's wall have asked of the tables so far. */
  readonly tenantCalls: readonly TableCall[];
  readonly pool: MemoryPool;
  /** What stands on the public internet: JSON documents by their addresses. */
  readonly internet: Map<string, unknown>;
  /** Lines that it logged. */
  readonly lines: Readonly<Record<string, unknown>>[];
  /** ms since the epoch; a test moves it. */
  now: number;
  ask(principal: Principal, document: string, variables?: Record<string, unknown>): Promise<Answered>;
  /** One mutation with its input: its payload, or throws with the errors. */
  change(
    principal: Principal,
    name: string,
    input: Record<string, unknown>,
    fields: string,
  ): Promise<Record<string, unknown>>;
  close(): Promise<void>;
};

const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };

export const ADMIN: Principal = { kind: 'staff', id: 'stf_admin', role: 'PLATFORM_ADMIN', viewingAs: null };
export const SUPPORT: Principal = { kind: 'staff', id: 'stf_support', role: 'PLATFORM_SUPPORT', viewingAs: null };

/**
 * The API over a real DynamoDB, without HTTP and tokens around it.
 * @param inRegion a region's tables; one store is behind all of them, unless a test says otherwise
 */
export async function startApi(inRegion: (region: Region, one: Tables) => Tables = (_, one) => one): Promise<Api> {
  const { tables, url, close } = await startTables();
  const tenantCalls: TableCall[] = [];
  const clients: DynamoDBClient[] = [];
  // As on AWS: a tenant's caller reaches the tables by a session that is walled in.
  const ofTenant = (tenantId: TenantId): Tables => {
    const client = new DynamoDBClient({ endpoint: url, region: CONTROL_REGION, credentials: LOCAL, maxAttempts: 1 });
    clients.push(client);
    const documents = DynamoDBDocumentClient.from(client);
    wallIn(documents, tenantId, (call) => tenantCalls.push(call));
    return openTables(documents, { directory: 'directory', ledger: 'ledger' });
  };
  const walled = new Map<TenantId, Tables>();
  const lines: Record<string, unknown>[] = [];
  const macKey = randomBytes(32);
  const pool = memoryPool();
  const auditBytes = monotonicBytes((size) => randomBytes(size));
  const internet = new Map<string, unknown>();
  const platform: Platform = {
    proxyUrl: (tenant) => `https://${tenant}.proxy.example.test`,
    controlRegion: CONTROL_REGION,
    everyRegion: () => REGIONS.map((region) => ({ region, tables: inRegion(region, tables) })),
    mac: async () => (text) => createHmac('sha256', macKey).update(text).digest(),
    userPool: pool.port,
    inspectIssuer: (issuer) =>
      inspectIssuer(issuer, OWN_ISSUER, async ({ url: asked }) => {
        if (!internet.has(asked)) throw new RemoteError('answered 404');
        return internet.get(asked);
      }),
    stores: { control: tables, ledgers: [tables] },
    revokeLeaked: revokeLeakedBy(tables, auditBytes, (size) => randomBytes(size)),
    downloadUrl: async (one) => `https://files.example.test/${exportObjectKey(one)}?signed`,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    randomBytes: (size) => randomBytes(size),
    auditBytes,
    log: (line) => void lines.push(line),
  };
  const schema = makeSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const server = makeServer({
    schema,
    development: false,
    safelist: { manifest: new Map(), enforced: false },
    charge: async () => ({ admitted: true, left: null }),
    log: platform.log,
  });
  const open = {
    platform: (region: Region) => inRegion(region, tables),
    ofTenant: async (tenantId: TenantId, region: Region) => {
      const own = walled.get(tenantId) ?? ofTenant(tenantId);
      walled.set(tenantId, own);
      return inRegion(region, own);
    },
  };
  let requests = 0;
  const api: Api = {
    tables,
    platform,
    tenantCalls,
    pool,
    internet,
    lines,
    now: Date.parse('2026-11-22T12:00:00Z'),
    async ask(principal, query, variables = {}) {
      const access = openAccess(principal, open, CONTROL_REGION);
      const contextValue: Context = {
        principal,
        clientKind: principal.kind === 'machine' ? 'machine' : 'browser',
        access,
        loaders: makeLoaders(access),
        platform,
        requestId: `request-${++requests}`,
        traceId: 'f'.repeat(32),
        sourceIp: '192.0.2.1',
        userAgent: 'test',
        now: api.now,
      };
      const { body } = await server.executeOperation({ query, variables }, { contextValue });
      if (body.kind !== 'single') throw new Error('answered in parts');
      const { data, errors = [] } = body.singleResult;
      return {
        data: data as Record<string, unknown> | null | undefined,
        errors: errors.map(({ message, extensions, path }) => ({ message, code: extensions?.['code'], path })),
      };
    },
    async change(principal, name, input, fields) {
      const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
      const document = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} replayed userErrors { code field message } } }`;
      const keyed = { idempotencyKey: randomBytes(8).toString('hex'), ...input };
      const { data, errors } = await api.ask(principal, document, { input: keyed });
      if (errors.length > 0) throw new Error(JSON.stringify(errors));
      return data?.[name] as Record<string, unknown>;
    },
    async close() {
      await server.stop();
      for (const client of clients) client.destroy();
      await close();
    },
  };
  return api;
}
