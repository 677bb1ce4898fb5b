import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REGIONS } from '../../../tenancy/region.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { getOperation, recordOperation } from '../../../tenancy/table/operations.ts';
import { getGateStop } from '../../../tenancy/table/switches.ts';
import { getTenant, putTenant } from '../../../tenancy/table/tenants.ts';
import { putUser } from '../../../tenancy/table/users.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { parseIdOf } from '../ids.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const DAY_MS = 86_400_000;
let slug: TenantId;
let tenants = 0;
beforeEach(async () => {
  slug = parseTenantId(`tenant-${++tenants}`)!;
  await putTenant(api.tables, {
    id: slug,
    name: slug,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  });
  const anna = { tenantId: slug, id: 'anna', email: 'anna@acme.example', displayName: 'Anna', role: 'ADMIN' } as const;
  await putUser(api.tables, null, { ...anna, status: 'ACTIVE', invitedAt: 1, version: 1 });
});

const FIELDS =
  'tenant { status } operation { id kind status purgeAt steps { name } } preview { runningRequests purged { kind count } kept { kind count } complete }';
const input = (more: Record<string, unknown> = {}) => ({
  tenantId: `ten_${slug}`,
  expectedVersion: 1,
  confirmSlug: slug,
  reason: 'the contract has ended',
  ...more,
});
const close = (more?: Record<string, unknown>) => api.change(ADMIN, 'closeTenant', input(more), FIELDS);
const stop = () => getGateStop(api.tables, { tenantId: slug, subject: { kind: 'tenant' } });
const operationId = async () => {
  const { operation } = (await close()) as { operation: { id: string } };
  return operation.id;
};

it('is closing, and shut in every region, when the mutation answers', async () => {
  expect(await close({ purgeAfterDays: 7 })).toMatchObject({
    tenant: { status: 'CLOSING' },
    operation: { kind: 'CLOSE', status: 'RUNNING', purgeAt: new Date(api.now + 7 * DAY_MS).toISOString() },
    preview: null,
    userErrors: [],
  });
  for (const _ of REGIONS) expect(await stop()).toMatchObject({ by: 'closing' });
  expect((await getTenant(api.tables, slug))?.status).toBe('CLOSING');
  const { entries } = await listAudit(api.tables, slug, { limit: 9 });
  expect(entries.map(({ entry }) => [entry.action, entry.outcome])).toEqual([['closeTenant', 'ALLOWED']]);
  expect(entries[0]?.entry.salt).toMatch(/^[0-9a-f]{32}$/);
});

it('a dry run counts, is told, and changes nothing', async () => {
  const before = await getTenant(api.tables, slug);
  expect(await close({ dryRun: true })).toMatchObject({
    tenant: { status: 'ACTIVE' },
    operation: null,
    preview: {
      runningRequests: 0,
      purged: expect.arrayContaining([
        { kind: 'USER', count: 1 },
        { kind: 'LISTED_TENANT', count: 1 },
      ]),
      kept: expect.arrayContaining([{ kind: 'TENANT', count: 1 }]),
      complete: true,
    },
  });
  expect([await getTenant(api.tables, slug), await stop()]).toEqual([before, null]);
  const { entries } = await listAudit(api.tables, slug, { limit: 9 });
  expect(entries.map(({ entry }) => entry.changes.map(({ field }) => field))).toEqual([['dryRun', 'purgeAfterDays']]);
  const { data } = await api.ask(SUPPORT, `{ tenant(slug: "${slug}") { purgePreview { complete } } }`);
  expect(data).toEqual({ tenant: { purgePreview: { complete: true } } });
});

it.each([
  ['another slug', { confirmSlug: 'tenant' }, 'confirmSlug'],
  ['another version', { expectedVersion: 2 }, 'expectedVersion'],
  ['no reason', { reason: ' ' }, 'reason'],
  ['too long a wait', { purgeAfterDays: 366 }, 'purgeAfterDays'],
  ['a wait into the past', { purgeAfterDays: -1 }, 'purgeAfterDays'],
])('with %s nothing is done', async (_, more, field) => {
  expect(await close(more)).toMatchObject({ tenant: null, userErrors: [{ field: ['input', field] }] });
  expect([(await getTenant(api.tables, slug))?.status, await stop()]).toEqual(['ACTIVE', null]);
});

it('is for the platform’s admins alone', async () => {
  await expect(api.change(SUPPORT, 'closeTenant', input(), FIELDS)).rejects.toThrow('FORBIDDEN');
});

it('nothing in it changes any more: not by staff, and not a second time', async () => {
  await close();
  const again = await api.change(ADMIN, 'closeTenant', input({ expectedVersion: 2 }), FIELDS);
  expect(again).toMatchObject({ userErrors: [{ code: 'WRONG_STATE' }] });
  const user = { tenantId: `ten_${slug}`, email: 'ben@acme.example', displayName: 'Ben' };
  for (const [name, change] of [
    ['inviteUser', user],
    ['updateTenant', { tenantId: `ten_${slug}`, expectedVersion: 2, name: 'other' }],
    ['setTenantLimits', { tenantId: `ten_${slug}`, expectedVersion: 2, limits: { requestsPerDay: 5 } }],
    ['changeTenantTier', { tenantId: `ten_${slug}`, expectedVersion: 2, tier: 'PREMIUM' }],
    ['suspendTenant', { tenantId: `ten_${slug}`, expectedVersion: 2, reason: 'why' }],
    ['resumeTenant', { tenantId: `ten_${slug}`, expectedVersion: 2, reason: 'why' }],
    ['createGrant', { tenantId: `ten_${slug}`, model: 'claude-opus-5-5', effect: 'ALLOW' }],
    ['setIdentityProvider', { tenantId: `ten_${slug}`, identityProvider: null }],
    ['startViewAs', { tenantId: `ten_${slug}`, reason: 'to look' }],
  ] as const) {
    expect(await api.change(ADMIN, name, change, ''), name).toMatchObject({ userErrors: [{ code: 'WRONG_STATE' }] });
  }
});

describe('the day of the purge', () => {
  const waiting = async (id: string) => {
    const before = (await getOperation(api.tables, parseIdOf('TenantOperation', id)!))!;
    const steps = before.steps.map((step) => ({
      ...step,
      status: ['retain', 'purge', 'tombstone'].includes(step.name) ? 'PENDING' : 'DONE',
    }));
    await recordOperation(api.tables, before, {
      ...before,
      steps,
      status: 'WAITING',
      dueAt: api.now + DAY_MS,
    } as never);
  };
  const move = (id: string, at: number) =>
    api.change(
      ADMIN,
      'setPurgeDate',
      { operationId: id, purgeAt: new Date(at).toISOString(), reason: 'they asked' },
      'operation { purgeAt dueAt }',
    );

  it('can be moved while the closing waits for it, to now and to a year after the beginning', async () => {
    const id = await operationId();
    await waiting(id);
    for (const at of [api.now + 365 * DAY_MS, api.now]) {
      expect(await move(id, at)).toMatchObject({
        operation: { purgeAt: new Date(at).toISOString(), dueAt: new Date(api.now).toISOString() },
      });
    }
    for (const at of [api.now + 366 * DAY_MS, api.now - 1]) {
      expect(await move(id, at)).toMatchObject({ userErrors: [{ field: ['input', 'purgeAt'] }] });
    }
  });

  it('cannot be moved before, or once it has come', async () => {
    const id = await operationId();
    expect(await move(id, api.now)).toMatchObject({ userErrors: [{ code: 'WRONG_STATE' }] });
    expect(await move('op_nobody:019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23', api.now)).toMatchObject({
      userErrors: [{ code: 'NOT_FOUND' }],
    });
  });
});

it('an archive cannot be asked for like another export', async () => {
  const asked = { tenantId: `ten_${slug}`, kind: 'ARCHIVE', from: '2026-11-21', to: '2026-11-22' };
  expect(await api.change(ADMIN, 'requestExport', asked, 'export { id }')).toMatchObject({
    userErrors: [{ field: ['input', 'kind'], message: expect.stringContaining('is closed') }],
  });
});
