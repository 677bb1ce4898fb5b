import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { Context } from './context.ts';
import { LIMITED_SERVER, queryLimitsPlugin } from './query-limits/plugin.ts';
import { type ClientKind, checkSafelist, clientKindOf, readManifest, safelistPlugin } from './safelist.ts';
import { makeSchema } from './schema.ts';
import { makeServer } from './server.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const LISTED = 'query Version { version }';
const FREE = '{ secret }';
const manifest = readManifest({ [sha256(LISTED)]: LISTED });

describe('in production', () => {
  it.each<[string, ClientKind, { text?: string; sha256Hash?: unknown }, unknown]>([
    ['a browser runs a listed document by its hash', 'browser', { sha256Hash: sha256(LISTED) }, LISTED],
    ['and by its exact text', 'browser', { text: LISTED }, LISTED],
    ['and by both', 'browser', { text: LISTED, sha256Hash: sha256(LISTED) }, LISTED],
    ['but nothing else', 'browser', { text: FREE }, 'not_listed'],
    ['not with a space more', 'browser', { text: `${LISTED} ` }, 'not_listed'],
    ['not under a listed hash', 'browser', { text: FREE, sha256Hash: sha256(LISTED) }, 'hash_mismatch'],
    ['not by the true hash of another', 'browser', { text: FREE, sha256Hash: sha256(FREE) }, 'not_listed'],
    ['not by a hash that is not there', 'browser', { sha256Hash: sha256(FREE) }, 'hash_unknown'],
    ['not by what every object has', 'browser', { sha256Hash: '__proto__' }, 'hash_unknown'],
    ['not by a list of one hash', 'browser', { text: LISTED, sha256Hash: [sha256(LISTED)] }, 'hash_mismatch'],
    ['not by no hash at all', 'browser', { sha256Hash: null }, 'hash_unknown'],
    ['a machine runs its own documents', 'machine', { text: FREE }, FREE],
    ['and listed ones by hash', 'machine', { sha256Hash: sha256(LISTED) }, LISTED],
    ['but no hash that is another document’s', 'machine', { text: FREE, sha256Hash: sha256(LISTED) }, 'hash_mismatch'],
    ['a script of the staff runs its own', 'script', { text: FREE }, FREE],
    ['nothing named is not decided here', 'browser', {}, null],
    ['nor is an empty text', 'browser', { text: '' }, null],
  ])('%s', (_, kind, { text, sha256Hash }, expected) => {
    const verdict = checkSafelist(manifest, { kind, enforced: true }, { text, sha256Hash });
    expect(verdict && (verdict.ok ? verdict.text : verdict.reason)).toBe(expected);
  });
});

it('a browser runs anything where no list is enforced', () => {
  const laptop = { kind: 'browser', enforced: false } as const;
  expect(checkSafelist(manifest, laptop, { text: FREE, sha256Hash: undefined })).toEqual({ ok: true, text: FREE });
});

it('a manifest whose id is not its document’s hash is none', () => {
  expect(() => readManifest({ [sha256(LISTED)]: FREE })).toThrow(/is not its document's/);
  expect(() => readManifest({ [sha256(LISTED).toUpperCase()]: LISTED })).toThrow(/is not its document's/);
});

it('a browser is whoever the console signed in', () => {
  const user = { kind: 'user', id: 'u', role: 'TENANT_ADMIN', tenantId: parseTenantId('acme')! } as const;
  const robot = { kind: 'machine', id: 'console', tenantId: null, scopes: new Set<string>() } as const;
  expect(clientKindOf(user, 'console', 'console')).toBe('browser');
  expect(clientKindOf(user, 'terminal', 'console')).toBe('script');
  expect(clientKindOf(robot, 'console', 'console')).toBe('machine');
});

it('the API has the list: in production a browser runs nothing else', async () => {
  const schema = makeSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const api = makeServer({
    schema,
    development: false,
    safelist: { manifest, enforced: true },
    charge: async () => ({ admitted: true, left: null }),
    log: () => {},
  });
  const run = async (clientKind: ClientKind) => {
    const principal = { kind: 'staff', id: 's', role: 'PLATFORM_ADMIN', viewingAs: null } as const;
    const contextValue = { clientKind, principal } as unknown as Context;
    const { body } = await api.executeOperation({ query: '{ __typename }' }, { contextValue });
    return body.kind === 'single' ? (body.singleResult.errors?.[0]?.extensions?.['reason'] ?? 'ran') : 'in parts';
  };
  expect([await run('browser'), await run('script'), await run('machine')]).toEqual(['not_listed', 'ran', 'ran']);
  await api.stop();
});

describe('a server with the list', () => {
  let calls = 0;
  const resolve = () => {
    calls += 1;
    return '1';
  };
  const server = new ApolloServer<{ clientKind: ClientKind }>({
    schema: buildSchema('type Query { version: String secret: String }'),
    rootValue: { version: resolve, secret: resolve },
    ...LIMITED_SERVER,
    persistedQueries: false,
    plugins: [
      safelistPlugin({ manifest, enforced: true }),
      queryLimitsPlugin({ mayIntrospect: () => false, charge: async () => ({ admitted: true, left: 1 }) }),
    ],
  });
  const started = server.start();
  const ask = async (clientKind: ClientKind, body: unknown) => {
    await started;
    calls = 0;
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        search: '',
        body,
      },
      context: async () => ({ clientKind }),
    });
    const { data, errors } = JSON.parse(answer.body.kind === 'complete' ? answer.body.string : '');
    return {
      status: answer.status ?? 200,
      data,
      code: errors?.[0]?.extensions.code,
      reason: errors?.[0]?.extensions.reason,
      calls,
    };
  };
  const persisted = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

  it('runs what a hash stands for', async () => {
    expect(await ask('browser', persisted(sha256(LISTED)))).toMatchObject({
      status: 200,
      data: { version: '1' },
      calls: 1,
    });
    expect(await ask('machine', { query: FREE })).toMatchObject({ status: 200, data: { secret: '1' }, calls: 1 });
  });

  it.each<[string, unknown, string, string, number]>([
    ['another document', { query: FREE }, 'FORBIDDEN', 'not_listed', 403],
    ['one that is no GraphQL', { query: '{{{' }, 'FORBIDDEN', 'not_listed', 403],
    [
      'another under a listed hash',
      { query: FREE, ...persisted(sha256(LISTED)) },
      'BAD_USER_INPUT',
      'hash_mismatch',
      400,
    ],
    ['an unknown hash', persisted(sha256(FREE)), 'BAD_USER_INPUT', 'hash_unknown', 400],
    ['an extension without a hash', { extensions: { persistedQuery: {} } }, 'BAD_USER_INPUT', 'hash_unknown', 400],
    [
      'a document and an operation of its own',
      { query: FREE, operationName: 'Version' },
      'FORBIDDEN',
      'not_listed',
      403,
    ],
  ])('refuses a browser %s before any resolver runs', async (_, body, code, reason, status) => {
    expect(await ask('browser', body)).toEqual({ status, data: undefined, code, reason, calls: 0 });
  });

  it('keeps nothing that it was sent: a machine’s document is not a browser’s afterwards', async () => {
    await ask('machine', { query: FREE, ...persisted(sha256(FREE)) });
    expect(await ask('browser', persisted(sha256(FREE)))).toMatchObject({ reason: 'hash_unknown', calls: 0 });
  });
});
