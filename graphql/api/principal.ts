import type { TokenIdentity } from '../../access-token/claims.ts';
import type { ViewAs } from '../../tenancy/table/view-as.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { STAFF_ROLES, type StaffRole } from '../../tenancy/user.ts';

export const TENANT_ROLES = ['TENANT_ADMIN', 'TENANT_MEMBER'] as const;
export type TenantRole = (typeof TENANT_ROLES)[number];

/** Who is asking, as far as anything behind the token's check is concerned. */
export type Principal =
  | {
      readonly kind: 'staff';
      readonly id: string;
      readonly role: StaffRole;
      /** Set: sees what an admin of this tenant sees, and changes nothing. */
      readonly viewingAs: ViewAs | null;
    }
  | { readonly kind: 'user'; readonly id: string; readonly role: TenantRole; readonly tenantId: TenantId }
  /** `tenantId` null: one of the platform's own. */
  | {
      readonly kind: 'machine';
      readonly id: string;
      readonly tenantId: TenantId | null;
      readonly scopes: ReadonlySet<string>;
    };

/**
 * Reads who a verified access token speaks for. The claims are the pre-token trigger's, from the platform's own tables;
 * the spelling of roles in tokens is in small letters.
 * @returns null for a token that opens nothing here
 */
export function readPrincipal({ identityId, callerType, claims }: TokenIdentity): Principal | null {
  const named = claims['tenant_id'];
  const tenantId = named === undefined ? null : parseTenantId(named);
  // A tenant that cannot be read is not "no tenant", which is what staff have.
  if (named !== undefined && !tenantId) return null;
  if (callerType === 'machine') {
    const text = claims['ar_scopes'];
    if (typeof text !== 'string') return null;
    return { kind: 'machine', id: identityId, tenantId, scopes: new Set(text.split(' ').filter(Boolean)) };
  }
  const role = typeof claims['role'] === 'string' ? claims['role'].toUpperCase() : '';
  const tenantRole = TENANT_ROLES.find((one) => one === role);
  if (tenantId) return tenantRole ? { kind: 'user', id: identityId, role: tenantRole, tenantId } : null;
  const staffRole = STAFF_ROLES.find((one) => one === role);
  return staffRole ? { kind: 'staff', id: identityId, role: staffRole, viewingAs: null } : null;
}

/** The tenant within whose wall the caller is; null for who stands outside all of them. */
export function walledIn(principal: Principal): TenantId | null {
  return principal.kind === 'staff' ? (principal.viewingAs?.tenantId ?? null) : principal.tenantId;
}

/** The name under which a caller's requests are counted and its idempotency keys kept. */
export function principalName({ kind, id }: Principal): string {
  return `${kind}:${id}`;
}
