import { DeleteItemCommand, Entity, GetItemCommand, item, number, PutItemCommand, string } from 'dynamodb-toolbox';
import type { ProvisioningKey } from '../provisioning.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

/** In a partition that no session of the tenant may write to: nobody there makes a key for a door that is not open. */
const provisioningKeyEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'PROVISIONING_KEY',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        keyId: string(),
        sha256: string(),
        validUntil: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ tenantId }) => ({ pk: key`TENANT#${tenantId}#PROVISIONING`, sk: 'KEY' }),
    }),
);

/** The key as it is now, or null. */
export async function getProvisioningKey(tables: Tables, tenantId: TenantId): Promise<ProvisioningKey | null> {
  const { Item } = await provisioningKeyEntity(tables.directory)
    .build(GetItemCommand)
    .key({ tenantId })
    .options({ consistent: true })
    .send();
  return Item ? { ...Item, tenantId: parseTenantId(Item.tenantId) ?? damaged('key of', Item.tenantId) } : null;
}

/** Stores the key; the one before it is good for nothing from then on. */
export async function putProvisioningKey(tables: Tables, one: ProvisioningKey): Promise<void> {
  await provisioningKeyEntity(tables.directory).build(PutItemCommand).item(one).send();
}

/** Takes the key away. Safe to repeat. */
export async function deleteProvisioningKey(tables: Tables, tenantId: TenantId): Promise<void> {
  await provisioningKeyEntity(tables.directory).build(DeleteItemCommand).key({ tenantId }).send();
}
