import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { getTenant, putTenant } from '../../../tenancy/table/tenants.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { FOREIGN, fillTwoTenants, ONE, TWO } from '../two-tenants.fixture.ts';

const TENANT_ADMIN: Principal = { kind: 'user', id: 'admin', role: 'TENANT_ADMIN', tenantId: ONE };
const MEMBER: Principal = { kind: 'user', id: 'member', role: 'TENANT_MEMBER', tenantId: ONE };
const MACHINE: Principal = {
  kind: 'machine',
  id: 'm',
  tenantId: null,
  scopes: new Set(['routes:read', 'routes:write']),
};
const arnOf = (region: string) => `arn:aws:bedrock-agentcore:${region}:333333333333:runtime/desk-a1B2c3D4e5`;
const BINDING = {
  tenantId: `ten_${ONE}`,
  path: '/agents/desk',
  agentName: 'Support desk',
  runtimeArn: arnOf('eu-central-1'),
  region: 'EU_CENTRAL_1',
};
const FIELDS = 'routeBinding { id path agentName runtimeArn region enabled version }';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await fillTwoTenants(api);
});
afterAll(() => api.close());

type Changed = {
  readonly routeBinding: Record<string, unknown> | null;
  readonly userErrors: readonly { code: string; field: string[] }[];
};
const upsert = (input: Record<string, unknown>, who: Principal = ADMIN) =>
  api.change(who, 'upsertRouteBinding', { ...BINDING, ...input }, FIELDS) as unknown as Promise<Changed>;
const remove = (input: Record<string, unknown>, who: Principal = ADMIN) =>
  api.change(who, 'deleteRouteBinding', { reason: 'moved', ...input }, 'deletedRouteBindingId');

describe('upsertRouteBinding', () => {
  it('makes a binding, changes it by its version, and tells the tenant’s trail', async () => {
    const made = await upsert({}, MACHINE);
    expect(made).toMatchObject({ userErrors: [], routeBinding: { version: 1, enabled: true } });
    const changed = await upsert({ expectedVersion: 1, enabled: false });
    expect(changed).toMatchObject({
      userErrors: [],
      routeBinding: { id: `rtb_${ONE}:desk`, path: '/agents/desk', enabled: false, version: 2 },
    });
    const { entries } = await listAudit(api.tables, ONE, { limit: 100 });
    const told = entries.filter(({ entry }) => entry.action === 'upsertRouteBinding' && entry.outcome === 'ALLOWED');
    expect(told.map(({ entry }) => entry.target)).toEqual([
      { kind: 'RouteBinding', id: `rtb_${ONE}:desk` },
      { kind: 'RouteBinding', id: `rtb_${ONE}:desk` },
    ]);
  });

  it.each([
    ['NOT_FOUND', 'tenantId', { tenantId: 'ten_no-tenant' }],
    ['INVALID', 'path', { path: '/v1/messages' }],
    ['INVALID', 'path', { path: '/agents/Desk' }],
    ['TAKEN', 'path', { path: '/agents/support-agent' }],
    ['NOT_FOUND', 'path', { path: '/agents/nothing', expectedVersion: 1 }],
    ['CONFLICT_VERSION', 'expectedVersion', { path: '/agents/support-agent', expectedVersion: 2 }],
    ['INVALID', 'agentName', { path: '/agents/new', agentName: ' ' }],
    ['INVALID', 'runtimeArn', { path: '/agents/new', runtimeArn: 'arn:aws:s3:::bucket' }],
    ['INVALID', 'region', { path: '/agents/new', region: 'US_EAST_1' }],
    ['BEYOND_OWN', 'region', { path: '/agents/new', region: 'US_EAST_1', runtimeArn: arnOf('us-east-1') }],
  ])('%s: %s', async (code, field, input) => {
    const { routeBinding, userErrors } = await upsert(input);
    expect(routeBinding).toBeNull();
    expect(userErrors).toMatchObject([{ code, field: ['input', field] }]);
  });

  it('of many at once lets one through for each version', async () => {
    const path = '/agents/busy';
    for (const expectedVersion of [null, 1]) {
      const all = await Promise.all(Array.from({ length: 6 }, () => upsert({ path, expectedVersion })));
      expect(all.filter(({ routeBinding }) => routeBinding)).toHaveLength(1);
      const codes = all.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
      expect(new Set(codes)).toEqual(new Set([expectedVersion === null ? 'TAKEN' : 'CONFLICT_VERSION']));
    }
  });

  it('is for admins of the platform and its machines, not for the tenant’s own', async () => {
    for (const who of [SUPPORT, TENANT_ADMIN, MEMBER, { ...MACHINE, scopes: new Set(['routes:read']) } as Principal]) {
      await expect(upsert({}, who)).rejects.toThrow(/FORBIDDEN/);
      await expect(remove({ routeBindingId: `rtb_${ONE}:desk`, expectedVersion: 1 }, who)).rejects.toThrow(/FORBIDDEN/);
    }
  });

  it('changes nothing of a tenant that is gone', async () => {
    const tenant = await getTenant(api.tables, TWO);
    if (!tenant) throw new Error('no tenant');
    await putTenant(api.tables, { ...tenant, status: 'CLOSED', version: 2 });
    expect((await upsert({ tenantId: `ten_${TWO}` })).userErrors).toMatchObject([{ code: 'WRONG_STATE' }]);
  });
});

describe('route bindings', () => {
  const list = (who: Principal, fields: string, more = 'first: 10') =>
    api.ask(
      who,
      `{ tenant(slug: "${ONE}") { routeBindings(${more}) { nodes { ${fields} } pageInfo { endCursor } } } }`,
    );

  it('are listed for the tenant’s admin, without the ARN, and by no member', async () => {
    const seen = await list(TENANT_ADMIN, 'path agentName region enabled');
    expect(seen.errors).toEqual([]);
    expect(JSON.stringify(seen.data)).toContain('/agents/support-agent');
    expect(JSON.stringify(seen.data)).not.toContain(FOREIGN);
    expect((await list(TENANT_ADMIN, 'runtimeArn')).errors[0]).toMatchObject({ code: 'FORBIDDEN' });
    expect((await list(MEMBER, 'path')).errors[0]).toMatchObject({ code: 'FORBIDDEN' });
    expect(JSON.stringify((await list(SUPPORT, 'runtimeArn')).data)).toContain('arn:aws:bedrock-agentcore');
  });

  it('come a page at a time, each once', async () => {
    const seen: string[] = [];
    let after = '';
    do {
      const { data } = await list(ADMIN, 'path', `first: 1${after && `, after: "${after}"`}`);
      const { routeBindings } = (data as Record<string, unknown>)['tenant'] as {
        routeBindings: { nodes: { path: string }[]; pageInfo: { endCursor: string | null } };
      };
      seen.push(...routeBindings.nodes.map(({ path }) => path));
      after = routeBindings.pageInfo.endCursor ?? '';
    } while (after !== '');
    expect(seen).toEqual(['/agents/busy', '/agents/desk', '/agents/support-agent']);
  });

  it('of another tenant are answered like ones that nobody has', async () => {
    const node = (tenant: string) => api.ask(TENANT_ADMIN, `{ node(id: "rtb_${tenant}:support-agent") { id } }`);
    expect(await node(TWO)).toEqual(await node('no-tenant'));
    expect((await node(ONE)).data).toEqual({ node: { id: `rtb_${ONE}:support-agent` } });
  });
});

describe('deleteRouteBinding', () => {
  it('takes a binding away by its version, once', async () => {
    const routeBindingId = `rtb_${ONE}:busy`;
    expect(await remove({ routeBindingId, expectedVersion: 1 })).toMatchObject({
      userErrors: [{ code: 'CONFLICT_VERSION' }],
    });
    expect(await remove({ routeBindingId, expectedVersion: 2, reason: ' ' })).toMatchObject({
      userErrors: [{ code: 'INVALID' }],
    });
    const done = await remove({ routeBindingId, expectedVersion: 2 });
    expect(done).toEqual({ deletedRouteBindingId: routeBindingId, replayed: false, userErrors: [] });
    expect(await remove({ routeBindingId, expectedVersion: 2 })).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] });
  });
});
