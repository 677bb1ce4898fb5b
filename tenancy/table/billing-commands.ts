import {
  Entity,
  type FormattedItem,
  isConditionCheckFailed,
  item,
  number,
  PutItemCommand,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { BILLING_COMMAND_KINDS, BILLING_COMMAND_STATES, type BillingCommand } from '../billing-command.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

const commandEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_COMMAND',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        id: string().key(),
        of: string().enum(...BILLING_COMMAND_KINDS),
        state: string().enum(...BILLING_COMMAND_STATES),
        requestedAt: number().validate(Number.isSafeInteger),
        requestedBy: string(),
      }),
      computeKey: ({ tenantId, id }) => ({ pk: partitionOf(tenantId), sk: key`${id}` }),
    }),
);

/** Asks for it, once: what is there already, in whatever state, stays as it is. */
export async function requestBilling(tables: Tables, command: BillingCommand): Promise<'requested' | 'known'> {
  const { kind, ...rest } = command;
  try {
    await commandEntity(tables.ledger)
      .build(PutItemCommand)
      .item({ ...rest, of: kind })
      .options({ condition: { attr: 'id', exists: false } })
      .send();
    return 'requested';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'known';
    throw error;
  }
}

/** A page of a tenant's commands, newest first. `after` and `next` are ids. */
export async function listBillingCommands(
  tables: Tables,
  tenantId: TenantId,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: BillingCommand[]; readonly next?: string }> {
  const partition = partitionOf(tenantId);
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(commandEntity(tables.ledger))
    .query({ partition })
    .options({
      limit,
      reverse: true,
      consistent: true,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: after } }),
    })
    .send();
  const next = LastEvaluatedKey && String(LastEvaluatedKey['sk']);
  return { items: Items.map(toCommand), ...(next === undefined ? {} : { next }) };
}

function partitionOf(tenantId: string): string {
  return key`TENANT#${tenantId}#BILLING`;
}

function toCommand({ tenantId, of: kind, ...rest }: FormattedItem<ReturnType<typeof commandEntity>>): BillingCommand {
  return { ...rest, kind, tenantId: parseTenantId(tenantId) ?? damaged('billing command of', tenantId) };
}
