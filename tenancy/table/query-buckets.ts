import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { type Bucket, type BucketSize, FULL_BUCKET, fullAt, take } from '../leaky-bucket.ts';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import type { Tables } from './tables.ts';

/** Whose bucket: a person or machine of a tenant, or (without one) of the platform. */
export type BucketOwner = { readonly tenantId: TenantId | null; readonly principalId: string };

/**
 * `uncounted`: admitted without the bucket knowing, and why, for a metric. `left` in points. `waitMs`: null means never.
 */
export type BucketAnswer =
  | { readonly admitted: true; readonly left: number; readonly uncounted?: undefined }
  | { readonly admitted: true; readonly left: null; readonly uncounted: 'contention' }
  | { readonly admitted: true; readonly left: null; readonly uncounted: 'unreachable'; readonly error: unknown }
  | { readonly admitted: false; readonly left: number; readonly waitMs: number | null };

const TRIES = 3;

/** A bucket that is full again is like none. Its item may go some time after: clocks differ. */
const KEPT_SECONDS = 3_600;

/**
 * Takes points from a principal's bucket, in the ledger of the control region. Read and written under a condition, tried
 * three times. Where that does not do, or the store cannot be reached, the take is admitted and says so: a bucket guards
 * a shared server from too much, and a control plane that refuses everybody because it cannot count guards nobody.
 * @param cost whole points @param now ms
 * @throws RangeError for an owner that cannot be a key, or a size or cost that is no count
 */
export async function takeFromBucket(
  tables: Tables,
  owner: BucketOwner,
  size: BucketSize,
  cost: number,
  now: number,
): Promise<BucketAnswer> {
  const Key = bucketKey(owner);
  // Before the store is asked: what is wrong with the question is not the store's fault.
  take(FULL_BUCKET, size, cost, now);
  try {
    let stored = await read(tables, Key);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const taken = take(stored ?? FULL_BUCKET, size, cost, now);
      if (!taken.admitted) return taken;
      const other = await write(tables, owner, stored, taken.bucket, Math.ceil(fullAt(taken.bucket, size) / 1_000));
      if (other === 'written') return { admitted: true, left: taken.left };
      stored = other;
    }
    return { admitted: true, left: null, uncounted: 'contention' };
  } catch (error) {
    return { admitted: true, left: null, uncounted: 'unreachable', error };
  }
}

async function read(tables: Tables, Key: ReturnType<typeof bucketKey>): Promise<Bucket | null> {
  const { Item } = await tables.ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: tables.ledger.getName(), Key, ConsistentRead: true }));
  return toBucket(Item);
}

/** @returns `written`, or what stands there instead of what was read */
async function write(
  tables: Tables,
  owner: BucketOwner,
  before: Bucket | null,
  { debt, at }: Bucket,
  fullAtSeconds: number,
): Promise<'written' | Bucket | null> {
  const { tenantId } = owner;
  try {
    await tables.ledger.getDocumentClient().send(
      new UpdateCommand({
        TableName: tables.ledger.getName(),
        Key: bucketKey(owner),
        UpdateExpression: `SET #kind = :kind, #debt = :debt, #at = :at, #expiresAt = :expiresAt${tenantId ? ', #tenantId = :tenantId' : ''}`,
        ConditionExpression: before ? '#debt = :before AND #at = :beforeAt' : 'attribute_not_exists(#at)',
        ExpressionAttributeNames: {
          '#kind': 'kind',
          '#debt': 'debt',
          '#at': 'at',
          '#expiresAt': 'expiresAt',
          ...(tenantId ? { '#tenantId': 'tenantId' } : {}),
        },
        ExpressionAttributeValues: {
          ':kind': 'QUERY_BUCKET',
          ':debt': debt,
          ':at': at,
          ':expiresAt': fullAtSeconds + KEPT_SECONDS,
          ...(tenantId ? { ':tenantId': tenantId } : {}),
          ...(before ? { ':before': before.debt, ':beforeAt': before.at } : {}),
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return 'written';
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
    // The client leaves it as it is on the wire.
    const { Item } = error as { Item?: Parameters<typeof unmarshall>[0] };
    return toBucket(Item && unmarshall(Item));
  }
}

/** A damaged bucket is a full one: it is written anew, as it stands in nobody's books. */
function toBucket(stored: Readonly<Record<string, unknown>> | undefined): Bucket | null {
  const { debt, at } = stored ?? {};
  return typeof debt === 'number' && typeof at === 'number' ? { debt, at } : null;
}

function bucketKey({ tenantId, principalId }: BucketOwner): { pk: string; sk: string } {
  return {
    pk: tenantId ? key`TENANT#${tenantId}#BUCKET#${principalId}` : key`PLATFORM#BUCKET#${principalId}`,
    sk: 'BUCKET',
  };
}
