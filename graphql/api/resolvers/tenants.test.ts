import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getGateStop, setGateStop } from '../../../tenancy/table/switches.ts';
import { getTenant } from '../../../tenancy/table/tenants.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const INPUT = { slug: 'initech', name: 'Initech', tier: 'STANDARD', homeRegion: 'EU_CENTRAL_1' };
const FIELDS =
  'tenant { id slug status tier homeRegion version proxyUrl limits { requestsPerMinute budget { monthlyUsd } } }';

describe('createTenant', () => {
  it('makes a tenant, tells it in its trail, and answers the same key with the same', async () => {
    const input = { ...INPUT, idempotencyKey: 'one' };
    const first = await api.change(ADMIN, 'createTenant', input, FIELDS);
    expect(first).toMatchObject({
      tenant: { id: 'ten_initech', slug: 'initech', status: 'ACTIVE', version: 1, limits: { requestsPerMinute: 1000 } },
      replayed: false,
      userErrors: [],
    });
    const again = await api.change(ADMIN, 'createTenant', input, FIELDS);
    expect(again).toEqual({ ...first, replayed: true });
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
    expect(await move('suspendTenant', 1, '  ')).toMatchObject({ userErrors: [{ code: 'INVALID' }] });
    expect(await move('suspendTenant', 1, 'late')).toMatchObject({ tenant: { status: 'SUSPENDED' } });
    expect(await getGateStop(api.tables, gate)).toMatchObject({ reason: 'late', by: 'suspension' });
    expect(await move('suspendTenant', 2, 'again')).toMatchObject({ userErrors: [{ code: 'WRONG_STATE' }] });
    expect(await move('resumeTenant', 2, 'paid')).toMatchObject({ tenant: { status: 'ACTIVE' } });
    expect(await getGateStop(api.tables, gate)).toBeNull();
  });

  it('leaves a kill switch as it found it', async () => {
    const stop = { reason: 'leak', by: 'somebody', at: 1 };
    await setGateStop(api.tables, gate, stop);
    await move('suspendTenant', 3, 'late');
    await move('resumeTenant', 4, 'paid');
    expect(await getGateStop(api.tables, gate)).toEqual(stop);
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
