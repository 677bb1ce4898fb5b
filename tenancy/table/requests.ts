import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  $add,
  $remove,
  $set,
  boolean,
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
  string,
  UpdateItemCommand,
} from 'dynamodb-toolbox';
import { CALLER_TYPES } from '../caller.ts';
import { windowKey } from '../limit.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type Intent, OUTCOMES, type Settlement } from '../usage.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

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
        openShard: key`OPEN#${shard}`,
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
 * Settles a request, once: whoever comes second changes nothing, so no token is counted twice. Safe to repeat.
 * @param intent with `startedAt`, the request must have started then: a replay must not settle what it replays
 * @throws Error when there is no intent: a settlement out of nothing would be usage that no admission ever saw
 */
export async function settleRequest(
  tables: Tables,
  { tenantId, requestId, startedAt }: Pick<Intent, 'tenantId' | 'requestId'> & Partial<Pick<Intent, 'startedAt'>>,
  settlement: Settlement,
): Promise<'settled' | 'already_settled'> {
  const entity = requestEntity(tables.ledger);
  try {
    await entity
      .build(UpdateItemCommand)
      .item({
        tenantId,
        requestId,
        status: 'SETTLED',
        openShard: $remove(),
        deadline: $remove(),
        settlement: $set({ ...settlement, flags: [...settlement.flags] }),
      })
      .options({
        condition: {
          and: [
            { attr: 'status', eq: 'OPEN' },
            ...(startedAt === undefined ? [] : [{ attr: 'startedAt' as const, eq: startedAt }]),
          ],
        },
        returnValuesOnConditionFalse: 'ALL_OLD',
      })
      .send();
    return 'settled';
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
    if (error.Item) return 'already_settled';
    throw new Error(`request ${requestId} of ${tenantId} has no intent to settle`);
  }
}

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
        reserved: { nanoUsd: $add(more.nanoUsd), outputTokens: $add(more.outputTokens) },
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
  const { bedrockRequestId, stopReason, firstByteAt, ...rest } = stored;
  return {
    ...rest,
    nanoUsd: BigInt(rest.nanoUsd),
    ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(firstByteAt === undefined ? {} : { firstByteAt }),
  };
}
