import { BatchGetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { REGIONS, type Region } from '../region.ts';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, type Tables, wholeBatch } from './tables.ts';

/** A call with an API key. `fingerprint`: of the secret that it was made with. `at`: ms. */
export type KeyUse = {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly fingerprint: string;
  readonly at: number;
  readonly region: Region;
  readonly model: string;
};

/** When a key was last used, to the minute, in ms; and each of its secrets, by fingerprint. */
export type KeyUses = {
  readonly at: number;
  readonly region: Region;
  readonly model: string;
  readonly bySecret: ReadonlyMap<string, number>;
};

/** A key that is called all day is written once a minute: nobody asks for the second. */
const GRAIN_MS = 60_000;

const SECRET = 'secret_';
const ROUNDS = 5;

/** Notes that a key was used, in the ledger of its tenant's home region. What is known to be later stays. Safe to repeat. */
export async function noteKeyUse(tables: Tables, use: KeyUse): Promise<void> {
  const { tenantId, keyId, fingerprint, region, model } = use;
  const at = Math.floor(use.at / GRAIN_MS) * GRAIN_MS;
  const command = new UpdateCommand({
    TableName: tables.ledger.getName(),
    Key: placeOf(tenantId, keyId),
    UpdateExpression: 'SET #kind = :kind, #tenantId = :tenantId, #keyId = :keyId, #secret = :use',
    ConditionExpression: 'attribute_not_exists(#secret) OR #secret.#at < :at',
    ExpressionAttributeNames: {
      '#kind': 'kind',
      '#tenantId': 'tenantId',
      '#keyId': 'keyId',
      '#secret': SECRET + fingerprint,
      '#at': 'at',
    },
    ExpressionAttributeValues: {
      ':kind': 'KEY_USES',
      ':tenantId': tenantId,
      ':keyId': keyId,
      ':use': { at, region, model },
      ':at': at,
    },
  });
  try {
    await tables.ledger.getDocumentClient().send(command);
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}

/** When these keys were last used, by id; one that never was is not there. At most 100, a moment behind. */
export async function getKeyUses(
  tables: Tables,
  tenantId: TenantId,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, KeyUses>> {
  const table = tables.ledger.getName();
  const found: Record<string, unknown>[] = [];
  let wanted: Record<string, unknown>[] = keyIds.map((keyId) => placeOf(tenantId, keyId));
  for (let round = 0; wanted.length > 0 && round < ROUNDS; round++) {
    const { Responses, UnprocessedKeys } = await tables.ledger
      .getDocumentClient()
      .send(new BatchGetCommand({ RequestItems: { [table]: { Keys: wanted } } }));
    found.push(...(Responses?.[table] ?? []));
    wanted = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  wholeBatch(wanted.length > 0 ? { [table]: wanted } : {});
  return new Map(found.map((stored) => [String(stored['keyId']), toKeyUses(stored)]));
}

function placeOf(tenantId: TenantId, keyId: string) {
  return { pk: key`TENANT#${tenantId}#KEY_USES`, sk: key`${keyId}` };
}

function toKeyUses(stored: Readonly<Record<string, unknown>>): KeyUses {
  const secrets = Object.entries(stored).flatMap(([name, use]) =>
    name.startsWith(SECRET) ? [{ fingerprint: name.slice(SECRET.length), ...(use as StoredUse) }] : [],
  );
  const [last] = secrets.toSorted((one, other) => other.at - one.at);
  const region = REGIONS.find((one) => one === last?.region);
  if (!last || !region) return damaged('use of key', String(stored['keyId']));
  const bySecret = new Map(secrets.map(({ fingerprint, at }) => [fingerprint, at]));
  return { at: last.at, region, model: last.model, bySecret };
}

type StoredUse = { readonly at: number; readonly region: string; readonly model: string };
