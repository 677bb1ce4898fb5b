import { ApolloServer, type ApolloServerOptionsWithSchema, type BaseContext, HeaderMap } from '@apollo/server';
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ATTACKS, countingSchema } from './abuse.fixture.ts';
import { type Charged, LIMITED_SERVER, queryLimitsPlugin } from './plugin.ts';

type Context = BaseContext & { readonly staff?: boolean };
type Answer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly data?: unknown;
  readonly errors?: { message: string; extensions: Record<string, unknown> }[];
  readonly extensions?: { cost?: unknown };
};

/** A server with the plugin, which is asked over its HTTP side, and what it has been doing. */
function limitedServer(
  charge: (cost: number) => Charged | Promise<Charged> = () => ({ admitted: true, left: 100 }),
  changes: Partial<ApolloServerOptionsWithSchema<Context>> = {},
) {
  const { schema, calls } = countingSchema();
  const charges: number[] = [];
  const server = new ApolloServer<Context>({
    schema,
    introspection: true,
    ...LIMITED_SERVER,
    ...changes,
    plugins: [
      queryLimitsPlugin<Context>({
        mayIntrospect: ({ staff }) => staff === true,
        charge: async (_, cost) => {
          charges.push(cost);
          return charge(cost);
        },
      }),
    ],
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const ask = async (body: unknown, context: Context = {}): Promise<Answer> => {
    await started;
    const headers = new HeaderMap([['content-type', 'application/json']]);
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, search: '', body },
      context: async () => context,
    });
    const text = answer.body.kind === 'complete' ? answer.body.string : '';
    return { status: answer.status ?? 200, retryAfter: answer.headers.get('retry-after'), ...JSON.parse(text) };
  };
  const started = server.start();
  return { ask, calls, charges };
}

describe('refused before any resolver runs:', () => {
  it.each(ATTACKS)('%s', async (_, attack, reason) => {
    const { ask, calls, charges } = limitedServer();
    const { status, data, errors } = await ask(attack);
    const code = reason === 'too_costly' ? 'COST_EXCEEDED' : 'BAD_USER_INPUT';
    expect({ status, data, errors }).toEqual({
      status: 400,
      data: undefined,
      errors: [{ message: expect.any(String), extensions: expect.objectContaining({ code, reason }) }],
    });
    expect([calls(), charges]).toEqual([0, []]);
  });

  it('a batch, whatever is in it', async () => {
    const { ask, calls } = limitedServer();
    const { status, errors } = await ask([{ query: '{ version }' }, { query: '{ version }' }]);
    expect([status, errors?.length, calls()]).toEqual([400, 1, 0]);
  });

  it('and what is refused is refused again by a server that keeps parsed documents', async () => {
    const kept = new Map<string, string>();
    const documentStore = {
      get: async (key: string) => (kept.has(key) ? JSON.parse(kept.get(key) ?? '') : undefined),
      set: async (key: string, value: unknown) => void kept.set(key, JSON.stringify(value)),
      delete: async (key: string) => kept.delete(key),
    };
    const { ask, calls } = limitedServer(undefined, { documentStore });
    const query = `{ ${'self { '.repeat(60)}version${' }'.repeat(60)} }`;
    for (const _ of [1, 2, 3]) expect((await ask({ query })).errors?.[0]?.extensions['reason']).toBe('too_deep');
    expect(calls()).toBe(0);
  });

  it('and validation does not see it', async () => {
    let validated = 0;
    const { ask } = limitedServer(undefined, {
      validationRules: [
        () => ({
          Field: ({ name }) => {
            validated += name.value === '__typename' ? 0 : 1;
          },
        }),
      ],
    });
    await ask({ query: `{ ${Array.from({ length: 600 }, (_, n) => `a${n}: version`).join(' ')} }` });
    expect(validated).toBe(0);
    await ask({ query: '{ version }' });
    expect(validated).toBe(1);
  });
});

describe('what is within the limits', () => {
  it('runs, is charged once, and is told its cost', async () => {
    const { ask, charges } = limitedServer(() => ({ admitted: true, left: 8_899 }));
    const answer = await ask({
      query: 'query Q($n: Int!) { tenants(first: $n) { nodes { id users(first: 10) { nodes { id } } } } version }',
      variables: { n: 100 },
    });
    expect(answer).toMatchObject({
      status: 200,
      data: { tenants: null, version: '1' },
      extensions: { cost: { asked: 1_201, limit: 5_000, left: 8_899 } },
    });
    expect(charges).toEqual([1_201]);
  });

  it('runs when the bucket cannot be asked, and does not say what is left', async () => {
    const { ask } = limitedServer(() => ({ admitted: true, left: null }));
    expect((await ask({ query: '{ version }' })).extensions?.cost).toEqual({ asked: 1, limit: 5_000, left: null });
  });

  it('may be the whole schema for who may read it', async () => {
    const { ask } = limitedServer();
    const query = getIntrospectionQuery();
    expect((await ask({ query })).errors?.[0]?.extensions['reason']).toBe('introspection');
    const { status, data } = await ask({ query }, { staff: true });
    expect([status, data]).toEqual([200, expect.objectContaining({ __schema: expect.anything() })]);
  });

  it('is validated as ever, and syntax is the server’s to judge', async () => {
    const { ask, calls, charges } = limitedServer();
    expect((await ask({ query: '{ nothing }' })).errors?.[0]?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await ask({ query: '{ version' })).errors?.[0]?.extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
    expect((await ask({ query: '{ ...Gone }' })).errors?.[0]?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
    expect([calls(), charges]).toEqual([0, []]);
  });
});

describe('an empty bucket', () => {
  it('refuses before any resolver runs, and says when to come again', async () => {
    const { ask, calls } = limitedServer(() => ({ admitted: false, left: 3, waitMs: 2_100 }));
    const answer = await ask({ query: '{ version self { version } }' });
    expect(answer).toMatchObject({
      status: 429,
      retryAfter: '3',
      errors: [
        {
          message: 'the document costs 1 points and 3 are left; try again in 3 s, or ask for smaller pages (`first`)',
          extensions: { code: 'COST_EXCEEDED', retryAfterSeconds: 3 },
        },
      ],
      extensions: { cost: { asked: 1, limit: 5_000, left: 3 } },
    });
    expect(calls()).toBe(0);
  });

  it('that can never hold so much does not ask to wait', async () => {
    const { ask, calls } = limitedServer(() => ({ admitted: false, left: 3, waitMs: null }));
    const { status, retryAfter, errors } = await ask({ query: '{ self { version } }' });
    expect([status, retryAfter, errors?.[0]?.extensions['code'], calls()]).toEqual([
      400,
      undefined,
      'COST_EXCEEDED',
      0,
    ]);
  });
});
