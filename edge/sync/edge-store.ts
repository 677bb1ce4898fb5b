import {
  type CloudFrontKeyValueStoreClient,
  ConflictException,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  ResourceNotFoundException,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { encodeEdgeTenant, type TenantId } from '../../tenancy/tenant.ts';
import type { Changes } from './changes.ts';

/** The KeyValueStore that viewer functions read. */
export type EdgeStore = { readonly client: CloudFrontKeyValueStoreClient; readonly arn: string };

/** What the service takes in one update. */
const KEYS_PER_UPDATE = 50;

/** Another writer is rare (a second shard, a person): more conflicts than these in a row are trouble worth an alarm. */
const ATTEMPTS = 5;

/**
 * Writes the changes; doing it again changes nothing.
 * @throws what the client throws when the store cannot be reached or is full, or goes on conflicting
 */
export async function writeChanges(store: EdgeStore, changes: Changes): Promise<void> {
  const all = [...changes];
  for (let from = 0; from < all.length; from += KEYS_PER_UPDATE) {
    await update(store, all.slice(from, from + KEYS_PER_UPDATE), ATTEMPTS);
  }
}

async function update(store: EdgeStore, changes: readonly Entry[], attempts: number): Promise<void> {
  const { client, arn: KvsARN } = store;
  try {
    const { ETag } = await client.send(new DescribeKeyValueStoreCommand({ KvsARN }));
    const Puts = changes.flatMap(([Key, tenant]) => (tenant ? [{ Key, Value: encodeEdgeTenant(tenant) }] : []));
    const removed = changes.flatMap(([id, tenant]) => (tenant ? [] : [id]));
    const Deletes = (await Promise.all(removed.map((id) => isStored(store, id)))).flatMap((stored, i) =>
      stored ? [{ Key: removed[i] }] : [],
    );
    if (Puts.length + Deletes.length === 0) return;
    await client.send(new UpdateKeysCommand({ KvsARN, IfMatch: ETag, Puts, Deletes }));
  } catch (error) {
    if (!(error instanceof ConflictException) || attempts <= 1) throw error;
    await update(store, changes, attempts - 1);
  }
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
