import {
  boolean,
  DeleteTransaction,
  Entity,
  type FormattedItem,
  GetItemCommand,
  item,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { REGIONS } from '../region.ts';
import type { RouteBinding } from '../route-binding.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';
import { follows } from './versions.ts';

const PREFIX = 'ROUTE#';

const bindingEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'ROUTE_BINDING',
      table,
      timestamps: false,
      schema: item({
        tenantId: string().key(),
        name: string().key(),
        agentName: string(),
        runtimeArn: string(),
        region: string().enum(...REGIONS),
        enabled: boolean(),
        version: number().validate(Number.isSafeInteger),
      }),
      computeKey: ({ tenantId, name }) => ({ pk: key`TENANT#${tenantId}`, sk: key`ROUTE#${name}` }),
    }),
);

/** A tenant's binding of this name as it is now, or null. */
export async function getRouteBinding(tables: Tables, tenantId: TenantId, name: string): Promise<RouteBinding | null> {
  const { Item } = await bindingEntity(tables.directory)
    .build(GetItemCommand)
    .key({ tenantId, name })
    .options({ consistent: true })
    .send();
  return Item ? toBinding(Item) : null;
}

/** A page of a tenant's bindings, by name. `after`: the last one seen. */
export async function listRouteBindings(
  tables: Tables,
  tenantId: TenantId,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: RouteBinding[]; readonly next?: string }> {
  const partition = key`TENANT#${tenantId}`;
  const { Items = [], LastEvaluatedKey } = await tables.directory
    .build(QueryCommand)
    .entities(bindingEntity(tables.directory))
    .query({ partition, range: { beginsWith: PREFIX } })
    .options({
      limit,
      consistent: true,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: key`ROUTE#${after}` } }),
    })
    .send();
  const next = LastEvaluatedKey && Items.at(-1)?.name;
  return { items: Items.map(toBinding), ...(next === undefined ? {} : { next }) };
}

/** The part of a transaction that stores a binding whose `version` is one more than the version that was read. */
export function routeBindingWrite(tables: Tables, binding: RouteBinding) {
  return bindingEntity(tables.directory)
    .build(PutTransaction)
    .item({ ...binding })
    .options({ condition: follows(binding.version) });
}

/** The part of a transaction that takes a binding away, as long as it is the version that was read. */
export function routeBindingRemoval(
  tables: Tables,
  { tenantId, name, version }: Pick<RouteBinding, 'tenantId' | 'name' | 'version'>,
) {
  return bindingEntity(tables.directory)
    .build(DeleteTransaction)
    .key({ tenantId, name })
    .options({ condition: { attr: 'version', eq: version } });
}

function toBinding({ tenantId, ...rest }: FormattedItem<ReturnType<typeof bindingEntity>>): RouteBinding {
  return { ...rest, tenantId: parseTenantId(tenantId) ?? damaged('route binding of', tenantId) };
}
