import DataLoader from 'dataloader';
import type { ApiKey } from '../../tenancy/api-key.ts';
import type { Model } from '../../tenancy/model.ts';
import { getApiKey } from '../../tenancy/table/api-keys.ts';
import { getKeyUses, type KeyUses } from '../../tenancy/table/key-uses.ts';
import { getModel } from '../../tenancy/table/models.ts';
import { getTenants } from '../../tenancy/table/tenants.ts';
import { getUser } from '../../tenancy/table/users.ts';
import type { Tenant, TenantId } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import type { Access } from './access.ts';

/** A thing of a tenant's, by its id there. */
type Owned = { readonly tenantId: TenantId; readonly id: string };

/** What one caller loads in one request: each thing once, and null alike for what is missing and what is not the caller's. */
export type Loaders = {
  tenant(id: TenantId): Promise<Tenant | null>;
  user(tenantId: TenantId, id: string): Promise<User | null>;
  apiKey(tenantId: TenantId, keyId: string): Promise<ApiKey | null>;
  /** When a key was last used; null when it never was. */
  keyUses(tenantId: TenantId, keyId: string): Promise<KeyUses | null>;
  model(id: string): Promise<Model | null>;
  /** What a mutation has changed is read anew. */
  forget(): void;
};

/** Made for each request, of one caller's access: nothing loaded for one is ever served to another. */
export function makeLoaders(access: Access): Loaders {
  const tenants = new DataLoader<TenantId, Tenant | null>(async (ids) => {
    const platform = access.platform();
    if (platform) return getTenants(platform, ids);
    return Promise.all(
      ids.map(async (id) => {
        const reach = await access.tenant(id);
        return reach ? ((await getTenants(reach.tables, [id]))[0] ?? null) : null;
      }),
    );
  });
  const each = <Value>(load: (owned: Owned) => Promise<Value | null>) =>
    new DataLoader<Owned, Value | null, string>((all) => Promise.all(all.map(load)), {
      cacheKeyFn: ({ tenantId, id }) => `${tenantId} ${id}`,
    });
  const users = each<User>(async ({ tenantId, id }) => {
    const reach = await access.tenant(tenantId);
    if (!reach || (reach.self !== null && reach.self !== id)) return null;
    return getUser(reach.tables, tenantId, id);
  });
  const apiKeys = each<ApiKey>(async ({ tenantId, id }) => {
    const reach = await access.tenant(tenantId);
    const key = reach && (await getApiKey(reach.tables, tenantId, id));
    return key && (reach.self === null || key.ownerId === reach.self) ? key : null;
  });
  const keyUses = new DataLoader<Owned, KeyUses | null, string>(
    async (all) => {
      const found = new Map<TenantId, ReadonlyMap<string, KeyUses>>();
      for (const [tenantId, keys] of Map.groupBy(all, (one) => one.tenantId)) {
        const reach = await access.tenant(tenantId);
        const tenant = reach && (await tenants.load(tenantId));
        if (!tenant) continue;
        const home = await reach.region(tenant.homeRegion);
        const ids = keys.map(({ id }) => id);
        found.set(tenantId, await getKeyUses(home, tenantId, ids));
      }
      return all.map(({ tenantId, id }) => found.get(tenantId)?.get(id) ?? null);
    },
    { cacheKeyFn: ({ tenantId, id }) => `${tenantId} ${id}`, maxBatchSize: 100 },
  );
  const models = new DataLoader<string, Model | null>((ids) =>
    Promise.all(ids.map((id) => getModel(access.catalogue, id))),
  );
  return {
    tenant: (id) => tenants.load(id),
    user: (tenantId, id) => users.load({ tenantId, id }),
    apiKey: (tenantId, id) => apiKeys.load({ tenantId, id }),
    keyUses: (tenantId, id) => keyUses.load({ tenantId, id }),
    model: (id) => models.load(id),
    forget() {
      for (const loader of [tenants, users, apiKeys, models]) loader.clearAll();
    },
  };
}
