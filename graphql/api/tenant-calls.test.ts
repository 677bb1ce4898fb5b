import { readFileSync } from 'node:fs';
import { buildSchema, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TableCall } from '../../tests/iam/record-table-calls.ts';
import { mayCall } from '../../tests/iam/wall.ts';
import { type Api, startApi } from './api.fixture.ts';
import { rulesOf } from './authorize.ts';
import { permits } from './policy.ts';
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
 * Every call to a table that a resolver makes for a caller of a tenant, by the policy of the role that the caller's
 * session has: allowed with the tenant's own tag, and with no other. Made from the schema: a field is asked for as soon
 * as it is there, and a mutation without a step here fails. `tenant-calls.txt` is what the policy is for.
 */
const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const rules = rulesOf(schema);

const PEOPLE: readonly Principal[] = [
  { kind: 'user', id: 'admin', role: 'TENANT_ADMIN', tenantId: ONE },
  { kind: 'user', id: 'member', role: 'TENANT_MEMBER', tenantId: ONE },
];
const [BOSS] = PEOPLE as [Principal];

const OBJECTS: readonly (readonly [type: string, id: string])[] = [
  ['Tenant', `ten_${ONE}`],
  ['User', `usr_${ONE}:member`],
  ['ApiKey', `key_${ONE}:${KEY_ID}`],
  ['Grant', `grt_${ONE}:tenant::all`],
  ['MachineClient', `mcl_${ONE}:client-${ONE}`],
  ['AuditEvent', `aud_${ONE}:${AUDIT_ID}`],
  ['Export', `exp_${ONE}:${EXPORT_ID}`],
  ['TenantOperation', `op_${ONE}:${OPERATION_ID}`],
  ['BillingDay', `bil_${ONE}:${BILLED_DAY}:1`],
  ['BillingPeriod', `per_${ONE}:${BILLED_MONTH}`],
  ['BillingPeriod', `per_${ONE}:2026-11`],
  ['RouteBinding', `rtb_${ONE}:support-agent`],
];

/** What earlier steps made: ids, versions and the one key. */
type Made = Record<string, string | number>;
type Step = {
  readonly input: (made: Made) => Record<string, unknown>;
  readonly fields: string;
  readonly keep?: (payload: never) => Made;
};

const tenantId = `ten_${ONE}`;
const step = (fields: string, input: Step['input'], keep?: Step['keep']): Step => ({
  fields,
  input,
  ...(keep ? { keep } : {}),
});
type User = { readonly user: { readonly id: string; readonly version: number } };
const keepUser = ({ user }: User): Made => ({ user: user.id, userVersion: user.version });
const ofUser = ({ user, userVersion }: Made) => ({ userId: user, expectedVersion: userVersion });
type Key = { readonly apiKey: { readonly id: string; readonly version: number }; readonly secret?: string };
const keepKey = ({ apiKey, secret }: Key): Made => ({
  key: apiKey.id,
  keyVersion: apiKey.version,
  ...(secret ? { secret } : {}),
});
const ofKey = ({ key, keyVersion }: Made) => ({ apiKeyId: key, expectedVersion: keyVersion });

/** Each mutation that somebody of a tenant may use, in an order in which each finds what it needs. */
const STEPS: Readonly<Record<string, Step>> = {
  inviteUser: step(
    'user { id version }',
    () => ({ tenantId, email: 'new@one-tenant.test', displayName: 'New' }),
    keepUser,
  ),
  updateUser: step('user { id version }', (made) => ({ ...ofUser(made), role: 'ADMIN' }), keepUser),
  setSubjectLimits: step('userErrors { code }', ({ user }) => ({ subjectId: user, limits: { requestsPerMinute: 3 } })),
  createGrant: step(
    'grant { id }',
    ({ user }) => ({ tenantId, subjectId: user, model: '*' }),
    ({ grant }: { readonly grant: { readonly id: string } }) => ({ grant: grant.id }),
  ),
  revokeGrant: step('revokedGrantId', ({ grant }) => ({ grantId: grant, reason: 'over' })),
  createApiKey: step(
    'apiKey { id version } secret',
    ({ user }) => ({ tenantId, ownerId: user, name: 'laptop' }),
    keepKey,
  ),
  updateApiKey: step('apiKey { id version }', (made) => ({ ...ofKey(made), name: 'desk' }), keepKey),
  rotateApiKey: step('apiKey { id version } secret', ofKey, keepKey),
  reportLeakedKey: step('userErrors { code }', ({ secret }) => ({ key: secret, source: 'a public repository' })),
  revokeApiKey: step('userErrors { code }', () => ({ apiKeyId: `key_${ONE}:${KEY_ID}`, reason: 'over' })),
  disableUser: step('user { id version }', (made) => ({ ...ofUser(made), reason: 'left' }), keepUser),
  enableUser: step('user { id version }', ofUser, keepUser),
  createMachineClient: step(
    'machineClient { id }',
    () => ({ tenantId, name: 'ci', scopes: ['usage:read'] }),
    ({ machineClient }: { readonly machineClient: { readonly id: string } }) => ({ client: machineClient.id }),
  ),
  requestExport: step('userErrors { code }', () => ({
    tenantId,
    kind: 'USAGE',
    from: '2026-11-01',
    to: '2026-11-22',
  })),
  requestStatement: step('userErrors { code }', () => ({ tenantId, month: '2026-11' })),
  revokeMachineClient: step('userErrors { code }', ({ client }) => ({ machineClientId: client, reason: 'over' })),
};

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await fillTwoTenants(api);
  for (const principal of PEOPLE) await askEverything(principal);
  await changeEverything();
}, 120_000);
afterAll(() => api.close());

async function askEverything(principal: Principal): Promise<void> {
  for (const [typeName, id] of OBJECTS) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`no type ${typeName}`);
    for (const field of Object.values(type.getFields())) {
      await api.ask(principal, `{ node(id: "${id}") { ... on ${typeName} { ${selection(field)} } } }`);
    }
  }
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    await api.ask(principal, `{ ${selection(field)} }`);
  }
}

async function changeEverything(): Promise<void> {
  const made: Made = {};
  for (const [name, { input, fields, keep }] of Object.entries(STEPS)) {
    const payload = await api.change(BOSS, name, input(made), fields);
    expect(payload['userErrors'], name).toEqual([]);
    Object.assign(made, keep?.(payload as never));
  }
}

it('tries every mutation that somebody of a tenant may use', () => {
  const theirs = Object.keys(schema.getMutationType()?.getFields() ?? {}).filter((name) => {
    const rule = rules.get(`Mutation.${name}`);
    return rule && PEOPLE.some((principal) => permits(rule, principal, null));
  });
  expect(Object.keys(STEPS).toSorted()).toEqual(theirs.toSorted());
});

it('lets each call pass with the tenant’s own tag alone', () => {
  expect(api.tenantCalls.length).toBeGreaterThan(100);
  expect(api.tenantCalls.filter((call) => !mayCall(call, ONE))).toEqual([]);
  for (const tag of [TWO, 'one', 'one-tenan', `${ONE}-2`, '*', '', undefined]) {
    expect(
      api.tenantCalls.filter((call) => mayCall(call, tag)),
      tag,
    ).toEqual([]);
  }
});

it('makes no call but those that are written down', async () => {
  const lines = [...new Set(api.tenantCalls.map(shapeOf))].toSorted();
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('tenant-calls.txt');
});

/** A call without what differs from one tenant, user or day to the next. */
function shapeOf({ action, resource, leadingKeys }: TableCall): string {
  const keys = (leadingKeys ?? []).map((key) =>
    key
      .split('#')
      .map((part) => (part === ONE ? '<tenant>' : /^[A-Z_]+$/.test(part) ? part : '*'))
      .join('#'),
  );
  return `${resource.split(':table/')[1]} ${action.replace('dynamodb:', '')} ${[...new Set(keys)].join(', ')}`;
}
