import { Entity, type FormattedItem, item, number, PutTransaction, QueryCommand, string } from 'dynamodb-toolbox';
import type { MeterError } from '../meter-event.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import type { Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);

const errorEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'METER_ERROR',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        day: string().key(),
        revision: whole().key(),
        code: string(),
        message: string(),
        reportedAt: whole(),
      }),
      computeKey: ({ tenantId, day, revision }) => ({
        pk: partitionOf(tenantId),
        sk: key`METER_ERROR#${day}#${String(revision)}`,
      }),
    }),
);

/** The part of a transaction that notes that the payment service does not count a day's value. Told again, it is the same. */
export function meterErrorWrite(tables: Tables, error: MeterError): Write {
  return errorEntity(tables.ledger)
    .build(PutTransaction)
    .item({ ...error });
}

/** What the payment service said against a day's values (`2026-11-21`), of all revisions: such a day is FAILED. */
export async function listMeterErrors(tables: Tables, tenantId: TenantId, day: string): Promise<MeterError[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(errorEntity(tables.ledger))
    .query({ partition: partitionOf(tenantId), range: { beginsWith: key`METER_ERROR#${day}#` } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toError);
}

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING`;
}

function toError({ tenantId, ...rest }: FormattedItem<ReturnType<typeof errorEntity>>): MeterError {
  return { ...rest, tenantId: parseTenantId(tenantId) ?? damaged('meter error of', tenantId) };
}
