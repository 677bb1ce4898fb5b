import { type EdgeProvider, encodeEdgeProvider, providerKey, providerPointer } from '../../tenancy/edge-provider.ts';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { type EdgeTenant, encodeEdgeTenant, type TenantId } from '../../tenancy/tenant.ts';

/** What the store is to say under one key. */
export type Entry = {
  readonly tenant: TenantId;
  /** Null: nothing, any more. */
  readonly value: string | null;
  /** Which goes first, the lower one: a full store has no room for the last. */
  readonly rank: number;
  /** What comes of it when the store has no room: whether the tenant is served all the same, by the control region. */
  readonly served: boolean;
  /** Another tenant may have the key meanwhile: it is taken away only where the value names this one. */
  readonly unlessAnothers?: true;
};

/** What the edge must know after a batch, by the store's keys. */
export type Entries = Map<string, Entry>;

/** First what makes room, then whoever is to be refused, then what the edge alone can know, then what others know as well. */
const RANK = { gone: 0, refused: 1, onlyHere: 2, provider: 3, knownElsewhere: 4 } as const;

/** Tells a tenant's entry; null for one whose row is gone. */
export function setTenant(entries: Entries, tenant: TenantId, edge: EdgeTenant | null): void {
  if (!edge) {
    entries.set(tenant, { tenant, value: null, rank: RANK.gone, served: false });
    return;
  }
  // Its requests go to the control region when the edge does not know it.
  const isServedUnknown = edge.regions.includes(CONTROL_REGION);
  const isActive = edge.status === 'ACTIVE';
  const rank = !isActive ? RANK.refused : isServedUnknown ? RANK.knownElsewhere : RANK.onlyHere;
  entries.set(tenant, { tenant, value: encodeEdgeTenant(edge), rank, served: isActive && isServedUnknown });
}

/**
 * Tells the two entries of a tenant's identity provider: how its tokens are verified, under their issuer and audience, and
 * where that is, under the tenant. Null for a tenant that has none.
 */
export function setProvider(entries: Entries, tenant: TenantId, provider: EdgeProvider | null): void {
  if (!provider) {
    entries.set(providerPointer(tenant), { tenant, value: null, rank: RANK.gone, served: false });
    return;
  }
  const common = { tenant, rank: RANK.provider, served: false };
  const key = providerKey(provider);
  entries.set(providerPointer(tenant), { ...common, value: key });
  entries.set(key, { ...common, value: encodeEdgeProvider(provider) });
}

/** Tells that a tenant has left an issuer and audience, which another may have by now: that one's entry stays. */
export function leaveProviderKey(entries: Entries, tenant: TenantId, key: string): void {
  const told = entries.get(key);
  if (told && told.tenant !== tenant && told.value !== null) return;
  entries.set(key, { tenant, value: null, rank: RANK.gone, served: false, unlessAnothers: true });
}

export function inOrder(entries: Entries): [key: string, entry: Entry][] {
  return [...entries].sort(([, a], [, b]) => a.rank - b.rank);
}
