import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { dayShard, REQUEST_SHARDS } from './request-entity.ts';
import { LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

/**
 * Where a tenant's items are: `control` has both tables of the control region, `ledgers` each ledger that there is once,
 * that of the control region among them.
 */
export type TenantStores = { readonly control: Tables; readonly ledgers: readonly Tables[] };

export type ItemKey = { readonly pk: string; readonly sk: string };
/** `kind`: as it is stored, whatever that is. `isOver`: of a kind that is kept for as long as it is not. */
export type TenantItem = {
  readonly table: StoreTable;
  readonly key: ItemKey;
  readonly kind: unknown;
  readonly isOver?: boolean;
};

/** An item and what the walk needs of it. */
type Row = Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;
/** The marks of counted requests end by themselves after 40 days; DynamoDB may take some days longer to clean up. */
const MARKS_MS = 60 * DAY_MS;

/**
 * Every item of a tenant in both tables and all regions, page by page, by queries alone: what is found through another
 * item comes before that one. So whoever deletes as it walks, and dies, finds by the next walk what is left.
 * @param now ms since the epoch @param order `people first`: for whoever only counts, and may stop early
 */
export async function* tenantItems(
  stores: TenantStores,
  tenantId: TenantId,
  now: number,
  order: 'to be deleted' | 'people first' = 'to be deleted',
): AsyncGenerator<readonly TenantItem[]> {
  const { control, ledgers } = stores;
  const own = key`TENANT#${tenantId}`;
  if (order === 'people first') yield* roots(control, tenantId);
  yield* branches(stores, tenantId, now);
  if (order === 'to be deleted') yield* roots(control, tenantId);
  // Where the first day is found: it goes when nothing is left that is found by days.
  for (const { ledger } of ledgers) yield* partition(ledger, key`TENANT#${tenantId}#USAGE#DAYS`);
  yield* one(control.directory, { pk: 'TENANTS', sk: own }, tenantId);
}

/** What the other items are found by. */
async function* roots(control: Tables, tenantId: TenantId): AsyncGenerator<readonly TenantItem[]> {
  for (const table of [control.ledger, control.directory]) yield* partition(table, key`TENANT#${tenantId}`);
}

async function* branches(stores: TenantStores, tenantId: TenantId, now: number): AsyncGenerator<readonly TenantItem[]> {
  const { control, ledgers } = stores;
  const own = key`TENANT#${tenantId}`;
  const people = await listPeople(control, tenantId);
  const since = await firstDay(stores, tenantId, now);
  // Who has used the tenant is not always one of its users: a request names whoever its credential named.
  const seen: Seen = { identities: new Set(people.identities), keys: new Set(people.keys) };
  for (const { ledger } of ledgers) {
    for (let at = since; at <= now; at += DAY_MS) {
      const day = new Date(at).toISOString().slice(0, 'yyyy-mm-dd'.length);
      const month = day.slice(0, 'yyyy-mm'.length);
      const withMarks = at > now - MARKS_MS;
      // Side by side: of a tenant of some years there are thousands, and most of them are empty.
      yield* sideBySide([
        ...REQUEST_SHARDS.map((shard) => requests(ledger, dayShard(tenantId, day, shard), withMarks, seen)),
        ...[
          `HOURS#${day}`,
          `DAYS#${day}`,
          `SESSIONS#${day}`,
          ...(day.endsWith('-01') || at === since ? [`MONTHS#${month}`] : []),
        ].map((sums) => partition(ledger, `${own}#USAGE#${sums}`)),
      ]);
    }
  }
  // When everybody is known: sums are in one ledger, of requests that are in others.
  const principals = [...seen.identities].flatMap((id) => [`user:${id}`, `machine:${id}`]);
  for (const principal of [...principals, ...people.staff.map((id) => `staff:${id}`)]) {
    yield* partition(control.ledger, key`TENANT#${tenantId}#ONCE#${principal}`);
    yield* partition(control.ledger, key`TENANT#${tenantId}#BUCKET#${principal}`);
  }
  for (const { ledger } of ledgers) {
    for (const id of seen.identities) {
      yield* partition(ledger, key`TENANT#${tenantId}#USAGE#USER#${id}`);
      yield* partition(ledger, key`TENANT#${tenantId}#GATE#USER#${id}`);
    }
    for (const id of seen.keys) yield* partition(ledger, key`TENANT#${tenantId}#GATE#KEY#${id}`);
    for (const rest of ['GATE#TENANT', 'NOTICE', 'KEY_USES', 'USAGE#HOURS'] as const)
      yield* partition(ledger, `${own}#${rest}`);
  }
  for (const rest of [
    'EXPORT',
    'BILLING',
    'BILLING_DAYS',
    'BILLING_LINES',
    'BILLING_PERIODS',
    'AUDIT',
    'CHAIN',
  ] as const)
    yield* partition(control.ledger, `${own}#${rest}`);
  yield* partition(control.directory, `${own}#PROVISIONING`);
  yield* operations(control.ledger, tenantId);
  yield* elsewhere(control, tenantId);
}

/** The items of a partition, or of a part of it. */
async function* partition(table: StoreTable, pk: string): AsyncGenerator<readonly TenantItem[]> {
  for await (const rows of pages(table, pk)) yield rows.map((row) => toItem(table, row));
}

async function* pages(
  table: StoreTable,
  pk: string,
  more: readonly string[] = [],
  prefix?: string,
): AsyncGenerator<readonly Row[]> {
  const names = ['pk', 'sk', 'kind', ...more];
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await table.getDocumentClient().send(
      new QueryCommand({
        TableName: table.getName(),
        KeyConditionExpression: prefix === undefined ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :prefix)',
        ProjectionExpression: names.map((name) => `#${name}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: { ':pk': pk, ...(prefix === undefined ? {} : { ':prefix': prefix }) },
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    if (Items.length > 0) yield Items;
    from = LastEvaluatedKey;
  } while (from);
}

function toItem(table: StoreTable, { pk, sk, kind }: Row): TenantItem {
  return { table, key: { pk: String(pk), sk: String(sk) }, kind };
}

/** An item outside of the tenant's own partitions, if it is there and says that it is the tenant's. */
async function* one(table: StoreTable, Key: ItemKey, tenantId: TenantId): AsyncGenerator<readonly TenantItem[]> {
  const { Item } = await table
    .getDocumentClient()
    .send(new GetCommand({ TableName: table.getName(), Key, ConsistentRead: true }));
  if (Item?.['tenantId'] === tenantId) yield [toItem(table, Item)];
}

/** What was done to the tenant before what is being done now. */
async function* operations(ledger: StoreTable, tenantId: TenantId): AsyncGenerator<readonly TenantItem[]> {
  const pk = key`TENANT#${tenantId}#OPERATION`;
  const { Item } = await ledger
    .getDocumentClient()
    .send(new GetCommand({ TableName: ledger.getName(), Key: { pk, sk: 'CURRENT' }, ConsistentRead: true }));
  const current = Item?.['operationId'];
  for await (const items of partition(ledger, pk)) {
    yield items.map((one) => ({ ...one, isOver: one.kind === 'OPERATION' && one.key.sk !== current }));
  }
}

/** What stands outside of the tenant's own partitions, by what leads to it from within. */
async function* elsewhere({ ledger }: Tables, tenantId: TenantId): AsyncGenerator<readonly TenantItem[]> {
  const own = key`TENANT#${tenantId}`;
  const ways = {
    'MACHINE_CLIENT#': (id: string) => ({ pk: key`MACHINE_CLIENT#${id}`, sk: 'MACHINE_CLIENT' }),
    'CLAIMED_PAIR#': (id: string) => ({ pk: key`IDENTITY_PROVIDER#${id}`, sk: 'OWNER' }),
    'VIEWED_AS#': (id: string) => ({ pk: key`VIEW_AS#${id}`, sk: 'VIEW_AS' }),
  };
  for (const [prefix, toKey] of Object.entries(ways)) {
    for await (const rows of pages(ledger, own, [], prefix)) {
      for (const row of rows) yield* one(ledger, toKey(idOf(row, prefix)), tenantId);
    }
  }
}

function idOf(row: Row, prefix: string): string {
  return String(row['sk']).slice(prefix.length);
}

type People = {
  readonly identities: readonly string[];
  readonly keys: readonly string[];
  readonly staff: readonly string[];
};

/** Whoever may have items of his own: users, machine clients, keys, and staff who looked at the tenant as its admin. */
async function listPeople({ directory, ledger }: Tables, tenantId: TenantId): Promise<People> {
  const own = key`TENANT#${tenantId}`;
  const idsAt = async (table: StoreTable, prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const rows of pages(table, own, [], prefix)) found.push(...rows.map((row) => idOf(row, prefix)));
    return found;
  };
  const users = await idsAt(ledger, 'USER#');
  const machines = await idsAt(ledger, 'MACHINE_CLIENT#');
  const keys = await idsAt(directory, 'KEY#');
  const staff = new Set<string>();
  for await (const rows of pages(ledger, own, ['staffId'], 'VIEWED_AS#')) {
    for (const row of rows) staff.add(String(row['staffId']));
  }
  return { identities: [...users, ...machines], keys, staff: [...staff] };
}

/** Pages of several walks, as they come: one of each is in memory. */
async function* sideBySide(
  walks: readonly AsyncGenerator<readonly TenantItem[]>[],
): AsyncGenerator<readonly TenantItem[]> {
  let going = walks;
  while (going.length > 0) {
    const turns = await Promise.all(going.map((walk) => walk.next()));
    for (const { done, value } of turns) if (!done) yield value;
    // A day without anything is a page as well, for whoever counts what he looks at.
    yield [];
    going = going.filter((_, n) => !turns[n]?.done);
  }
}

/** Who made requests, other than those who are known by items of their own. */
type Seen = { readonly identities: Set<string>; readonly keys: Set<string> };

/** The requests of a shard of a day, which stay, with the marks beside them, which go; and notes who made them. */
async function* requests(
  ledger: StoreTable,
  shard: string,
  withMarks: boolean,
  seen: Seen,
): AsyncGenerator<readonly TenantItem[]> {
  const names = ['pk', 'sk', 'kind', 'identityId', 'keyId'];
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await ledger.getDocumentClient().send(
      new QueryCommand({
        TableName: ledger.getName(),
        IndexName: 'byDay',
        KeyConditionExpression: '#shard = :shard',
        ProjectionExpression: names.map((name) => `#${name}`).join(', '),
        ExpressionAttributeNames: {
          '#shard': LEDGER_INDEXES.byDay.partition,
          ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
        },
        ExpressionAttributeValues: { ':shard': shard },
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    for (const { identityId, keyId } of Items) {
      seen.identities.add(String(identityId));
      if (keyId !== undefined) seen.keys.add(String(keyId));
    }
    const found = Items.map((row) => toItem(ledger, row));
    if (found.length > 0) yield found;
    // To ask is cheaper than to delete what is not there.
    for (let at = 0; withMarks && at < found.length; at += BATCH)
      yield await marksOf(ledger, found.slice(at, at + BATCH));
    from = LastEvaluatedKey;
  } while (from);
}

/** What one BatchGetItem takes. */
const BATCH = 100;

async function marksOf(ledger: StoreTable, requests: readonly TenantItem[]): Promise<TenantItem[]> {
  const table = ledger.getName();
  const found: TenantItem[] = [];
  let Keys: Record<string, unknown>[] = requests.map(({ key: { pk } }) => ({ pk, sk: 'COUNTED' }));
  while (Keys.length > 0) {
    const { Responses = {}, UnprocessedKeys = {} } = await ledger
      .getDocumentClient()
      .send(new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }));
    found.push(...(Responses[table] ?? []).map((row) => toItem(ledger, row)));
    Keys = UnprocessedKeys[table]?.Keys ?? [];
  }
  return found;
}

/** Midnight (UTC, ms) of the first day of which there may be anything: that of its first entry in the trail, or of its first sum. */
export async function firstDay({ control, ledgers }: TenantStores, tenantId: TenantId, now: number): Promise<number> {
  const first = async (table: StoreTable, pk: string): Promise<Row | undefined> => {
    const { Items } = await table.getDocumentClient().send(
      new QueryCommand({
        TableName: table.getName(),
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: { ':pk': pk },
        ConsistentRead: true,
        Limit: 1,
      }),
    );
    return Items?.[0];
  };
  const entry = await first(control.ledger, key`TENANT#${tenantId}#AUDIT`);
  const sums = await Promise.all(ledgers.map(({ ledger }) => first(ledger, key`TENANT#${tenantId}#USAGE#DAYS`)));
  const times = [Number(entry?.['at']), ...sums.map((sum) => Date.parse(String(sum?.['window'])))];
  const known = times.filter((time) => Number.isFinite(time));
  return Math.floor(Math.min(now, ...known) / DAY_MS) * DAY_MS;
}
