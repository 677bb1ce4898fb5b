import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from './api.fixture.ts';
import type { Principal } from './principal.ts';
import {
  AUDIT_ID,
  BILLED_DAY,
  BILLED_MONTH,
  EXPORT_ID,
  FOREIGN,
  fillTwoTenants,
  KEY_ID,
  ONE,
  OPERATION_ID,
  TWO,
} from './two-tenants.fixture.ts';

const SEED = 20_261_122;
const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await fillTwoTenants(api);
});
afterAll(() => api.close());

const CALLERS: readonly Principal[] = [
  { kind: 'user', id: 'admin', role: 'TENANT_ADMIN', tenantId: ONE },
  { kind: 'user', id: 'member', role: 'TENANT_MEMBER', tenantId: ONE },
  {
    kind: 'machine',
    id: 'm',
    tenantId: ONE,
    scopes: new Set([
      'tenants:read',
      'users:read',
      'grants:read',
      'keys:read',
      'usage:read',
      'audit:read',
      'exports:read',
      'models:read',
      'routes:read',
    ]),
  },
  {
    kind: 'staff',
    id: 's',
    role: 'PLATFORM_ADMIN',
    viewingAs: { id: 'v', staffId: 's', tenantId: ONE, reason: 'r', expiresAt: Date.parse('2100-01-01T00:00:00Z') },
  },
];

const IDS = [ONE, TWO, 'no-tenant'].flatMap((tenant) => [
  `ten_${tenant}`,
  `usr_${tenant}:admin`,
  `usr_${tenant}:member`,
  `key_${tenant}:${KEY_ID}`,
  `grt_${tenant}:tenant::all`,
  `mcl_${tenant}:client-${tenant}`,
  `mcl_${tenant}:client-${TWO}`,
  `rtb_${tenant}:support-agent`,
  `aud_${tenant}:${AUDIT_ID}`,
  `exp_${tenant}:${EXPORT_ID}`,
  `op_${tenant}:${OPERATION_ID}`,
  `bil_${tenant}:${BILLED_DAY}:1`,
  `bil_${tenant}:2026-11-21:1`,
  `per_${tenant}:${BILLED_MONTH}`,
  `per_${tenant}:2026-11`,
  `aud_platform:${AUDIT_ID}`,
]);

/** Draws a document from the schema: any fields, with any ids, of any tenant. */
function documentOf(draw: (below: number) => number): string {
  const one = <Item>(items: readonly Item[]): Item => items[draw(items.length)] as Item;
  const some = <Item>(items: readonly Item[]): Item[] => items.filter(() => draw(3) === 0);

  const value = (type: GraphQLInputType, name: string): string => {
    if (isNonNullType(type)) return value(type.ofType, name);
    if (isListType(type)) return `[${Array.from({ length: draw(3) }, () => value(type.ofType, name)).join(', ')}]`;
    if (isEnumType(type)) return one(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const kept = fields.filter((field) => isNonNullType(field.type) || draw(3) === 0);
      return `{ ${kept.map((field) => `${field.name}: ${value(field.type, field.name)}`).join(', ')} }`;
    }
    switch (type.name) {
      case 'Int':
        return String(1 + draw(5));
      case 'Boolean':
        return one(['true', 'false']);
      case 'Date':
        return one(['"2026-11-20"', '"2026-11-22"']);
      case 'Month':
        return one(['"2026-10"', '"2026-11"']);
      case 'DateTime':
        return one(['"2026-11-20T00:00:00Z"', '"2026-11-30T00:00:00Z"']);
      case 'ID':
        return JSON.stringify(one(IDS));
      default:
        if (name === 'after')
          return JSON.stringify(Buffer.from(one([...IDS, TWO, 'USER#admin'])).toString('base64url'));
        return JSON.stringify(one([ONE, TWO, 'no-tenant', 'claude-haiku-4-5']));
    }
  };
  const select = (field: GraphQLField<unknown, unknown>, depth: number): string => {
    const args = field.args.filter(({ type, name }) => isNonNullType(type) || draw(name === 'after' ? 4 : 2) === 0);
    const given = args.map(({ name, type }) => `${name}: ${value(type, name)}`).join(', ');
    return `a${draw(1_000_000)}: ${field.name}${given ? `(${given})` : ''}${inner(field, depth)}`;
  };
  const inner = (field: GraphQLField<unknown, unknown>, depth: number): string => {
    const type = getNamedType(field.type);
    if (isInterfaceType(type)) {
      const parts = schema.getPossibleTypes(type).map((each) => `... on ${each.name} ${fieldsOf(each, depth)}`);
      return ` { __typename ${parts.join(' ')} }`;
    }
    return isObjectType(type) ? ` ${fieldsOf(type, depth)}` : '';
  };
  const fieldsOf = (type: { getFields(): Record<string, GraphQLField<unknown, unknown>> }, depth: number): string => {
    const fields = Object.values(type.getFields()).filter(
      (field) => depth > 0 || !isObjectType(getNamedType(field.type)),
    );
    const chosen = some(fields).slice(0, 6);
    return `{ __typename ${chosen.map((field) => select(field, depth - 1)).join(' ')} }`;
  };
  const roots = Object.values(schema.getQueryType()?.getFields() ?? {});
  return `{ ${Array.from({ length: 1 + draw(3) }, () => select(one(roots), 4)).join(' ')} }`;
}

it('no answer to a caller within a tenant’s wall has anything of another tenant in it', async () => {
  let withData = 0;
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), fc.constantFrom(...CALLERS), async (numbers, caller) => {
      const document = documentOf((below) => (numbers.next().value as number) % below);
      const answered = await api.ask(caller, document);
      const text = JSON.stringify(answered);
      expect(text).not.toContain(FOREIGN);
      expect(
        answered.errors.filter(({ code }) => code === 'INTERNAL'),
        document,
      ).toEqual([]);
      if (Object.values(answered.data ?? {}).some((one) => one !== null)) withData += 1;
    }),
    { seed: SEED, numRuns: 900 },
  );
  // A test whose documents are all refused would find nothing.
  expect(withData).toBeGreaterThan(100);
}, 120_000);

it('the same documents show the other tenant to staff, so the test can see', async () => {
  const [staff] = [{ kind: 'staff', id: 's', role: 'PLATFORM_ADMIN', viewingAs: null }] as const;
  const answered = await api.ask(staff, `{ node(id: "ten_${TWO}") { ... on Tenant { name } } }`);
  expect(JSON.stringify(answered)).toContain(FOREIGN);
});
