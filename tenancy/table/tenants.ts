import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  $add,
  $remove,
  $set,
  BatchGetCommand,
  BatchGetRequest,
  Entity,
  executeBatchGet,
  type FormattedValue,
  Formatter,
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
import type { LimitOverrides } from '../limit.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, RESIDENCIES, TENANT_STATUSES, type Tenant, type TenantId, TIERS } from '../tenant.ts';
import { commit, type Write } from './commit.ts';
import { key } from './keys.ts';
import { limitChanges, toLimitChanges } from './limits-schema.ts';
import { damaged, entityOf, type StoreTable, type Tables, wholeBatch } from './tables.ts';
import { follows, type VersionedWrite } from './versions.ts';

const KIND = 'TENANT';

const schema = item({
  tenantId: string().key(),
  name: string(),
  status: string().enum(...TENANT_STATUSES),
  tier: string().enum(...TIERS),
  nextTier: map({ tier: string().enum(...TIERS), at: number().validate(Number.isSafeInteger) }).optional(),
  homeRegion: string().enum(...REGIONS),
  allowedRegions: list(string().enum(...REGIONS)),
  residency: string().enum(...RESIDENCIES),
  statusReason: string().optional(),
  closedAt: number().validate(Number.isSafeInteger).optional(),
  notes: string().optional(),
  limits: map({
    tenant: limitChanges().optional(),
    user: limitChanges().optional(),
    key: limitChanges().optional(),
  }).optional(),
  rulesVersion: number().validate(Number.isSafeInteger).optional(),
  version: number().validate(Number.isSafeInteger),
});

/** No tenant's own partition: a tenant that could read it would see all others. */
const LIST = 'TENANTS';

const listedEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'LISTED_TENANT',
      table,
      timestamps: false,
      schema: item({ tenantId: string().key() }),
      computeKey: ({ tenantId }) => ({ pk: LIST, sk: key`TENANT#${tenantId}` }),
    }),
);

const tenantEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: KIND,
      table,
      timestamps: false,
      schema,
      computeKey: ({ tenantId }) => ({ pk: key`TENANT#${tenantId}`, sk: 'TENANT' }),
    }),
);

/** The tenant as it is now (a consistent read: a suspension counts from the next request), or null. */
export async function getTenant(tables: Tables, id: TenantId): Promise<Tenant | null> {
  const { Item } = await tenantEntity(tables.directory)
    .build(GetItemCommand)
    .key({ tenantId: id })
    .options({ consistent: true })
    .send();
  return Item ? toTenant(Item) : null;
}

type PageOptions = { readonly limit: number; readonly after?: string };

/** A page of all tenants, by id. `after`: the last one seen. */
export async function listTenants(
  tables: Tables,
  options: PageOptions,
): Promise<{ readonly items: Tenant[]; readonly next?: string }> {
  const { items, next } = await listTenantIds(tables, options);
  const tenants = await getTenants(tables, items);
  return { items: tenants.filter((one) => one !== null), ...(next === undefined ? {} : { next }) };
}

/** The same without their rows, for whoever may not be held up by one that is damaged. */
export async function listTenantIds(
  tables: Tables,
  { limit, after }: PageOptions,
): Promise<{ readonly items: TenantId[]; readonly next?: string }> {
  const { Items = [], LastEvaluatedKey } = await tables.directory
    .build(QueryCommand)
    .entities(listedEntity(tables.directory))
    .query({ partition: LIST, range: { beginsWith: 'TENANT#' } })
    .options({
      limit,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: LIST, sk: key`TENANT#${after}` } }),
    })
    .send();
  const items = Items.map(({ tenantId }) => parseTenantId(tenantId) ?? damaged('listed tenant', tenantId));
  const next = LastEvaluatedKey && Items.at(-1)?.tenantId;
  return { items, ...(next === undefined ? {} : { next }) };
}

/** Many at once, in the order that was asked for; null for one that is not there. At most 100. */
export async function getTenants(tables: Tables, ids: readonly TenantId[]): Promise<(Tenant | null)[]> {
  if (ids.length === 0) return [];
  const entity = tenantEntity(tables.directory);
  const requests = ids.map((tenantId) => entity.build(BatchGetRequest).key({ tenantId }));
  const command = tables.directory
    .build(BatchGetCommand)
    .requests(...requests)
    .options({ consistent: true });
  const { Responses, UnprocessedKeys } = await executeBatchGet({ maxAttempts: 5 }, command);
  wholeBatch(UnprocessedKeys);
  const [rows = []] = Responses ?? [];
  const found = new Map(rows.flatMap((row) => (row ? [[row.tenantId, toTenant(row)]] : [])));
  return ids.map((id) => found.get(id) ?? null);
}

/** Stores a tenant whose `version` is one more than the version that was read; version 1 makes a new one. */
export async function putTenant(tables: Tables, tenant: Tenant): Promise<VersionedWrite> {
  const { outcome } = await commit(tenantWrite(tables, tenant));
  return outcome === 'done' ? 'stored' : 'conflict';
}

/** The parts of a transaction that store a tenant, the tenant's own first; with version 1 it comes into the list of all. */
export function tenantWrite(tables: Tables, tenant: Tenant): Write[] {
  // `rulesVersion` is left as it stands: it belongs to the rules' writers, who do not wait for this one.
  const { id, allowedRegions, limits, nextTier, rulesVersion: _, statusReason, notes, closedAt, ...rest } = tenant;
  const stored = tenantEntity(tables.directory)
    .build(UpdateTransaction)
    .item({
      ...rest,
      tenantId: id,
      allowedRegions: $set([...allowedRegions]),
      nextTier: nextTier ? $set({ ...nextTier }) : $remove(),
      limits: limits ? $set({ ...limits }) : $remove(),
      statusReason: statusReason ?? $remove(),
      notes: notes ?? $remove(),
      closedAt: closedAt ?? $remove(),
    })
    .options({ condition: follows(tenant.version) });
  if (tenant.version > 1) return [stored];
  return [stored, listedEntity(tables.directory).build(PutTransaction).item({ tenantId: id })];
}

/**
 * The part of a rules' writer's transaction that tells every reader that the tenant's rules are others now.
 * It fails for a tenant that does not exist: a rule cannot come before its tenant.
 */
export function countRulesChange(tables: Tables, id: TenantId) {
  return tenantEntity(tables.directory)
    .build(UpdateTransaction)
    .item({ tenantId: id, rulesVersion: $add(1) })
    .options({ condition: { attr: 'version', exists: true } });
}

/**
 * Reads the image of an item as the directory's stream carries it.
 * @returns null when it is an item of another kind
 * @throws Error when it is a tenant's and damaged
 */
export function readTenantImage(image: Readonly<Record<string, unknown>>): Tenant | null {
  // The SDK's and the Lambda event's types of one and the same wire format differ in binary values, which no tenant has.
  const stored = image as Record<string, AttributeValue>;
  // What is another's is not even read: of its shape nothing is known here.
  return stored['kind']?.S === KIND ? toTenant(new Formatter(schema).format(unmarshall(stored))) : null;
}

function toTenant({
  tenantId,
  nextTier,
  limits,
  rulesVersion,
  statusReason,
  notes,
  closedAt,
  ...rest
}: FormattedValue<typeof schema>): Tenant {
  return {
    ...rest,
    id: parseTenantId(tenantId) ?? damaged('tenant', tenantId),
    ...(nextTier === undefined ? {} : { nextTier }),
    ...(limits === undefined ? {} : { limits: toLimitOverrides(limits) }),
    ...(rulesVersion === undefined ? {} : { rulesVersion }),
    ...(statusReason === undefined ? {} : { statusReason }),
    ...(notes === undefined ? {} : { notes }),
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

function toLimitOverrides(stored: NonNullable<FormattedValue<typeof schema>['limits']>): LimitOverrides {
  return Object.fromEntries(
    Object.entries(stored).flatMap(([subject, changes]) => (changes ? [[subject, toLimitChanges(changes)]] : [])),
  );
}
