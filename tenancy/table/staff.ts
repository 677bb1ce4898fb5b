import {
  Entity,
  executeTransactWrite,
  GetItemCommand,
  isTransactionCancelled,
  item,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { STAFF_ROLES, type Staff, USER_STATUSES } from '../user.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';
import { follows, type VersionedWrite } from './versions.ts';

/** In the ledger of the control region, under a partition that is no tenant's: a tenant's wall shuts it out. */
const staffEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'STAFF',
      table,
      timestamps: false,
      schema: item({
        id: string().key(),
        email: string(),
        displayName: string(),
        role: string().enum(...STAFF_ROLES),
        status: string().enum(...USER_STATUSES),
        version: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ id }) => ({ pk: 'STAFF', sk: key`STAFF#${id}` }),
    }),
);

/** The member of staff as it is now (a consistent read), or null. */
export async function getStaff(tables: Tables, id: string): Promise<Staff | null> {
  const { Item } = await staffEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ id })
    .options({ consistent: true })
    .send();
  return Item ?? null;
}

/** All of them, by id: a platform's staff is a few dozen. */
export async function listStaff(tables: Tables): Promise<Staff[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(staffEntity(tables.ledger))
    .query({ partition: 'STAFF', range: { beginsWith: 'STAFF#' } })
    .options({ maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items;
}

/** The part of a transaction that stores a member of staff whose `version` is one more than the version that was read. */
export function staffWrite(tables: Tables, staff: Staff) {
  return staffEntity(tables.ledger)
    .build(PutTransaction)
    .item(staff)
    .options({ condition: follows(staff.version) });
}

/** Stores one and nothing else: where no audit entry belongs to it, as at a first sign-in. */
export async function putStaff(tables: Tables, staff: Staff): Promise<VersionedWrite> {
  try {
    await executeTransactWrite(staffWrite(tables, staff));
    return 'stored';
  } catch (error) {
    if (isTransactionCancelled(error)) {
      const [code] = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (code === 'ConditionalCheckFailed' || code === 'TransactionConflict') return 'conflict';
    }
    throw error;
  }
}
