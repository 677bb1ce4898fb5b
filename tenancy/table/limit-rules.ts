import {
  BatchGetCommand,
  BatchGetRequest,
  Entity,
  executeBatchGet,
  executeTransactWrite,
  GetItemCommand,
  item,
  PutTransaction,
  string,
} from 'dynamodb-toolbox';
import type { GrantSubject } from '../grant.ts';
import type { LimitRule } from '../limit.ts';
import type { TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { limitChanges, toLimitChanges } from './limits-schema.ts';
import { entityOf, type StoreTable, type Tables, wholeBatch } from './tables.ts';
import { countRulesChange } from './tenants.ts';

const limitRuleEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'LIMITS',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        limits: limitChanges(),
      }),
    }),
);

/** The rule that a user or a key has of its own, of those asked for. A tenant's own limits are in its row. */
export async function listLimitRules(
  tables: Tables,
  tenantId: TenantId,
  subjects: readonly GrantSubject[],
): Promise<LimitRule[]> {
  const rules = await Promise.all(
    subjects.map(async (subject) => {
      const place = placeOf(tenantId, subject);
      if (!place) return [];
      const { Item } = await limitRuleEntity(tables.directory)
        .build(GetItemCommand)
        .key(place)
        .options({ consistent: true })
        .send();
      return Item ? [{ subject, limits: toLimitChanges(Item.limits) }] : [];
    }),
  );
  return rules.flat();
}

/**
 * What rules many users and keys have, in one call and in the order asked for; null for one that has none, and for a
 * tenant. At most 100, each once. `listLimitRules` is for the few of one request.
 */
export async function getLimitRules(
  tables: Tables,
  tenantId: TenantId,
  subjects: readonly GrantSubject[],
): Promise<(LimitRule['limits'] | null)[]> {
  const places = subjects.map((subject) => placeOf(tenantId, subject));
  const asked = places.filter((place) => place !== null);
  if (asked.length === 0) return places.map(() => null);
  const entity = limitRuleEntity(tables.directory);
  const command = tables.directory
    .build(BatchGetCommand)
    .requests(...asked.map((place) => entity.build(BatchGetRequest).key(place)))
    .options({ consistent: true });
  // The answers stand in the order of the requests.
  const { Responses, UnprocessedKeys } = await executeBatchGet({ maxAttempts: 5 }, command);
  wholeBatch(UnprocessedKeys);
  const [rows = []] = Responses ?? [];
  const found = new Map(asked.map((place, n) => [place, rows[n]]));
  return places.map((place) => {
    const row = place && found.get(place);
    return row ? toLimitChanges(row.limits) : null;
  });
}

/** Sets the limits of one user or key, in place of any it had; it holds from the next request. */
export async function putLimitRule(tables: Tables, tenantId: TenantId, { subject, limits }: LimitRule): Promise<void> {
  await executeTransactWrite(...limitRuleWrite(tables, tenantId, { subject, limits }));
}

/** The parts of a transaction that set the limits of one user or key. */
export function limitRuleWrite(tables: Tables, tenantId: TenantId, { subject, limits }: LimitRule) {
  const place = placeOf(tenantId, subject);
  if (!place) throw new RangeError("a tenant's own limits stand in its row");
  return [
    limitRuleEntity(tables.directory)
      .build(PutTransaction)
      .item({ ...place, tenantId, limits: { ...limits } }),
    countRulesChange(tables, tenantId),
  ] as const;
}

function placeOf(tenantId: TenantId, subject: GrantSubject): { pk: string; sk: string } | null {
  const pk = key`TENANT#${tenantId}`;
  if (subject.kind === 'user') return { pk, sk: key`LIMITS#USER#${subject.identityId}` };
  return subject.kind === 'key' ? { pk, sk: key`LIMITS#KEY#${subject.keyId}` } : null;
}
