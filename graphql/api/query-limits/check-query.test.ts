import fc from 'fast-check';
import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ATTACKS, SDL } from './abuse.fixture.ts';
import { checkQuery } from './check-query.ts';
import { BODY_LIMIT_BYTES, describeLimit, type LimitReason, MOST } from './limits.ts';
import { checkBody, readDocument } from './read-document.ts';
import { isDeeper } from './value-depth.ts';

const schema = buildSchema(SDL);
const check = (query: string, variables: Record<string, unknown> = {}, operationName?: string) =>
  checkQuery(schema, parse(query), operationName, variables, { mayIntrospect: false });

describe('a document costs', () => {
  it.each<[string, number, string, Record<string, unknown>?]>([
    ['at least one point', 1, '{ version }'],
    ['one for each object', 3, '{ tenant { id parent { id owner { name } } } }'],
    ['a page for each of its items', 101, '{ tenants(first: 100) { nodes { id } } }'],
    ['what stands in an edge too', 201, '{ tenants(first: 100) { edges { cursor node { id } } } }'],
    ['what is beside the items once', 12, '{ tenants(first: 10) { totalCount pageInfo { endCursor } nodes { id } } }'],
    ['items under two aliases twice', 21, '{ tenants(first: 10) { a: nodes { id } b: nodes { id } } }'],
    [
      'items in fragments',
      11,
      '{ tenants(first: 10) { ...P ... { ... on TenantConnection { totalCount } } } } fragment P on TenantConnection { nodes { id } }',
    ],
    ['pages of pages', 1 + 10 * (1 + 1 + 5), '{ tenants(first: 10) { nodes { users(first: 5) { nodes { id } } } } }'],
    ['what a variable says', 8, 'query ($n: Int) { tenants(first: $n) { nodes { id } } }', { n: 7 }],
    ['what the variable’s default says', 6, 'query ($n: Int = 5) { tenants(first: $n) { nodes { id } } }'],
    ['a list for each of the ids', 3, '{ nodes(ids: ["a", "b", "c"]) { id } }'],
    [
      'no page for `nodes` of what is no connection',
      1 + (1 + (1 + (1 + (1 + (1 + 1))))),
      '{ tenants(first: 1) { nodes { users(first: 1) { nodes { keys(first: 1) { pageOfOne: nodes { nodes { id } } } } } } } }',
    ],
    ['what is skipped', 11, '{ tenants(first: 10) @skip(if: true) { nodes { id } } }'],
  ])('%s: %d', (_, cost, query, variables) => {
    expect(check(query, variables)).toEqual({ ok: true, cost });
  });

  it('what the operation costs that will run', () => {
    const query = 'query A { version } query B { tenant { id } self { version } }';
    expect(check(query, {}, 'A')).toEqual({ ok: true, cost: 1 });
    expect(check(query, {}, 'B')).toEqual({ ok: true, cost: 2 });
    // The server refuses it.
    expect(check(query, {}, 'C')).toEqual({ ok: true, cost: 1 });
  });

  it('never more than a number can say', () => {
    const query = `{ tenants(first: 100) { nodes { ${'users(first: 100) { nodes { tenant { '.repeat(2)}users(first: 100) { nodes { id } }${' } } }'.repeat(2)} } } }`;
    expect(check(query)).toEqual({
      ok: false,
      reason: { kind: 'too_costly', cost: expect.any(Number), field: 'tenants' },
    });
    const verdict = check(query);
    expect(!verdict.ok && verdict.reason.kind === 'too_costly' && verdict.reason.cost).toBeLessThanOrEqual(MOST);
  });

  it('more with every field that is added, never less', () => {
    const leaf = fc.constantFrom('id', 'name', 'parent { id }', 'owner { name }', 'users(first: 3) { nodes { id } }');
    const cost = (fields: readonly string[]) => {
      const verdict = check(`{ tenant { ${['id', ...fields].join(' ')} } }`);
      return verdict.ok ? verdict.cost : Number.POSITIVE_INFINITY;
    };
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 20 }), leaf, (fields, one) => cost([...fields, one]) >= cost(fields)),
      { seed: 7, numRuns: 300 },
    );
  });
});

it.each([0, -1, 101, 1.5, Number.NaN, '10', true, [10]])('first: %s is no page', (n) => {
  expect(check('query ($n: Int) { tenants(first: $n) { nodes { id } } }', { n })).toEqual({
    ok: false,
    reason: { kind: 'first_out_of_range', field: 'tenants' },
  });
});

it('refuses a body of more than 64 KiB, in bytes', () => {
  expect(checkBody('x'.repeat(BODY_LIMIT_BYTES))).toBeNull();
  expect(checkBody('x'.repeat(BODY_LIMIT_BYTES + 1))).toEqual({ kind: 'body_too_large' });
  expect(checkBody('€'.repeat(BODY_LIMIT_BYTES / 2))).toEqual({ kind: 'body_too_large' });
  expect(checkBody(new Uint8Array(BODY_LIMIT_BYTES + 1))).toEqual({ kind: 'body_too_large' });
});

it('reads a document at its limits, and none past them', () => {
  const read = (text: string) => {
    const answer = readDocument(text);
    return answer.ok ? answer.value?.kind : answer.reason.kind;
  };
  expect(read(`{${' a'.repeat(1_998)}}`)).toBe('Document');
  expect(read(`{${' a'.repeat(1_999)}}`)).toBe('too_many_tokens');
  expect(read(`{a}${' '.repeat(14_997)}`)).toBe('Document');
  expect(read(`{a}${' '.repeat(14_998)}`)).toBe('text_too_long');
  expect(readDocument('{ aborted tokens')).toEqual({ ok: true, value: null });
});

it('the depth of a value is that of its lists and objects', () => {
  expect(isDeeper('x', 0)).toBe(false);
  expect(isDeeper([], 0)).toBe(true);
  expect(isDeeper([{ a: [1] }, 2], 3)).toBe(false);
  expect(isDeeper([2, { a: [1] }], 2)).toBe(true);
});

describe('in any document of fragments at random', () => {
  it('the walk ends, and refuses every cycle', () => {
    const names = ['A', 'B', 'C', 'D', 'E'] as const;
    const spreads = fc.array(fc.constantFrom(...names), { maxLength: 4 });
    fc.assert(
      fc.property(fc.tuple(spreads, spreads, spreads, spreads, spreads), (bodies) => {
        const text = names.map(
          (name, n) => `fragment ${name} on Query { id ${(bodies[n] ?? []).map((to) => `...${to}`).join(' ')} }`,
        );
        const verdict = check(`{ ...A } ${text.join(' ')}`);
        const reaches = (from: number, seen: ReadonlySet<number>): boolean =>
          (bodies[from] ?? []).some((to) => {
            const next = names.indexOf(to);
            return seen.has(next) || reaches(next, new Set([...seen, next]));
          });
        const cyclic = names.some((_, n) => reaches(n, new Set([n])));
        return (!verdict.ok && verdict.reason.kind === 'fragment_cycle') === cyclic;
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });
});

it('each refusal names what is wrong and the way out', () => {
  for (const [, { query, variables = {} }] of ATTACKS) {
    const read = readDocument(query);
    const verdict =
      read.ok && read.value ? checkQuery(schema, read.value, undefined, variables, { mayIntrospect: false }) : read;
    const reason = verdict.ok ? null : verdict.reason;
    expect(reason, query.slice(0, 100)).not.toBeNull();
    expect(describeLimit(reason as LimitReason)).toMatch(/;|needs `first`/);
  }
  expect(describeLimit({ kind: 'first_missing', field: 'f'.repeat(9_000) }).length).toBeLessThan(200);
});
