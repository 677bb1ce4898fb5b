import {
  anyOf,
  DeleteTransaction,
  Entity,
  executeTransactWrite,
  type FormattedItem,
  item,
  list,
  map,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import type { Grant, GrantSubject } from '../grant.ts';
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
        effect: string().enum('allow', 'deny'),
        from: number().validate(Number.isSafeInteger).optional(),
        until: number().validate(Number.isSafeInteger).optional(),
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

/** Stores a grant; the same id for the same subject is replaced. It holds from the next request. */
export async function putGrant(tables: Tables, grant: Grant): Promise<void> {
  const { regions, ...rest } = grant;
  await executeTransactWrite(
    grantEntity(tables.directory)
      .build(PutTransaction)
      .item({ ...rest, ...placeOf(grant), regions: regions === '*' ? regions : [...regions] }),
    countRulesChange(tables, grant.tenantId),
  );
}

/** Takes a grant away, from the next request on. Safe to repeat. */
export async function deleteGrant(tables: Tables, grant: Pick<Grant, 'tenantId' | 'subject' | 'id'>): Promise<void> {
  await executeTransactWrite(
    grantEntity(tables.directory).build(DeleteTransaction).key(placeOf(grant)),
    countRulesChange(tables, grant.tenantId),
  );
}

function placeOf({ tenantId, subject: one, id }: Pick<Grant, 'tenantId' | 'subject' | 'id'>) {
  return { pk: key`TENANT#${tenantId}`, sk: subjectPrefix(one) + key`${id}` };
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

function toGrant({ tenantId, from, until, ...rest }: FormattedItem<ReturnType<typeof grantEntity>>): Grant {
  return {
    ...rest,
    tenantId: parseTenantId(tenantId) ?? damaged('grant of', tenantId),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}
