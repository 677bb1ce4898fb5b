import {
  Entity,
  type FormattedItem,
  GetItemCommand,
  item,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { INVOICE_STATES, type Invoice } from '../invoice.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import type { Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);
const cents = () => number().big();

const invoiceEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'INVOICE',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        id: string().key(),
        customerId: string(),
        state: string().enum(...INVOICE_STATES),
        month: string().optional(),
        number: string().optional(),
        totalCents: cents(),
        dueCents: cents(),
        balanceAfterCents: cents().optional(),
        periodStart: whole(),
        periodEnd: whole(),
        at: whole(),
        paymentFailedAt: whole().optional(),
      }),
      computeKey: ({ tenantId, id }) => ({ pk: partitionOf(tenantId), sk: key`INVOICE#${id}` }),
    }),
);

const PREFIX = 'INVOICE#';

/** The newest that is known of an invoice, or null. */
export async function getInvoice(tables: Tables, tenantId: TenantId, id: string): Promise<Invoice | null> {
  const { Item } = await invoiceEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId, id })
    .options({ consistent: true })
    .send();
  return Item ? toInvoice(Item) : null;
}

/** A page of a tenant's invoices, in the order of their ids. `after` and `next` are ids. */
export async function listInvoices(
  tables: Tables,
  tenantId: TenantId,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: Invoice[]; readonly next?: string }> {
  const partition = partitionOf(tenantId);
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(invoiceEntity(tables.ledger))
    .query({ partition, range: { beginsWith: PREFIX } })
    .options({
      limit,
      consistent: true,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: key`INVOICE#${after}` } }),
    })
    .send();
  const next = LastEvaluatedKey && String(LastEvaluatedKey['sk']).slice(PREFIX.length);
  return { items: Items.map(toInvoice), ...(next === undefined ? {} : { next }) };
}

/** The part of a transaction that keeps what was told of an invoice; it fails when that was written to since `known` was read. */
export function invoiceWrite(tables: Tables, told: Invoice, known: Invoice | null): Write {
  return invoiceEntity(tables.ledger)
    .build(PutTransaction)
    .item({ ...told })
    .options({
      condition: known
        ? {
            and: [
              { attr: 'state', eq: known.state },
              { attr: 'at', eq: known.at },
              known.paymentFailedAt === undefined
                ? { attr: 'paymentFailedAt', exists: false }
                : { attr: 'paymentFailedAt', eq: known.paymentFailedAt },
            ],
          }
        : { attr: 'id', exists: false },
    });
}

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING`;
}

function toInvoice(stored: FormattedItem<ReturnType<typeof invoiceEntity>>): Invoice {
  const {
    tenantId,
    totalCents,
    dueCents,
    balanceAfterCents,
    number: printed,
    month,
    paymentFailedAt,
    ...rest
  } = stored;
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('invoice of', tenantId),
    totalCents: BigInt(totalCents),
    dueCents: BigInt(dueCents),
    ...(month === undefined ? {} : { month }),
    ...(printed === undefined ? {} : { number: printed }),
    ...(balanceAfterCents === undefined ? {} : { balanceAfterCents: BigInt(balanceAfterCents) }),
    ...(paymentFailedAt === undefined ? {} : { paymentFailedAt }),
  };
}
