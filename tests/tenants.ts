import type { LimitChanges, LimitOverrides } from '../tenancy/limit.ts';
import { CONTROL_REGION } from '../tenancy/region.ts';
import { putGrant } from '../tenancy/table/grants.ts';
import type { Tables } from '../tenancy/table/tables.ts';
import { putTenant } from '../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';

/** What is measured or tried is not what a tier's own limits do. */
export const NO_LIMITS: LimitChanges = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  requestsPerDay: null,
  streams: null,
  budget: null,
};

/** Makes a tenant to whom everything is granted, with no limits but those given. */
export async function addTenant(tables: Tables, slug: string, limits: Partial<LimitOverrides> = {}): Promise<TenantId> {
  const id = parseTenantId(slug);
  if (!id) throw new Error(`${slug} is no tenant id`);
  await putTenant(tables, {
    id,
    name: slug,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: CONTROL_REGION,
    allowedRegions: [CONTROL_REGION],
    residency: 'geo',
    limits: { tenant: { ...NO_LIMITS, ...limits.tenant }, user: { ...NO_LIMITS, ...limits.user } },
    version: 1,
  });
  const everything = {
    subject: { kind: 'tenant' },
    model: '*',
    regions: '*',
    effect: 'allow',
    byPlatform: true,
  } as const;
  await putGrant(tables, { id: 'grt_everything', tenantId: id, ...everything });
  return id;
}
