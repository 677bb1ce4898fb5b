import {
  DeleteItemCommand,
  Entity,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  number,
  PutItemCommand,
  string,
  UpdateTransaction,
} from 'dynamodb-toolbox';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

/** A request that is to be carried out once, by its caller's own name for it. */
export type OnceKey = {
  /** Within whose wall the caller stands; null for staff and the platform's own machines. */
  readonly tenantId: TenantId | null;
  /** `user:<identity>`; the key is the caller's own, so that nobody can find out another's. */
  readonly caller: string;
  readonly idempotencyKey: string;
};

/** `result`: what the request's answer is made of, as JSON; it never holds a secret. */
export type OnceState =
  | { readonly state: 'claimed'; readonly token: string }
  | { readonly state: 'in_progress'; readonly inputSha256: string }
  | { readonly state: 'done'; readonly inputSha256: string; readonly result: string };

/** Long enough for whoever retries; then the key may be used anew. */
const KEPT_SECONDS = 86_400;
/** A request that has not ended by then has died: its key is free again. */
const LEASE_MS = 60_000;

const onceEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'IDEMPOTENCY',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        inputSha256: string(),
        token: string(),
        leaseUntil: number(),
        result: string().optional(),
        expiresAt: number(),
      }),
    }),
);

/**
 * Claims the right to carry a request out. Of any number of callers one gets it.
 * @param inputSha256 of the mutation's name and its input @param token unique, to know one's own claim by
 */
export async function claimOnce(
  tables: Tables,
  once: OnceKey,
  inputSha256: string,
  token: string,
  now: number,
): Promise<OnceState> {
  const place = placeOf(once);
  try {
    await onceEntity(tables.ledger)
      .build(PutItemCommand)
      .item({
        ...place,
        inputSha256,
        token,
        leaseUntil: now + LEASE_MS,
        expiresAt: Math.floor(now / 1000) + KEPT_SECONDS,
      })
      .options({
        condition: {
          or: [
            { attr: 'token', exists: false },
            { attr: 'expiresAt', lt: Math.floor(now / 1000) },
            {
              and: [
                { attr: 'result', exists: false },
                { attr: 'leaseUntil', lt: now },
              ],
            },
          ],
        },
      })
      .send();
    return { state: 'claimed', token };
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
  const { Item } = await onceEntity(tables.ledger)
    .build(GetItemCommand)
    .key(place)
    .options({ consistent: true })
    .send();
  // Released between the two: whoever had it did nothing, and the next try may.
  if (!Item) return { state: 'in_progress', inputSha256 };
  const { inputSha256: seen, result } = Item;
  return result === undefined
    ? { state: 'in_progress', inputSha256: seen }
    : { state: 'done', inputSha256: seen, result };
}

/** The part of the request's own transaction that notes it as done. It fails when somebody else has the claim by now. */
export function onceDoneWrite(tables: Tables, once: OnceKey, token: string, result: string) {
  return onceEntity(tables.ledger)
    .build(UpdateTransaction)
    .item({ ...placeOf(once), result })
    .options({
      condition: {
        and: [
          { attr: 'token', eq: token },
          { attr: 'result', exists: false },
        ],
      },
    });
}

/** Gives a claim back, of a request that changed nothing: the same key may be tried again, with a better input. */
export async function releaseOnce(tables: Tables, once: OnceKey, token: string): Promise<void> {
  try {
    await onceEntity(tables.ledger)
      .build(DeleteItemCommand)
      .key(placeOf(once))
      .options({
        condition: {
          and: [
            { attr: 'token', eq: token },
            { attr: 'result', exists: false },
          ],
        },
      })
      .send();
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}

function placeOf({ tenantId, caller, idempotencyKey }: OnceKey): { pk: string; sk: string } {
  return {
    pk: tenantId === null ? key`PLATFORM#ONCE#${caller}` : key`TENANT#${tenantId}#ONCE#${caller}`,
    sk: key`${idempotencyKey}`,
  };
}
