import {
  Entity,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  number,
  PutItemCommand,
  string,
  UpdateItemCommand,
} from 'dynamodb-toolbox';
import type { BillingAccount } from '../billing-account.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);

const accountEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_ACCOUNT',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        provider: string().enum('stripe'),
        customerId: string(),
        subscriptionId: string(),
        startsAt: whole(),
        endedAt: whole().optional(),
        createdAt: whole(),
      }),
      computeKey: ({ tenantId }) => ({ pk: key`TENANT#${tenantId}#BILLING`, sk: 'ACCOUNT' }),
    }),
);

/** Who the tenant is at the payment service; null while nobody has made its customer. */
export async function getBillingAccount(tables: Tables, tenantId: TenantId): Promise<BillingAccount | null> {
  const { Item } = await accountEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ tenantId })
    .options({ consistent: true })
    .send();
  return Item ? toAccount(Item) : null;
}

/** Notes it, once: a tenant has one customer, and never another. @returns the account that stands */
export async function keepBillingAccount(tables: Tables, account: BillingAccount): Promise<BillingAccount> {
  try {
    await accountEntity(tables.ledger)
      .build(PutItemCommand)
      .item({ ...account })
      .options({ condition: { attr: 'customerId', exists: false } })
      .send();
    return account;
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
    return (await getBillingAccount(tables, account.tenantId)) ?? damaged('billing account of', account.tenantId);
  }
}

/** Notes when its subscription ended, once. @param endedAt ms epoch */
export async function endBillingAccount(tables: Tables, tenantId: TenantId, endedAt: number): Promise<void> {
  try {
    await accountEntity(tables.ledger)
      .build(UpdateItemCommand)
      .item({ tenantId, endedAt })
      .options({
        condition: {
          and: [
            { attr: 'customerId', exists: true },
            { attr: 'endedAt', exists: false },
          ],
        },
      })
      .send();
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}

function toAccount({ tenantId, endedAt, ...rest }: FormattedItem<ReturnType<typeof accountEntity>>): BillingAccount {
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('billing account of', tenantId),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}
