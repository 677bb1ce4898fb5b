import {
  Entity,
  GetItemCommand,
  item,
  number,
  PutTransaction,
  QueryCommand,
  string,
  UpdateTransaction,
} from 'dynamodb-toolbox';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

/** A staff member's look at a tenant with its admin's eyes. Times in ms. */
export type ViewAs = {
  readonly id: string;
  readonly staffId: string;
  readonly tenantId: TenantId;
  readonly reason: string;
  readonly expiresAt: number;
};

const viewAsEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'VIEW_AS',
      table,
      timestamps: false,
      schema: item({
        id: string().key(),
        staffId: string(),
        tenantId: string(),
        reason: string(),
        expiresAt: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ id }) => ({ pk: key`VIEW_AS#${id}`, sk: 'VIEW_AS' }),
    }),
);

/** What leads from a tenant to the sessions of those who looked at it: a session stands by its own id alone. */
const viewedAsEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'VIEWED_AS',
      table,
      timestamps: false,
      schema: item({ tenantId: string().key(), id: string().key(), staffId: string() }),
      computeKey: ({ tenantId, id }) => ({ pk: key`TENANT#${tenantId}`, sk: key`VIEWED_AS#${id}` }),
    }),
);

/** The session of this id, ended or not, or null. Consistent, so that one that was ended is over at once. */
export async function getViewAs(tables: Tables, id: string): Promise<ViewAs | null> {
  const { Item } = await viewAsEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ id })
    .options({ consistent: true })
    .send();
  if (!Item) return null;
  return { ...Item, tenantId: parseTenantId(Item.tenantId) ?? damaged('view-as session', id) };
}

/** The parts of a transaction that begin a session. */
export function viewAsWrites(tables: Tables, session: ViewAs) {
  const { tenantId, id, staffId } = session;
  const begun = viewAsEntity(tables.ledger)
    .build(PutTransaction)
    .item({ ...session })
    .options({ condition: { attr: 'staffId', exists: false } });
  return [begun, viewedAsEntity(tables.ledger).build(PutTransaction).item({ tenantId, id, staffId })];
}

/** The sessions of everybody who has looked at a tenant, by id, ended or not. */
export async function listViewAs(tables: Tables, tenantId: TenantId): Promise<ViewAs[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(viewedAsEntity(tables.ledger))
    .query({ partition: key`TENANT#${tenantId}`, range: { beginsWith: 'VIEWED_AS#' } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  const sessions: ViewAs[] = [];
  for (const { id } of Items) {
    const session = await getViewAs(tables, id);
    if (session) sessions.push(session);
  }
  return sessions;
}

/** The part of a transaction that ends one, by its owner alone. */
export function viewAsEnding(tables: Tables, { id, staffId }: Pick<ViewAs, 'id' | 'staffId'>, now: number) {
  return viewAsEntity(tables.ledger)
    .build(UpdateTransaction)
    .item({ id, expiresAt: now })
    .options({ condition: { attr: 'staffId', eq: staffId } });
}
