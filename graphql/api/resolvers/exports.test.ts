import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXPORT_LIFE_MS, EXPORT_PATIENCE_MS, type Export, MAX_UNDER_WAY } from '../../../tenancy/export.ts';
import { claimExport, finishExport, getExport } from '../../../tenancy/table/exports.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

let api: Api;
let tenant: SeededTenant;
let other: SeededTenant;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
let tenants = 0;
beforeEach(async () => {
  api.now = Date.parse('2026-11-22T12:00:00Z');
  tenants += 1;
  [tenant, other] = await Promise.all([seedTenant(api, `own-${tenants}`), seedTenant(api, `foreign-${tenants}`)]);
});

const FIELDS = `export { id kind from to status requestedBy requestedAt finishedAt fileName rows bytes sha256 expiresAt
  downloadUrl failure }`;
const DAYS = { from: '2026-11-01', to: '2026-11-22' };
const request = (who: Principal, input: Record<string, unknown> = {}, fields = FIELDS) =>
  api.change(who, 'requestExport', { tenantId: `ten_${tenant.id}`, kind: 'USAGE', ...DAYS, ...input }, fields);
const code = ({ userErrors }: Record<string, unknown>) => (userErrors as { code: string }[])[0]?.code ?? 'done';
const idOf = (payload: Record<string, unknown>) => (payload['export'] as { id: string }).id;
const machine = (...scopes: string[]): Principal => ({
  kind: 'machine',
  id: 'm',
  tenantId: tenant.id,
  scopes: new Set(['tenants:read', ...scopes]),
});
const node = (who: Principal, id: string) => api.ask(who, `{ node(id: "${id}") { ... on Export { ${INNER} } } }`);
const INNER = 'id status downloadUrl failure sha256 rows bytes';
const rowOf = async (id: string): Promise<Export> =>
  (await getExport(api.tables, { tenantId: tenant.id, id: id.split(':')[1]! }))!;
const FILE = { rows: 3, bytes: 99, sha256: 'ab'.repeat(32) };

/** What the worker does. */
async function finish(id: string, end: Parameters<typeof finishExport>[2] = { file: FILE }): Promise<void> {
  const claim = await claimExport(api.tables, await rowOf(id), api.now);
  if (claim.outcome !== 'claimed') throw new Error(claim.outcome);
  expect(await finishExport(api.tables, claim.one, end, api.now)).toBe(true);
}

describe('requestExport', () => {
  it('is told to the tenant, carried out once, and read by its admins', async () => {
    const made = await request(tenant.admin, { idempotencyKey: 'k' });
    expect(made).toMatchObject({
      export: {
        id: expect.stringMatching(`^exp_${tenant.id}:[0-9a-f-]{36}$`),
        kind: 'USAGE',
        ...DAYS,
        status: 'REQUESTED',
        requestedBy: 'root',
        requestedAt: '2026-11-22T12:00:00.000Z',
        finishedAt: null,
        fileName: `${tenant.id}-usage-2026-11-01-2026-11-22.csv`,
        rows: null,
        sha256: null,
        expiresAt: '2026-11-29T12:00:00.000Z',
        downloadUrl: null,
        failure: null,
      },
      userErrors: [],
    });
    expect(await request(tenant.admin, { idempotencyKey: 'k' })).toEqual({ ...made, replayed: true });
    const { data } = await api.ask(
      tenant.admin,
      `{ viewer { tenant { exports(first: 5) { nodes { id } } auditEvents(first: 1) { nodes { action targetId } } } } }`,
    );
    expect(data).toMatchObject({
      viewer: {
        tenant: {
          exports: { nodes: [{ id: idOf(made) }] },
          auditEvents: { nodes: [{ action: 'requestExport', targetId: idOf(made) }] },
        },
      },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['days the wrong way around', { from: '2026-11-22', to: '2026-11-21' }, 'INVALID'],
    ['a day too many of usage', { from: '2026-08-22', to: '2026-11-22' }, 'INVALID'],
    ['a day too many of the trail', { kind: 'AUDIT', from: '2025-11-21', to: '2026-11-22' }, 'INVALID'],
    ['days to come', { from: '2026-11-23', to: '2026-11-24' }, 'INVALID'],
    ['as many days as there may be', { from: '2026-08-23', to: '2026-11-22' }, 'done'],
    ['a year of the trail', { kind: 'AUDIT', from: '2025-11-22', to: '2026-11-22' }, 'done'],
  ])('of %s: %s', async (_, input, expected) => {
    expect(code(await request(tenant.admin, input))).toBe(expected);
  });

  it('is for admins, and for machines that may read what is in it', async () => {
    await expect(request(tenant.ann)).rejects.toThrow(/FORBIDDEN/);
    await expect(request(SUPPORT)).rejects.toThrow(/FORBIDDEN/);
    await expect(request(machine('usage:read', 'exports:read'))).rejects.toThrow(/FORBIDDEN/);
    expect(code(await request(machine('exports:write', 'audit:read'), {}, 'export { __typename }'))).toBe('BEYOND_OWN');
    const able = machine('exports:write', 'exports:read', 'usage:read');
    expect(code(await request(able, { kind: 'AUDIT' }))).toBe('BEYOND_OWN');
    expect(code(await request(able))).toBe('done');
    expect(code(await request(ADMIN))).toBe('done');
  });

  it('for another tenant is answered like one for none', async () => {
    expect(await request(tenant.admin, { tenantId: `ten_${other.id}` })).toEqual(
      await request(tenant.admin, { tenantId: 'ten_missing' }),
    );
  });

  it('is refused while as many are under way as may be, and not after', async () => {
    const made: string[] = [];
    for (let n = 0; n < MAX_UNDER_WAY; n++) made.push(idOf(await request(tenant.admin)));
    expect(code(await request(tenant.admin))).toBe('LIMIT_REACHED');
    await finish(made[0]!, { failure: 'broken' });
    expect(code(await request(tenant.admin))).toBe('done');
    expect(code(await request(tenant.admin))).toBe('LIMIT_REACHED');
    // Those that nobody finishes hold no place for ever.
    api.now += EXPORT_PATIENCE_MS;
    expect(code(await request(tenant.admin))).toBe('done');
  });

  it('by many at once never makes more than may be', async () => {
    await Promise.all(Array.from({ length: 12 }, () => request(tenant.admin)));
    const { data } = await api.ask(tenant.admin, '{ viewer { tenant { exports(first: 50) { nodes { id } } } } }');
    const { nodes } = (data as { viewer: { tenant: { exports: { nodes: unknown[] } } } }).viewer.tenant.exports;
    expect(nodes.length).toBeGreaterThan(0);
    expect(nodes.length).toBeLessThanOrEqual(MAX_UNDER_WAY);
  });
});

describe('an export', () => {
  it('that is READY has its file’s address, until it expires', async () => {
    const id = idOf(await request(tenant.admin));
    await finish(id);
    const { data } = await node(tenant.admin, id);
    expect(data?.['node']).toEqual({
      id,
      status: 'READY',
      downloadUrl: expect.stringContaining(`/exports/${tenant.id}/${id.split(':')[1]}/1-${tenant.id}-usage-`),
      failure: null,
      rows: '3',
      bytes: '99',
      sha256: FILE.sha256,
    });
    api.now += EXPORT_LIFE_MS;
    expect((await node(tenant.admin, id)).data?.['node']).toMatchObject({ status: 'EXPIRED', downloadUrl: null });
  });

  it('that FAILED says why, and one that nobody finishes fails by itself', async () => {
    const [failed, stuck] = [idOf(await request(tenant.admin)), idOf(await request(tenant.admin))];
    await finish(failed, { failure: 'too large' });
    expect((await node(tenant.admin, failed)).data?.['node']).toMatchObject({ status: 'FAILED', failure: 'too large' });
    api.now += EXPORT_PATIENCE_MS - 1;
    expect((await node(tenant.admin, stuck)).data?.['node']).toMatchObject({ status: 'REQUESTED', failure: null });
    api.now += 1;
    expect((await node(tenant.admin, stuck)).data?.['node']).toMatchObject({
      status: 'FAILED',
      failure: expect.stringContaining('ask for it again'),
    });
  });

  it('is another tenant’s, a member’s or nobody’s alike', async () => {
    const id = idOf(await request(tenant.admin));
    await finish(id);
    const none = `exp_${tenant.id}:019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23`;
    expect(await node(other.admin, id)).toEqual(await node(other.admin, none));
    expect(await node(tenant.ann, id)).toEqual(await node(tenant.ann, none));
    expect((await node(other.admin, id)).data?.['node']).toBeNull();
  });

  it('is downloaded by no machine that may not read what is in it', async () => {
    const id = idOf(await request(tenant.admin));
    await finish(id);
    expect((await node(machine('exports:read', 'audit:read'), id)).errors.map((error) => error.code)).toEqual([
      'FORBIDDEN',
    ]);
    expect((await node(machine('exports:read', 'usage:read'), id)).data?.['node']).toMatchObject({ status: 'READY' });
  });

  it('is listed in pages, newest first, and by no cursor of another list', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      api.now += 1;
      ids.unshift(idOf(await request(tenant.admin)));
    }
    const page = async (after: string | null) => {
      const text =
        'query($after: String) { viewer { tenant { exports(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } } } }';
      const { data } = await api.ask(tenant.admin, text, { after });
      return (data as { viewer: { tenant: { exports: { nodes: { id: string }[]; pageInfo: { endCursor: string } } } } })
        .viewer.tenant.exports;
    };
    const first = await page(null);
    const second = await page(first.pageInfo.endCursor);
    expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(ids);
    const wrong = Buffer.from('USER').toString('base64url');
    const { errors } = await api.ask(
      tenant.admin,
      `{ viewer { tenant { exports(first: 2, after: "${wrong}") { nodes { id } } } } }`,
    );
    expect(errors.map((error) => error.code)).toEqual(['BAD_USER_INPUT']);
  });
});
