import {
  type CloudFrontKeyValueStoreClient,
  ConflictException,
  DescribeKeyValueStoreCommand,
  type DescribeKeyValueStoreCommandOutput,
  GetKeyCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  UpdateKeysCommand,
  type UpdateKeysCommandOutput,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { type EdgeTenant, encodeEdgeTenant, type TenantId } from '../../tenancy/tenant.ts';
import type { Changes } from './changes.ts';

/** The KeyValueStore that viewer functions read. */
export type EdgeStore = { readonly client: CloudFrontKeyValueStoreClient; readonly arn: string };

/** What the store holds of all tenants. */
export type StoreSize = { readonly bytes: number; readonly tenants: number };

/** What came of a write. */
export type Written = {
  /** Whom the store had no room for, and what it would have said of them: the edge asks the control region for these. */
  readonly leftOut: Changes;
  /** As the store says it; null when there was nothing to write. */
  readonly size: StoreSize | null;
};

/** What the service takes in one update. */
const KEYS_PER_UPDATE = 50;

/** Another writer is rare (a second shard, a person): more conflicts than these in a row are trouble worth an alarm. */
const ATTEMPTS = 5;

/**
 * Writes the changes; doing it again changes nothing. What makes room goes first, then whoever is to be refused, then
 * whoever the edge alone can send to the right region. A store that is full holds up nobody but those who do not fit.
 * @throws what the client throws when the store cannot be reached, or goes on conflicting
 */
export async function writeChanges(store: EdgeStore, changes: Changes): Promise<Written> {
  const all = inOrder(changes);
  const leftOut = new Map<TenantId, EdgeTenant | null>();
  let size: StoreSize | null = null;
  for (let from = 0; from < all.length; from += KEYS_PER_UPDATE) {
    const written = await updateWhatFits(store, all.slice(from, from + KEYS_PER_UPDATE));
    for (const [id, tenant] of written.leftOut) leftOut.set(id, tenant);
    size = written.size;
  }
  return { leftOut, size };
}

/** First what makes room, then whoever is to be refused, then whoever the edge alone can send to the right region. */
export function inOrder(changes: Changes): Entry[] {
  return [...changes].sort(([, a], [, b]) => rankOf(a) - rankOf(b));
}

function rankOf(tenant: EdgeTenant | null): number {
  if (!tenant) return 0;
  if (tenant.status !== 'ACTIVE') return 1;
  return isServedUnknown(tenant) ? 3 : 2;
}

/** Whether a tenant is served although the edge does not know it: then its requests go to the control region. */
export function isServedUnknown({ regions }: EdgeTenant): boolean {
  return regions.includes(CONTROL_REGION);
}

/** All of it, or by halves what there is room for: one entry too many must not hold up the other changes. */
async function updateWhatFits(store: EdgeStore, changes: readonly Entry[]): Promise<Written> {
  try {
    return { leftOut: new Map(), size: await update(store, changes, ATTEMPTS) };
  } catch (error) {
    if (!(error instanceof ServiceQuotaExceededException)) throw error;
    if (changes.length > 1) {
      const half = Math.ceil(changes.length / 2);
      const first = await updateWhatFits(store, changes.slice(0, half));
      const second = await updateWhatFits(store, changes.slice(half));
      return { leftOut: new Map([...first.leftOut, ...second.leftOut]), size: second.size };
    }
    const [[id, tenant] = []] = changes;
    if (!id || !tenant) throw error;
    // What stands there is no longer so. Without an entry the control region is asked, which knows.
    return { leftOut: new Map([[id, tenant]]), size: await update(store, [[id, null]], ATTEMPTS) };
  }
}

async function update(store: EdgeStore, changes: readonly Entry[], attempts: number): Promise<StoreSize> {
  const { client, arn: KvsARN } = store;
  try {
    const before = await client.send(new DescribeKeyValueStoreCommand({ KvsARN }));
    const Puts = changes.flatMap(([Key, tenant]) => (tenant ? [{ Key, Value: encodeEdgeTenant(tenant) }] : []));
    const removed = changes.flatMap(([id, tenant]) => (tenant ? [] : [id]));
    const Deletes = (await Promise.all(removed.map((id) => isStored(store, id)))).flatMap((stored, i) =>
      stored ? [{ Key: removed[i] }] : [],
    );
    if (Puts.length + Deletes.length === 0) return sizeOf(before);
    return sizeOf(await client.send(new UpdateKeysCommand({ KvsARN, IfMatch: before.ETag, Puts, Deletes })));
  } catch (error) {
    if (!(error instanceof ConflictException) || attempts <= 1) throw error;
    return update(store, changes, attempts - 1);
  }
}

function sizeOf({
  TotalSizeInBytes,
  ItemCount,
}: UpdateKeysCommandOutput | DescribeKeyValueStoreCommandOutput): StoreSize {
  return { bytes: TotalSizeInBytes ?? 0, tenants: ItemCount ?? 0 };
}

type Entry = Changes extends ReadonlyMap<infer Key, infer Value> ? readonly [Key, Value] : never;

/** A key that is already gone (a batch done twice) would refuse the whole update. */
async function isStored({ client, arn: KvsARN }: EdgeStore, id: TenantId): Promise<boolean> {
  try {
    await client.send(new GetKeyCommand({ KvsARN, Key: id }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}
