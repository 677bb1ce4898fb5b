import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { dayShard, REQUEST_SHARDS } from './request-entity.ts';
import { LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

/** An item as its owner may have it: without keys, shards and whatever a credential could be found by. */
export type ArchiveRecord = Readonly<Record<string, unknown>>;

/** What a tenant's archive lists, by the table and the sort keys where it stands. */
const LISTS = {
  tenant: ['directory', 'TENANT'],
  users: ['ledger', 'USER#'],
  grants: ['directory', 'GRANT#'],
  'api-keys': ['directory', 'KEY#'],
  'machine-clients': ['ledger', 'MACHINE_CLIENT#'],
  limits: ['directory', 'LIMITS#'],
  'route-bindings': ['directory', 'ROUTE#'],
  'identity-provider': ['directory', 'IDENTITY_PROVIDER'],
} as const satisfies Record<string, readonly ['directory' | 'ledger', string]>;
export type ArchiveList = keyof typeof LISTS;
export const ARCHIVE_LISTS = Object.keys(LISTS) as readonly ArchiveList[];

/** Everything of a list, page by page. @param control the tables of the control region */
export async function* archiveRecords(
  control: Tables,
  tenantId: TenantId,
  list: ArchiveList,
): AsyncGenerator<readonly ArchiveRecord[]> {
  const [table, prefix] = LISTS[list];
  const found = query(control[table], {
    KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':pk': key`TENANT#${tenantId}`, ':prefix': prefix },
    ConsistentRead: true,
  });
  for await (const rows of found) yield rows.map(toRecord);
}

/** The requests that a tenant began on a day (`2026-11-22`, UTC) and that a ledger has, page by page. */
export async function* requestRecords(
  { ledger }: Tables,
  tenantId: TenantId,
  day: string,
): AsyncGenerator<readonly ArchiveRecord[]> {
  for (const shard of REQUEST_SHARDS) {
    const found = query(ledger, {
      IndexName: 'byDay',
      KeyConditionExpression: '#shard = :shard',
      ExpressionAttributeNames: { '#shard': LEDGER_INDEXES.byDay.partition },
      ExpressionAttributeValues: { ':shard': dayShard(tenantId, day, shard) },
    });
    for await (const rows of found) yield rows.map(toRecord);
  }
}

type Row = Readonly<Record<string, unknown>>;

async function* query(table: StoreTable, how: Omit<QueryCommand['input'], 'TableName'>): AsyncGenerator<Row[]> {
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await table
      .getDocumentClient()
      .send(new QueryCommand({ ...how, TableName: table.getName(), ...(from ? { ExclusiveStartKey: from } : {}) }));
    if (Items.length > 0) yield Items;
    from = LastEvaluatedKey;
  } while (from);
}

/** What only the platform is to read, or says where an item stands. */
const OURS = new Set(['pk', 'sk', 'kind', 'dayShard', 'openShard', 'deadline', 'notes', 'keyFingerprint', 'reserved']);

function toRecord(row: Row): ArchiveRecord {
  const kept = Object.entries(row).filter(([name]) => !OURS.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, name === 'secrets' ? withoutHashes(value) : value]));
}

function withoutHashes(secrets: unknown): unknown {
  return Array.isArray(secrets) ? secrets.map(({ validUntil }: Row) => ({ validUntil })) : [];
}
