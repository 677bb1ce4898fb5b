import {
  $set,
  boolean,
  Entity,
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
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type Intent, OUTCOMES, type Settlement } from '../usage.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

/** A request in the book: promised, and, when it has one, its settlement. */
export type StoredRequest = { readonly intent: Intent; readonly settlement: Settlement | null };

const instant = () => number().validate(Number.isSafeInteger);
const count = () => number().validate((value: number) => Number.isSafeInteger(value) && value >= 0);

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
        settlement: map({
          outcome: string().enum(...OUTCOMES),
          tokens: map({
            input: count(),
            output: count(),
            cacheRead: count(),
            cacheWrite5m: count(),
            cacheWrite1h: count(),
          }),
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
  try {
    await requestEntity(tables.ledger)
      .build(PutItemCommand)
      .item({ ...intent, status: 'OPEN' })
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
 * @throws Error when there is no intent: a settlement out of nothing would be usage that no admission ever saw
 */
export async function settleRequest(
  tables: Tables,
  { tenantId, requestId }: Pick<Intent, 'tenantId' | 'requestId'>,
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
        settlement: $set({ ...settlement, flags: [...settlement.flags] }),
      })
      .options({ condition: { attr: 'status', eq: 'OPEN' }, returnValuesOnConditionFalse: 'ALL_OLD' })
      .send();
    return 'settled';
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
    if (error.Item) return 'already_settled';
    throw new Error(`request ${requestId} of ${tenantId} has no intent to settle`);
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

function toRequest(stored: FormattedItem<ReturnType<typeof requestEntity>>): StoredRequest {
  const { status: _, tenantId, settlement, keyId, sessionId, ...rest } = stored;
  const intent = {
    ...rest,
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
    ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(firstByteAt === undefined ? {} : { firstByteAt }),
  };
}
