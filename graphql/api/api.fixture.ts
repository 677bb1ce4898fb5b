import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CONTROL_REGION, REGIONS } from '../../tenancy/region.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { startTables } from '../../tests/tables.ts';
import { openAccess } from './access.ts';
import type { Context, Platform } from './context.ts';
import { makeLoaders } from './loaders.ts';
import type { Principal } from './principal.ts';
import { revokeLeakedBy } from './revoke-leaked.ts';
import { makeSchema } from './schema.ts';
import { makeServer } from './server.ts';

export type Answered = {
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly { readonly message: string; readonly code: unknown; readonly path?: unknown }[];
};

export type Api = {
  readonly tables: Tables;
  readonly platform: Platform;
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

export const ADMIN: Principal = { kind: 'staff', id: 'stf_admin', role: 'PLATFORM_ADMIN', viewingAs: null };
export const SUPPORT: Principal = { kind: 'staff', id: 'stf_support', role: 'PLATFORM_SUPPORT', viewingAs: null };

/** The API over a real DynamoDB, without HTTP and tokens around it. */
export async function startApi(): Promise<Api> {
  const { tables, close } = await startTables();
  const lines: Record<string, unknown>[] = [];
  const macKey = randomBytes(32);
  const platform: Platform = {
    proxyUrl: (tenant) => `https://${tenant}.proxy.example.test`,
    controlRegion: CONTROL_REGION,
    everyRegion: () => REGIONS.map((region) => ({ region, tables })),
    mac: async () => (text) => createHmac('sha256', macKey).update(text).digest(),
    revokeLeaked: revokeLeakedBy(tables, (size) => randomBytes(size)),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    randomBytes: (size) => randomBytes(size),
    log: (line) => void lines.push(line),
  };
  const schema = makeSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const server = makeServer({
    schema,
    development: false,
    charge: async () => ({ admitted: true, left: null }),
    log: platform.log,
  });
  const open = { platform: () => tables, ofTenant: async () => tables };
  let requests = 0;
  const api: Api = {
    tables,
    platform,
    lines,
    now: Date.parse('2026-11-22T12:00:00Z'),
    async ask(principal, query, variables = {}) {
      const access = openAccess(principal, open, CONTROL_REGION);
      const contextValue: Context = {
        principal,
        access,
        loaders: makeLoaders(access),
        platform,
        requestId: `request-${++requests}`,
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
      await close();
    },
  };
  return api;
}
