import type { TenantId } from '../../tenancy/tenant.ts';
import type { StaffRole } from '../../tenancy/user.ts';
import type { Principal } from './principal.ts';

/** Whose an object is, as far as its policy asks. `ownerId`: the identity of the user whom it belongs to. */
export type Place = { readonly tenantId: TenantId | null; readonly ownerId?: string };

type People = {
  readonly staff: readonly StaffRole[];
  /** Admins of the tenant that it belongs to. */
  readonly admins: boolean;
  /** Members of that tenant: all, only whom it belongs to, or none. */
  readonly members: 'all' | 'self' | 'none';
  readonly writes: boolean;
};

const ALL_STAFF = ['PLATFORM_ADMIN', 'PLATFORM_SUPPORT', 'PLATFORM_BILLING'] as const;
const ADMINS = ['PLATFORM_ADMIN'] as const;

/** Who passes, by the policies of `schema.graphql`. A policy that is not here is no policy, and the build fails. */
export const POLICIES = {
  PARENT: { staff: ALL_STAFF, admins: true, members: 'all', writes: false },
  AUTHENTICATED: { staff: ALL_STAFF, admins: true, members: 'all', writes: false },
  PLATFORM_READ: { staff: ALL_STAFF, admins: false, members: 'none', writes: false },
  PLATFORM_WRITE: { staff: ADMINS, admins: false, members: 'none', writes: true },
  BILLING_WRITE: { staff: ['PLATFORM_ADMIN', 'PLATFORM_BILLING'], admins: false, members: 'none', writes: true },
  TENANT_READ: { staff: ALL_STAFF, admins: true, members: 'all', writes: false },
  TENANT_ADMIN_READ: { staff: ALL_STAFF, admins: true, members: 'none', writes: false },
  TENANT_ADMIN_WRITE: { staff: ADMINS, admins: true, members: 'none', writes: true },
  SELF_READ: { staff: ALL_STAFF, admins: true, members: 'self', writes: false },
  SELF_WRITE: { staff: ADMINS, admins: true, members: 'self', writes: true },
} as const satisfies Record<string, People>;
export type PolicyName = keyof typeof POLICIES;

/** What a field demands. Without a scope no machine client passes. */
export type Rule = { readonly policy: PolicyName; readonly scope: string | null };

export function isPolicy(name: unknown): name is PolicyName {
  return typeof name === 'string' && Object.hasOwn(POLICIES, name);
}

/**
 * Whether a caller passes a rule.
 * @param place whose the object is; null where none is known yet, at a query's or mutation's root: then what is asked
 *   is only whether the caller could ever pass, and whoever loads the object asks again
 */
export function permits({ policy, scope }: Rule, principal: Principal, place: Place | null): boolean {
  if (policy === 'PARENT') return true;
  const { staff, admins, members, writes } = POLICIES[policy];
  switch (principal.kind) {
    case 'staff': {
      const { role, viewingAs } = principal;
      if (!viewingAs) return (staff as readonly StaffRole[]).includes(role);
      return !writes && admins && isOwn(viewingAs.tenantId, policy, place);
    }
    case 'machine': {
      if (scope === null || !principal.scopes.has(scope)) return false;
      // A tenant's client passes nothing that none of the tenant's people could.
      return principal.tenantId === null || (admins && isOwn(principal.tenantId, policy, place));
    }
    case 'user': {
      if (!isOwn(principal.tenantId, policy, place)) return false;
      if (principal.role === 'TENANT_ADMIN') return admins;
      return members === 'all' || (members === 'self' && (place === null || place.ownerId === principal.id));
    }
  }
}

/** What every authenticated caller may see belongs to no tenant; a tenant's own never opens to another. */
function isOwn(tenantId: TenantId, policy: PolicyName, place: Place | null): boolean {
  return place === null || place.tenantId === tenantId || (place.tenantId === null && policy === 'AUTHENTICATED');
}
