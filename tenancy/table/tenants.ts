import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  $add,
  $remove,
  $set,
  Entity,
  type FormattedValue,
  Formatter,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  map,
  number,
  string,
  UpdateItemCommand,
  UpdateTransaction,
} from 'dynamodb-toolbox';
import type { LimitOverrides } from '../limit.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, RESIDENCIES, TENANT_STATUSES, type Tenant, type TenantId, TIERS } from '../tenant.ts';
import { key } from './keys.ts';
import { limitChanges, toLimitChanges } from './limits-schema.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';
import { follows, type VersionedWrite } from './versions.ts';

const KIND = 'TENANT';

const schema = item({
  tenantId: string().key(),
  name: string(),
  status: string().enum(...TENANT_STATUSES),
  tier: string().enum(...TIERS),
  homeRegion: string().enum(...REGIONS),
  allowedRegions: list(string().enum(...REGIONS)),
  residency: string().enum(...RESIDENCIES),
  limits: map({
    tenant: limitChanges().optional(),
    user: limitChanges().optional(),
    key: limitChanges().optional(),
  }).optional(),
  rulesVersion: number().validate(Number.isSafeInteger).optional(),
  version: number().validate(Number.isSafeInteger),
});

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

/** Stores a tenant whose `version` is one more than the version that was read; version 1 makes a new one. */
export async function putTenant(tables: Tables, tenant: Tenant): Promise<VersionedWrite> {
  // `rulesVersion` is left as it stands: it belongs to the rules' writers, who do not wait for this one.
  const { id, allowedRegions, limits, rulesVersion: _, ...rest } = tenant;
  try {
    await tenantEntity(tables.directory)
      .build(UpdateItemCommand)
      .item({
        ...rest,
        tenantId: id,
        allowedRegions: $set([...allowedRegions]),
        limits: limits ? $set({ ...limits }) : $remove(),
      })
      .options({ condition: follows(tenant.version) })
      .send();
    return 'stored';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'conflict';
    throw error;
  }
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
  const row = unmarshall(image as Record<string, AttributeValue>);
  return row['kind'] === KIND ? toTenant(new Formatter(schema).format(row)) : null;
}

function toTenant({ tenantId, limits, rulesVersion, ...rest }: FormattedValue<typeof schema>): Tenant {
  return {
    ...rest,
    id: parseTenantId(tenantId) ?? damaged('tenant', tenantId),
    ...(limits === undefined ? {} : { limits: toLimitOverrides(limits) }),
    ...(rulesVersion === undefined ? {} : { rulesVersion }),
  };
}

function toLimitOverrides(stored: NonNullable<FormattedValue<typeof schema>['limits']>): LimitOverrides {
  return Object.fromEntries(
    Object.entries(stored).flatMap(([subject, changes]) => (changes ? [[subject, toLimitChanges(changes)]] : [])),
  );
}
