import { buildSchema, defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';

/** A small schema of the control plane's shape: connections, an interface, an input that contains itself, a loop. */
export const SDL = `
  scalar JSON
  input Filter { and: [Filter!] name: String }
  interface Node { id: ID! }
  type PageInfo { endCursor: String }
  type Query {
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    self: Query
    tenant(id: ID, filter: Filter, json: JSON): Tenant
    tenants(first: Int, after: String): TenantConnection
    version: String
  }
  type Mutation { createTenant(name: String): Tenant }
  type TenantConnection { nodes: [Tenant!] edges: [TenantEdge!] pageInfo: PageInfo totalCount: Int }
  type TenantEdge { cursor: String node: Tenant }
  type Tenant implements Node { id: ID! name: String parent: Tenant owner: User users(first: Int): UserConnection }
  type UserConnection { nodes: [User!] pageInfo: PageInfo }
  type User implements Node { id: ID! name: String tenant: Tenant keys(first: Int): KeyConnection }
  type KeyConnection { nodes: [Key!] }
  type Key { id: ID! nodes: Tenant }
`;

/** Counts each call of a resolver, those of plain values too. */
export function countingSchema(): { readonly schema: GraphQLSchema; calls(): number } {
  const schema = buildSchema(SDL);
  let calls = 0;
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (source, args, context, info) => {
        calls += 1;
        return defaultFieldResolver(source, args, context, info) ?? (info.fieldName === 'version' ? '1' : null);
      };
    }
  }
  return { schema, calls: () => calls };
}

const repeated = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');

export type Attack = { readonly query: string; readonly variables?: Record<string, unknown> };

/** What must be refused, and by what. */
export const ATTACKS: readonly (readonly [string, Attack, string])[] = [
  ['5,000 aliases', { query: `{ ${repeated(5_000, (n) => `a${n}: version`)} }` }, 'text_too_long'],
  ['5,000 aliases in few characters', { query: `{${repeated(1_000, (n) => `a${n}:version`)}}` }, 'too_many_tokens'],
  ['600 aliases', { query: `{ ${repeated(600, (n) => `a${n}: version`)} }` }, 'too_many_aliases'],
  [
    '51 aliases in a fragment that is spread',
    { query: `{ self { ...F } } fragment F on Query { ${repeated(51, (n) => `a${n}: version`)} }` },
    'too_many_aliases',
  ],
  [
    '30 aliases, spread twice',
    {
      query: `{ self { ...F } tenant { parent { id } } x: self { ...F } } fragment F on Query { ${repeated(30, (n) => `a${n}: version`)} }`,
    },
    'too_many_aliases',
  ],
  ['depth 60', { query: `{ ${'self { '.repeat(60)}version${' }'.repeat(60)} }` }, 'too_deep'],
  ['depth 13', { query: `{ ${'self { '.repeat(12)}version${' }'.repeat(12)} }` }, 'too_deep'],
  [
    'depth 13 by fragments',
    {
      query: `{ ...F12 } ${repeated(12, (n) => `fragment F${n + 1} on Query { self { ...F${n} } }`)} fragment F0 on Query { version }`,
    },
    'too_deep',
  ],
  ['first: 1e9', { query: '{ tenants(first: 1000000000) { nodes { id } } }' }, 'first_out_of_range'],
  [
    'first: 1e9 in a variable',
    { query: 'query ($n: Int) { tenants(first: $n) { nodes { id } } }', variables: { n: 1e9 } },
    'first_out_of_range',
  ],
  [
    'first as text',
    { query: 'query ($n: Int) { tenants(first: $n) { nodes { id } } }', variables: { n: '5' } },
    'first_out_of_range',
  ],
  ['no first', { query: '{ tenants { nodes { id } } }' }, 'first_missing'],
  [
    'first: null over a default',
    { query: 'query ($n: Int = 5) { tenants(first: $n) { nodes { id } } }', variables: { n: null } },
    'first_missing',
  ],
  [
    'a page of pages of pages',
    {
      query: '{ tenants(first: 100) { nodes { users(first: 100) { nodes { keys(first: 100) { nodes { id } } } } } } }',
    },
    'too_costly',
  ],
  [
    'the same by fragments on connections',
    {
      query:
        '{ tenants(first: 100) { ...A } } fragment A on TenantConnection { nodes { users(first: 100) { ...B } } } fragment B on UserConnection { nodes { tenant { id } } }',
    },
    'too_costly',
  ],
  [
    '6,000 ids in a variable',
    {
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array.from({ length: 6_000 }, () => 'x') },
    },
    'too_costly',
  ],
  ['a fragment that contains itself', { query: '{ ...F } fragment F on Query { self { ...F } }' }, 'fragment_cycle'],
  [
    'three that contain each other',
    {
      query: '{ ...A } fragment A on Query { self { ...B } } fragment B on Query { ...C } fragment C on Query { ...A }',
    },
    'fragment_cycle',
  ],
  ['a cycle that nothing spreads', { query: '{ version } fragment F on Query { ...F }' }, 'fragment_cycle'],
  [
    '30 levels of doubling',
    {
      query: `{ ...F30 } ${repeated(30, (n) => `fragment F${n + 1} on Query { ...F${n} ...F${n} }`)} fragment F0 on Query { version }`,
    },
    'too_many_fields',
  ],
  [
    '30 levels of doubling by aliases',
    {
      query: `{ ...F30 } ${repeated(30, (n) => `fragment F${n + 1} on Query { a: self { ...F${n} } b: self { ...F${n} } }`)} fragment F0 on Query { version }`,
    },
    'too_deep',
  ],
  [
    '11 levels of fields in pairs',
    {
      query: `{ tenant { ...F9 } } ${repeated(9, (n) => `fragment F${n + 1} on Tenant { parent { ...F${n} } owner { tenant { ...F${n} } } }`)} fragment F0 on Tenant { parent { id } }`,
    },
    'too_deep',
  ],
  ['1 MB of query', { query: `{ ${'version '.repeat(125_000)} }` }, 'text_too_long'],
  ['1 MB of comment', { query: `{ version } #${'x'.repeat(1_000_000)}` }, 'text_too_long'],
  ['2,000 directives', { query: `{ version ${'@a'.repeat(2_000)} }` }, 'too_many_tokens'],
  ['900 directives', { query: `{ version ${'@a'.repeat(900)} }` }, 'too_many_directives'],
  ['900 directives on a variable', { query: `query ($n: Int ${'@a'.repeat(900)}) { version }` }, 'too_many_directives'],
  ['21 root fields', { query: `{ ${repeated(21, (n) => `a${n}: version`)} }` }, 'too_many_root_fields'],
  [
    'a list literal 12 deep',
    { query: `{ tenant(json: ${'['.repeat(12)}${']'.repeat(12)}) { id } }` },
    'values_too_deep',
  ],
  [
    'a list literal 5,000 deep',
    { query: `{ tenant(json: ${'['.repeat(5_000)}${']'.repeat(5_000)}) { id } }` },
    'too_many_brackets',
  ],
  ['inline fragments 500 deep', { query: `{ ${'...{'.repeat(500)} version ${'}'.repeat(500)} }` }, 'too_many_brackets'],
  [
    'an object literal 20 deep as a default',
    { query: `query ($f: Filter = ${'{and:'.repeat(20)}[]${'}'.repeat(20)}) { tenant(filter: $f) { id } }` },
    'values_too_deep',
  ],
  [
    'a variable 10,000 lists deep',
    { query: 'query ($j: JSON) { tenant(json: $j) { id } }', variables: { j: nested(10_000, (one) => [one]) } },
    'values_too_deep',
  ],
  [
    'a filter 10,000 filters deep',
    {
      query: 'query ($f: Filter) { tenant(filter: $f) { id } }',
      variables: { f: nested(10_000, (one) => ({ and: [one] })) },
    },
    'values_too_deep',
  ],
  ['introspection', { query: '{ __schema { types { name } } }' }, 'introspection'],
  [
    'introspection under an alias in a fragment',
    { query: '{ ...F } fragment F on Query { a: __type(name: "Key") { name } }' },
    'introspection',
  ],
];

function nested(depth: number, around: (one: unknown) => unknown): unknown {
  let value: unknown = {};
  for (let n = 0; n < depth; n++) value = around(value);
  return value;
}
