import { readFileSync } from 'node:fs';
import { buildSchema, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../tenancy/user.ts';
import { type Answered, type Api, startApi } from './api.fixture.ts';
import { rulesOf } from './authorize.ts';
import { type Place, permits } from './policy.ts';
import type { Principal } from './principal.ts';
import { selection } from './selection.fixture.ts';
import {
  AUDIT_ID,
  BILLED_DAY,
  BILLED_MONTH,
  EXPORT_ID,
  fillTwoTenants,
  KEY_ID,
  ONE,
  OPERATION_ID,
  TWO,
} from './two-tenants.fixture.ts';

/**
 * Every field for every role, on what is its own, another tenant's and nobody's. Made from the schema: a field that is
 * added is in it, and who may read it must be written down beside it (`role-matrix.txt`).
 */
const sdl = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
const schema = buildSchema(sdl);
const rules = rulesOf(schema);

const ROLES: Readonly<Record<string, Principal>> = {
  'platform admin': { kind: 'staff', id: 's1', role: 'PLATFORM_ADMIN', viewingAs: null },
  support: { kind: 'staff', id: 's2', role: 'PLATFORM_SUPPORT', viewingAs: null },
  billing: { kind: 'staff', id: 's3', role: 'PLATFORM_BILLING', viewingAs: null },
  'tenant admin': { kind: 'user', id: 'admin', role: 'TENANT_ADMIN', tenantId: ONE },
  member: { kind: 'user', id: 'member', role: 'TENANT_MEMBER', tenantId: ONE },
  'other member': { kind: 'user', id: 'other', role: 'TENANT_MEMBER', tenantId: ONE },
  machine: { kind: 'machine', id: 'm1', tenantId: ONE, scopes: new Set(SCOPES) },
  'machine without scopes': { kind: 'machine', id: 'm2', tenantId: ONE, scopes: new Set() },
};

/** How an object of a type is reached, in a tenant or in none. `audit`: its entry there. */
const REACHED: Readonly<Record<string, (tenant: string) => string>> = {
  Tenant: (tenant) => `node(id: "ten_${tenant}")`,
  User: (tenant) => `node(id: "usr_${tenant}:member")`,
  ApiKey: (tenant) => `node(id: "key_${tenant}:${KEY_ID}")`,
  Grant: (tenant) => `node(id: "grt_${tenant}:tenant::all")`,
  MachineClient: (tenant) => `node(id: "mcl_${tenant}:client-${tenant}")`,
  RouteBinding: (tenant) => `node(id: "rtb_${tenant}:support-agent")`,
  AuditEvent: (tenant) => `node(id: "aud_${tenant}:${AUDIT_ID}")`,
  Export: (tenant) => `node(id: "exp_${tenant}:${EXPORT_ID}")`,
  BillingDay: (tenant) => `node(id: "bil_${tenant}:${BILLED_DAY}:1")`,
  BillingPeriod: (tenant) => `node(id: "per_${tenant}:${BILLED_MONTH}")`,
  TenantOperation: (tenant) => `node(id: "op_${tenant}:${OPERATION_ID}")`,
};
const OWNER: Readonly<Record<string, string>> = { User: 'member', ApiKey: 'member' };

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await fillTwoTenants(api);
});
afterAll(() => api.close());

const forbidden = ({ errors }: Answered) => errors.some(({ code }) => code === 'FORBIDDEN');
const unexpected = ({ errors }: Answered) => errors.filter(({ code }) => code !== 'FORBIDDEN');

describe.each(Object.entries(REACHED))('%s', (typeName, reach) => {
  const type = schema.getType(typeName);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];

  it.each(Object.keys(ROLES))('for %s: each field by its policy, another tenant’s like none at all', async (role) => {
    const principal = ROLES[role]!;
    for (const field of fields) {
      const ask = (tenant: string) =>
        api.ask(principal, `{ ${reach(tenant)} { __typename ... on ${typeName} { ${selection(field)} } } }`);
      const [own, foreign, missing] = [await ask(ONE), await ask(TWO), await ask('no-tenant')];
      const where = `${typeName}.${field.name} for ${role}`;
      const place: Place = { tenantId: ONE, ...(OWNER[typeName] ? { ownerId: OWNER[typeName] } : {}) };
      const rule = rules.get(`${typeName}.${field.name}`)!;
      const isVisible = own.data?.['node'] != null;
      const passes = permits(rules.get('Query.node')!, principal, null) && permits(rule, principal, place);
      expect([unexpected(own), unexpected(foreign), unexpected(missing)], where).toEqual([[], [], []]);
      // Whoever may not see the object at all gets none, and learns nothing of the field.
      if (isVisible) expect(forbidden(own), where).toBe(!passes);
      else expect(passes, where).toBe(false);
      if (principal.kind !== 'staff') expect(foreign, where).toEqual(missing);
    }
  });
});

describe('the roots', () => {
  const query = Object.values(schema.getQueryType()!.getFields());
  const mutation = Object.values(schema.getMutationType()!.getFields());

  it.each(Object.keys(ROLES))('for %s: each query by its policy', async (role) => {
    for (const field of query) {
      const answered = await api.ask(ROLES[role]!, `{ ${selection(field)} }`);
      expect(forbidden(answered), `${field.name} for ${role}`).toBe(
        !permits(rules.get(`Query.${field.name}`)!, ROLES[role]!, null),
      );
    }
  });

  it.each(Object.keys(ROLES))('for %s: each mutation by its policy', async (role) => {
    for (const field of mutation) {
      // An idempotency key with a space in it is refused before anything is planned.
      const text = `mutation { ${selection(field).replace('idempotencyKey: "x"', 'idempotencyKey: " "')} }`;
      const answered = await api.ask(ROLES[role]!, text);
      const passes = permits(rules.get(`Mutation.${field.name}`)!, ROLES[role]!, null);
      expect(forbidden(answered), `${field.name} for ${role}`).toBe(!passes);
      if (passes) expect(answered.errors, `${field.name} for ${role}`).toEqual([]);
    }
  });
});

it('who may read what is written down, for every field', async () => {
  const lines = [...rules].map(([field, rule]) => {
    if (rule.policy === 'PARENT') return `${field.padEnd(48)} as its object`;
    const who = Object.entries(ROLES).filter(([, principal]) =>
      permits(rule, principal, { tenantId: ONE, ownerId: 'member' }),
    );
    return `${field.padEnd(48)} ${who.map(([name]) => name).join(', ') || 'nobody'}`;
  });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('role-matrix.txt');
});
