import type { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { QueryCommand, TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  COUNT_NAMES,
  type Counted,
  type Counts,
  changeOf,
  type HourSlot,
  type ModelUsage,
  type SettledRequest,
  type Slot,
  slotsOf,
  sumOf,
  type UserUsage,
} from '../rollup.ts';
import type { TenantId } from '../tenant.ts';
import { OUTCOMES } from '../usage.ts';
import { key } from './keys.ts';
import { damaged, type Tables } from './tables.ts';

/** A request to count, with what was counted of it before, as far as the caller knows. */
export type Counting = SettledRequest & { readonly before: Counted | null };

/**
 * What became of a transaction. `known`: nothing was changed, for of these requests (by id) other counts stand there
 * than the caller knew. `busy`: nothing was changed, for somebody else was at the same sums; worth another try.
 */
export type CountAnswer =
  | { readonly outcome: 'counted' | 'busy' }
  | { readonly outcome: 'known'; readonly counted: ReadonlyMap<string, Counted> };

/** DynamoDB takes 100 items in a transaction, and each request may touch three sums and its own mark. */
export const COUNTED_AT_ONCE = 25;

/**
 * How long the mark of a counted request is kept, in seconds. The stream offers a change again for a day at most; an
 * estimate is replaced by the truth within the days in which AWS's own logs arrive.
 */
const MARK_LIFE_SECONDS = 40 * 86_400;

/**
 * Counts requests of one tenant, all or none, and marks each in the same transaction: so none is ever counted twice,
 * however often it is offered. Safe to repeat.
 * @param countings at most COUNTED_AT_ONCE, each request once @param now ms
 */
export async function countRequests(tables: Tables, countings: readonly Counting[], now: number): Promise<CountAnswer> {
  const table = tables.ledger.getName();
  const sums = new Map<string, { slot: Slot; changes: Counts[] }>();
  for (const { intent, settlement, before } of countings) {
    for (const slot of slotsOf(intent)) {
      const { pk, sk } = slotKey(slot);
      const sum = sums.get(`${pk} ${sk}`) ?? { slot, changes: [] };
      sums.set(`${pk} ${sk}`, sum);
      sum.changes.push(changeOf(before, settlement));
    }
  }
  const command = new TransactWriteCommand({
    TransactItems: [
      ...countings.map((counting) => marking(table, counting, now)),
      ...[...sums.values()].map(({ slot, changes }) => adding(table, slot, sumOf(changes), now)),
    ],
  });
  try {
    await tables.ledger.getDocumentClient().send(command);
    return { outcome: 'counted' };
  } catch (error) {
    // By its name: the client that a function has throws errors of its own (decision 011).
    if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') throw error;
    return whyCanceled(error as TransactionCanceledException, countings);
  }
}

const BUSY: readonly (string | undefined)[] = [
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
];

/** The reasons of a transaction come in the order of its items: the marks first. */
function whyCanceled(error: TransactionCanceledException, countings: readonly Counting[]): CountAnswer {
  const reasons = error.CancellationReasons ?? [];
  const counted = countings.flatMap(({ intent }, n) => {
    const { Code, Item } = reasons[n] ?? {};
    return Code === 'ConditionalCheckFailed' && Item ? [[intent.requestId, toCounted(unmarshall(Item))] as const] : [];
  });
  if (counted.length > 0) return { outcome: 'known', counted: new Map(counted) };
  if (reasons.some(({ Code }) => BUSY.includes(Code))) return { outcome: 'busy' };
  throw error;
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

function marking(TableName: string, { intent, settlement, before }: Counting, now: number): TransactItem {
  const { tenantId, requestId } = intent;
  const { outcome, tokens, nanoUsd } = settlement;
  return {
    Put: {
      TableName,
      Item: {
        pk: key`TENANT#${tenantId}#REQUEST#${requestId}`,
        sk: 'COUNTED',
        kind: 'COUNTED_REQUEST',
        tenantId,
        requestId,
        outcome,
        tokens,
        nanoUsd,
        expiresAt: Math.floor(now / 1000) + MARK_LIFE_SECONDS,
      },
      ConditionExpression: before ? '#outcome = :before' : 'attribute_not_exists(#outcome)',
      ExpressionAttributeNames: { '#outcome': 'outcome' },
      ...(before ? { ExpressionAttributeValues: { ':before': before.outcome } } : {}),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

function adding(TableName: string, slot: Slot, change: Counts, now: number): TransactItem {
  const { kind, ...dimensions } = slot;
  const set = Object.entries({ kind: KINDS[kind], ...dimensions, countedAt: now });
  const add = COUNT_NAMES.filter((name) => change[name] !== 0n).map((name) => [name, change[name]] as const);
  const all = [...set, ...add];
  return {
    Update: {
      TableName,
      Key: slotKey(slot),
      UpdateExpression: [
        `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ...(add.length > 0 ? [`ADD ${add.map(([name]) => `#${name} :${name}`).join(', ')}`] : []),
      ].join(' '),
      ExpressionAttributeNames: Object.fromEntries(all.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(all.map(([name, value]) => [`:${name}`, value])),
    },
  };
}

const KINDS = { hour: 'USAGE_HOUR', day: 'USAGE_DAY', month: 'USAGE_MONTH' } as const;

function slotKey(slot: Slot): { pk: string; sk: string } {
  const { tenantId, window, identityId, model } = slot;
  if (slot.kind !== 'hour') return { pk: userPartition(tenantId, identityId), sk: key`${window}#MODEL#${model}` };
  const [day = '', hour = ''] = window.split('T');
  return {
    pk: dayPartition(tenantId, day),
    // A key's id has ten letters and digits: `-` is none.
    sk: key`${hour}#USER#${identityId}#KEY#${slot.keyId ?? '-'}#MODEL#${model}#REGION#${slot.region}`,
  };
}

function dayPartition(tenantId: TenantId, day: string): string {
  return key`TENANT#${tenantId}#USAGE#${day}`;
}

function userPartition(tenantId: TenantId, identityId: string): string {
  return key`TENANT#${tenantId}#USAGE#USER#${identityId}`;
}

/** What a user used on a day (`2026-11-22`) and in its month. Two small reads, which may be a moment behind. */
export async function getUserUsage(
  tables: Tables,
  tenantId: TenantId,
  identityId: string,
  day: string,
): Promise<UserUsage> {
  const partition = userPartition(tenantId, identityId);
  const month = day.slice(0, '2026-11'.length);
  const [ofDay, ofMonth] = await Promise.all([
    query(tables, partition, key`${day}#`),
    query(tables, partition, key`${month}#`),
  ]);
  const countedAt = Math.max(...[...ofDay, ...ofMonth].map((stored) => Number(stored['countedAt'])));
  return {
    day: ofDay.map(toModelUsage),
    month: ofMonth.map(toModelUsage),
    countedAt: Number.isFinite(countedAt) ? countedAt : null,
  };
}

/** A tenant's hours of one day (`2026-11-22`), by user, key, model and region, in the order of time. */
export async function listUsageHours(
  tables: Tables,
  tenantId: TenantId,
  day: string,
): Promise<{ slot: HourSlot; counts: Counts }[]> {
  const stored = await query(tables, dayPartition(tenantId, day), '');
  return stored.map(({ window, identityId, keyId, model, region, ...rest }) => ({
    slot: {
      kind: 'hour',
      tenantId,
      window: String(window),
      identityId: String(identityId),
      ...(keyId === undefined ? {} : { keyId: String(keyId) }),
      model: String(model),
      region: region as HourSlot['region'],
    },
    counts: toCounts(rest),
  }));
}

type Stored = Readonly<Record<string, unknown>>;

async function query(tables: Tables, pk: string, prefix: string): Promise<Stored[]> {
  const items: Stored[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
      new QueryCommand({
        TableName: tables.ledger.getName(),
        KeyConditionExpression: `#pk = :pk${prefix ? ' AND begins_with(#sk, :prefix)' : ''}`,
        ExpressionAttributeNames: { '#pk': 'pk', ...(prefix ? { '#sk': 'sk' } : {}) },
        ExpressionAttributeValues: { ':pk': pk, ...(prefix ? { ':prefix': prefix } : {}) },
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    items.push(...Items);
    from = LastEvaluatedKey;
  } while (from);
  return items;
}

function toModelUsage(stored: Stored): ModelUsage {
  return { model: String(stored['model']), counts: toCounts(stored) };
}

/** A sum that nothing was ever added to is not there. */
function toCounts(stored: Stored): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, toBigint(stored[name] ?? 0)])) as Counts;
}

function toCounted({ outcome, tokens, nanoUsd, requestId }: Stored): Counted {
  const known = OUTCOMES.find((one) => one === outcome) ?? damaged('count of request', String(requestId));
  return { outcome: known, tokens: tokens as Counted['tokens'], nanoUsd: toBigint(nanoUsd) };
}

function toBigint(stored: unknown): bigint {
  return typeof stored === 'number' || typeof stored === 'bigint' ? BigInt(stored) : damaged('sum', String(stored));
}
