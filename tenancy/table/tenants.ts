import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  Entity,
  type FormattedValue,
  Formatter,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  list,
  number,
  PutItemCommand,
  string,
} from 'dynamodb-toolbox';
import { REGIONS } from '../region.ts';
import { parseTenantId, RESIDENCIES, TENANT_STATUSES, type Tenant, type TenantId, TIERS } from '../tenant.ts';
import { key } from './keys.ts';
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
  const { id, allowedRegions, ...rest } = tenant;
  try {
    await tenantEntity(tables.directory)
      .build(PutItemCommand)
      .item({ ...rest, tenantId: id, allowedRegions: [...allowedRegions] })
      .options({ condition: follows(tenant.version) })
      .send();
    return 'stored';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'conflict';
    throw error;
  }
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

function toTenant({ tenantId, ...rest }: FormattedValue<typeof schema>): Tenant {
  return { ...rest, id: parseTenantId(tenantId) ?? damaged('tenant', tenantId) };
}
