import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { findMachineClient, putMachineClient } from '../../../tenancy/table/machine-clients.ts';
import { SCOPES } from '../../../tenancy/user.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { addTenant, adminOf, memberOf, tenantId, told } from '../people.fixture.ts';
import type { Principal } from '../principal.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const slug of ['acme', 'globex']) await addTenant(api, slug);
});
afterAll(() => api.close());

const FIELDS = 'machineClient { id clientId name scopes expiresAt revokedAt }';
const boss = adminOf('acme');
type Client = { readonly id: string; readonly clientId: string };
const codes = (payload: Record<string, unknown>) =>
  (payload['userErrors'] as { code: string }[]).map(({ code }) => code);
const create = (by: Principal, change = {}) =>
  api.change(
    by,
    'createMachineClient',
    { tenantId: 'ten_acme', name: 'nightly', scopes: ['usage:read', 'users:read'], ...change },
    `${FIELDS} clientSecret`,
  );
const revoke = (by: Principal, machineClientId: string, change = {}) =>
  api.change(by, 'revokeMachineClient', { machineClientId, reason: 'leaked', ...change }, FIELDS);

describe('createMachineClient', () => {
  it('shows the secret once, and writes it nowhere', async () => {
    const input = { idempotencyKey: 'once', expiresInDays: 1 };
    const first = await create(boss, input);
    const { clientId, id } = first['machineClient'] as Client;
    expect(first).toMatchObject({
      machineClient: { name: 'nightly', scopes: ['users:read', 'usage:read'], expiresAt: '2026-11-23T12:00:00.000Z' },
      clientSecret: api.pool.clients.get(clientId),
      replayed: false,
    });
    expect(await create(boss, input)).toEqual({ ...first, clientSecret: null, replayed: true });
    expect(api.pool.clients.size).toBe(1);
    expect(await findMachineClient(api.tables, clientId)).toMatchObject({ tenantId: 'acme', createdBy: 'boss' });
    const entries = await told(api, 'acme', 'createMachineClient');
    expect(entries[0]).toMatchObject({ outcome: 'ALLOWED', target: { kind: 'MachineClient', id } });
    expect(entries[0]?.changes).toContainEqual({ field: 'name', before: null, after: '"nightly"' });
    const { Items } = await everything();
    for (const text of [JSON.stringify(Items), JSON.stringify(api.lines)])
      expect(text).not.toContain(String(first['clientSecret']));
  });

  it.each([
    'tenants:write',
    'models:write',
    'switches:read',
    'switches:write',
    'routes:write',
    'identity-provider:write',
  ])('gives %s to clients of the platform alone', async (scope) => {
    for (const by of [boss, ADMIN])
      expect(codes(await create(by, { scopes: ['usage:read', scope] }))).toEqual(['BEYOND_OWN']);
    const made = await create(ADMIN, { tenantId: null, scopes: [scope] });
    expect(made['machineClient']).toMatchObject({ scopes: [scope] });
    await revoke(ADMIN, (made['machineClient'] as Client).id);
  });

  it.each([
    ['no scopes', { scopes: [] }],
    ['a scope that is made up', { scopes: ['usage:read', 'everything'] }],
    ['a scope of another spelling', { scopes: ['USAGE:READ'] }],
    ['no name', { name: ' ' }],
    ['no day', { expiresInDays: 0 }],
    ['more than a year', { expiresInDays: 366 }],
  ])('refuses %s, and makes nothing', async (_, change) => {
    const before = api.pool.clients.size;
    expect(codes(await create(boss, change))).toEqual(['INVALID']);
    expect(api.pool.clients.size).toBe(before);
  });

  it('is for people who are admins there: no member, no support, no machine with all scopes', async () => {
    const robot: Principal = { kind: 'machine', id: 'r', tenantId: tenantId('acme'), scopes: new Set(SCOPES) };
    for (const other of [memberOf('acme'), SUPPORT, robot, { ...robot, tenantId: null }])
      await expect(create(other)).rejects.toThrow(/FORBIDDEN/);
    const foreign = await create(boss, { tenantId: 'ten_globex' });
    expect(codes(foreign)).toEqual(['NOT_FOUND']);
    expect(await create(boss, { tenantId: 'ten_missing' })).toEqual(foreign);
  });

  it('ends at 20 that work', async () => {
    await addTenant(api, 'full');
    const rest = { tenantId: tenantId('full'), name: 'n', scopes: ['usage:read'], createdBy: 'x', version: 1 } as const;
    for (let n = 0; n < 20; n++)
      await putMachineClient(api.tables, { ...rest, clientId: `full-${n}`, expiresAt: api.now + (n === 0 ? 1 : 1e6) });
    const full = { tenantId: 'ten_full' };
    expect(codes(await create(adminOf('full'), full))).toEqual(['LIMIT_REACHED']);
    api.now += 1;
    expect(codes(await create(adminOf('full'), full))).toEqual([]);
  });
});

describe('revokeMachineClient', () => {
  it('ends it in the pool and in the table, for good', async () => {
    const { id, clientId } = (await create(boss))['machineClient'] as Client;
    const input = { idempotencyKey: 'revoke' };
    const first = await revoke(boss, id, input);
    expect(first).toMatchObject({ machineClient: { id, revokedAt: new Date(api.now).toISOString() }, userErrors: [] });
    expect(await revoke(boss, id, input)).toEqual({ ...first, replayed: true });
    expect(api.pool.clients.has(clientId)).toBe(false);
    expect(await findMachineClient(api.tables, clientId)).toMatchObject({ revokedAt: api.now });
    expect(codes(await revoke(boss, id))).toEqual(['WRONG_STATE']);
    const [entry] = (await told(api, 'acme', 'revokeMachineClient'))
      .filter(({ outcome }) => outcome === 'ALLOWED')
      .filter(({ target }) => target.id === id);
    expect(entry).toMatchObject({
      reason: 'leaked',
      changes: expect.arrayContaining([{ field: 'revokedAt', before: null, after: String(api.now) }]),
    });
  });

  it('of another tenant’s is like that of none', async () => {
    const { id, clientId } = (await create(adminOf('globex'), { tenantId: 'ten_globex' }))['machineClient'] as Client;
    const foreign = await revoke(boss, id);
    expect(codes(foreign)).toEqual(['NOT_FOUND']);
    for (const other of [`mcl_acme:${clientId}`, 'mcl_globex:none', 'mcl_acme:none', 'nonsense'])
      expect(await revoke(boss, other)).toEqual(foreign);
    expect(api.pool.clients.has(clientId)).toBe(true);
    for (const other of [memberOf('globex'), SUPPORT]) await expect(revoke(other, id)).rejects.toThrow(/FORBIDDEN/);
  });
});

describe('machine clients', () => {
  const document =
    'query($slug: String!, $after: String) { tenant(slug: $slug) { machineClients(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }';
  type Page = {
    readonly nodes: Client[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };

  it('are listed a page at a time, each once', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const { data } = await api.ask(SUPPORT, document, { slug: 'full', ...(after ? { after } : {}) });
      const page = (data as { tenant: { machineClients: Page } }).tenant.machineClients;
      seen.push(...page.nodes.map(({ id }) => id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([21, 21]);
  });

  it('are not for members', async () => {
    const refused = await api.ask(memberOf('acme'), document, { slug: 'acme' });
    expect(refused).toMatchObject({ data: { tenant: { machineClients: null } }, errors: [{ code: 'FORBIDDEN' }] });
  });
});

async function everything() {
  return api.tables.ledger.getDocumentClient().send(new ScanCommand({ TableName: api.tables.ledger.getName() }));
}

describe('a client of the platform itself', () => {
  const robot: Principal = { kind: 'machine', id: 'r', tenantId: tenantId('acme'), scopes: new Set(SCOPES) };
  const list = async (by: Principal) => {
    const text = '{ machineClients(first: 100) { nodes { id revokedAt } } }';
    const { data, errors } = await api.ask(by, text);
    return data ? (data['machineClients'] as { nodes: Client[] }).nodes : errors[0]?.code;
  };

  it('is made, listed, read and taken back by platform admins, in the platform’s own trail', async () => {
    const made = await create(ADMIN, { tenantId: null, scopes: ['tenants:write', 'usage:read'] });
    const { id, clientId } = made['machineClient'] as Client;
    expect(id).toBe(`mcl_platform:${clientId}`);
    expect(made['clientSecret']).toBe(api.pool.clients.get(clientId));
    expect(await findMachineClient(api.tables, clientId)).toMatchObject({
      tenantId: null,
      scopes: ['tenants:write', 'usage:read'],
    });
    expect(await list(SUPPORT)).toContainEqual({ id, revokedAt: null });
    const trail = async () => (await listAudit(api.tables, null, { limit: 5 })).entries.map(({ entry }) => entry);
    expect(await trail()).toContainEqual(
      expect.objectContaining({ action: 'createMachineClient', target: { kind: 'MachineClient', id } }),
    );

    const back = await revoke(ADMIN, id);
    expect(back).toMatchObject({ machineClient: { id, revokedAt: expect.any(String) }, userErrors: [] });
    expect(api.pool.clients.has(clientId)).toBe(false);
    expect(await trail()).toContainEqual(expect.objectContaining({ action: 'revokeMachineClient' }));
  });

  it('is nothing to a tenant’s people and machines', async () => {
    const made = await create(ADMIN, { tenantId: null });
    const { id } = made['machineClient'] as Client;
    for (const by of [boss, robot]) {
      expect(await list(by)).toBe('FORBIDDEN');
      const asked = await api.ask(by, `{ node(id: "${id}") { id } }`);
      expect(asked).toEqual(await api.ask(by, '{ node(id: "mcl_platform:nobody") { id } }'));
    }
    expect(codes(await create(boss, { tenantId: null }))).toEqual(['INVALID']);
    expect(await revoke(boss, id)).toEqual(await revoke(boss, 'mcl_platform:nobody'));
    expect(codes(await revoke(boss, id))).toEqual(['NOT_FOUND']);
    await expect(create(SUPPORT, { tenantId: null })).rejects.toThrow(/FORBIDDEN/);
    await revoke(ADMIN, id);
  });
});
