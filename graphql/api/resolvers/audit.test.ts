import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditEntry, mintAuditId } from '../../../tenancy/audit.ts';
import { CHAIN_START, nextLink } from '../../../tenancy/audit-chain.ts';
import { appendAudit, listAudit } from '../../../tenancy/table/audit.ts';
import { appendLink } from '../../../tenancy/table/audit-chain.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { putUser } from '../../../tenancy/table/users.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';

const [acme, globex] = ['acme', 'globex'].map((text) => parseTenantId(text) as TenantId) as [TenantId, TenantId];
const BOSS: Principal = { kind: 'user', id: 'u1', role: 'TENANT_ADMIN', tenantId: acme };
const MEMBER: Principal = { kind: 'user', id: 'u2', role: 'TENANT_MEMBER', tenantId: acme };
const VIEWING: Principal = { ...SUPPORT, viewingAs: { tenantId: acme } } as never;
const START = Date.parse('2026-11-22T10:00:00Z');

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const id of [acme, globex]) {
    await putTenant(api.tables, {
      id,
      name: id,
      status: 'ACTIVE',
      tier: 'STANDARD',
      homeRegion: 'eu-central-1',
      allowedRegions: ['eu-central-1'],
      residency: 'geo',
      version: 1,
    });
  }
  for (const [n, tenantId] of [acme, acme, acme, globex, null].entries()) await tell(n, tenantId);
});
afterAll(() => api.close());

const idAt = (n: number) => mintAuditId(START + n * 60_000, new Uint8Array(10));
async function tell(n: number, tenantId: TenantId | null): Promise<void> {
  const entry = {
    id: idAt(n),
    tenantId,
    at: START + n * 60_000,
    requestId: `request-${n}`,
    actor: { kind: 'user', id: 'anna' },
    action: `action${n}`,
    target: { kind: 'ApiKey', id: 'key_acme:k1' },
    outcome: 'ALLOWED',
    ...(n === 1 ? { reason: 'found in a public repository' } : {}),
  } as const;
  await appendAudit(api.tables, auditEntry(entry, { name: 'a' }, { name: 'b', secretSha256: 'xyz' }));
}

const EVENT =
  'id at actor { kind id } action targetType targetId outcome reason requestId changes { field before after }';
const OF_TENANT = `query($slug: String!, $first: Int!, $after: String, $filter: AuditFilter) {
  tenant(slug: $slug) { auditEvents(first: $first, after: $after, filter: $filter) { nodes { ${EVENT} } pageInfo { hasNextPage endCursor } } }
}`;
type Page = { nodes: { action: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

async function actions(who: Principal, more: object = {}): Promise<string[]> {
  const { data, errors } = await api.ask(who, OF_TENANT, { slug: 'acme', first: 10, ...more });
  expect(errors).toEqual([]);
  return (data as { tenant: { auditEvents: Page } }).tenant.auditEvents.nodes.map(({ action }) => action);
}

describe('auditEvents', () => {
  it('are the own trail, newest first, with every field', async () => {
    const { data } = await api.ask(BOSS, OF_TENANT, { slug: 'acme', first: 2 });
    const page = (data as { tenant: { auditEvents: Page } }).tenant.auditEvents;
    expect(page.nodes.map(({ action }) => action)).toEqual(['action2', 'action1']);
    expect(page.nodes[1]).toEqual({
      id: `aud_acme:${idAt(1)}`,
      at: '2026-11-22T10:01:00.000Z',
      actor: { kind: 'user', id: 'anna' },
      action: 'action1',
      targetType: 'ApiKey',
      targetId: 'key_acme:k1',
      outcome: 'ALLOWED',
      reason: 'found in a public repository',
      requestId: 'request-1',
      changes: [
        { field: 'name', before: '"a"', after: '"b"' },
        { field: 'secretSha256', before: null, after: '"(redacted)"' },
      ],
    });
    expect(page.pageInfo.hasNextPage).toBe(true);
    expect(await actions(BOSS, { after: page.pageInfo.endCursor })).toEqual(['action0']);
    const { data: one } = await api.ask(BOSS, `{ node(id: "aud_acme:${idAt(1)}") { ... on AuditEvent { ${EVENT} } } }`);
    expect(one).toEqual({ node: page.nodes[1] });
  });

  it('are from an instant on and before another', async () => {
    const at = (minute: number) => new Date(START + minute * 60_000).toISOString();
    expect(await actions(BOSS, { filter: { from: at(1) } })).toEqual(['action2', 'action1']);
    expect(await actions(BOSS, { filter: { to: at(1) } })).toEqual(['action0']);
    expect(await actions(BOSS, { filter: { from: at(1), to: at(2) } })).toEqual(['action1']);
    expect(await actions(BOSS, { filter: { from: '1950-01-01T00:00:00Z' } })).toHaveLength(3);
    expect(await actions(BOSS, { filter: { to: '1950-01-01T00:00:00Z' } })).toEqual([]);
  });

  it('are for admins of the tenant and for staff', async () => {
    expect(await actions(SUPPORT)).toHaveLength(3);
    expect(await actions(VIEWING)).toHaveLength(3);
    const { data, errors } = await api.ask(MEMBER, OF_TENANT, { slug: 'acme', first: 10 });
    expect(data).toEqual({ tenant: { auditEvents: null } });
    expect(errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });

  it('of another tenant are like those of none, by slug, by id and by cursor', async () => {
    const ask = (slug: string, id: string) =>
      api.ask(
        BOSS,
        'query($slug: String!, $id: ID!) { tenant(slug: $slug) { auditEvents(first: 9) { nodes { id } } } node(id: $id) { id } }',
        { slug, id },
      );
    const foreign = await ask('globex', `aud_globex:${idAt(3)}`);
    expect(foreign).toEqual(await ask('missing', `aud_missing:${idAt(3)}`));
    expect(foreign).toEqual(await ask('missing', `aud_platform:${idAt(4)}`));
    expect(foreign).toEqual({ data: { tenant: null, node: null }, errors: [] });
    const cursor = (text: string) => Buffer.from(text).toString('base64url');
    expect(await actions(BOSS, { after: cursor(idAt(3)) })).toEqual(['action2', 'action1', 'action0']);
    const { errors } = await api.ask(BOSS, OF_TENANT, { slug: 'acme', first: 9, after: cursor('TENANT') });
    expect(errors).toMatchObject([{ code: 'BAD_USER_INPUT' }]);
  });
});

it('entries of one instant are listed in the order in which they were made', async () => {
  const names = Array.from({ length: 12 }, (_, n) => `k${n}`);
  await putUser(api.tables, null, {
    tenantId: globex,
    id: 'u1',
    email: 'u1@globex.example',
    displayName: 'One',
    role: 'MEMBER',
    status: 'ACTIVE',
    invitedAt: 0,
    version: 1,
  });
  const one: Principal = { ...MEMBER, id: 'u1', tenantId: globex };
  for (const name of names) await api.change(one, 'createApiKey', { tenantId: 'ten_globex', name }, 'apiKey { id }');
  const { entries } = await listAudit(api.tables, globex, { limit: 12 });
  const made = entries.map(({ entry }) => entry.changes.find(({ field }) => field === 'name')?.after);
  expect(made).toEqual(names.toReversed().map((name) => JSON.stringify(name)));
  expect(new Set(entries.map(({ entry }) => entry.at)).size).toBe(1);
});

it('of an entry is told what seals it, in lists and by its id, such that anybody can recompute it', async () => {
  const initech = parseTenantId('initech') as TenantId;
  const admin: Principal = { ...BOSS, tenantId: initech };
  await putTenant(api.tables, {
    id: initech,
    name: 'initech',
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  });
  for (const n of [5, 6, 7]) await tell(n, initech);
  const { entries } = await listAudit(api.tables, initech, { limit: 9 });
  const [third, second, first] = entries.map(({ entry }) => entry);
  const one = nextLink(CHAIN_START, first!, api.platform.sha256);
  const two = nextLink(one, second!, api.platform.sha256);
  for (const link of [one, two]) expect(await appendLink(api.tables, initech, link)).toBe('linked');

  const fields = 'id sequence hash sealedText';
  const { data } = await api.ask(
    admin,
    `{ tenant(slug: "initech") { auditEvents(first: 9) { nodes { ${fields} } } } }`,
  );
  type Sealed = { id: string; sequence: string | null; hash: string | null; sealedText: string };
  const { nodes } = (data as { tenant: { auditEvents: { nodes: Sealed[] } } }).tenant.auditEvents;
  expect(nodes.map(({ sequence, hash }) => [sequence, hash])).toEqual([
    [null, null],
    ['2', two.hash],
    ['1', one.hash],
  ]);
  expect(nodes[1]?.hash).toBe(api.platform.sha256(`${nodes[2]?.hash}\n${nodes[1]?.sealedText}`));
  expect(JSON.parse(nodes[0]?.sealedText ?? '')).toEqual(third);
  for (const node of nodes) {
    const byId = await api.ask(admin, `{ node(id: "${node.id}") { ... on AuditEvent { ${fields} } } }`);
    expect(byId.data).toEqual({ node });
  }
});

describe('platformAuditEvents', () => {
  const document = `{ platformAuditEvents(first: 10) { nodes { ${EVENT} } pageInfo { hasNextPage } } }`;

  it("are the platform's own alone, for staff", async () => {
    const { data } = await api.ask(SUPPORT, document);
    expect(data).toMatchObject({
      platformAuditEvents: {
        nodes: [{ id: `aud_platform:${idAt(4)}`, action: 'action4', reason: null }],
        pageInfo: { hasNextPage: false },
      },
    });
  });

  it('are for nobody else', async () => {
    for (const who of [BOSS, MEMBER, VIEWING]) {
      expect(await api.ask(who, document)).toMatchObject({ data: null, errors: [{ code: 'FORBIDDEN' }] });
    }
  });
});
