import { BatchWriteCommand, DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import type { TenantId } from '../tenant.ts';
import { fateOf } from '../tenant-data.ts';
import { key } from './keys.ts';
import { countOpenRequests } from './overdue-requests.ts';
import { type TenantItem, type TenantStores, tenantItems } from './tenant-items.ts';

/** How many items there are of each kind. `complete`: false when there are more than were counted. */
type PurgeCounts = {
  readonly purged: ReadonlyMap<string, number>;
  readonly kept: ReadonlyMap<string, number>;
  readonly complete: boolean;
};

/** What would become of a tenant that is closed now. */
export type PurgePreview = PurgeCounts & { readonly runningRequests: number };

/** A look at a page of nothing costs something as well. */
const PAGE_COST = 20;

/**
 * What closing a tenant would end and take away, changing nothing.
 * @param most how many items are looked at, about, before it stops counting
 */
export async function previewPurge(
  stores: TenantStores,
  tenantId: TenantId,
  now: number,
  most: number,
): Promise<PurgePreview> {
  const counts = { purged: new Map<string, number>(), kept: new Map<string, number>() };
  const open = await Promise.all(stores.ledgers.map((tables) => countOpenRequests(tables, tenantId)));
  const runningRequests = open.reduce((sum, count) => sum + count, 0);
  let looked = 0;
  for await (const items of tenantItems(stores, tenantId, now, 'people first')) {
    for (const item of items) {
      const { kind } = item;
      const fate = fateOfItem(item, tenantId);
      counts[fate].set(String(kind), (counts[fate].get(String(kind)) ?? 0) + 1);
    }
    looked += items.length + PAGE_COST;
    if (looked >= most) return { ...counts, runningRequests, complete: false };
  }
  return { ...counts, runningRequests, complete: true };
}

export type PurgeDeps = {
  readonly wait: (ms: number) => Promise<void>;
  /** Asked between two batches: false ends it, for the next call to go on from what is left. */
  readonly mayGoOn: () => boolean;
};

/**
 * Deletes everything of a closed tenant but what `FATES` keeps. It may die anywhere, and be called again.
 * @returns how many items went, and whether it came to the end
 * @throws Error before it deletes anything of a page that holds a kind about which nobody has decided
 */
export async function purgeTenant(
  stores: TenantStores,
  tenantId: TenantId,
  now: number,
  { wait, mayGoOn }: PurgeDeps,
): Promise<{ readonly removed: number; readonly complete: boolean }> {
  let removed = 0;
  for await (const items of tenantItems(stores, tenantId, now)) {
    if (!mayGoOn()) return { removed, complete: false };
    const doomed = items.filter((item) => fateOfItem(item, tenantId) === 'purged');
    const isOwn = ({ key: { pk } }: TenantItem) =>
      pk === key`TENANT#${tenantId}` || pk.startsWith(key`TENANT#${tenantId}#`);
    for (const item of doomed.filter((each) => !isOwn(each))) await deleteElsewhere(item, tenantId);
    const own = doomed.filter(isOwn);
    for (let at = 0; at < own.length; at += BATCH) await deleteBatch(own.slice(at, at + BATCH), wait);
    removed += doomed.length;
  }
  return { removed, complete: true };
}

function fateOfItem({ kind, isOver = false }: TenantItem, tenantId: TenantId): 'purged' | 'kept' {
  const fate = fateOf(kind);
  if (fate === 'platforms')
    throw new Error(`an item of the platform's kind ${String(kind)} stands among those of ${tenantId}`);
  return isOver ? 'purged' : fate;
}

/** What one BatchWriteItem takes. */
const BATCH = 25;
const ROUNDS = 8;

/** @param items of one table */
async function deleteBatch(items: readonly TenantItem[], wait: PurgeDeps['wait']): Promise<void> {
  const [first] = items;
  if (!first) return;
  const table = first.table.getName();
  let left = items.map(({ key: Key }) => ({ DeleteRequest: { Key } }));
  for (let round = 0; left.length > 0; round++) {
    if (round === ROUNDS)
      throw new Error(`${left.length} items could not be deleted: the table leaves them unprocessed`);
    if (round > 0) await wait(50 * 2 ** round);
    const { UnprocessedItems = {} } = await first.table
      .getDocumentClient()
      .send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
    left = (UnprocessedItems[table] ?? []) as typeof left;
  }
}

/** Outside of the tenant's partitions an item may have become another's since it was read. */
async function deleteElsewhere({ table, key: Key }: TenantItem, tenantId: TenantId): Promise<void> {
  try {
    await table.getDocumentClient().send(
      new DeleteCommand({
        TableName: table.getName(),
        Key,
        ConditionExpression: '#tenantId = :tenantId',
        ExpressionAttributeNames: { '#tenantId': 'tenantId' },
        ExpressionAttributeValues: { ':tenantId': tenantId },
      }),
    );
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}
