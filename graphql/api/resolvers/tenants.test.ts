import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getGateStop, setGateStop } from '../../../tenancy/table/switches.ts';
import { getTenant, putTenant } from '../../../tenancy/table/tenants.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { seedTenant } from '../tenant.fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const INPUT = { slug: 'initech', name: 'Initech', tier: 'STANDARD', homeRegion: 'EU_CENTRAL_1' };
const FIELDS =
  'tenant { id slug status tier homeRegion version proxyUrl limits { requestsPerMinute budget { monthlyUsd } } }';

/** What its onboarding does at the end. */
async function opened(slug: string): Promise<void> {
  const tenant = await getTenant(api.tables, slug as never);
  if (tenant) await putTenant(api.tables, { ...tenant, status: 'ACTIVE', version: tenant.version + 1 });
}

describe('createTenant', () => {
  it('makes a tenant that is not open yet, and its onboarding, and answers the same key with the same', async () => {
    const input = { ...INPUT, idempotencyKey: 'one', adminEmail: 'Ada@Initech.example', adminName: 'Ada' };
    const fields = `${FIELDS} operation { id kind status adminEmail startedBy steps { name status } }`;
    const first = await api.change(ADMIN, 'createTenant', input, fields);
    expect(first).toMatchObject({
      tenant: { id: 'ten_initech', slug: 'initech', status: 'PROVISIONING', version: 1 },
      operation: { kind: 'ONBOARD', status: 'RUNNING', adminEmail: 'ada@initech.example', startedBy: 'stf_admin' },
      replayed: false,
      userErrors: [],
    });
    expect(first['operation']).toMatchObject({
      steps: ['invite_admin', 'grant_models', 'create_customer', 'call_hostname', 'activate'].map((name) => ({
        name,
        status: 'PENDING',
      })),
    });
    const again = await api.change(ADMIN, 'createTenant', input, fields);
    expect(again).toEqual({ ...first, replayed: true });
  });

  it.each([
    ['a name without an address', { adminName: 'Ada' }, 'adminName'],
    ['what is no address', { adminEmail: 'ada' }, 'adminEmail'],
  ])('refuses %s', async (_, admin, field) => {
    expect(await api.change(ADMIN, 'createTenant', { ...INPUT, slug: 'nobody', ...admin }, FIELDS)).toMatchObject({
      tenant: null,
      userErrors: [{ code: 'INVALID', field: ['input', field] }],
    });
  });

  it('refuses the key of another input, and a slug that is taken', async () => {
    const reused = await api.change(ADMIN, 'createTenant', { ...INPUT, name: 'Other', idempotencyKey: 'one' }, FIELDS);
    expect(reused).toMatchObject({ tenant: null, userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] });
    const taken = await api.change(ADMIN, 'createTenant', INPUT, FIELDS);
    expect(taken).toMatchObject({ tenant: null, userErrors: [{ code: 'TAKEN', field: ['input', 'slug'] }] });
  });

  it('is not for support', async () => {
    await expect(api.change(SUPPORT, 'createTenant', INPUT, FIELDS)).rejects.toThrow(/FORBIDDEN/);
  });
});

describe('an update', () => {
  it('stores each allowed region once', async () => {
    const allowedRegions = ['EU_CENTRAL_1', 'US_EAST_1', 'EU_CENTRAL_1', 'US_EAST_1'];
    const made = await api.change(ADMIN, 'createTenant', { ...INPUT, slug: 'vandelay', allowedRegions }, FIELDS);
    expect(made).toMatchObject({ tenant: { version: 1 } });
    const stored = async () => (await getTenant(api.tables, 'vandelay' as never))?.allowedRegions;
    expect(await stored()).toEqual(['eu-central-1', 'us-east-1']);
    const changed = {
      tenantId: 'ten_vandelay',
      expectedVersion: 1,
      allowedRegions: [...allowedRegions, 'EU_CENTRAL_2'],
    };
    expect(await api.change(ADMIN, 'updateTenant', changed, FIELDS)).toMatchObject({ userErrors: [] });
    expect(await stored()).toEqual(['eu-central-1', 'us-east-1', 'eu-central-2']);
  });

  it('of 50 at once loses none silently: one is done, the others are told', async () => {
    await api.change(ADMIN, 'createTenant', { ...INPUT, slug: 'hooli' }, FIELDS);
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        api.change(
          ADMIN,
          'updateTenant',
          { tenantId: 'ten_hooli', expectedVersion: 1, name: `Hooli ${n}` },
          'tenant { name version }',
        ),
      ),
    );
    const done = all.filter(({ tenant }) => tenant !== null);
    expect(done).toHaveLength(1);
    const codes = all.flatMap(({ userErrors }) => (userErrors as { code: string }[]).map(({ code }) => code));
    expect(codes).toEqual(Array.from({ length: 49 }, () => 'CONFLICT_VERSION'));
  });
});

describe('a suspension', () => {
  const gate = { tenantId: 'pied' as never, subject: { kind: 'tenant' } } as const;
  const move = (name: string, expectedVersion: number, reason: string) =>
    api.change(ADMIN, name, { tenantId: 'ten_pied', expectedVersion, reason }, 'tenant { status version }');

  it('must say why, shuts the gates, and opens them again', async () => {
    await api.change(ADMIN, 'createTenant', { ...INPUT, slug: 'pied' }, FIELDS);
    await opened('pied');
    expect(await move('suspendTenant', 2, '  ')).toMatchObject({ userErrors: [{ code: 'INVALID' }] });
    expect(await move('suspendTenant', 2, 'late')).toMatchObject({ tenant: { status: 'SUSPENDED' } });
    expect(await getGateStop(api.tables, gate)).toMatchObject({ reason: 'late', by: 'suspension' });
    expect(await move('suspendTenant', 3, 'again')).toMatchObject({ userErrors: [{ code: 'WRONG_STATE' }] });
    expect(await move('resumeTenant', 3, 'paid')).toMatchObject({ tenant: { status: 'ACTIVE' } });
    expect(await getGateStop(api.tables, gate)).toBeNull();
  });

  it('leaves a kill switch as it found it', async () => {
    const stop = { reason: 'leak', by: 'somebody', at: 1 };
    await setGateStop(api.tables, gate, stop);
    await move('suspendTenant', 4, 'late');
    await move('resumeTenant', 5, 'paid');
    expect(await getGateStop(api.tables, gate)).toEqual(stop);
    await setGateStop(api.tables, gate, null);
  });

  it('is over at the gates when the row says so and not before, and a request that broke off there ends it again', async () => {
    await move('suspendTenant', 6, 'late');
    // Somebody else has changed the tenant in between: nothing is let through.
    expect(await move('resumeTenant', 6, 'paid')).toMatchObject({ userErrors: [{ code: 'CONFLICT_VERSION' }] });
    expect(await getGateStop(api.tables, gate)).toMatchObject({ by: 'suspension' });
    const input = { tenantId: 'ten_pied', expectedVersion: 7, reason: 'paid', idempotencyKey: 'resume' };
    await api.change(ADMIN, 'resumeTenant', input, 'tenant { status }');
    // As if it had died between the row and the gates.
    await setGateStop(api.tables, gate, { reason: 'late', by: 'suspension', at: 1 });
    expect(await api.change(ADMIN, 'resumeTenant', input, 'tenant { status }')).toMatchObject({ replayed: true });
    expect(await getGateStop(api.tables, gate)).toBeNull();
    // Told again after the next suspension it ends nothing.
    await move('suspendTenant', 8, 'again');
    await api.change(ADMIN, 'resumeTenant', input, 'tenant { status }');
    expect(await getGateStop(api.tables, gate)).toMatchObject({ by: 'suspension' });
  });

  it.each([
    ['PROVISIONING', 'retryOperation'],
    ['CLOSING', 'does not come back'],
    ['CLOSED', 'does not come back'],
  ] as const)('of a tenant that is %s is refused with the way out', async (status, way) => {
    const slug = `is-${status.toLowerCase()}`;
    await seedTenant(api, slug, { status });
    for (const name of ['suspendTenant', 'resumeTenant']) {
      const input = { tenantId: `ten_${slug}`, expectedVersion: 1, reason: 'why' };
      expect(await api.change(ADMIN, name, input, 'tenant { status }')).toMatchObject({
        userErrors: [{ code: 'WRONG_STATE', message: expect.stringContaining(way) }],
      });
    }
  });
});

describe('changeTenantTier', () => {
  const TIER = 'tier scheduledTier { tier effectiveAt } limits { requestsPerMinute } version';
  const change = (expectedVersion: number, tier: string, effectiveAt?: number) =>
    api.change(
      ADMIN,
      'changeTenantTier',
      {
        tenantId: 'ten_tiers',
        expectedVersion,
        tier,
        ...(effectiveAt === undefined ? {} : { effectiveAt: new Date(effectiveAt).toISOString() }),
      },
      `tenant { ${TIER} } replacedSchedule { tier effectiveAt }`,
    );
  const read = async () => (await api.ask(ADMIN, `{ tenant(slug: "tiers") { ${TIER} } }`)).data?.['tenant'];

  it('holds from its instant on, without anybody doing anything', async () => {
    await seedTenant(api, 'tiers');
    const at = api.now + 3_600_000;
    expect(await change(1, 'PREMIUM', at)).toMatchObject({
      tenant: {
        tier: 'STANDARD',
        scheduledTier: { tier: 'PREMIUM', effectiveAt: new Date(at).toISOString() },
        limits: { requestsPerMinute: 1_000 },
        version: 2,
      },
      replacedSchedule: null,
    });
    api.now = at - 1;
    expect(await read()).toMatchObject({ tier: 'STANDARD' });
    api.now = at;
    expect(await read()).toMatchObject({ tier: 'PREMIUM', scheduledTier: null, limits: { requestsPerMinute: 10_000 } });
  });

  it('at once takes a scheduled one back, and says so; a later one begins from what is in force', async () => {
    const at = api.now + 1_000;
    expect(await change(2, 'TRIAL', at)).toMatchObject({ tenant: { tier: 'PREMIUM' }, replacedSchedule: null });
    const replacedSchedule = { tier: 'TRIAL', effectiveAt: new Date(at).toISOString() };
    expect(await change(3, 'STANDARD')).toMatchObject({
      tenant: { tier: 'STANDARD', scheduledTier: null },
      replacedSchedule,
    });
    api.now = at;
    expect(await read()).toMatchObject({ tier: 'STANDARD' });
  });

  it('in the past is refused', async () => {
    expect(await change(4, 'TRIAL', api.now - 1)).toMatchObject({
      userErrors: [{ code: 'INVALID', field: ['input', 'effectiveAt'] }],
    });
  });
});

describe('a text for people', () => {
  it('has no control characters, and nothing that turns its line around', async () => {
    for (const name of ['a\u0000b', 'a\u202eb', '']) {
      const made = await api.change(ADMIN, 'createTenant', { ...INPUT, slug: 'texts', name }, FIELDS);
      expect(made).toMatchObject({ userErrors: [{ code: 'INVALID', field: ['input', 'name'] }] });
    }
  });
});

describe('what fails', () => {
  it('is told with what it was aimed at, and no key', async () => {
    api.now += 1;
    const key = `ark1_acme_${'a'.repeat(10)}_${'b'.repeat(49)}`;
    await api.change(ADMIN, 'updateTenant', { tenantId: `ten_nobody ${key}`, expectedVersion: 1 }, 'tenant { id }');
    const { data } = await api.ask(ADMIN, '{ platformAuditEvents(first: 1) { nodes { action outcome targetId } } }');
    const told = data?.['platformAuditEvents'] as { nodes: { targetId: string }[] } | undefined;
    const event = told?.nodes[0];
    expect(event).toMatchObject({
      action: 'updateTenant',
      outcome: 'FAILED',
      targetId: expect.stringContaining('ten_nobody'),
    });
    expect(event?.targetId).not.toContain('b'.repeat(20));
  });

  it.each([
    ['a cursor that no list gave out', '{ tenant(slug: "hooli") { users(first: 1, after: "Iw") { nodes { id } } } }'],
    ['a subscription', 'subscription { x }'],
    ['two operations and no name', 'query A { viewer { kind } } query B { viewer { kind } }'],
  ])('%s is the caller’s mistake, not ours', async (_, document) => {
    const { errors } = await api.ask(ADMIN, document);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.code).not.toBe('INTERNAL');
  });
});

describe('tenants', () => {
  it('are listed a page at a time', async () => {
    const document =
      'query($after: String) { tenants(first: 1, after: $after) { nodes { slug } pageInfo { hasNextPage endCursor } } }';
    const first = await api.ask(SUPPORT, document);
    expect(first).toMatchObject({
      errors: [],
      data: { tenants: { nodes: [{ slug: 'hooli' }], pageInfo: { hasNextPage: true } } },
    });
    const after = (first.data as { tenants: { pageInfo: { endCursor: string } } }).tenants.pageInfo.endCursor;
    const second = await api.ask(SUPPORT, document, { after });
    expect(second).toMatchObject({ errors: [], data: { tenants: { nodes: [{ slug: 'initech' }] } } });
  });

  it('of others are like none at all', async () => {
    const insider = { kind: 'user', id: 'u1', role: 'TENANT_ADMIN', tenantId: 'initech' } as never;
    const document = 'query($slug: String!, $id: ID!) { tenant(slug: $slug) { slug } node(id: $id) { id } }';
    const foreign = await api.ask(insider, document, { slug: 'hooli', id: 'ten_hooli' });
    const missing = await api.ask(insider, document, { slug: 'missing', id: 'ten_missing' });
    expect(foreign).toEqual(missing);
    expect(foreign).toEqual({ data: { tenant: null, node: null }, errors: [] });
    expect(await api.ask(insider, document, { slug: 'initech', id: 'ten_initech' })).toMatchObject({
      data: { tenant: { slug: 'initech' }, node: { id: 'ten_initech' } },
    });
  });
});
