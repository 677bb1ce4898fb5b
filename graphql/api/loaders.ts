import DataLoader from 'dataloader';
import type { ApiKey } from '../../tenancy/api-key.ts';
import type { BillingDay } from '../../tenancy/billing-day.ts';
import type { GrantSubject } from '../../tenancy/grant.ts';
import type { LimitRule } from '../../tenancy/limit.ts';
import type { Model } from '../../tenancy/model.ts';
import type { Region } from '../../tenancy/region.ts';
import { getApiKeys } from '../../tenancy/table/api-keys.ts';
import { listBillingDays } from '../../tenancy/table/billing-days.ts';
import { getKeyUses, type KeyUses } from '../../tenancy/table/key-uses.ts';
import { getLimitRules } from '../../tenancy/table/limit-rules.ts';
import { getModel } from '../../tenancy/table/models.ts';
import { type GateState, getGateStates } from '../../tenancy/table/switches.ts';
import { getTenants } from '../../tenancy/table/tenants.ts';
import { getUsers } from '../../tenancy/table/users.ts';
import type { Tenant, TenantId } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import type { Access, Reach } from './access.ts';

/** A thing of a tenant's, by what it is asked for by there; `name` tells it from the others. */
type Owned<Asked> = { readonly tenantId: TenantId; readonly asked: Asked; readonly name: string };

/** What one caller loads in one request: each thing once, and null alike for what is missing and what is not the caller's. */
export type Loaders = {
  tenant(id: TenantId): Promise<Tenant | null>;
  user(tenantId: TenantId, id: string): Promise<User | null>;
  apiKey(tenantId: TenantId, keyId: string): Promise<ApiKey | null>;
  /** When a key was last used; null when it never was. */
  keyUses(tenantId: TenantId, keyId: string): Promise<KeyUses | null>;
  model(id: string): Promise<Model | null>;
  /** What limits a user or key has in place of the tenant's; null for none. */
  ownLimits(tenantId: TenantId, subject: GrantSubject): Promise<LimitRule['limits'] | null>;
  /**
   * The tenant's own gate in a region, with its kill switch; null for a tenant that is not the caller's. A region that
   * cannot be read fails for itself alone.
   */
  tenantGate(tenantId: TenantId, region: Region): Promise<GateState | null>;
  /** All revisions of all days of a month (`2026-11`), whoever may see them; none for a tenant that is not the caller's. */
  billingDays(tenantId: TenantId, month: string): Promise<readonly BillingDay[]>;
  /** What a mutation has changed is read anew. */
  forget(): void;
};

/** As many as DynamoDB takes in one BatchGetItem. */
const BATCH = 100;

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
  // One batch for each tenant that is asked for, through the caller's own reach of it.
  const ofTenant = <Asked, Value>(
    load: (reach: Reach, asked: readonly Asked[]) => Promise<readonly (Value | null)[]>,
  ): DataLoader<Owned<Asked>, Value | null, string> =>
    new DataLoader<Owned<Asked>, Value | null, string>(
      async (all) => {
        const found = new Map<Owned<Asked>, Value | null>();
        const batches = [...Map.groupBy(all, ({ tenantId }) => tenantId)].map(async ([tenantId, batch]) => {
          const reach = await access.tenant(tenantId);
          if (!reach) return;
          const values = await load(
            reach,
            batch.map(({ asked }) => asked),
          );
          for (const [n, one] of batch.entries()) found.set(one, values[n] ?? null);
        });
        await Promise.all(batches);
        return all.map((one) => found.get(one) ?? null);
      },
      { cacheKeyFn: ({ tenantId, name }) => `${tenantId} ${name}`, maxBatchSize: BATCH },
    );
  const users = ofTenant<string, User>(async ({ tables, tenantId, self }, ids) => {
    // What is not the caller's is not even read.
    const own = self === null ? ids : ids.filter((id) => id === self);
    const found = new Map((await getUsers(tables, tenantId, own)).map((user) => [user?.id, user]));
    return ids.map((id) => found.get(id) ?? null);
  });
  const apiKeys = ofTenant<string, ApiKey>(async ({ tables, tenantId, self }, ids) => {
    const keys = await getApiKeys(tables, tenantId, ids);
    return keys.map((key) => (key && (self === null || key.ownerId === self) ? key : null));
  });
  const keyUses = ofTenant<string, KeyUses>(async (reach, ids) => {
    const tenant = await tenants.load(reach.tenantId);
    if (!tenant) return [];
    const found = await getKeyUses(await reach.region(tenant.homeRegion), reach.tenantId, ids);
    return ids.map((id) => found.get(id) ?? null);
  });
  const limits = ofTenant<GrantSubject, LimitRule['limits']>(({ tables, tenantId }, subjects) =>
    getLimitRules(tables, tenantId, subjects),
  );
  const gates = new DataLoader<{ readonly tenantId: TenantId; readonly region: Region }, GateState | null, string>(
    async (all) => {
      const found = new Map<(typeof all)[number], GateState | Error>();
      const reached = await Promise.all(
        all.map(async (one) => {
          try {
            const reach = await access.tenant(one.tenantId);
            return reach ? [{ one, tables: await reach.region(one.region) }] : [];
          } catch (error) {
            found.set(one, asError(error));
            return [];
          }
        }),
      );
      // Staff have one opening of each region, a tenant's caller asks for one tenant: either way a batch for each region.
      const batches = [...Map.groupBy(reached.flat(), ({ tables }) => tables)].map(async ([tables, batch]) => {
        const ids = batch.map(({ one }) => ({ tenantId: one.tenantId, subject: { kind: 'tenant' } }) as const);
        const states: readonly (GateState | Error | undefined)[] = await getGateStates(tables, ids).catch(
          (error: unknown) => ids.map(() => asError(error)),
        );
        for (const [n, { one }] of batch.entries()) {
          const state = states[n];
          if (state) found.set(one, state);
        }
      });
      await Promise.all(batches);
      return all.map((one) => found.get(one) ?? null);
    },
    { cacheKeyFn: ({ tenantId, region }) => `${tenantId} ${region}` },
  );
  const billingDays = ofTenant<string, readonly BillingDay[]>(async ({ tables, tenantId, self }, months) => {
    // The books are no member's.
    if (self !== null) return [];
    return Promise.all(months.map((month) => listBillingDays(tables, tenantId, month)));
  });
  const models = new DataLoader<string, Model | null>((ids) =>
    Promise.all(ids.map((id) => getModel(access.catalogue, id))),
  );
  return {
    tenant: (id) => tenants.load(id),
    user: (tenantId, id) => users.load({ tenantId, asked: id, name: id }),
    apiKey: (tenantId, id) => apiKeys.load({ tenantId, asked: id, name: id }),
    keyUses: (tenantId, id) => keyUses.load({ tenantId, asked: id, name: id }),
    model: (id) => models.load(id),
    ownLimits: (tenantId, subject) => limits.load({ tenantId, asked: subject, name: JSON.stringify(subject) }),
    billingDays: async (tenantId, month) => (await billingDays.load({ tenantId, asked: month, name: month })) ?? [],
    tenantGate: (tenantId, region) => gates.load({ tenantId, region }),
    forget() {
      for (const loader of [tenants, users, apiKeys, keyUses, models, limits, gates, billingDays]) loader.clearAll();
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a region cannot be read', { cause: error });
}
