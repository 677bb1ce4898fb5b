import { anyOf, Entity, Formatter, item, list, map, nul, number, string } from 'dynamodb-toolbox';
import type { AuditEntry } from '../audit.ts';
import type { ChainHead } from '../audit-chain.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable } from './tables.ts';

/** Whose trail: a tenant's, or (null) the platform's own. */
export type Trail = TenantId | null;

/** An entry as the store has it; `link` is its place in the chain and the hash there, null until it is chained. */
export type StoredAudit = { readonly entry: AuditEntry; readonly link: ChainHead | null };

export const AUDIT_KIND = 'AUDIT';

const whole = () => number().validate(Number.isSafeInteger);
const json = () => anyOf(string(), nul());

const schema = item({
  pk: string().key().hidden(),
  sk: string().key().hidden(),
  id: string(),
  tenantId: string().optional(),
  at: whole(),
  requestId: string(),
  actor: map({ kind: string().enum('user', 'machine', 'staff', 'system'), id: string() }),
  action: string(),
  target: map({ kind: string(), id: string() }),
  outcome: string().enum('ALLOWED', 'DENIED', 'FAILED'),
  changes: list(map({ field: string(), before: json(), after: json() })),
  reason: string().optional(),
  sourceIp: string().optional(),
  userAgent: string().optional(),
  viewingAs: string().optional(),
  salt: string().optional(),
  personalSha256: string().optional(),
  sequence: whole().optional(),
  hash: string().optional(),
});

export const auditEntity = entityOf(
  (table: StoreTable) => new Entity({ name: AUDIT_KIND, table, timestamps: false, schema }),
);

/** The partition of a trail's entries. No tenant can be called `platform`, and its key has another beginning as well. */
export function auditPartition(trail: Trail): string {
  return trail === null ? 'PLATFORM#AUDIT' : key`TENANT#${trail}#AUDIT`;
}

/** The attributes of an entry's item, for a writer of one. */
export function auditItem({ tenantId, viewingAs, changes, ...rest }: AuditEntry) {
  return {
    ...rest,
    pk: auditPartition(tenantId),
    sk: key`${rest.id}`,
    changes: [...changes],
    ...(tenantId === null ? {} : { tenantId }),
    ...(viewingAs === undefined ? {} : { viewingAs }),
  };
}

const KNOWN = new Set(['kind', ...Object.keys(schema.attributes)]);

/**
 * Reads an entry as it is stored. Strict, because it is sealed by a hash of what is read: an attribute that nobody
 * reads, or an item that stands in another trail than it says, would be changes that the hash does not see.
 * @throws Error when it is damaged
 */
export function toStoredAudit(row: Readonly<Record<string, unknown>>): StoredAudit {
  const name = String(row['sk']);
  const { tenantId, viewingAs, reason, sourceIp, userAgent, salt, personalSha256, sequence, hash, ...rest } =
    new Formatter(schema).format(row);
  const trail = tenantId === undefined ? null : (parseTenantId(tenantId) ?? damaged('audit entry', name));
  const isAtHome = row['pk'] === auditPartition(trail) && name === rest.id && row['kind'] === AUDIT_KIND;
  if (!isAtHome || Object.keys(row).some((attribute) => !KNOWN.has(attribute))) damaged('audit entry', name);
  if ((sequence === undefined) !== (hash === undefined)) damaged('audit entry', name);
  const entry = {
    ...rest,
    tenantId: trail,
    ...(reason === undefined ? {} : { reason }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(salt === undefined ? {} : { salt }),
    ...(personalSha256 === undefined ? {} : { personalSha256 }),
    ...(viewingAs === undefined ? {} : { viewingAs: parseTenantId(viewingAs) ?? damaged('audit entry', name) }),
  };
  return { entry, link: sequence === undefined || hash === undefined ? null : { sequence, hash } };
}
