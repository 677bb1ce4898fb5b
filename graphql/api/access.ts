import type { Region } from '../../tenancy/region.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type Principal, walledIn } from './principal.ts';

/**
 * The tables, as the caller may reach them. `ofTenant` opens them with credentials that a tenant's session tag walls in
 * (`tenancy/table/tenant-policy.ts`): whatever a resolver gets wrong, DynamoDB itself refuses another tenant's keys.
 */
export type OpenTables = {
  /** The function's own role: staff, and the catalogue, which is everybody's. */
  readonly platform: (region: Region) => Tables;
  readonly ofTenant: (tenantId: TenantId, region: Region) => Promise<Tables>;
};

/** What one caller may reach of one tenant. */
export type Reach = {
  readonly tenantId: TenantId;
  /** Of the control region. */
  readonly tables: Tables;
  /** Of another region: gates and usage live where requests are served. */
  readonly region: (region: Region) => Promise<Tables>;
  /** A member reaches only what belongs to this identity; null: everything of the tenant. */
  readonly self: string | null;
};

/** The one way from a resolver to a table. */
export type Access = {
  /** Null for a tenant that is not the caller's: answered like one that does not exist. */
  tenant(tenantId: TenantId): Promise<Reach | null>;
  /** Null for who stands within a tenant's wall. */
  platform(): Tables | null;
  /** Models and prices. */
  readonly catalogue: Tables;
};

/** @param controlRegion where users, audit and the directory's writers are */
export function openAccess(principal: Principal, open: OpenTables, controlRegion: Region): Access {
  const wall = walledIn(principal);
  const self = principal.kind === 'user' && principal.role === 'TENANT_MEMBER' ? principal.id : null;
  const reaches = new Map<TenantId, Promise<Reach>>();
  const reach = async (tenantId: TenantId): Promise<Reach> => {
    // By the caller's own session, never one of the tenant that was asked for: what slips through here stops at the wall.
    const region = (where: Region): Promise<Tables> =>
      wall === null ? Promise.resolve(open.platform(where)) : open.ofTenant(wall, where);
    return { tenantId, tables: await region(controlRegion), region, self };
  };
  return {
    async tenant(tenantId) {
      if (wall !== null && wall !== tenantId) return null;
      const known = reaches.get(tenantId) ?? reach(tenantId);
      reaches.set(tenantId, known);
      return known;
    },
    platform: () => (wall === null ? open.platform(controlRegion) : null),
    catalogue: open.platform(controlRegion),
  };
}
