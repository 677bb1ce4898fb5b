import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import {
  Entity,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  map,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import {
  BILLING_DAY_STATES,
  BILLING_STEPS,
  type BillingDay,
  type BillingDayId,
  type BillingDayState,
  isUnfinished,
  type RatedDay,
} from '../billing-day.ts';
import { DRIFT_LEGS, DRIFT_REASONS, SOURCE_STATUSES } from '../drift.ts';
import type { TokenSums } from '../rating.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { TOKEN_CLASSES } from '../usage.ts';
import { startOfDay } from '../utc-day.ts';
import { commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);
const count = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);
const sum = () => number().big();

/** Where unfinished days stand in the index `open`, by the day that they are: the oldest first. */
const OPEN = 'OPEN#BILLING_DAY';

const dayEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_DAY',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        day: string(),
        revision: whole(),
        state: string().enum(...BILLING_DAY_STATES),
        rated: map({
          requests: sum(),
          regions: list(string().enum(...REGIONS)),
          tokens: map({ input: sum(), output: sum(), cacheRead: sum(), cacheWrite5m: sum(), cacheWrite1h: sum() }),
          nanoUsd: sum(),
          costNanoUsd: sum().optional(),
          lines: count(),
          inputsHash: string(),
          at: whole(),
        }).optional(),
        drift: map({
          reports: list(
            map({
              accountId: string(),
              region: string().enum(...REGIONS),
              leg: string().enum(...DRIFT_LEGS),
              source: string().enum(...SOURCE_STATUSES),
              onlyOurs: count(),
              onlyTheirs: count(),
              differing: count(),
              union: count(),
              sampleOurs: list(string()),
              sampleTheirs: list(string()),
              sampleDiffering: list(string()),
            }),
          ),
          reasons: list(
            map({
              kind: string().enum(...DRIFT_REASONS),
              leg: string().enum(...DRIFT_LEGS),
              region: string().enum(...REGIONS),
              accountId: string().optional(),
              text: string(),
            }),
          ),
          at: whole(),
        }).optional(),
        overrideRequest: map({ by: string(), reason: string(), at: whole() }).optional(),
        override: map({
          by: string(),
          reason: string(),
          at: whole(),
          approvedBy: string(),
          approvedAt: whole(),
        }).optional(),
        push: map({ microUsd: sum(), identifier: string(), plannedAt: whole() }).optional(),
        pushedAt: whole().optional(),
        verifiedAt: whole().optional(),
        failure: map({ step: string().enum(...BILLING_STEPS), why: string(), at: whole() }).optional(),
        adjustedIn: string().optional(),
        supersededBy: whole().optional(),
        version: whole(),
        openShard: string().optional().hidden(),
        deadline: whole().optional().hidden(),
        dayShard: string().hidden(),
        // What the index `byDay` sorts by, whatever stands in it.
        requestId: string().hidden(),
      }),
    }),
);

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
    dayEntity(tables.ledger)
      .build(PutTransaction)
      .item(toItem(next))
      .options({ condition: { attr: 'version', exists: false } }),
  ]);
  return outcome === 'done' ? next : null;
}

/** The part of a transaction that does what `recordBillingDay` does. */
export function billingDayWrite(tables: Tables, before: BillingDay, after: BillingDay): Write {
  return dayEntity(tables.ledger)
    .build(PutTransaction)
    .item(toItem({ ...after, version: before.version + 1 }))
    .options({ condition: { attr: 'version', eq: before.version } });
}

/** A revision of a day as it is now, or null. */
export async function getBillingDay(tables: Tables, one: BillingDayId): Promise<BillingDay | null> {
  const { Item } = await dayEntity(tables.ledger)
    .build(GetItemCommand)
    .key(placeOf(one))
    .options({ consistent: true })
    .send();
  return Item ? toDay(Item) : null;
}

/** The last revision of a day, or null. */
export async function getLatestBillingDay(tables: Tables, tenantId: TenantId, day: string): Promise<BillingDay | null> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(dayEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId), range: { beginsWith: key`${day}#` } })
    .options({ consistent: true, reverse: true, limit: 1 })
    .send();
  return Items[0] ? toDay(Items[0]) : null;
}

/** All revisions of all days of a tenant's month (`2026-11`), in the order of days and revisions. */
export async function listBillingDays(tables: Tables, tenantId: TenantId, month: string): Promise<BillingDay[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(dayEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId), range: { beginsWith: key`${month}-` } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toDay);
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
    .entities(dayEntity(tables.ledger))
    .query({ index: 'byDay', partition: boardOf(day) })
    .options({ limit, ...(from ? { exclusiveStartKey: { ...placeOf(from), ...onBoard(from) } } : {}) })
    .send();
  const items = Items.map(toDay);
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
      .entities(dayEntity(tables.ledger))
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
      ExpressionAttributeValues: { ':shard': OPEN },
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
    await dayEntity(tables.ledger).build(PutItemCommand).item(toItem(after)).options({ condition }).send();
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING_DAYS`;
}

/** As text, revisions stand in their order. */
const DIGITS = 4;

function placeOf({ tenantId, day, revision }: BillingDayId): { pk: string; sk: string } {
  return { pk: partitionOf(tenantId), sk: key`${day}#${String(revision).padStart(DIGITS, '0')}` };
}

/** No tenant's session may read it: its name begins with none. */
function boardOf(day: string): string {
  return key`BILLING_DAY#${day}`;
}

function onBoard({ tenantId, day, revision }: BillingDayId): { dayShard: string; requestId: string } {
  return { dayShard: boardOf(day), requestId: key`${tenantId}#${String(revision).padStart(DIGITS, '0')}` };
}

function readPlace(pk: string, sk: string): BillingDayId | null {
  const tenantId = parseTenantId(/^TENANT#([^#]+)#BILLING_DAYS$/.exec(pk)?.[1]);
  const [, day = '', revision] = /^(\d{4}-\d\d-\d\d)#(\d{4})$/.exec(sk) ?? [];
  return tenantId && revision ? { tenantId, day, revision: Number(revision) } : null;
}

function toItem(one: BillingDay) {
  const { rated, drift, ...rest } = one;
  return {
    ...rest,
    ...placeOf(one),
    ...onBoard(one),
    ...(rated ? { rated: toRatedItem(rated) } : {}),
    ...(drift
      ? {
          drift: {
            at: drift.at,
            reasons: drift.reasons.map((reason) => ({ ...reason })),
            reports: drift.reports.map((report) => ({
              ...report,
              sampleOurs: [...report.sampleOurs],
              sampleTheirs: [...report.sampleTheirs],
              sampleDiffering: [...report.sampleDiffering],
            })),
          },
        }
      : {}),
    ...(isUnfinished(one) ? { openShard: OPEN, deadline: startOfDay(one.day) } : {}),
  };
}

function toRatedItem({ costNanoUsd, regions, ...rated }: RatedDay) {
  return { ...rated, regions: [...regions], ...(costNanoUsd === null ? {} : { costNanoUsd }) };
}

function toDay(stored: FormattedItem<ReturnType<typeof dayEntity>>): BillingDay {
  const { tenantId, rated, drift, push, ...rest } = stored;
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('billing day of', tenantId),
    ...(rated ? { rated: toRated(rated) } : {}),
    ...(drift ? { drift } : {}),
    ...(push ? { push: { ...push, microUsd: BigInt(push.microUsd) } } : {}),
  } as BillingDay;
}

function toRated({
  requests,
  tokens,
  nanoUsd,
  costNanoUsd,
  ...rest
}: NonNullable<FormattedItem<ReturnType<typeof dayEntity>>['rated']>): RatedDay {
  return {
    ...rest,
    requests: BigInt(requests),
    tokens: Object.fromEntries(TOKEN_CLASSES.map((name) => [name, BigInt(tokens[name])])) as TokenSums,
    nanoUsd: BigInt(nanoUsd),
    costNanoUsd: costNanoUsd === undefined ? null : BigInt(costNanoUsd),
  };
}
