import { describe, expect, it } from 'vitest';
import type { TokenIdentity } from '../../access-token/claims.ts';
import { readPrincipal } from './principal.ts';

const user = (claims: object): TokenIdentity => ({ identityId: 'anna', callerType: 'user', claims: { ...claims } });
const machine = (claims: object): TokenIdentity => ({ ...user(claims), callerType: 'machine' });

describe('a token', () => {
  it.each([
    [
      'of a tenant’s admin',
      user({ tenant_id: 'acme', role: 'tenant_admin' }),
      { kind: 'user', role: 'TENANT_ADMIN', tenantId: 'acme' },
    ],
    ['of a member', user({ tenant_id: 'acme', role: 'tenant_member' }), { kind: 'user', role: 'TENANT_MEMBER' }],
    ['of staff', user({ role: 'platform_support' }), { kind: 'staff', role: 'PLATFORM_SUPPORT', viewingAs: null }],
    [
      'of a tenant’s machine',
      machine({ tenant_id: 'acme', ar_scopes: 'users:read keys:write' }),
      { kind: 'machine', tenantId: 'acme', scopes: new Set(['users:read', 'keys:write']) },
    ],
    ['of the platform’s machine', machine({ ar_scopes: '' }), { kind: 'machine', tenantId: null, scopes: new Set() }],
  ])('%s says who that is', (_, identity, principal) => {
    expect(readPrincipal(identity)).toMatchObject({ id: 'anna', ...principal });
  });

  it.each([
    ['without a role', user({ tenant_id: 'acme' })],
    ['of nobody’s role', user({ tenant_id: 'acme', role: 'root' })],
    ['with staff’s role in a tenant', user({ tenant_id: 'acme', role: 'platform_admin' })],
    ['with a tenant’s role and no tenant', user({ role: 'tenant_admin' })],
    ['with a tenant that is none, and staff’s role', user({ tenant_id: 'ACME', role: 'platform_admin' })],
    ['with an empty tenant, and staff’s role', user({ tenant_id: '', role: 'platform_admin' })],
    ['with no tenant by name, and staff’s role', user({ tenant_id: null, role: 'platform_admin' })],
    ['of a machine without scopes at all', machine({ tenant_id: 'acme' })],
    ['of a machine whose scopes are a list', machine({ ar_scopes: ['users:read'] })],
    ['of a machine of a tenant that is none', machine({ tenant_id: 'a#b', ar_scopes: '' })],
  ])('%s opens nothing', (_, identity) => {
    expect(readPrincipal(identity)).toBeNull();
  });
});
