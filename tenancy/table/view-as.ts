import { Entity, GetItemCommand, item, number, PutTransaction, string, UpdateTransaction } from 'dynamodb-toolbox';
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

/** The part of a transaction that begins a session. */
export function viewAsWrite(tables: Tables, session: ViewAs) {
  return viewAsEntity(tables.ledger)
    .build(PutTransaction)
    .item({ ...session })
    .options({ condition: { attr: 'staffId', exists: false } });
}

/** The part of a transaction that ends one, by its owner alone. */
export function viewAsEnding(tables: Tables, { id, staffId }: Pick<ViewAs, 'id' | 'staffId'>, now: number) {
  return viewAsEntity(tables.ledger)
    .build(UpdateTransaction)
    .item({ id, expiresAt: now })
    .options({ condition: { attr: 'staffId', eq: staffId } });
}
