import { putTenant } from '../../tenancy/table/tenants.ts';
import { putUser } from '../../tenancy/table/users.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../tenancy/tenant.ts';
import type { UserStatus } from '../../tenancy/user.ts';
import type { Api } from './api.fixture.ts';
import type { Principal } from './principal.ts';

export type SeededTenant = {
  readonly id: TenantId;
  /** The same people in every tenant: an identity alone opens nothing. */
  readonly admin: Principal;
  readonly ann: Principal;
  readonly bob: Principal;
};

/** A tenant with an admin and the members ann, bob and carl, who is disabled. */
export async function seedTenant(api: Api, slug: string, change: Partial<Tenant> = {}): Promise<SeededTenant> {
  const id = parseTenantId(slug);
  if (!id) throw new Error(`${slug} is no tenant id`);
  await putTenant(api.tables, {
    id,
    name: slug,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1', 'eu-central-2'],
    residency: 'geo',
    version: 1,
    ...change,
  });
  const person = async (name: string, role: 'ADMIN' | 'MEMBER', status: UserStatus = 'ACTIVE'): Promise<Principal> => {
    const email = `${name}@${slug}.example`;
    const user = { tenantId: id, id: name, email, displayName: name, role, status, invitedAt: 0, version: 1 } as const;
    await putUser(api.tables, null, user);
    return { kind: 'user', id: name, role: `TENANT_${role}`, tenantId: id };
  };
  await person('carl', 'MEMBER', 'DISABLED');
  return {
    id,
    admin: await person('root', 'ADMIN'),
    ann: await person('ann', 'MEMBER'),
    bob: await person('bob', 'MEMBER'),
  };
}
