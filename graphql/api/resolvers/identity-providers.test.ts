import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { identityProviderRemoval } from '../../../tenancy/table/identity-providers.ts';
import { wholeKey } from '../../../tests/house/viewer-events.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { issuerDocuments, OWN_ISSUER } from '../issuer.fixture.ts';
import type { Principal } from '../principal.ts';
import { FOREIGN, fillTwoTenants, ONE, TWO } from '../two-tenants.fixture.ts';

const TENANT_ADMIN: Principal = { kind: 'user', id: 'admin', role: 'TENANT_ADMIN', tenantId: ONE };
const MEMBER: Principal = { kind: 'user', id: 'member', role: 'TENANT_MEMBER', tenantId: ONE };
const machine = (...scopes: string[]): Principal => ({
  kind: 'machine',
  id: 'm',
  tenantId: ONE,
  scopes: new Set(scopes),
});
const ISSUER = 'https://id.one-tenant.example/oauth2/aus1';
const HOUR = 3_600_000;
const FIELDS =
  'identityProvider { kind issuer audience jwksUri clientId identityClaim groupsClaim allowedGroups scopes verifiedAt version }';
const DEFAULTS = {
  clientId: null,
  identityClaim: 'sub',
  groupsClaim: 'groups',
  allowedGroups: null,
  scopes: ['openid', 'offline_access'],
};

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await fillTwoTenants(api);
  publish(ISSUER);
});
afterAll(() => api.close());

function publish(issuer: string): void {
  for (const [address, document] of issuerDocuments(issuer)) api.internet.set(address, document);
}

type Payload = {
  readonly identityProvider: { readonly issuer: string; readonly version: number } | null;
  readonly userErrors: readonly { readonly code: string; readonly field: string[] | null; readonly message: string }[];
};
const set = (input: Record<string, unknown>, who: Principal = ADMIN) =>
  api.change(who, 'setIdentityProvider', { tenantId: `ten_${ONE}`, ...input }, FIELDS) as unknown as Promise<Payload>;
const codes = ({ userErrors }: Payload) => userErrors.map(({ code }) => code);
const read = async (who: Principal = TENANT_ADMIN, slug: string = ONE) => {
  const { data, errors } = await api.ask(who, `{ tenant(slug: "${slug}") { ${FIELDS} } }`);
  return { errors, found: (data?.['tenant'] as Payload | null)?.identityProvider };
};

describe('setIdentityProvider', () => {
  it('sets, changes, reads anew and removes it by its version, and tells the tenant’s trail', async () => {
    const identityProvider = { issuer: ISSUER, audience: 'api://gateway' };
    const changed = await set({ expectedVersion: 1, identityProvider });
    const jwksUri = `${ISSUER}/v1/keys`;
    const made = {
      kind: 'OIDC',
      ...DEFAULTS,
      ...identityProvider,
      jwksUri,
      verifiedAt: '2026-11-22T12:00:00.000Z',
      version: 2,
    };
    expect(changed).toMatchObject({ userErrors: [], identityProvider: made });
    api.now += 60_000;
    const robot: Principal = { kind: 'machine', id: 'm', tenantId: null, scopes: new Set(['identity-provider:write']) };
    const again = await set({ expectedVersion: 2, identityProvider }, robot);
    const newer = { ...made, verifiedAt: '2026-11-22T12:01:00.000Z', version: 3 };
    expect(again).toMatchObject({ userErrors: [], identityProvider: newer });
    expect((await read()).found).toEqual(newer);
    const gone = await set({ expectedVersion: 3, identityProvider: null });
    expect(gone).toMatchObject({ userErrors: [], identityProvider: null });
    expect((await read()).found).toBeNull();
    expect(codes(await set({ expectedVersion: null, identityProvider: null }))).toEqual(['NOT_FOUND']);
    expect(await set({ identityProvider })).toMatchObject({ userErrors: [], identityProvider: { version: 1 } });
    const { entries } = await listAudit(api.tables, ONE, { limit: 100 });
    const told = entries.filter(({ entry }) => entry.action === 'setIdentityProvider' && entry.outcome === 'ALLOWED');
    expect(told.map(({ entry }) => entry.actor.id).toSorted()).toEqual(['m', 'stf_admin', 'stf_admin', 'stf_admin']);
    expect(told.flatMap(({ entry }) => entry.changes.map(({ field }) => field))).toContain('issuer');
  });

  it('takes who may come and how they sign in, and keeps it as it was given', async () => {
    const identityProvider = {
      issuer: ISSUER,
      audience: 'api://all',
      clientId: '0oa1',
      identityClaim: 'uid',
      groupsClaim: 'https://acme.example/groups',
      allowedGroups: ['Entwickler Köln', 'claude-users'],
      scopes: ['openid', 'gateway'],
    };
    const { tables } = api;
    await commit([identityProviderRemoval(tables, { tenantId: TWO, version: 1 })]);
    const theirs = { tenantId: `ten_${TWO}`, identityProvider };
    expect(await set(theirs)).toMatchObject({ userErrors: [], identityProvider });
    const removal = { ...theirs, expectedVersion: 1, identityProvider: null };
    expect(await set(removal)).toMatchObject({ userErrors: [] });
    expect(await set({ ...theirs, identityProvider: { issuer: ISSUER, audience: 'api://all' } })).toMatchObject({
      userErrors: [],
      identityProvider: { ...DEFAULTS, version: 1 },
    });
  });

  it('answers a request that is sent again as it answered it first', async () => {
    const input = { idempotencyKey: 'once', expectedVersion: 1, identityProvider: { issuer: ISSUER, audience: 'b' } };
    const [first, second] = [await set(input), await set(input)];
    expect(second).toEqual({ ...first, replayed: true });
    expect(first).toMatchObject({ replayed: false, identityProvider: { version: 2 } });
  });

  it('with dryRun looks at everything, changes nothing, and is told in the trail', async () => {
    const { found } = await read();
    const good = { issuer: ISSUER, audience: 'dry' };
    expect(await set({ expectedVersion: 2, identityProvider: good, dryRun: true })).toMatchObject({ userErrors: [] });
    const bad = { issuer: 'https://nowhere.example', audience: 'dry' };
    expect(codes(await set({ expectedVersion: 2, identityProvider: bad, dryRun: true }))).toEqual(['INVALID']);
    expect(await set({ expectedVersion: 2, identityProvider: null, dryRun: true })).toMatchObject({ userErrors: [] });
    expect((await read()).found).toEqual(found);
    const { entries } = await listAudit(api.tables, ONE, { limit: 100 });
    expect(entries.filter(({ entry }) => entry.reason === 'dry run')).toHaveLength(2);
    expect(entries.filter(({ entry }) => entry.reason === 'INVALID')).toHaveLength(1);
    // It claimed nothing either.
    const theirs = { tenantId: `ten_${TWO}`, expectedVersion: 1, identityProvider: good, dryRun: true };
    expect(await set(theirs)).toMatchObject({ userErrors: [] });
  });

  it.each([
    ['NOT_FOUND', 'tenantId', { tenantId: 'ten_no-tenant' }],
    ['INVALID', 'identityProvider', { identityProvider: undefined }],
    ['CONFLICT_VERSION', 'expectedVersion', { expectedVersion: 1 }],
    ['CONFLICT_VERSION', 'expectedVersion', { expectedVersion: null }],
    ['CONFLICT_VERSION', 'expectedVersion', { expectedVersion: null, identityProvider: null }],
    ['INVALID', 'identityProvider.audience', { identityProvider: { issuer: ISSUER, audience: 'a b' } }],
    ['INVALID', 'identityProvider.issuer', { identityProvider: { issuer: 'http://a.example', audience: 'a' } }],
    ['INVALID', 'identityProvider.issuer', { identityProvider: { issuer: 'https://127.0.0.1', audience: 'a' } }],
    ['INVALID', 'identityProvider.issuer', { identityProvider: { issuer: 'https://a.example', audience: 'a' } }],
    ['INVALID', 'identityProvider.issuer', { identityProvider: { issuer: OWN_ISSUER, audience: 'a' } }],
  ])('%s: %s', async (code, field, change) => {
    const { found } = await read();
    const input = { expectedVersion: 2, identityProvider: { issuer: ISSUER, audience: 'a' }, ...change };
    const answered = await set(input);
    expect(answered.identityProvider).toBeNull();
    expect(answered.userErrors).toMatchObject([{ code, field: ['input', ...field.split('.')] }]);
    expect((await read()).found).toEqual(found);
  });

  it('gives one issuer and audience to one tenant, and does not tell to whom', async () => {
    const identityProvider = { issuer: ISSUER, audience: 'mine' };
    const theirs = { tenantId: `ten_${TWO}`, expectedVersion: 1, identityProvider };
    expect(await set({ expectedVersion: 2, identityProvider })).toMatchObject({ userErrors: [] });
    const refused = await set(theirs);
    expect(codes(refused)).toEqual(['TAKEN']);
    expect(JSON.stringify(refused)).not.toContain(ONE);
    // Once the first one has let it go, it is to be had.
    expect(await set({ expectedVersion: 3, identityProvider: null })).toMatchObject({ userErrors: [] });
    api.now += HOUR;
    expect(await set(theirs)).toMatchObject({ userErrors: [], identityProvider: { version: 2 } });
    expect(codes(await set({ identityProvider }))).toEqual(['TAKEN']);
  });

  it('of two tenants who want the same at once gives it to one', async () => {
    const identityProvider = { issuer: ISSUER, audience: 'race' };
    const both = await Promise.all([
      set({ identityProvider }),
      set({ tenantId: `ten_${TWO}`, expectedVersion: 2, identityProvider }),
    ]);
    expect(both.flatMap(codes)).toEqual(['TAKEN']);
    expect(both.filter(({ identityProvider: one }) => one?.issuer === ISSUER)).toHaveLength(1);
  });

  it('of many at once lets one through for each version', async () => {
    const expectedVersion = (await read()).found?.version ?? null;
    const identityProvider = { issuer: ISSUER, audience: 'busy' };
    const all = await Promise.all(Array.from({ length: 6 }, () => set({ expectedVersion, identityProvider })));
    expect(all.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(new Set(all.flatMap(codes))).toEqual(new Set(['CONFLICT_VERSION']));
  });

  it.each([
    ['audience', { clientId: 'a' }],
    ['clientId', { clientId: '' }],
    ['clientId', { clientId: 'a b' }],
    ['identityClaim', { identityClaim: 'iss' }],
    ['identityClaim', { identityClaim: '__proto__' }],
    ['identityClaim', { identityClaim: '' }],
    ['groupsClaim', { groupsClaim: 'a b' }],
    ['allowedGroups', { allowedGroups: [] }],
    ['allowedGroups', { allowedGroups: ['a', 'a'] }],
    ['allowedGroups', { allowedGroups: ['a\u0000b'] }],
    ['allowedGroups', { allowedGroups: Array.from({ length: 21 }, (_, n) => `g${n}`) }],
    ['allowedGroups', { allowedGroups: [wholeKey('acme')] }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: ['openid profile'] }],
    [null, { allowedGroups: Array.from({ length: 20 }, (_, n) => `${n}`.padStart(100, 'g')) }],
  ])('refuses a wrong %s', async (field, change) => {
    const before = (await read()).found;
    const identityProvider = { issuer: ISSUER, audience: 'a', ...change };
    const answered = await set({ expectedVersion: before?.version, identityProvider, dryRun: true });
    const path = ['input', 'identityProvider', ...(field === null ? [] : [field])];
    expect(answered.userErrors).toMatchObject([{ code: 'INVALID', field: path }]);
    expect(JSON.stringify(answered)).not.toContain('ark1_');
  });

  it('is for admins of the platform, and its machines with the scope: an issuer is not for a tenant to name', async () => {
    for (const who of [SUPPORT, MEMBER, TENANT_ADMIN, machine('tenants:write', 'identity-provider:write')]) {
      await expect(set({ identityProvider: null }, who)).rejects.toThrow(/FORBIDDEN/);
    }
  });
});

describe('a tenant’s identity provider', () => {
  it('is read by its admins and by staff, and by no member', async () => {
    expect((await read(SUPPORT)).found).not.toBeNull();
    expect((await read(machine('tenants:read'))).errors).toEqual([]);
    expect((await read(MEMBER)).errors[0]).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('is never another’s', async () => {
    expect(JSON.stringify(await read(TENANT_ADMIN))).not.toContain(FOREIGN);
    expect(await read(TENANT_ADMIN, TWO)).toEqual(await read(TENANT_ADMIN, 'no-tenant'));
  });
});
