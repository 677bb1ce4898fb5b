import type { Region } from '../../tenancy/region.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { Tenant, TenantId } from '../../tenancy/tenant.ts';

/** Finds the tables that hold a tenant's roll-ups. Rejects for a tenant that is not to be found. */
export type FindHome = (tenantId: TenantId) => Promise<Tables>;

/**
 * Roll-ups live in the tenant's home region, wherever its requests were served. A home never moves, so each is looked
 * up once.
 * @param open the tables of a region
 */
export function findHomes(
  getTenant: (id: TenantId) => Promise<Tenant | null>,
  open: (region: Region) => Tables,
): FindHome {
  const homes = new Map<TenantId, Region>();
  return async (tenantId) => {
    const home = homes.get(tenantId) ?? (await getTenant(tenantId))?.homeRegion;
    if (!home) throw new Error(`no tenant ${tenantId}`);
    homes.set(tenantId, home);
    return open(home);
  };
}
