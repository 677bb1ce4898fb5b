import type { Limited, Limits } from '../../../tenancy/limit.ts';
import { limitsInForce } from '../../../tenancy/limit.ts';
import { decimalUsd } from '../../../tenancy/money.ts';
import { listTenants } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, scheduledTier, type Tenant, tierAt } from '../../../tenancy/tenant.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { tenantNodeId } from '../ids.ts';
import type { Resolvers } from '../resolver-types.ts';
import { regionName, residencyName } from '../words.ts';

/** Tenants as they are read; what a tenant has is with the noun that it is. */
export const tenantResolvers = {
  Query: {
    tenant(_, { slug }, { loaders }) {
      const tenantId = parseTenantId(slug);
      return tenantId ? loaders.tenant(tenantId) : null;
    },
    async tenants(_, args, { access }) {
      const page = readPageArgs(args);
      const tables = access.platform();
      return tables ? toConnection(await listTenants(tables, page)) : NO_ITEMS;
    },
    async slugAvailable(_, { slug }, { loaders }) {
      const tenantId = parseTenantId(slug);
      return tenantId !== null && (await loaders.tenant(tenantId)) === null;
    },
  },
  Tenant: {
    id: ({ id }) => tenantNodeId(id),
    slug: ({ id }) => id,
    statusReason: ({ statusReason }) => statusReason ?? null,
    notes: ({ notes }) => notes ?? null,
    tier: (tenant, _, { now }) => tierAt(tenant, now),
    scheduledTier: (tenant, _, { now }) => scheduledTier(tenant, now),
    homeRegion: ({ homeRegion }) => regionName(homeRegion),
    allowedRegions: ({ allowedRegions }) => allowedRegions.map(regionName),
    residency: ({ residency }) => residencyName(residency),
    proxyUrl: ({ id }, _, { platform }) => platform.proxyUrl(id),
    limits: (tenant, _, { now }) => limitsOf(tenant, 'tenant', now),
    userLimits: (tenant, _, { now }) => limitsOf(tenant, 'user', now),
    keyLimits: (tenant, _, { now }) => limitsOf(tenant, 'key', now),
    onboarding: ({ id }, _, { platform }) => onboardingKit(platform.proxyUrl(id)),
  },
  ScheduledTier: {
    effectiveAt: ({ at }) => at,
  },
  Limits: {
    requestsPerMinute: ({ requestsPerMinute }) => requestsPerMinute ?? null,
    tokensPerMinute: ({ tokensPerMinute }) => (tokensPerMinute === undefined ? null : BigInt(tokensPerMinute)),
    requestsPerDay: ({ requestsPerDay }) => requestsPerDay ?? null,
    concurrentStreams: ({ streams }) => streams ?? null,
    budget: ({ budget }) => budget ?? null,
  },
  Budget: {
    monthlyUsd: ({ nanoUsd }) => decimalUsd(nanoUsd),
    enforcement: ({ enforcement }) => (enforcement === 'hard' ? 'HARD' : 'SOFT'),
  },
} satisfies Resolvers;

function limitsOf(tenant: Tenant, subject: Limited, now: number): Limits {
  return limitsInForce(tierAt(tenant, now), subject, tenant.limits);
}

/** What a developer pastes. The key has a place and is never in it: this is shown to people who did not make one. */
function onboardingKit(baseUrl: string) {
  const env = { ANTHROPIC_BASE_URL: baseUrl, ANTHROPIC_AUTH_TOKEN: '<your key>' };
  return {
    baseUrl,
    settingsJson: JSON.stringify({ env }, null, 2),
    shellSnippet: Object.entries(env)
      .map(([name, value]) => `export ${name}='${value}'`)
      .join('\n'),
  };
}
