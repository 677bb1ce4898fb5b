import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  $get,
  $remove,
  $set,
  $sum,
  type Condition,
  EntityFormatter,
  GetItemCommand,
  isConditionCheckFailed,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from 'dynamodb-toolbox';
import { windowKey } from '../limit.ts';
import type { TenantId } from '../tenant.ts';
import type { Intent, Settlement } from '../usage.ts';
import {
  dayShard,
  openShard,
  REQUEST_LEASE_MS,
  REQUEST_SHARDS,
  requestEntity,
  type StoredRequest,
  shardOf,
  toRequest,
} from './request-entity.ts';
import type { Tables } from './tables.ts';

/** A settlement that took the place of a sweeper's estimate; `replaced`: nano-USD of the estimate. */
export type Replaced = { readonly replaced: bigint };

/**
 * Writes the intent, once: the promise that this request will be settled, and the replay check of its passport.
 * Give it a client that does not retry: of an attempt whose answer was lost, a second one says `replayed`.
 */
export async function openRequest(tables: Tables, intent: Intent): Promise<'opened' | 'replayed'> {
  const shard = shardOf(intent.requestId);
  try {
    await requestEntity(tables.ledger)
      .build(PutItemCommand)
      .item({
        ...intent,
        status: 'OPEN',
        deadline: intent.startedAt + REQUEST_LEASE_MS,
        openShard: openShard(shard),
        dayShard: dayShard(intent.tenantId, windowKey('day', intent.startedAt), shard),
      })
      .options({ condition: { attr: 'status', exists: false } })
      .send();
    return 'opened';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'replayed';
    throw error;
  }
}

/**
 * Settles a request, once: whoever comes second changes nothing, so no token is counted twice. Safe to repeat. But for an
 * estimate: what the sweeper took for dead and was only slow knows the truth, which takes the estimate's place, once.
 * A refusal does not: of a process that was stuck for so long nobody can say that its call was never made.
 * @param request with `startedAt`, the request must have started then: a replay must not settle what it replays
 * @throws Error when there is no intent: a settlement out of nothing would be usage that no admission ever saw
 */
export async function settleRequest(
  tables: Tables,
  request: Settled,
  settlement: Settlement,
): Promise<'settled' | 'already_settled' | Replaced> {
  const { tenantId, requestId, startedAt } = request;
  if (await settleWhile(tables, request, settlement, { attr: 'status', eq: 'OPEN' })) return 'settled';
  const stored = await getRequest(tables, tenantId, requestId);
  if (!stored) throw new Error(`request ${requestId} of ${tenantId} has no intent to settle`);
  const { intent, settlement: stood } = stored;
  if (!stood || (startedAt !== undefined && intent.startedAt !== startedAt)) return 'already_settled';
  if (stood.outcome === 'ORPHAN') {
    if (settlement.outcome === 'REFUSED') return 'already_settled';
    const { nanoUsd: replaced } = stood;
    const estimated: SettleCondition = { attr: 'settlement.outcome', eq: 'ORPHAN' };
    return (await settleWhile(tables, request, { ...settlement, replaced }, estimated))
      ? { replaced }
      : 'already_settled';
  }
  // Of an attempt whose answer was lost: what is found is this very settlement, and what it replaced is still told.
  const mine = stood.settledAt === settlement.settledAt && stood.outcome === settlement.outcome;
  return mine && stood.replaced !== undefined ? { replaced: stood.replaced } : 'already_settled';
}

type Settled = Pick<Intent, 'tenantId' | 'requestId'> & Partial<Pick<Intent, 'startedAt'>>;

/** @returns whether the condition held, and the settlement is in the book */
export async function settleWhile(
  tables: Tables,
  { tenantId, requestId, startedAt }: Settled,
  settlement: Settlement,
  still: SettleCondition,
): Promise<boolean> {
  const same: SettleCondition[] = startedAt === undefined ? [] : [{ attr: 'startedAt', eq: startedAt }];
  try {
    await requestEntity(tables.ledger)
      .build(UpdateItemCommand)
      .item({
        tenantId,
        requestId,
        status: 'SETTLED',
        openShard: $remove(),
        deadline: $remove(),
        settlement: $set({ ...settlement, flags: [...settlement.flags] }),
      })
      .options({ condition: { and: [still, ...same] } })
      .send();
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

export type SettleCondition = Condition<ReturnType<typeof requestEntity>>;

/**
 * Writes a running request's further reservation into the book, before its gates are asked, so that whoever has to settle
 * it knows what it holds; and tells that somebody still works on it.
 * @returns `settled` when somebody has settled it: it must not go on
 */
export async function extendRequest(
  tables: Tables,
  { tenantId, requestId }: Pick<Intent, 'tenantId' | 'requestId'>,
  more: { readonly nanoUsd: bigint; readonly outputTokens: number },
  now: number,
): Promise<'extended' | 'settled'> {
  try {
    await requestEntity(tables.ledger)
      .build(UpdateItemCommand)
      .item({
        tenantId,
        requestId,
        deadline: now + REQUEST_LEASE_MS,
        // Not ADD: that is for attributes of the item itself, and these stand in a map.
        reserved: {
          nanoUsd: $sum($get('reserved.nanoUsd'), more.nanoUsd),
          outputTokens: $sum($get('reserved.outputTokens'), more.outputTokens),
        },
      })
      .options({ condition: { attr: 'status', eq: 'OPEN' } })
      .send();
    return 'extended';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'settled';
    throw error;
  }
}

/** The request as the book has it now, or null. */
export async function getRequest(tables: Tables, tenantId: TenantId, requestId: string): Promise<StoredRequest | null> {
  const { Item } = await requestEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, requestId })
    .options({ consistent: true })
    .send();
  return Item ? toRequest(Item) : null;
}

/**
 * Calls `use` with each request that a tenant began on a day (`2026-11-22`, UTC). By index, which follows the table by
 * some time: what it has as open may be settled.
 * @throws Error when one is damaged: a sum without it would be wrong
 */
export async function eachRequestOfDay(
  tables: Tables,
  tenantId: TenantId,
  day: string,
  use: (request: StoredRequest) => void,
): Promise<void> {
  await Promise.all(
    REQUEST_SHARDS.map(async (shard) => {
      for await (const request of requestsOfShard(tables, dayShard(tenantId, day, shard))) use(request);
    }),
  );
}

/**
 * The same one by one, for whoever cannot hold a whole day.
 * @param shards of `REQUEST_SHARDS`; several readers side by side share them out
 */
export async function* requestsOfDay(
  tables: Tables,
  tenantId: TenantId,
  day: string,
  shards: readonly string[] = REQUEST_SHARDS,
): AsyncIterable<StoredRequest> {
  for (const shard of shards) yield* requestsOfShard(tables, dayShard(tenantId, day, shard));
}

async function* requestsOfShard(tables: Tables, partition: string): AsyncIterable<StoredRequest> {
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger
      .build(QueryCommand)
      .entities(requestEntity(tables.ledger))
      .query({ index: 'byDay', partition })
      .options(from ? { exclusiveStartKey: from } : {})
      .send();
    for (const stored of Items) yield toRequest(stored);
    from = LastEvaluatedKey;
  } while (from);
}

/**
 * Reads the image of an item as the ledger's stream carries it.
 * @returns null when it is an item of another kind
 * @throws Error when it is a request's and damaged
 */
export function readRequestImage(tables: Tables, image: Readonly<Record<string, unknown>>): StoredRequest | null {
  const row = unmarshall(image as Record<string, AttributeValue>);
  const entity = requestEntity(tables.ledger);
  return row['kind'] === entity.entityName ? toRequest(entity.build(EntityFormatter).format(row)) : null;
}
