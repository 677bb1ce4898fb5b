import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putMachineClient } from '../../tenancy/table/machine-clients.ts';
import { getStaff, putStaff } from '../../tenancy/table/staff.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { getUser, listUsers, putUser } from '../../tenancy/table/users.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { MachineClient, Staff, User } from '../../tenancy/user.ts';
import { startTables } from '../../tests/tables.ts';
import { decideClaims, type PreTokenDeps, type PreTokenEvent } from './claims.ts';

const NOW = 10 * 3_600_000;
const [acme, globex] = [parseTenantId('acme')!, parseTenantId('globex')!];

let store: Awaited<ReturnType<typeof startTables>>;
let deps: PreTokenDeps;
const lines: unknown[] = [];
beforeAll(async () => {
  store = await startTables();
  deps = { tables: store.tables, now: () => NOW, log: (line) => void lines.push(line) };
});
afterAll(() => store.close());

const user = (id: string, change: Partial<User> = {}): User => ({
  tenantId: acme,
  id,
  email: `${id}@acme.example`,
  displayName: id,
  role: 'MEMBER',
  status: 'ACTIVE',
  invitedAt: 1,
  version: 1,
  ...change,
});
const staff = (id: string, change: Partial<Staff> = {}): Staff => ({
  id,
  email: `${id}@platform.example`,
  displayName: id,
  role: 'PLATFORM_SUPPORT',
  status: 'ACTIVE',
  version: 1,
  ...change,
});
const client = (clientId: string, change: Partial<MachineClient> = {}): MachineClient => ({
  clientId,
  tenantId: acme,
  name: clientId,
  scopes: ['usage:read', 'keys:read'],
  createdBy: 'x',
  expiresAt: NOW + 1,
  version: 1,
  ...change,
});

/** As Cognito sends it for a person. The client's own entry, and what the caller says of itself, must not count. */
function personEvent(userAttributes: Record<string, string>, source = 'TokenGeneration_HostedAuth'): PreTokenEvent {
  return {
    version: '3',
    triggerSource: source,
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_Local',
    userName: 'alice',
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'robot-of-globex' },
    request: {
      userAttributes,
      groupConfiguration: { groupsToOverride: ['platform_admin'], iamRolesToOverride: [], preferredRole: null },
      scopes: ['openid', 'email'],
      clientMetadata: { tenant_id: 'globex', role: 'platform_admin' },
    },
    response: { claimsAndScopeOverrideDetails: null },
  } as unknown as PreTokenEvent;
}

function machineEvent(clientId: string): PreTokenEvent {
  const event = personEvent({ 'custom:tenant_id': 'globex' }, 'TokenGeneration_ClientCredentials');
  return { ...event, userName: clientId, callerContext: { ...event.callerContext, clientId } } as PreTokenEvent;
}

async function claimsOf(event: PreTokenEvent): Promise<unknown> {
  const { response } = await decideClaims(deps, event);
  expect(Object.keys(response.claimsAndScopeOverrideDetails)).toEqual(['accessTokenGeneration']);
  return response.claimsAndScopeOverrideDetails.accessTokenGeneration?.claimsToAddOrOverride;
}
const person = (sub: string, tenant?: string) =>
  personEvent({ sub, email: 'x@y.example', ...(tenant === undefined ? {} : { 'custom:tenant_id': tenant }) });

describe('a person of a tenant', () => {
  it.each([
    ['MEMBER', 'tenant_member'],
    ['ADMIN', 'tenant_admin'],
  ] as const)('who is %s gets its tenant and the role %s', async (role, claim) => {
    await putUser(store.tables, null, user(`plain-${role}`, { role }));
    expect(await claimsOf(person(`plain-${role}`, 'acme'))).toEqual({ tenant_id: 'acme', role: claim });
  });

  it.each([
    ['an unknown tenant', 'initech'],
    ['another tenant', 'globex'],
    ['no tenant at all', undefined],
    ['an empty tenant', ''],
    ['a tenant in upper case', 'ACME'],
    ['two tenants', 'acme/globex'],
    ['a key of the store', 'acme#USER'],
  ])('gets no token for %s', async (_, tenant) => {
    await putUser(store.tables, null, user('strayed'));
    const refused = claimsOf(person('strayed', tenant));
    await expect(refused).rejects.toThrow('this user belongs to no tenant; ask your tenant admin');
  });

  it('gets no token without a row, whatever its attributes say', async () => {
    await expect(claimsOf(person('never-invited', 'acme'))).rejects.toThrow('belongs to no tenant');
    for (const sub of ['', 'a#b', 'x'.repeat(65)])
      await expect(claimsOf(person(sub, 'acme'))).rejects.toThrow('identity');
    await expect(claimsOf(personEvent({ 'custom:tenant_id': 'acme' }))).rejects.toThrow('identity');
  });

  it('who is disabled gets no token, and is not tried as staff either', async () => {
    await putUser(store.tables, null, user('fired', { status: 'DISABLED' }));
    await putStaff(store.tables, staff('fired'));
    await expect(claimsOf(person('fired', 'acme'))).rejects.toThrow('this user is disabled; ask your tenant admin');
    await expect(claimsOf(person('fired', 'globex'))).rejects.toThrow('belongs to no tenant');
  });

  it('who was invited is active from the first token on, once, and counts as an admin', async () => {
    await putUser(store.tables, null, user('boss', { tenantId: globex, role: 'ADMIN', status: 'INVITED' }));
    const event = personEvent({ sub: 'boss', 'custom:tenant_id': 'globex' }, 'TokenGeneration_NewPasswordChallenge');
    const tokens = await Promise.all([claimsOf(event), claimsOf(event), claimsOf(event)]);
    expect(tokens).toEqual(Array(3).fill({ tenant_id: 'globex', role: 'tenant_admin' }));
    const boss = await getUser(store.tables, globex, 'boss');
    expect(boss).toMatchObject({ status: 'ACTIVE', version: 2, lastSeenAt: NOW });
    expect(await putUser(store.tables, boss, { ...boss!, role: 'MEMBER', version: 3 })).toBe('last_admin');
  });

  it('is seen once an hour', async () => {
    await putUser(store.tables, null, user('often'));
    const seenAt = async (now: number) => {
      await decideClaims({ ...deps, now: () => now }, person('often', 'acme'));
      return (await getUser(store.tables, acme, 'often'))?.lastSeenAt;
    };
    expect([await seenAt(NOW), await seenAt(NOW + 3_599_999), await seenAt(NOW + 3_600_000)]).toEqual([
      NOW,
      NOW,
      NOW + 3_600_000,
    ]);
  });
});

describe('a person of the platform', () => {
  it.each([
    ['PLATFORM_ADMIN', 'platform_admin'],
    ['PLATFORM_SUPPORT', 'platform_support'],
    ['PLATFORM_BILLING', 'platform_billing'],
  ] as const)('who is %s gets the role %s and no tenant', async (role, claim) => {
    await putStaff(store.tables, staff(`s-${role}`, { role, status: 'INVITED' }));
    expect(await claimsOf(person(`s-${role}`))).toEqual({ role: claim });
    expect(await getStaff(store.tables, `s-${role}`)).toMatchObject({ status: 'ACTIVE', version: 2 });
  });

  it('who is disabled or unknown gets no token', async () => {
    await putStaff(store.tables, staff('left', { status: 'DISABLED' }));
    await expect(claimsOf(person('left'))).rejects.toThrow('disabled');
    await expect(claimsOf(person('nobody'))).rejects.toThrow('belongs to no tenant');
  });
});

describe('a machine', () => {
  it('gets the tenant and the scopes of its row, whatever it says of itself', async () => {
    await putMachineClient(store.tables, client('robot'));
    await putMachineClient(store.tables, client('our-robot', { tenantId: null, scopes: ['tenants:write'] }));
    expect(await claimsOf(machineEvent('robot'))).toEqual({ tenant_id: 'acme', ar_scopes: 'usage:read keys:read' });
    expect(await claimsOf(machineEvent('our-robot'))).toEqual({ ar_scopes: 'tenants:write' });
  });

  it('that is revoked, expired or unknown gets no token', async () => {
    await putMachineClient(store.tables, client('gone', { revokedAt: NOW - 1 }));
    await putMachineClient(store.tables, client('old', { expiresAt: NOW }));
    await expect(claimsOf(machineEvent('gone'))).rejects.toThrow('this client is revoked');
    await expect(claimsOf(machineEvent('old'))).rejects.toThrow('this client is expired');
    for (const stray of ['other', 'constructor', '__proto__'])
      await expect(claimsOf(machineEvent(stray))).rejects.toThrow('this client is unknown');
  });
});

describe('when the store', () => {
  it('cannot be reached, nobody gets a token, and no address is told', async () => {
    const nowhere = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    const names = { directory: 'directory', ledger: 'ledger' };
    const dark = { ...deps, tables: openTables(DynamoDBDocumentClient.from(nowhere), names) };
    for (const event of [person('plain-ADMIN', 'acme'), person('s-PLATFORM_ADMIN'), machineEvent('robot')]) {
      lines.length = 0;
      const why = await decideClaims(dark, event).catch((error: Error) => error.message);
      expect(why).toBe('no token can be made at the moment; try again');
      expect(lines).toEqual([expect.objectContaining({ event: 'pre_token_failed' })]);
    }
  });

  it('is damaged, there is no token', async () => {
    const { users } = await listUsers(store.tables, acme, { limit: 1 });
    const Item = { ...users[0], id: 'bent', pk: 'TENANT#acme', sk: 'USER#bent', kind: 'USER', role: 'GOD' };
    await store.documents.send(new PutCommand({ TableName: 'ledger', Item }));
    await expect(claimsOf(person('bent', 'acme'))).rejects.toThrow('no token can be made');
  });
});
