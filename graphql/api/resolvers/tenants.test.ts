import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
