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
import { providerOwner } from '../../tenancy/edge-provider.ts';
import { type Entries, type Entry, inOrder } from './entries.ts';

/** The KeyValueStore that viewer functions read. */
export type EdgeStore = { readonly client: CloudFrontKeyValueStoreClient; readonly arn: string };

/** What the store holds, all tenants together. */
export type StoreSize = { readonly bytes: number; readonly entries: number };

/** What came of a write. */
export type Written = {
  /** What the store had no room for. */
  readonly leftOut: Entries;
  /** As the store says it; null when there was nothing to write. */
  readonly size: StoreSize | null;
};

/** What the service takes in one update. */
const KEYS_PER_UPDATE = 50;

/** Another writer is rare (a second shard, a person): more conflicts than these in a row are trouble worth an alarm. */
const ATTEMPTS = 5;

type Change = readonly [key: string, entry: Entry];

/**
 * Writes the entries; doing it again changes nothing. What makes room goes first, then whoever is to be refused, then
 * what the edge alone can know. A store that is full holds up nobody but those who do not fit.
 * @throws what the client throws when the store cannot be reached, or goes on conflicting
 */
export async function writeEntries(store: EdgeStore, entries: Entries): Promise<Written> {
  const all = inOrder(entries);
  const leftOut: Entries = new Map();
  let size: StoreSize | null = null;
  for (let from = 0; from < all.length; from += KEYS_PER_UPDATE) {
    const written = await updateWhatFits(store, all.slice(from, from + KEYS_PER_UPDATE));
    for (const [key, entry] of written.leftOut) leftOut.set(key, entry);
    size = written.size;
  }
  return { leftOut, size };
}

/** All of it, or by halves what there is room for: one entry too many must not hold up the other changes. */
async function updateWhatFits(store: EdgeStore, changes: readonly Change[]): Promise<Written> {
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
    const [[key, entry] = []] = changes;
    if (key === undefined || !entry || entry.value === null) throw error;
    // What stands there is no longer so. Of a tenant without an entry the control region is asked, which knows.
    const size = await update(store, [[key, { ...entry, value: null }]], ATTEMPTS);
    return { leftOut: new Map([[key, entry]]), size };
  }
}

async function update(store: EdgeStore, changes: readonly Change[], attempts: number): Promise<StoreSize> {
  const { client, arn: KvsARN } = store;
  try {
    const before = await client.send(new DescribeKeyValueStoreCommand({ KvsARN }));
    const Puts = changes.flatMap(([Key, { value }]) => (value === null ? [] : [{ Key, Value: value }]));
    const removed = changes.filter(([, { value }]) => value === null);
    const Deletes = (await Promise.all(removed.map(([key, entry]) => isToGo(store, key, entry)))).flatMap((goes, i) =>
      goes ? [{ Key: removed[i]?.[0] }] : [],
    );
    if (Puts.length + Deletes.length === 0) return sizeOf(before);
    // Whoever writes between the look and this makes it fail: what was seen is what is changed.
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
  return { bytes: TotalSizeInBytes ?? 0, entries: ItemCount ?? 0 };
}

/** A key that is already gone (a batch done twice) would refuse the whole update. */
async function isToGo(
  { client, arn: KvsARN }: EdgeStore,
  key: string,
  { tenant, unlessAnothers }: Entry,
): Promise<boolean> {
  try {
    const { Value = '' } = await client.send(new GetKeyCommand({ KvsARN, Key: key }));
    return !unlessAnothers || providerOwner(Value) === tenant;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}
