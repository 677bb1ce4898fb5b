import {
  $add,
  BatchGetCommand,
  BatchGetRequest,
  ConditionCheck,
  Entity,
  executeBatchGet,
  executeTransactWrite,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  isTransactionCancelled,
  item,
  number,
  QueryCommand,
  string,
  UpdateItemCommand,
  UpdateTransaction,
} from 'dynamodb-toolbox';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { activeAdminChange, USER_ROLES, USER_STATUSES, type User } from '../user.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables, wholeBatch } from './tables.ts';
import { follows } from './versions.ts';

/** In the ledger of the control region: a person's data never leaves its region by replication. */
const userEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'USER',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        id: string().key(),
        email: string(),
        displayName: string(),
        role: string().enum(...USER_ROLES),
        status: string().enum(...USER_STATUSES),
        invitedAt: number().validate(Number.isSafeInteger),
        lastSeenAt: number().validate(Number.isSafeInteger).optional(),
        version: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ tenantId, id }) => ({ pk: key`TENANT#${tenantId}`, sk: key`USER#${id}` }),
    }),
);

/** How many active admins a tenant has: what two who demote each other at once both have to pass. */
const adminsEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'ADMINS',
      table,
      timestamps: false,
      schema: item({ tenantId: string().key(), active: number().validate(Number.isSafeInteger) }),
      computeKey: ({ tenantId }) => ({ pk: key`TENANT#${tenantId}`, sk: 'ADMINS' }),
    }),
);

/** The user as it is now (a consistent read: one who is disabled gets no token from now on), or null. */
export async function getUser(tables: Tables, tenantId: TenantId, id: string): Promise<User | null> {
  const { Item } = await userEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, id })
    .options({ consistent: true })
    .send();
  return Item ? toUser(Item) : null;
}

/** Several users at once as they are now, in the order asked for; null for one that is not there. At most 100, each once. */
export async function getUsers(tables: Tables, tenantId: TenantId, ids: readonly string[]): Promise<(User | null)[]> {
  if (ids.length === 0) return [];
  const entity = userEntity(tables.ledger);
  const requests = ids.map((id) => entity.build(BatchGetRequest).key({ tenantId, id }));
  const command = tables.ledger
    .build(BatchGetCommand)
    .requests(...requests)
    .options({ consistent: true });
  const { Responses, UnprocessedKeys } = await executeBatchGet({ maxAttempts: 5 }, command);
  wholeBatch(UnprocessedKeys);
  const [rows = []] = Responses ?? [];
  const found = new Map(rows.flatMap((row) => (row ? [[row.id, toUser(row)]] : [])));
  return ids.map((id) => found.get(id) ?? null);
}

/** One page of a tenant's users, in the order of their ids, and how to ask for the next; null when there is none. */
export type UserPage = { readonly users: User[]; readonly next: UserCursor | null };
/** `after`: the id of the last user seen, who need not exist any more. */
export type UserCursor = { readonly after?: string };

/** @param limit how many users at most, 1 or more */
export async function listUsers(
  tables: Tables,
  tenantId: TenantId,
  { after, limit }: UserCursor & { readonly limit: number },
): Promise<UserPage> {
  const partition = key`TENANT#${tenantId}`;
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(userEntity(tables.ledger))
    .query({ partition, range: { beginsWith: 'USER#' } })
    .options({
      limit,
      // The partition is the caller's tenant and never the cursor's: a cursor made up by hand opens nobody else's list.
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: key`USER#${after}` } }),
    })
    .send();
  const users = Items.map(toUser);
  const last = users.at(-1);
  return { users, next: LastEvaluatedKey && last ? { after: last.id } : null };
}

/**
 * The parts of one transaction that make `before` into `after`: the user, and the tenant's count of active admins where
 * it changes. They must come first in their transaction, or `whyUserRefused` cannot read what became of them.
 * A count of one is never lowered, so that of any number of admins who demote each other at once one is left.
 * `lastSeenAt` is left as it stands: it belongs to `noteUserSeen`, which waits for nobody.
 * @param before as it was read; null for a new user, whose version is 1
 * @throws RangeError when the two are not one user, or the version does not follow
 */
export function userWrite(tables: Tables, before: User | null, after: User) {
  const { lastSeenAt: _, ...stored } = after;
  if (after.version !== (before?.version ?? 0) + 1) throw new RangeError('a version does not follow the one read');
  if (before && (before.id !== after.id || before.tenantId !== after.tenantId))
    throw new RangeError('a user cannot become another, nor move to another tenant');
  const user = userEntity(tables.ledger)
    .build(UpdateTransaction)
    .item(stored)
    .options({ condition: follows(after.version) });
  const change = activeAdminChange(before, after);
  if (change === 0) return [user];
  const admins = adminsEntity(tables.ledger)
    .build(UpdateTransaction)
    .item({ tenantId: after.tenantId, active: $add(change) });
  return [user, change > 0 ? admins : admins.options({ condition: { attr: 'active', gt: 1 } })];
}

/**
 * How many active admins a tenant has at this moment: to refuse in good time what `userWrite` would refuse. It is the
 * write that guards the last one, not this.
 */
export async function countActiveAdmins(tables: Tables, tenantId: TenantId): Promise<number> {
  const { Item } = await adminsEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId })
    .options({ consistent: true })
    .send();
  return Item?.active ?? 0;
}

/**
 * Disables a user whose tenant is being closed, its last admin too: nobody is left who could be kept out. Safe to repeat;
 * nothing happens to a user who is not there, or is disabled.
 */
export async function disableForGood(tables: Tables, { tenantId, id }: Pick<User, 'tenantId' | 'id'>): Promise<void> {
  try {
    await userEntity(tables.ledger)
      .build(UpdateItemCommand)
      .item({ tenantId, id, status: 'DISABLED', version: $add(1) })
      .options({
        condition: {
          and: [
            { attr: 'version', exists: true },
            { attr: 'status', ne: 'DISABLED' },
          ],
        },
      })
      .send();
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}

/** The part of a transaction that fails when the user is gone or disabled by now. */
export function userMayHaveKeys(tables: Tables, { tenantId, id }: Pick<User, 'tenantId' | 'id'>) {
  return userEntity(tables.ledger)
    .build(ConditionCheck)
    .key({ tenantId, id })
    .condition({
      and: [
        { attr: 'version', exists: true },
        { attr: 'status', ne: 'DISABLED' },
      ],
    });
}

/** `conflict`: somebody else was first, or writes at this moment. `last_admin`: the tenant would be left without one. */
export type UserRefusal = 'conflict' | 'last_admin';

/** Why a transaction that begins with `userWrite`'s parts was refused; null when that is not what its error tells. */
export function whyUserRefused(error: unknown, before: User | null, after: User): UserRefusal | null {
  if (!isTransactionCancelled(error)) return null;
  const [user, admins] = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  // Read first: a count is only told to somebody who saw the user as it is.
  if (user === 'ConditionalCheckFailed' || user === 'TransactionConflict') return 'conflict';
  if (activeAdminChange(before, after) === 0) return null;
  if (admins === 'TransactionConflict') return 'conflict';
  return admins === 'ConditionalCheckFailed' ? 'last_admin' : null;
}

/** Makes `before` into `after` and nothing else: where no audit entry belongs to it, as at a first sign-in. */
export async function putUser(tables: Tables, before: User | null, after: User): Promise<'stored' | UserRefusal> {
  try {
    await executeTransactWrite(...userWrite(tables, before, after));
    return 'stored';
  } catch (error) {
    const refusal = whyUserRefused(error, before, after);
    if (refusal) return refusal;
    throw error;
  }
}

/** Notes a sighting, which is no change: the version stays. Nothing happens to a user who does not exist. */
export async function noteUserSeen(tables: Tables, { tenantId, id }: User, now: number): Promise<void> {
  try {
    await userEntity(tables.ledger)
      .build(UpdateItemCommand)
      .item({ tenantId, id, lastSeenAt: now })
      .options({ condition: { attr: 'version', exists: true } })
      .send();
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}

function toUser({ tenantId, lastSeenAt, ...rest }: FormattedItem<ReturnType<typeof userEntity>>): User {
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('user of', tenantId),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
  };
}
