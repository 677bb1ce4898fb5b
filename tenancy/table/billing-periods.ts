import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import {
  boolean,
  ConditionCheck,
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
import type { BillingDay } from '../billing-day.ts';
import {
  BILLING_PERIOD_STATES,
  type BillingAdjustment,
  type BillingPeriod,
  isPeriodUnfinished,
} from '../billing-period.ts';
import { SOURCE_STATUSES } from '../drift.ts';
import { MONEY_REASONS } from '../money-drift.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { startOfDay } from '../utc-day.ts';
import { billingDayWrite } from './billing-days.ts';
import { commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);
const sum = () => number().big();

/** Where unfinished months stand in the index `open`, by their beginning. */
const UNFINISHED = 'OPEN#BILLING_PERIOD';

const periodEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_PERIOD',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        month: string().key(),
        state: string().enum(...BILLING_PERIOD_STATES),
        closed: map({ nanoUsd: sum(), microUsd: sum(), adjustmentsNanoUsd: sum(), at: whole() }).optional(),
        money: map({
          reports: list(
            map({
              tenantId: string(),
              region: string().enum(...REGIONS),
              source: string().enum(...SOURCE_STATUSES),
              oursNanoUsd: sum().optional(),
              theirsNanoUsd: sum(),
              models: list(map({ name: string(), nanoUsd: sum() })),
              usageTypes: list(map({ name: string(), nanoUsd: sum() })),
            }),
          ),
          reasons: list(
            map({
              kind: string().enum(...MONEY_REASONS),
              tenantId: string(),
              region: string().enum(...REGIONS),
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
        draft: map({ id: string(), heldAt: whole() }).optional(),
        nothingDue: boolean().enum(true).optional(),
        invoice: map({ id: string(), at: whole() }).optional(),
        why: string().optional(),
        version: whole(),
        openShard: string().optional().hidden(),
        deadline: whole().optional().hidden(),
      }),
      computeKey: ({ tenantId, month }) => ({ pk: partitionOf(tenantId), sk: key`PERIOD#${month}` }),
    }),
);

const adjustmentEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_ADJUSTMENT',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        landsIn: string().key(),
        day: string().key(),
        revision: whole().key(),
        nanoUsd: sum(),
        reason: string(),
        at: whole(),
      }),
      computeKey: ({ tenantId, landsIn, day, revision }) => ({
        pk: partitionOf(tenantId),
        sk: key`ADJUSTMENT#${landsIn}#${day}#${String(revision).padStart(4, '0')}`,
      }),
    }),
);

/**
 * Writes how far a month has come. @param before null where nothing is written about it yet
 * @returns the month as it is stored; null when somebody else has written since `before` was read
 */
export async function recordBillingPeriod(
  tables: Tables,
  before: BillingPeriod | null,
  after: BillingPeriod,
): Promise<BillingPeriod | null> {
  const next = { ...after, version: before ? before.version + 1 : 1 };
  const condition = before
    ? ({ attr: 'version', eq: before.version } as const)
    : ({ attr: 'version', exists: false } as const);
  try {
    await periodEntity(tables.ledger).build(PutItemCommand).item(toStored(next)).options({ condition }).send();
    return next;
  } catch (error) {
    if (isConditionCheckFailed(error)) return null;
    throw error;
  }
}

/** The part of a transaction that does what `recordBillingPeriod` does to a month that something is written about. */
export function billingPeriodWrite(tables: Tables, before: BillingPeriod, after: BillingPeriod): Write {
  return periodEntity(tables.ledger)
    .build(PutTransaction)
    .item(toStored({ ...after, version: before.version + 1 }))
    .options({ condition: { attr: 'version', eq: before.version } });
}

/** A tenant's month; null where nothing is written about it: it is open. */
export async function getBillingPeriod(
  tables: Tables,
  tenantId: TenantId,
  month: string,
): Promise<BillingPeriod | null> {
  const { Item } = await periodEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, month })
    .options({ consistent: true })
    .send();
  return Item ? toPeriod(Item) : null;
}

/** Months that are over and not done with, the oldest first. By index, which follows the table. */
export async function listUnfinishedPeriods(
  tables: Tables,
  limit: number,
): Promise<readonly Pick<BillingPeriod, 'tenantId' | 'month'>[]> {
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
  return Items.map(({ pk, sk }) => readPlace(String(pk), String(sk)) ?? damaged('billing period', String(pk)));
}

/** All months of a tenant that something is written about, the first one first. */
export async function listBillingPeriods(tables: Tables, tenantId: TenantId): Promise<BillingPeriod[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(periodEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId), range: { beginsWith: 'PERIOD#' } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toPeriod);
}

/** What became of an adjustment. `conflict`: somebody has written the day since it was read. `month_closed`: look for another. */
export type AdjustmentWrite = BillingDay | 'conflict' | 'month_closed';

/**
 * Writes a day that is billed with another month, with the adjustment that bills it there, both or neither, and only while
 * that month is open: whoever closes it afterwards finds the adjustment.
 * @param adjustment null where the day comes to what it is billed already
 */
export async function recordAdjustment(
  tables: Tables,
  before: BillingDay,
  after: BillingDay & { readonly adjustedIn: string },
  adjustment: BillingAdjustment | null,
): Promise<AdjustmentWrite> {
  const month = { tenantId: after.tenantId, month: after.adjustedIn };
  const isOpen = periodEntity(tables.ledger)
    .build(ConditionCheck)
    .key(month)
    .condition({
      or: [
        { attr: 'state', exists: false },
        { attr: 'state', eq: 'OPEN' },
      ],
    });
  const writes: Write[] = [billingDayWrite(tables, before, after), isOpen];
  if (adjustment) {
    writes.push(
      adjustmentEntity(tables.ledger)
        .build(PutTransaction)
        .item({ ...adjustment })
        .options({ condition: { attr: 'nanoUsd', exists: false } }),
    );
  }
  const committed = await commit(writes);
  if (committed.outcome === 'done') return { ...after, version: before.version + 1 };
  return committed.outcome === 'refused' && committed.index === 1 ? 'month_closed' : 'conflict';
}

/** A tenant's adjustments, or those alone that a month is billed with. */
export async function listAdjustments(
  tables: Tables,
  tenantId: TenantId,
  landsIn?: string,
): Promise<BillingAdjustment[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(adjustmentEntity(tables.ledger))
    .query({
      partition: partitionOf(tenantId),
      range: { beginsWith: landsIn === undefined ? 'ADJUSTMENT#' : key`ADJUSTMENT#${landsIn}#` },
    })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(({ tenantId: its, nanoUsd, ...rest }) => ({
    ...rest,
    tenantId: parseTenantId(its) ?? damaged('adjustment of', its),
    nanoUsd: BigInt(nanoUsd),
  }));
}

function readPlace(pk: string, sk: string): Pick<BillingPeriod, 'tenantId' | 'month'> | null {
  const tenantId = parseTenantId(/^TENANT#([^#]+)#BILLING_PERIODS$/.exec(pk)?.[1]);
  const [, month] = /^PERIOD#(\d{4}-\d\d)$/.exec(sk) ?? [];
  return tenantId && month ? { tenantId, month } : null;
}

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING_PERIODS`;
}

function toStored({ money, ...rest }: BillingPeriod) {
  return {
    ...rest,
    ...(money ? { money: toMoneyItem(money) } : {}),
    ...(isPeriodUnfinished(rest) ? { openShard: UNFINISHED, deadline: startOfDay(`${rest.month}-01`) } : {}),
  };
}

function toPeriod(stored: FormattedItem<ReturnType<typeof periodEntity>>): BillingPeriod {
  const { tenantId, closed, money, ...rest } = stored;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    tenantId: parseTenantId(tenantId) ?? damaged('billing period of', tenantId),
    ...(money ? { money: toMoney(money) } : {}),
    ...(closed
      ? {
          closed: {
            at: closed.at,
            nanoUsd: BigInt(closed.nanoUsd),
            microUsd: BigInt(closed.microUsd),
            adjustmentsNanoUsd: BigInt(closed.adjustmentsNanoUsd),
          },
        }
      : {}),
  } as BillingPeriod;
}

type Money = NonNullable<BillingPeriod['money']>;

function toMoneyItem({ reports, reasons, at }: Money) {
  return {
    at,
    reasons: reasons.map((one) => ({ ...one })),
    reports: reports.map(({ oursNanoUsd, models, usageTypes, ...rest }) => ({
      ...rest,
      ...(oursNanoUsd === null ? {} : { oursNanoUsd }),
      models: models.map((one) => ({ ...one })),
      usageTypes: usageTypes.map((one) => ({ ...one })),
    })),
  };
}

function toMoney({
  reports,
  reasons,
  at,
}: NonNullable<FormattedItem<ReturnType<typeof periodEntity>>['money']>): Money {
  const tenantOf = (text: string) => parseTenantId(text) ?? damaged('billing period of', text);
  const parts = (all: readonly { readonly name: string; readonly nanoUsd: number | bigint }[]) =>
    all.map(({ name, nanoUsd }) => ({ name, nanoUsd: BigInt(nanoUsd) }));
  return {
    at,
    reasons: reasons.map((one) => ({ ...one, tenantId: tenantOf(one.tenantId) })),
    reports: reports.map(({ tenantId, oursNanoUsd, theirsNanoUsd, models, usageTypes, ...rest }) => ({
      ...rest,
      tenantId: tenantOf(tenantId),
      oursNanoUsd: oursNanoUsd === undefined ? null : BigInt(oursNanoUsd),
      theirsNanoUsd: BigInt(theirsNanoUsd),
      models: parts(models),
      usageTypes: parts(usageTypes),
    })),
  };
}
