import type { AuditEntry } from '../../tenancy/audit.ts';
import { listAudit } from '../../tenancy/table/audit.ts';
import { putTenant } from '../../tenancy/table/tenants.ts';
import { putUser } from '../../tenancy/table/users.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import type { Api } from './api.fixture.ts';
import type { Principal } from './principal.ts';

export function tenantId(slug: string): TenantId {
  const id = parseTenantId(slug);
  if (!id) throw new Error(`${slug} is no tenant id`);
  return id;
}

/** A tenant whose onboarding is over. */
export async function addTenant(api: Api, slug: string): Promise<void> {
  await putTenant(api.tables, {
    id: tenantId(slug),
    name: slug,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  });
}

/** Somebody who has signed in before, with an account in the pool. */
export async function addUser(api: Api, slug: string, id: string, change: Partial<User> = {}): Promise<User> {
  const user: User = {
    tenantId: tenantId(slug),
    id,
    email: `${id}@${slug}.example`,
    displayName: id,
    role: 'MEMBER',
    status: 'ACTIVE',
    invitedAt: 1,
    version: 1,
    ...change,
  };
  await putUser(api.tables, null, user);
  api.pool.accounts.set(id, { id, email: user.email, tenantId: user.tenantId, enabled: true });
  return user;
}

export function adminOf(slug: string, id = 'boss'): Principal {
  return { kind: 'user', id, role: 'TENANT_ADMIN', tenantId: tenantId(slug) };
}

export function memberOf(slug: string, id = 'worker'): Principal {
  return { kind: 'user', id, role: 'TENANT_MEMBER', tenantId: tenantId(slug) };
}

/** The entries of a tenant's trail for an action, newest first; of one instant in no order. */
export async function told(api: Api, slug: string, action: string): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  let after: string | null | undefined;
  do {
    const page = await listAudit(api.tables, tenantId(slug), { limit: 100, ...(after ? { after } : {}) });
    found.push(...page.entries.map(({ entry }) => entry));
    after = page.next;
  } while (after);
  return found.filter((entry) => entry.action === action);
}
