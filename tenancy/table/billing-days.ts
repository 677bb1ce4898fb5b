import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import { GetItemCommand, isConditionCheckFailed, PutItemCommand, PutTransaction, QueryCommand } from 'dynamodb-toolbox';
import { BILLING_DAY_STATES, type BillingDay, type BillingDayId, type BillingDayState } from '../billing-day.ts';
import type { TenantId } from '../tenant.ts';
import {
  billingDayEntity,
  boardOf,
  onBoard,
  partitionOf,
  placeOf,
  readPlace,
  toBillingDay,
  toStoredDay,
  UNFINISHED,
} from './billing-day-entity.ts';
import { commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, LEDGER_INDEXES, type Tables } from './tables.ts';

/** Begins a day. @returns `known` when somebody has, however far it has come since */
export async function createBillingDay(tables: Tables, day: BillingDay): Promise<'created' | 'known'> {
  return (await put(tables, null, day)) ? 'created' : 'known';
}

/**
 * Writes how far a day has come.
 * @returns the day as it is stored; null when somebody else has written since `before` was read: read it, and go on from there
 */
export async function recordBillingDay(
  tables: Tables,
  before: BillingDay,
  after: BillingDay,
): Promise<BillingDay | null> {
  const next = { ...after, version: before.version + 1 };
  return (await put(tables, before, next)) ? next : null;
}

/**
 * Writes the next revision of a day, and that it takes the place of the one before, both or neither.
 * @returns null when somebody else has written since `before` was read
 */
export async function recordRevision(
  tables: Tables,
  before: BillingDay,
  { superseded, next }: { readonly superseded: BillingDay; readonly next: BillingDay },
): Promise<BillingDay | null> {
  const { outcome } = await commit([
    billingDayWrite(tables, before, superseded),
    billingDayEntity(tables.ledger)
      .build(PutTransaction)
      .item(toStoredDay(next))
      .options({ condition: { attr: 'version', exists: false } }),
  ]);
  return outcome === 'done' ? next : null;
}

/** The part of a transaction that does what `recordBillingDay` does. */
export function billingDayWrite(tables: Tables, before: BillingDay, after: BillingDay): Write {
  return billingDayEntity(tables.ledger)
    .build(PutTransaction)
    .item(toStoredDay({ ...after, version: before.version + 1 }))
    .options({ condition: { attr: 'version', eq: before.version } });
}

/** A revision of a day as it is now, or null. */
export async function getBillingDay(tables: Tables, one: BillingDayId): Promise<BillingDay | null> {
  const { Item } = await billingDayEntity(tables.ledger)
    .build(GetItemCommand)
    .key(placeOf(one))
    .options({ consistent: true })
    .send();
  return Item ? toBillingDay(Item) : null;
}

/** The last revision of a day, or null. */
export async function getLatestBillingDay(tables: Tables, tenantId: TenantId, day: string): Promise<BillingDay | null> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(billingDayEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId), range: { beginsWith: key`${day}#` } })
    .options({ consistent: true, reverse: true, limit: 1 })
    .send();
  return Items[0] ? toBillingDay(Items[0]) : null;
}

/** A tenant's first day in the books, such as `2026-11-20`; null before there is one. */
export async function getFirstBillingDay(tables: Tables, tenantId: TenantId): Promise<string | null> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(billingDayEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId) })
    .options({ consistent: true, limit: 1 })
    .send();
  return Items[0]?.day ?? null;
}

/** All revisions of all days of a tenant's month (`2026-11`), in the order of days and revisions. */
export async function listBillingDays(tables: Tables, tenantId: TenantId, month: string): Promise<BillingDay[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(billingDayEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId), range: { beginsWith: key`${month}-` } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toBillingDay);
}

/**
 * A page of what all tenants' day has come to, by tenant and revision: for staff. The index follows the table by some time.
 * @param after the tenant and revision that the last page ended with
 */
export async function listDayOfAllTenants(
  tables: Tables,
  day: string,
  { limit, after }: { readonly limit: number; readonly after?: Pick<BillingDayId, 'tenantId' | 'revision'> },
): Promise<{ readonly items: BillingDay[]; readonly next?: Pick<BillingDayId, 'tenantId' | 'revision'> }> {
  const from = after && { ...after, day };
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(billingDayEntity(tables.ledger))
    .query({ index: 'byDay', partition: boardOf(day) })
    .options({ limit, ...(from ? { exclusiveStartKey: { ...placeOf(from), ...onBoard(from) } } : {}) })
    .send();
  const items = Items.map(toBillingDay);
  const last = LastEvaluatedKey && items.at(-1);
  return { items, ...(last ? { next: { tenantId: last.tenantId, revision: last.revision } } : {}) };
}

/**
 * How many tenants' day is in which state, each by its last revision; states that none is in are left out. By index.
 * @param most how many revisions are looked at: `complete` says whether those were all
 */
export async function countDayOfAllTenants(
  tables: Tables,
  day: string,
  most: number,
): Promise<{
  readonly counts: readonly { readonly state: BillingDayState; readonly count: number }[];
  readonly complete: boolean;
}> {
  const counts = new Map<BillingDayState, number>();
  let looked = 0;
  let from: Record<string, unknown> | undefined;
  do {
    const page = await tables.ledger
      .build(QueryCommand)
      .entities(billingDayEntity(tables.ledger))
      .query({ index: 'byDay', partition: boardOf(day) })
      .options({
        limit: most - looked,
        attributes: ['state', 'supersededBy'],
        ...(from ? { exclusiveStartKey: from } : {}),
      })
      .send();
    for (const { state, supersededBy } of page.Items ?? []) {
      if (supersededBy === undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    looked += page.ScannedCount ?? 0;
    from = page.LastEvaluatedKey;
  } while (from && looked < most);
  const inOrder = BILLING_DAY_STATES.map((state) => ({ state, count: counts.get(state) ?? 0 }));
  return { counts: inOrder.filter(({ count: found }) => found > 0), complete: !from };
}

/** Days that are not VERIFIED and that no revision has taken the place of, the oldest first. By index, which follows the table. */
export async function listUnfinishedBillingDays(tables: Tables, limit: number): Promise<BillingDayId[]> {
  const { Items = [] } = await tables.ledger.getDocumentClient().send(
    new DocumentQuery({
      TableName: tables.ledger.getName(),
      IndexName: 'open',
      KeyConditionExpression: '#shard = :shard',
      ExpressionAttributeNames: { '#shard': LEDGER_INDEXES.open.partition },
      ExpressionAttributeValues: { ':shard': UNFINISHED },
      Limit: limit,
    }),
  );
  return Items.map(({ pk, sk }) => readPlace(String(pk), String(sk)) ?? damaged('billing day', String(pk)));
}

async function put(tables: Tables, before: BillingDay | null, after: BillingDay): Promise<boolean> {
  const condition = before
    ? ({ attr: 'version', eq: before.version } as const)
    : ({ attr: 'version', exists: false } as const);
  try {
    await billingDayEntity(tables.ledger).build(PutItemCommand).item(toStoredDay(after)).options({ condition }).send();
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}
