import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepSigningKeys } from '../../access-token/jwks.ts';
import { accessToken, goodClaims, issuerKeys, jwksOf, NOW } from '../../edge/origin/fixture.ts';
import { putMachineClient } from '../../tenancy/table/machine-clients.ts';
import { putStaff } from '../../tenancy/table/staff.ts';
import { putUser } from '../../tenancy/table/users.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { authenticate } from './authenticate.ts';

let store: TestTables;
const acme = parseTenantId('acme')!;
const fetched = async () => jwksOf({ k1: issuerKeys.publicKey });
const away = async () => {
  throw new Error('away');
};

beforeAll(async () => {
  store = await startTables();
  const person = { tenantId: acme, displayName: 'x', invitedAt: 1, version: 1 } as const;
  for (const user of [
    { id: 'admin', role: 'ADMIN', status: 'ACTIVE' },
    { id: 'demoted', role: 'MEMBER', status: 'ACTIVE' },
    { id: 'disabled', role: 'ADMIN', status: 'DISABLED' },
  ] as const) {
    await putUser(store.tables, null, { ...person, ...user, email: `${user.id}@acme.test` });
  }
  const staff = { email: 's@x.test', displayName: 's', role: 'PLATFORM_SUPPORT', version: 1 } as const;
  await putStaff(store.tables, { ...staff, id: 'staff', status: 'ACTIVE' });
  await putStaff(store.tables, { ...staff, id: 'gone', status: 'DISABLED' });
  const provided = { tenantId: acme, id: 'idp_00u1', email: 'p@acme.test', displayName: 'p' } as const;
  await putUser(store.tables, null, { ...provided, role: 'ADMIN', status: 'ACTIVE', invitedAt: 1, version: 1 });
  const client = { tenantId: acme, name: 'c', createdBy: 'admin', version: 1 } as const;
  await putMachineClient(store.tables, { ...client, clientId: 'robot', scopes: ['users:read'], expiresAt: NOW + 1 });
  await putMachineClient(store.tables, { ...client, clientId: 'old', scopes: ['users:read'], expiresAt: NOW });
  const revoked = { ...client, clientId: 'revoked', scopes: ['users:read'], expiresAt: NOW + 1, revokedAt: 1 } as const;
  await putMachineClient(store.tables, { ...revoked, scopes: ['users:read'] });
});
afterAll(() => store.close());

async function who(claims: object, fetch: () => Promise<unknown> = fetched) {
  return ask(`Bearer ${await accessToken({ tenant_id: 'acme', ...claims })}`, fetch);
}

async function ask(authorization: string | undefined, fetch: () => Promise<unknown> = fetched) {
  const issuer = { url: goodClaims.iss, clientIds: [goodClaims.client_id], anyMachine: true } as const;
  const signingKeys = keepSigningKeys('https://issuer.example.test/jwks', fetch, () => {});
  try {
    const { principal, clientId } = await authenticate(
      authorization,
      { issuer, signingKeys, tables: store.tables },
      NOW,
    );
    expect(clientId).toBe(principal.kind === 'machine' ? principal.id : goodClaims.client_id);
    return principal;
  } catch (error) {
    const { extensions } = error as { extensions: { code: string; http: { status: number } } };
    return [extensions.code, extensions.http.status];
  }
}

const machine = (id: string, change: object = {}) => ({
  sub: id,
  client_id: id,
  username: undefined,
  ar_scopes: 'users:read users:write',
  ...change,
});
const REFUSED = ['UNAUTHENTICATED', 401];

describe('a caller', () => {
  it('is who the row says, whatever the token says of the role', async () => {
    expect(await who({ sub: 'admin', role: 'tenant_admin' })).toMatchObject({ role: 'TENANT_ADMIN' });
    expect(await who({ sub: 'demoted', role: 'tenant_admin' })).toMatchObject({ role: 'TENANT_MEMBER' });
    const staff = { tenant_id: undefined, sub: 'staff', role: 'platform_admin' };
    expect(await who(staff)).toMatchObject({ kind: 'staff', role: 'PLATFORM_SUPPORT' });
  });

  it('has of its scopes what both token and row have', async () => {
    expect(await who(machine('robot'))).toMatchObject({ kind: 'machine', scopes: new Set(['users:read']) });
    expect(await who(machine('robot', { ar_scopes: 'keys:read' }))).toMatchObject({ scopes: new Set() });
  });
});

describe('nobody is', () => {
  it.each([
    ['a disabled user', { sub: 'disabled', role: 'tenant_admin' }],
    ['a user without a row', { sub: 'nobody', role: 'tenant_admin' }],
    ['a user of another tenant', { tenant_id: 'globex', sub: 'admin', role: 'tenant_admin' }],
    ['disabled staff', { tenant_id: undefined, sub: 'gone', role: 'platform_admin' }],
    ['a tenant’s user who claims to be staff', { tenant_id: undefined, sub: 'admin', role: 'platform_admin' }],
    ['a machine that has expired', machine('old')],
    ['a machine that was revoked', machine('revoked')],
    ['a machine of another tenant', machine('robot', { tenant_id: 'globex' })],
    ['a machine that claims to be the platform’s', machine('robot', { tenant_id: undefined })],
    ['a machine that nobody made', machine('nobody')],
    [
      'a person of a tenant’s own identity provider',
      { iss: 'https://acme.okta.com/oauth2/aus1', sub: 'admin', role: 'tenant_admin' },
    ],
    ['one who bears such a person’s name', { sub: 'idp_00u1', role: 'tenant_admin' }],
    ['a person by another client', { sub: 'admin', role: 'tenant_admin', client_id: 'other' }],
  ])('%s', async (_, claims) => {
    expect(await who(claims)).toEqual(REFUSED);
  });

  it.each([
    ['without a header', undefined],
    ['with junk', 'Bearer junk'],
    ['with two tokens', 'Bearer a, Bearer b'],
    ['with a password', 'Basic YTpi'],
  ])('who comes %s', async (_, header) => {
    expect(await ask(header)).toEqual(REFUSED);
  });

  it('called nobody while tokens cannot be verified', async () => {
    expect(await who({ sub: 'admin', role: 'tenant_admin' }, away)).toEqual(['UNAVAILABLE', 503]);
  });
});
