import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { QueryCommand as DocumentQuery } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  $get,
  $remove,
  $set,
  $sum,
  boolean,
  type Condition,
  Entity,
  EntityFormatter,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  map,
  number,
  PutItemCommand,
  QueryCommand,
  string,
  UpdateItemCommand,
} from 'dynamodb-toolbox';
import { CALLER_TYPES } from '../caller.ts';
import { windowKey } from '../limit.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type Intent, OUTCOMES, type Settlement } from '../usage.ts';
import { key } from './keys.ts';
import { damaged, entityOf, LEDGER_INDEXES, type StoreTable, type Tables } from './tables.ts';

/** A settlement that took the place of a sweeper's estimate; `replaced`: nano-USD of the estimate. */
export type Replaced = { readonly replaced: bigint };

/** A request in the book: promised, and, when it has one, its settlement. */
export type StoredRequest = { readonly intent: Intent; readonly settlement: Settlement | null };

const instant = () => number().validate(Number.isSafeInteger);
const count = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);
const nanoUsd = () => number().big();

/**
 * A request whose process has not said for so long that it works on it is nobody's any more: whoever sweeps may settle it.
 * ms; three times as long as a process lets pass at most.
 */
export const REQUEST_LEASE_MS = 180_000;

/** So many partitions share the index of open requests, and a tenant's day: none gets hot. */
const SHARDS = 8;
export const REQUEST_SHARDS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => String(shard));

const requestEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'REQUEST',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        requestId: string().key(),
        status: string().enum('OPEN', 'SETTLED'),
        identityId: string(),
        callerType: string().enum(...CALLER_TYPES),
        keyId: string().optional(),
        model: string(),
        bedrockModelId: string(),
        region: string().enum(...REGIONS),
        stream: boolean(),
        sessionId: string().optional(),
        startedAt: instant(),
        reserved: map({ nanoUsd: nanoUsd(), inputTokens: count(), outputTokens: count() }),
        deadline: instant().optional(),
        openShard: string().optional(),
        dayShard: string(),
        settlement: map({
          outcome: string().enum(...OUTCOMES),
          tokens: map({
            input: count(),
            output: count(),
            cacheRead: count(),
            cacheWrite5m: count(),
            cacheWrite1h: count(),
          }),
          nanoUsd: nanoUsd(),
          bedrockRequestId: string().optional(),
          stopReason: string().optional(),
          flags: list(string()),
          firstByteAt: instant().optional(),
          settledAt: instant(),
          replaced: nanoUsd().optional(),
        }).optional(),
      }),
      computeKey: ({ tenantId, requestId }) => ({
        pk: key`TENANT#${tenantId}#REQUEST#${requestId}`,
        sk: 'REQUEST',
      }),
    }),
);

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
        dayShard: dayShard(intent.tenantId, intent.startedAt, shard),
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

/** Settles a request as an orphan, if nobody has settled it nor told that he works on it since it was read. */
export async function settleOrphan(
  tables: Tables,
  { intent, deadline }: OverdueRequest,
  settlement: Settlement,
): Promise<'settled' | 'not_ours'> {
  const untouched: SettleCondition = {
    and: [
      { attr: 'status', eq: 'OPEN' },
      { attr: 'deadline', eq: deadline },
      // An extension that was under way for so long may bring the same deadline.
      { attr: 'reserved.nanoUsd', eq: intent.reserved.nanoUsd },
    ],
  };
  return (await settleWhile(tables, intent, settlement, untouched)) ? 'settled' : 'not_ours';
}

/** @returns whether the condition held, and the settlement is in the book */
async function settleWhile(
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

type SettleCondition = Condition<ReturnType<typeof requestEntity>>;

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

/** An open request whose process has not been heard of until its deadline (ms since the epoch). */
export type OverdueRequest = { readonly intent: Intent; readonly deadline: number };

/** What one look into an index asks for: whoever stops early has not read much more. */
const PAGE = 100;

/**
 * The open requests of one shard whose deadline has passed, longest ago first, by a name that `getOverdue` reads. The
 * index follows the table by some time: what it names may be settled, or be worked on again.
 */
export async function* listOverdue(tables: Tables, shard: string, now: number): AsyncGenerator<string> {
  const { partition, sort } = LEDGER_INDEXES.open;
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
      new DocumentQuery({
        TableName: tables.ledger.getName(),
        IndexName: 'open',
        KeyConditionExpression: '#shard = :shard AND #deadline < :now',
        ExpressionAttributeNames: { '#shard': partition, '#deadline': sort.name },
        ExpressionAttributeValues: { ':shard': openShard(shard), ':now': now },
        Limit: PAGE,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    for (const { pk } of Items) yield String(pk);
    from = LastEvaluatedKey;
  } while (from);
}

/**
 * An overdue request as it is now, or null when it is none any more.
 * @throws Error when it is damaged
 */
export async function getOverdue(tables: Tables, name: string, now: number): Promise<OverdueRequest | null> {
  const [, tenant, requestId = ''] = /^TENANT#([^#]+)#REQUEST#([^#]+)$/.exec(name) ?? [];
  const tenantId = parseTenantId(tenant) ?? damaged('request', name);
  const { Item } = await requestEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, requestId })
    .options({ consistent: true })
    .send();
  if (Item?.status !== 'OPEN' || Item.deadline === undefined || Item.deadline >= now) return null;
  return { intent: toRequest(Item).intent, deadline: Item.deadline };
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
      let from: Record<string, unknown> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await tables.ledger
          .build(QueryCommand)
          .entities(requestEntity(tables.ledger))
          .query({ index: 'byDay', partition: key`TENANT#${tenantId}#DAY#${day}#${shard}` })
          .options(from ? { exclusiveStartKey: from } : {})
          .send();
        for (const stored of Items) use(toRequest(stored));
        from = LastEvaluatedKey;
      } while (from);
    }),
  );
}

function openShard(shard: string): string {
  return key`OPEN#${shard}`;
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

/** The last of a request id's digits are random: as good as any hash. */
function shardOf(requestId: string): string {
  return String(Number.parseInt(requestId.slice(-2), 16) % SHARDS);
}

function dayShard(tenantId: string, at: number, shard: string): string {
  return key`TENANT#${tenantId}#DAY#${windowKey('day', at)}#${shard}`;
}

function toRequest(stored: FormattedItem<ReturnType<typeof requestEntity>>): StoredRequest {
  const {
    status: _,
    tenantId,
    settlement,
    keyId,
    sessionId,
    reserved,
    deadline,
    openShard,
    dayShard,
    ...rest
  } = stored;
  const intent = {
    ...rest,
    reserved: { ...reserved, nanoUsd: BigInt(reserved.nanoUsd) },
    tenantId: parseTenantId(tenantId) ?? damaged('request of', tenantId),
    ...(keyId === undefined ? {} : { keyId }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
  return { intent, settlement: settlement ? toSettlement(settlement) : null };
}

function toSettlement(stored: NonNullable<FormattedItem<ReturnType<typeof requestEntity>>['settlement']>): Settlement {
  const { bedrockRequestId, stopReason, firstByteAt, replaced, ...rest } = stored;
  return {
    ...rest,
    nanoUsd: BigInt(rest.nanoUsd),
    ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(firstByteAt === undefined ? {} : { firstByteAt }),
    ...(replaced === undefined ? {} : { replaced: BigInt(replaced) }),
  };
}
