import type { GrantSubject } from '../../../tenancy/grant.ts';
import { type Limits, limitsInForce, windowKey } from '../../../tenancy/limit.ts';
import { decimalUsd } from '../../../tenancy/money.ts';
import { type Tenant, type TenantId, tierAt } from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import type { Loaders } from '../loaders.ts';
import type { Resolvers } from '../resolver-types.ts';

/** What of limits is not in a tenant's own row. */
export const limitResolvers = {
  Tenant: {
    async budget(tenant, _, { access, loaders, now }) {
      const { budget } = limitsInForce(tierAt(tenant, now), 'tenant', tenant.limits);
      const reach = budget && (await access.tenant(tenant.id));
      if (!reach) return null;
      return { budget, committedUsd: decimalUsd(await mostCommitted(loaders, tenant, now)), asOf: now };
    },
  },
} satisfies Resolvers;

/** Each region refuses by its own count, so what is left is what the region has where most is spent. */
async function mostCommitted(loaders: Loaders, { id, allowedRegions }: Tenant, now: number): Promise<bigint> {
  const counter = `committed.${windowKey('month', now)}`;
  const counts = await Promise.all(
    allowedRegions.map(async (where) => {
      const state = await loaders.tenantGate(id, where);
      return state?.gate().counters.get(counter) ?? 0n;
    }),
  );
  const [most = 0n] = counts.toSorted((a, b) => (a < b ? 1 : -1));
  return most;
}

/** The limits in force for a user or key that has a rule of its own; null for one that has none. */
export async function ownLimits(
  { access, loaders, now }: Pick<Context, 'access' | 'loaders' | 'now'>,
  tenantId: TenantId,
  subject: Exclude<GrantSubject, { readonly kind: 'tenant' }>,
): Promise<Limits | null> {
  const [reach, tenant] = await Promise.all([access.tenant(tenantId), loaders.tenant(tenantId)]);
  if (!reach || !tenant) return null;
  const rule = await loaders.ownLimits(tenantId, subject);
  if (!rule || Object.keys(rule).length === 0) return null;
  return limitsInForce(tierAt(tenant, now), subject.kind, tenant.limits, rule);
}
