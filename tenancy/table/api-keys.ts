import {
  $add,
  BatchGetCommand,
  BatchGetRequest,
  boolean,
  Entity,
  executeBatchGet,
  type FormattedItem,
  GetItemCommand,
  item,
  list,
  map,
  number,
  PutTransaction,
  QueryCommand,
  string,
  UpdateTransaction,
} from 'dynamodb-toolbox';
import { type ApiKey, KEY_STATES } from '../api-key.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables, wholeBatch } from './tables.ts';
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
        revokedReason: string().optional(),
        secrets: list(
          map({
            sha256: string(),
            validUntil: number().validate(Number.isSafeInteger),
            createdAt: number().validate(Number.isSafeInteger).optional(),
          }),
        ),
        version: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ tenantId, keyId }) => ({ pk: key`TENANT#${tenantId}`, sk: key`KEY#${keyId}` }),
    }),
);

/** A key in its owner's list: without it a member's own keys could only be found among all of the tenant's. */
const ownedKeyEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'OWNED_KEY',
      table,
      timestamps: false,
      schema: item({ tenantId: string().key(), ownerId: string().key(), keyId: string().key() }),
      computeKey: ({ tenantId, ownerId, keyId }) => ({
        pk: key`TENANT#${tenantId}`,
        sk: key`OWNED_KEY#${ownerId}#${keyId}`,
      }),
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

/** Several keys at once as they are now, in the order asked for; null for one that is not there. At most 100, each once. */
export async function getApiKeys(
  tables: Tables,
  tenantId: TenantId,
  keyIds: readonly string[],
): Promise<(ApiKey | null)[]> {
  if (keyIds.length === 0) return [];
  const entity = apiKeyEntity(tables.directory);
  const command = tables.directory
    .build(BatchGetCommand)
    .requests(...keyIds.map((keyId) => entity.build(BatchGetRequest).key({ tenantId, keyId })))
    .options({ consistent: true });
  const { Responses, UnprocessedKeys } = await executeBatchGet({ maxAttempts: 5 }, command);
  wholeBatch(UnprocessedKeys);
  const [rows = []] = Responses ?? [];
  const found = new Map(rows.flatMap((row) => (row ? [[row.keyId, toApiKey(row)]] : [])));
  return keyIds.map((id) => found.get(id) ?? null);
}

/** A page of keys in the order of their ids: a tenant's, or one owner's. `after`: the id of the last key seen. */
export type KeyPage = { readonly limit: number; readonly after?: string; readonly ownerId?: string };

export async function listApiKeys(
  tables: Tables,
  tenantId: TenantId,
  { limit, after, ownerId }: KeyPage,
): Promise<{ readonly items: ApiKey[]; readonly next?: string }> {
  const partition = key`TENANT#${tenantId}`;
  const prefix = ownerId === undefined ? 'KEY#' : key`OWNED_KEY#${ownerId}#`;
  const from = after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: prefix + key`${after}` } };
  const query = tables.directory.build(QueryCommand);
  const range = { partition, range: { beginsWith: prefix } };
  const options = { limit, consistent: true, ...from } as const;
  const nextOf = (last: Record<string, unknown> | undefined) =>
    last ? { next: String(last['sk']).slice(prefix.length) } : {};
  if (ownerId === undefined) {
    const answer = await query.entities(apiKeyEntity(tables.directory)).query(range).options(options).send();
    return { items: (answer.Items ?? []).map(toApiKey), ...nextOf(answer.LastEvaluatedKey) };
  }
  const answer = await query.entities(ownedKeyEntity(tables.directory)).query(range).options(options).send();
  const ids = (answer.Items ?? []).map(({ keyId }) => keyId);
  const keys = await getApiKeys(tables, tenantId, ids);
  return { items: keys.filter((one) => one !== null), ...nextOf(answer.LastEvaluatedKey) };
}

/** Stores a key whose `version` is one more than the version that was read; version 1 makes a new one. */
export async function putApiKey(tables: Tables, apiKey: ApiKey): Promise<VersionedWrite> {
  const { outcome } = await commit(apiKeyWrite(tables, apiKey));
  return outcome === 'done' ? 'stored' : 'conflict';
}

/** The parts of a transaction that store a key, the key's own first; with version 1 it comes into its owner's list. */
export function apiKeyWrite(tables: Tables, apiKey: ApiKey): Write[] {
  const stored = apiKeyEntity(tables.directory)
    .build(PutTransaction)
    .item({ ...apiKey, secrets: [...apiKey.secrets] })
    .options({ condition: follows(apiKey.version) });
  if (apiKey.version > 1) return [stored];
  const { tenantId, ownerId, keyId } = apiKey;
  return [stored, ownedKeyEntity(tables.directory).build(PutTransaction).item({ tenantId, ownerId, keyId })];
}

/**
 * The part of a transaction that revokes a key, whatever its version: whoever changes the key at the same moment must
 * not keep it alive, and gets a conflict. It fails for a key that does not exist.
 */
export function apiKeyRevocation(tables: Tables, { tenantId, keyId }: Pick<ApiKey, 'tenantId' | 'keyId'>, why: string) {
  return apiKeyEntity(tables.directory)
    .build(UpdateTransaction)
    .item({ tenantId, keyId, state: 'REVOKED', revokedReason: why, version: $add(1) })
    .options({ condition: { attr: 'version', exists: true } });
}

function toApiKey({
  tenantId,
  revokedReason,
  secrets,
  ...rest
}: FormattedItem<ReturnType<typeof apiKeyEntity>>): ApiKey {
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('api key of', tenantId),
    secrets: secrets.map(({ createdAt, ...secret }) => ({
      ...secret,
      ...(createdAt === undefined ? {} : { createdAt }),
    })),
    ...(revokedReason === undefined ? {} : { revokedReason }),
  };
}
