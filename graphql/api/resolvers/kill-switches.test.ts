import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { STARTING_CATALOGUE } from '../../../tenancy/catalogue.ts';
import type { GateId } from '../../../tenancy/gate.ts';
import { REGIONS, type Region } from '../../../tenancy/region.ts';
import { putApiKey } from '../../../tenancy/table/api-keys.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { gateKey } from '../../../tenancy/table/gates.ts';
import { putModel } from '../../../tenancy/table/models.ts';
import { getGateStop, listStops, setSwitch } from '../../../tenancy/table/switches.ts';
import { openTables, type Tables } from '../../../tenancy/table/tables.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { putUser } from '../../../tenancy/table/users.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';

const [acme, globex] = ['acme', 'globex'].map((text) => parseTenantId(text) as TenantId) as [TenantId, TenantId];
const MEMBER: Principal = { kind: 'user', id: 'usr_anna', role: 'TENANT_MEMBER', tenantId: acme };
const BOSS: Principal = { ...MEMBER, role: 'TENANT_ADMIN' };
const VIEWING: Principal = { ...ADMIN, viewingAs: { tenantId: acme } } as never;
const [MODEL] = STARTING_CATALOGUE;
if (!MODEL) throw new Error('no model');

/** Virginia has a ledger of its own, in the other table; a region that is away refuses every connection. */
const away = new Set<Region>();
const client = new DynamoDBClient({
  endpoint: 'http://127.0.0.1:9',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  maxAttempts: 1,
});
const nowhere = openTables(DynamoDBDocumentClient.from(client), { directory: 'directory', ledger: 'ledger' });
function inRegion(region: Region, one: Tables): Tables {
  if (away.has(region)) return nowhere;
  return region === 'us-east-1' ? { ...one, ledger: one.directory } : one;
}

let api: Api;
beforeAll(async () => {
  api = await startApi(inRegion);
  for (const id of [acme, globex]) {
    await putTenant(api.tables, {
      id,
      name: id,
      status: 'ACTIVE',
      tier: 'STANDARD',
      homeRegion: 'eu-central-1',
      allowedRegions: ['eu-central-1', 'us-east-1'],
      residency: 'geo',
      limits: { tenant: { budget: { nanoUsd: 1_000_000_000n, enforcement: 'hard' } } },
      version: 1,
    });
  }
  const anna = {
    tenantId: acme,
    id: 'usr_anna',
    email: 'a@acme.example',
    displayName: 'Anna',
    invitedAt: 1,
    version: 1,
  };
  await putUser(api.tables, null, { ...anna, role: 'ADMIN', status: 'ACTIVE' });
  const key = {
    tenantId: acme,
    keyId: 'k3jD8sQ0aZ',
    name: 'ci',
    ownerId: 'usr_anna',
    ownerDisabled: false,
    version: 1,
  };
  await putApiKey(api.tables, { ...key, state: 'ACTIVE', secrets: [{ sha256: 'a'.repeat(64), validUntil: 2e12 }] });
  await putModel(api.tables, MODEL);
});
afterAll(async () => {
  client.destroy();
  await api.close();
});
afterEach(() => away.clear());

const FIELDS = 'killSwitch { scope targetId on reason setBy setAt regions { region on } } affected';
const EVERYWHERE = (on: boolean) => ['EU_CENTRAL_1', 'EU_CENTRAL_2', 'US_EAST_1'].map((region) => ({ region, on }));
const set = (input: object, who: Principal = ADMIN) =>
  api.change(who, 'setKillSwitch', { reason: 'leaked key', on: true, ...input }, FIELDS);
const codes = (payload: Record<string, unknown>) =>
  (payload['userErrors'] as { code: string }[]).map(({ code }) => code);
const gate = (subject: GateId['subject']): GateId => ({ tenantId: acme, subject });
const told = async (trail: TenantId | null) =>
  (await listAudit(api.tables, trail, { limit: 100 })).entries.map(({ entry }) => entry);

describe('setKillSwitch', () => {
  it.each([
    ['PLATFORM', undefined, null, 'platform'],
    ['REGION', 'eu-central-2', 'EU_CENTRAL_2', 'region:eu-central-2'],
    ['REGION', 'US_EAST_1', 'US_EAST_1', 'region:us-east-1'],
    ['MODEL', `mdl_${MODEL.id}`, `mdl_${MODEL.id}`, `model:${MODEL.id}`],
    ['TENANT', 'ten_acme', 'ten_acme', gate({ kind: 'tenant' })],
    ['USER', 'usr_acme:usr_anna', 'usr_acme:usr_anna', gate({ kind: 'user', identityId: 'usr_anna' })],
    ['API_KEY', 'key_acme:k3jD8sQ0aZ', 'key_acme:k3jD8sQ0aZ', gate({ kind: 'key', keyId: 'k3jD8sQ0aZ' })],
  ] as const)('stops %s %s in every region, tells it, and takes it back', async (scope, targetId, named, stored) => {
    const standing = () =>
      Promise.all(
        REGIONS.map(async (region) => {
          const tables = inRegion(region, api.tables);
          return typeof stored === 'string' ? (await listStops(tables)).get(stored) : getGateStop(tables, stored);
        }),
      );
    const stop = { reason: 'leaked key', by: ADMIN.id, at: api.now };
    const input = { scope, targetId, idempotencyKey: `stop-${scope}-${targetId}` };
    const stopped = await set(input);
    expect(stopped).toEqual({
      killSwitch: {
        scope,
        targetId: named,
        on: true,
        reason: 'leaked key',
        setBy: ADMIN.id,
        setAt: '2026-11-22T12:00:00.000Z',
        regions: EVERYWHERE(true),
      },
      affected: expect.stringMatching(/^all requests of|^ALL requests/),
      replayed: false,
      userErrors: [],
    });
    expect(await standing()).toEqual([stop, stop, stop]);
    expect(await set(input)).toEqual({ ...stopped, replayed: true });
    const trail = typeof stored === 'string' ? null : acme;
    const ours = (await told(trail)).filter(({ target }) => target.id === (named ?? 'platform'));
    expect(ours).toMatchObject([{ action: 'setKillSwitch', outcome: 'ALLOWED', reason: 'leaked key' }]);

    const off = {
      scope,
      targetId: named,
      on: false,
      regions: EVERYWHERE(false),
      reason: null,
      setBy: null,
      setAt: null,
    };
    expect(await set({ scope, targetId, on: false })).toMatchObject({ killSwitch: off, userErrors: [] });
    expect((await standing()).map((one) => one ?? null)).toEqual([null, null, null]);
  });

  it.each([
    ['NOT_FOUND', { scope: 'REGION', targetId: 'mars-1' }],
    ['NOT_FOUND', { scope: 'MODEL', targetId: 'mdl_claude-nothing' }],
    ['NOT_FOUND', { scope: 'TENANT', targetId: 'ten_missing' }],
    ['NOT_FOUND', { scope: 'TENANT', targetId: 'usr_acme:usr_anna' }],
    ['NOT_FOUND', { scope: 'USER', targetId: 'usr_acme:nobody' }],
    ['NOT_FOUND', { scope: 'API_KEY', targetId: 'key_acme:0000000000' }],
    ['NOT_FOUND', { scope: 'API_KEY', targetId: 'key_globex:k3jD8sQ0aZ' }],
    ['INVALID', { scope: 'TENANT' }],
    ['INVALID', { scope: 'PLATFORM', targetId: 'ten_acme' }],
    ['INVALID', { scope: 'TENANT', targetId: 'ten_acme', reason: ' ' }],
  ])('answers %s to %j, and stops nothing', async (code, input) => {
    const payload = await set(input);
    expect(payload).toMatchObject({ killSwitch: null, affected: null });
    expect(codes(payload)).toEqual([code]);
    expect((await listStops(api.tables)).size).toBe(0);
    expect(await getGateStop(api.tables, gate({ kind: 'tenant' }))).toBeNull();
  });

  it('only says what it would stop when that is asked', async () => {
    const before = (await told(acme)).length;
    const input = { scope: 'TENANT', targetId: 'ten_acme', idempotencyKey: 'dry' };
    expect(await set({ ...input, dryRun: true })).toEqual({
      killSwitch: expect.objectContaining({ on: false, regions: EVERYWHERE(false) }),
      affected: 'all requests of tenant acme, with any user and key',
      replayed: false,
      userErrors: [],
    });
    expect(await getGateStop(api.tables, gate({ kind: 'tenant' }))).toBeNull();
    expect(await told(acme)).toHaveLength(before);
    expect(codes(await set({ scope: 'USER', targetId: 'usr_acme:nobody', dryRun: true }))).toEqual(['NOT_FOUND']);
    // The name was not used up.
    expect(await set({ ...input, on: false })).toMatchObject({ replayed: false, userErrors: [] });
  });

  it('stops what it can reach, says what it could not, and does it again until every region has it', async () => {
    const input = { scope: 'TENANT', targetId: 'ten_globex', idempotencyKey: 'until-all' };
    away.add('eu-central-2');
    const regions = [
      { region: 'EU_CENTRAL_1', on: true },
      { region: 'EU_CENTRAL_2', on: null },
      { region: 'US_EAST_1', on: true },
    ];
    const some = { killSwitch: { on: true, regions }, replayed: false, userErrors: [] };
    expect(await set(input)).toMatchObject(some);
    expect(await set(input)).toMatchObject(some);
    const id: GateId = { tenantId: globex, subject: { kind: 'tenant' } };
    for (const region of ['eu-central-1', 'us-east-1'] as const) {
      expect(await getGateStop(inRegion(region, api.tables), id)).toMatchObject({ reason: 'leaked key' });
    }
    const failed = {
      action: 'setKillSwitch',
      outcome: 'FAILED',
      reason: expect.stringContaining('not in eu-central-2'),
    };
    expect(await told(globex)).toMatchObject([failed, failed]);

    away.clear();
    expect(await set(input)).toMatchObject({ killSwitch: { regions: EVERYWHERE(true) }, replayed: false });
    expect(await set(input)).toMatchObject({ killSwitch: { regions: EVERYWHERE(true) }, replayed: true });
    expect((await told(globex)).map(({ outcome }) => outcome).sort()).toEqual(['ALLOWED', 'FAILED', 'FAILED']);
    await set({ scope: 'TENANT', targetId: 'ten_globex', on: false });
  });

  it('is for admins of the platform, and for its machines with the scope', async () => {
    const machine = (scopes: string[], tenantId: TenantId | null): Principal => ({
      kind: 'machine',
      id: 'bot',
      tenantId,
      scopes: new Set(scopes),
    });
    const input = { scope: 'TENANT', targetId: 'ten_acme' };
    const others = [machine(['switches:read'], null), machine(['switches:write'], acme)];
    for (const who of [SUPPORT, BOSS, MEMBER, VIEWING, ...others]) {
      for (const dryRun of [true, false]) await expect(set({ ...input, dryRun }, who)).rejects.toThrow(/FORBIDDEN/);
    }
    expect(await getGateStop(api.tables, gate({ kind: 'tenant' }))).toBeNull();
    expect(await set({ ...input, on: false }, machine(['switches:write'], null))).toMatchObject({ userErrors: [] });
  });
});

describe('killSwitches', () => {
  const ask = (who: Principal = SUPPORT) =>
    api.ask(who, '{ killSwitches { scope targetId on reason setBy regions { region on } } }');

  it('are what is thrown anywhere, with what each region has of it', async () => {
    expect((await ask()).data).toEqual({ killSwitches: [] });
    const stop = (by: string, at: number) => ({ reason: `by ${by}`, by, at });
    await setSwitch(inRegion('us-east-1', api.tables), `model:${MODEL.id}`, stop('anna', 2));
    await setSwitch(api.tables, 'region:us-east-1', stop('anna', 1));
    await setSwitch(inRegion('us-east-1', api.tables), 'region:us-east-1', stop('ben', 2));
    away.add('eu-central-2');
    const has = (central: boolean) => [
      { region: 'EU_CENTRAL_1', on: central },
      { region: 'EU_CENTRAL_2', on: null },
      { region: 'US_EAST_1', on: true },
    ];
    expect((await ask()).data).toEqual({
      killSwitches: [
        {
          scope: 'MODEL',
          targetId: `mdl_${MODEL.id}`,
          on: true,
          reason: 'by anna',
          setBy: 'anna',
          regions: has(false),
        },
        { scope: 'REGION', targetId: 'US_EAST_1', on: true, reason: 'by ben', setBy: 'ben', regions: has(true) },
      ],
    });
  });

  it('are not said to be none when no region can be reached', async () => {
    for (const region of REGIONS) away.add(region);
    expect(await ask()).toMatchObject({ data: null, errors: [{ code: 'UNAVAILABLE' }] });
  });

  it('are for staff', async () => {
    for (const who of [BOSS, MEMBER, VIEWING]) expect((await ask(who)).errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });
});

describe("a tenant's kill switch", () => {
  const ask = (slug: string, who: Principal = MEMBER) =>
    api.ask(
      who,
      'query($slug: String!) { tenant(slug: $slug) { killSwitch { scope targetId on reason regions { region on } } } }',
      {
        slug,
      },
    );
  const killSwitch = (on: boolean, regions: object[]) => ({ scope: 'TENANT', targetId: 'ten_acme', on, regions });

  it('is seen by everybody of the tenant, of the regions where it may be served', async () => {
    const both = (on: boolean) => ['EU_CENTRAL_1', 'US_EAST_1'].map((region) => ({ region, on }));
    expect((await ask('acme')).data).toMatchObject({ tenant: { killSwitch: killSwitch(false, both(false)) } });
    await set({ scope: 'TENANT', targetId: 'ten_acme', reason: 'unpaid' });
    for (const who of [MEMBER, BOSS, SUPPORT, VIEWING]) {
      expect((await ask('acme', who)).data).toMatchObject({
        tenant: { killSwitch: { ...killSwitch(true, both(true)), reason: 'unpaid' } },
      });
    }
    away.add('us-east-1');
    const some = [
      { region: 'EU_CENTRAL_1', on: true },
      { region: 'US_EAST_1', on: null },
    ];
    expect((await ask('acme')).data).toMatchObject({ tenant: { killSwitch: killSwitch(true, some) } });
  });

  it('is told of each tenant and region by itself, whatever cannot be read of another', async () => {
    await set({ scope: 'TENANT', targetId: 'ten_acme', reason: 'unpaid' });
    const { pk, sk } = gateKey(gate({ kind: 'tenant' }));
    const damaged = { pk, sk, kind: 'GATE', closed: true, 'committed.2026-11': 'five' };
    const documents = api.tables.ledger.getDocumentClient();
    await documents.send(new PutCommand({ TableName: 'ledger', Item: damaged }));
    away.add('us-east-1');
    const { data, errors } = await api.ask(
      SUPPORT,
      '{ tenants(first: 10) { nodes { slug killSwitch { on regions { region on } } budget { committedUsd } } } }',
    );
    await set({ scope: 'TENANT', targetId: 'ten_acme', on: false });
    const regions = (on: boolean) => [
      { region: 'EU_CENTRAL_1', on },
      { region: 'US_EAST_1', on: null },
    ];
    expect((data as { tenants: { nodes: object[] } }).tenants.nodes).toMatchObject([
      { slug: 'acme', killSwitch: { on: true, regions: regions(true) } },
      { slug: 'globex', killSwitch: { on: false, regions: regions(false) } },
    ]);
    // What is left of a budget is no guess either.
    expect(errors.map(({ path }) => path)).toEqual([0, 1].map((n) => ['tenants', 'nodes', n, 'budget']));
  });

  it('of another tenant is like that of none', async () => {
    expect(await ask('globex')).toEqual(await ask('missing'));
  });
});
