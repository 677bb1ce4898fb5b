import {
  boolean,
  Entity,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  map,
  number,
  PutItemCommand,
  string,
} from 'dynamodb-toolbox';
import { type ApiKey, KEY_STATES } from '../api-key.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';
import { follows, type VersionedWrite } from './versions.ts';

const apiKeyEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'API_KEY',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        keyId: string().key(),
        name: string(),
        ownerId: string(),
        ownerDisabled: boolean(),
        state: string().enum(...KEY_STATES),
        secrets: list(map({ sha256: string(), validUntil: number().validate(Number.isSafeInteger) })),
        version: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ tenantId, keyId }) => ({ pk: key`TENANT#${tenantId}`, sk: key`KEY#${keyId}` }),
    }),
);

/** The key as it is now (a consistent read: a revocation counts from the next request), or null. */
export async function getApiKey(tables: Tables, tenantId: TenantId, keyId: string): Promise<ApiKey | null> {
  const { Item } = await apiKeyEntity(tables.directory)
    .build(GetItemCommand)
    .key({ tenantId, keyId })
    .options({ consistent: true })
    .send();
  return Item ? toApiKey(Item) : null;
}

/** Stores a key whose `version` is one more than the version that was read; version 1 makes a new one. */
export async function putApiKey(tables: Tables, apiKey: ApiKey): Promise<VersionedWrite> {
  try {
    await apiKeyEntity(tables.directory)
      .build(PutItemCommand)
      .item({ ...apiKey, secrets: [...apiKey.secrets] })
      .options({ condition: follows(apiKey.version) })
      .send();
    return 'stored';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'conflict';
    throw error;
  }
}

function toApiKey({ tenantId, ...rest }: FormattedItem<ReturnType<typeof apiKeyEntity>>): ApiKey {
  return { ...rest, tenantId: parseTenantId(tenantId) ?? damaged('api key of', tenantId) };
}
