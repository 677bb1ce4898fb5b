import {
  anyOf,
  boolean,
  ConditionCheck,
  DeleteTransaction,
  Entity,
  executeTransactWrite,
  type FormattedItem,
  GetItemCommand,
  item,
  list,
  map,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import { GRANT_EFFECTS, type Grant, type GrantSubject } from '../grant.ts';
import { REGIONS } from '../region.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';
import { countRulesChange } from './tenants.ts';

const subject = anyOf(
  map({ kind: string().enum('tenant') }),
  map({ kind: string().enum('user'), identityId: string() }),
  map({ kind: string().enum('key'), keyId: string() }),
).discriminate('kind');

const grantEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'GRANT',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        subject,
        id: string(),
        model: string(),
        regions: anyOf(string().enum('*'), list(string().enum(...REGIONS))),
        effect: string().enum(...GRANT_EFFECTS),
        from: number().validate(Number.isSafeInteger).optional(),
        until: number().validate(Number.isSafeInteger).optional(),
        byPlatform: boolean().optional(),
      }),
    }),
);

/**
 * The grants that speak of these subjects, whatever model, region and time they are for: `decideGrant` weighs them.
 * Consistent reads, so that a grant taken away is gone for the next request; one query per subject, side by side, so
 * that a caller's decision never reads the grants of everybody else in the tenant.
 */
export async function listGrants(
  tables: Tables,
  tenantId: TenantId,
  subjects: readonly GrantSubject[],
): Promise<Grant[]> {
  const pages = await Promise.all(
    subjects.map((one) =>
      tables.directory
        .build(QueryCommand)
        .entities(grantEntity(tables.directory))
        .query({ partition: key`TENANT#${tenantId}`, range: { beginsWith: subjectPrefix(one) } })
        .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
        .send(),
    ),
  );
  return pages.flatMap(({ Items = [] }) => Items.map(toGrant));
}

/**
 * A page of all of a tenant's grants, by subject, or of one subject's alone. `after` and `next` are places in the order of
 * all, whether or not something stands there.
 */
export async function listTenantGrants(
  tables: Tables,
  tenantId: TenantId,
  { limit, after, subject: one }: { readonly limit: number; readonly after?: string; readonly subject?: GrantSubject },
): Promise<{ readonly items: Grant[]; readonly next?: string }> {
  const partition = key`TENANT#${tenantId}`;
  const beginsWith = one ? subjectPrefix(one) : PREFIX;
  const from = PREFIX + (after ?? '');
  // DynamoDB refuses to begin outside of what it is asked for.
  const within = from.length > beginsWith.length && from.startsWith(beginsWith);
  if (!within && from > beginsWith) return { items: [] };
  const { Items = [], LastEvaluatedKey } = await tables.directory
    .build(QueryCommand)
    .entities(grantEntity(tables.directory))
    .query({ partition, range: { beginsWith } })
    .options({
      limit,
      consistent: true,
      ...(within ? { exclusiveStartKey: { pk: partition, sk: from } } : {}),
    })
    .send();
  const next = LastEvaluatedKey && String(LastEvaluatedKey['sk']).slice(PREFIX.length);
  return { items: Items.map(toGrant), ...(next === undefined ? {} : { next }) };
}

const PREFIX = 'GRANT#';

/** The grant of this id and subject as it is now, or null. */
export async function getGrant(
  tables: Tables,
  grant: Pick<Grant, 'tenantId' | 'subject' | 'id'>,
): Promise<Grant | null> {
  const { Item } = await grantEntity(tables.directory)
    .build(GetItemCommand)
    .key(placeOf(grant))
    .options({ consistent: true })
    .send();
  return Item ? toGrant(Item) : null;
}

/** Stores a grant; the same id for the same subject is replaced. It holds from the next request. */
export async function putGrant(tables: Tables, grant: Grant): Promise<void> {
  await executeTransactWrite(...grantWrite(tables, grant));
}

/** The parts of a transaction that store a grant. */
export function grantWrite(tables: Tables, grant: Grant) {
  const { regions, ...rest } = grant;
  return [
    grantEntity(tables.directory)
      .build(PutTransaction)
      .item({ ...rest, ...placeOf(grant), regions: regions === '*' ? regions : [...regions] }),
    countRulesChange(tables, grant.tenantId),
  ] as const;
}

/** The part of a transaction that fails when the grant is gone: what is given by virtue of it is not given then. */
export function grantStands(tables: Tables, grant: Pick<Grant, 'tenantId' | 'subject' | 'id'>) {
  return grantEntity(tables.directory)
    .build(ConditionCheck)
    .key(placeOf(grant))
    .condition({ attr: 'id', exists: true });
}

/** Takes a grant away, from the next request on. Safe to repeat. */
export async function deleteGrant(tables: Tables, grant: Pick<Grant, 'tenantId' | 'subject' | 'id'>): Promise<void> {
  await executeTransactWrite(...grantRemoval(tables, grant));
}

/** The parts of a transaction that take a grant away. */
export function grantRemoval(tables: Tables, grant: Pick<Grant, 'tenantId' | 'subject' | 'id'>) {
  return [
    grantEntity(tables.directory).build(DeleteTransaction).key(placeOf(grant)),
    countRulesChange(tables, grant.tenantId),
  ] as const;
}

function placeOf({ tenantId, subject: one, id }: Pick<Grant, 'tenantId' | 'subject' | 'id'>) {
  return { pk: key`TENANT#${tenantId}`, sk: subjectPrefix(one) + key`${id}` };
}

/** Where a grant stands in the list of all of a tenant's. */
export function placeInList({ subject: one, id }: Pick<Grant, 'subject' | 'id'>): string {
  return (subjectPrefix(one) + key`${id}`).slice(PREFIX.length);
}

/** Ends in `#`, or the grants of `anna` would be read for `ann`. */
function subjectPrefix(one: GrantSubject): string {
  switch (one.kind) {
    case 'tenant':
      return 'GRANT#TENANT#';
    case 'user':
      return key`GRANT#USER#${one.identityId}#`;
    case 'key':
      return key`GRANT#KEY#${one.keyId}#`;
  }
}

function toGrant({ tenantId, from, until, byPlatform, ...rest }: FormattedItem<ReturnType<typeof grantEntity>>): Grant {
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('grant of', tenantId),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    ...(byPlatform === undefined ? {} : { byPlatform }),
  };
}
