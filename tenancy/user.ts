import type { TenantId } from './tenant.ts';

export const USER_ROLES = ['ADMIN', 'MEMBER'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export const STAFF_ROLES = ['PLATFORM_ADMIN', 'PLATFORM_SUPPORT', 'PLATFORM_BILLING'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** Invited: never signed in yet. Disabled: no token any more, and none is good for anything but what it already does. */
export const USER_STATUSES = ['INVITED', 'ACTIVE', 'DISABLED'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** A person of a tenant. Somebody who works for two tenants is two users: an email address is no alias. Times: ms epoch. */
export type User = {
  readonly tenantId: TenantId;
  /** The identity provider's `sub`, as `parseIdentityId` reads it. */
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly role: UserRole;
  readonly status: UserStatus;
  readonly invitedAt: number;
  /** When a token was last made for the user, give or take an hour; absent until the first. */
  readonly lastSeenAt?: number;
  /** Counts up with each change but a sighting; an update names the version that it saw. */
  readonly version: number;
};

/** Somebody who works for the platform, and belongs to no tenant. */
export type Staff = {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly role: StaffRole;
  readonly status: UserStatus;
  readonly version: number;
};

/** What a machine may do in the control plane: all of it there is, so that no scope can be made up. */
export const SCOPES = [
  'tenants:read',
  'tenants:write',
  'users:read',
  'users:write',
  'limits:write',
  'grants:read',
  'grants:write',
  'keys:read',
  'keys:write',
  'models:read',
  'models:write',
  'usage:read',
  'audit:read',
  'exports:read',
  'exports:write',
  'switches:read',
  'switches:write',
  'routes:read',
  'routes:write',
  'identity-provider:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** A program that manages a tenant, or the platform, by OAuth client credentials. Times: ms epoch. */
export type MachineClient = {
  readonly clientId: string;
  /** Null for one of the platform's own. */
  readonly tenantId: TenantId | null;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The identity id of whoever made it. */
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly revokedAt?: number;
  readonly version: number;
};

export type MachineClientLiveness = 'live' | 'unknown' | 'revoked' | 'expired';

/** Whether a machine client gets tokens. @param now ms epoch */
export function machineClientLiveness(client: MachineClient | null, now: number): MachineClientLiveness {
  if (!client) return 'unknown';
  if (client.revokedAt !== undefined) return 'revoked';
  return now < client.expiresAt ? 'live' : 'expired';
}

/** What a person may do, as access tokens say it in the claim `role`. */
export const TOKEN_ROLES = {
  ADMIN: 'tenant_admin',
  MEMBER: 'tenant_member',
  PLATFORM_ADMIN: 'platform_admin',
  PLATFORM_SUPPORT: 'platform_support',
  PLATFORM_BILLING: 'platform_billing',
} as const satisfies Record<UserRole | StaffRole, string>;

/** Who can administer the tenant today: an invited admin, who may never come, cannot. */
export function isActiveAdmin(user: Pick<User, 'role' | 'status'>): boolean {
  return user.role === 'ADMIN' && user.status === 'ACTIVE';
}

/** By how much a change alters the number of the tenant's active admins: -1, 0 or 1. @param before null for a new user */
export function activeAdminChange(before: Pick<User, 'role' | 'status'> | null, after: Pick<User, 'role' | 'status'>) {
  return (isActiveAdmin(after) ? 1 : 0) - (before && isActiveAdmin(before) ? 1 : 0);
}

/** Whether a change takes its last active admin from a tenant, which nobody in the tenant could undo. */
export function leavesNoAdmin(users: readonly User[], after: User): boolean {
  const before = users.find(({ id }) => id === after.id) ?? null;
  return activeAdminChange(before, after) < 0 && users.filter(isActiveAdmin).length <= 1;
}
