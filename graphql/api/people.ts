import { isIdentityOfProvider } from '../../tenancy/caller.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Loaders } from './loaders.ts';

/**
 * Whether a tenant can have such a person: one of its users, or by the form of the id one of its own identity provider,
 * whose people stand in no table of ours. A stranger's is answered like one that nobody has.
 */
export async function mayBePerson(loaders: Loaders, tenantId: TenantId, identityId: string): Promise<boolean> {
  if (isIdentityOfProvider(identityId)) return (await loaders.tenant(tenantId)) !== null;
  return (await loaders.user(tenantId, identityId)) !== null;
}
