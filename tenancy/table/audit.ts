import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed, PutItemCommand, PutTransaction } from 'dynamodb-toolbox';
import { type AuditEntry, isAuditId, mintAuditId } from '../audit.ts';
import { auditEntity, auditItem, auditPartition, type StoredAudit, type Trail, toStoredAudit } from './audit-entity.ts';
import type { Tables } from './tables.ts';

const NOT_THERE = { attr: 'id', exists: false } as const;

/**
 * The part of a mutation's own transaction that writes its entry: a change without its entry cannot be. Give it the
 * tables of the control region, where the trails are.
 */
export function auditWrite(tables: Tables, entry: AuditEntry) {
  return auditEntity(tables.ledger).build(PutTransaction).item(auditItem(entry)).options({ condition: NOT_THERE });
}

/**
 * Writes an entry of something that changes nothing else (a denied attempt), by itself: a transaction would cost twice
 * as much, and attempts that come in thousands must not cancel anybody's. Safe to repeat.
 */
export async function appendAudit(tables: Tables, entry: AuditEntry): Promise<'stored' | 'known'> {
  try {
    await auditEntity(tables.ledger)
      .build(PutItemCommand)
      .item(auditItem(entry))
      .options({ condition: NOT_THERE })
      .send();
    return 'stored';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'known';
    throw error;
  }
}

/** Which entries of a trail: from and until in ms ([from, until)), `limit` at most, older than the one `after`. */
export type AuditPage = {
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
  readonly after?: string;
};

const LAST_INSTANT = 2 ** 48 - 1;

/**
 * A trail's entries, newest first.
 * @returns `next` is the `after` of the next page; null when there is none
 * @throws RangeError for an `after` that is no entry's id; Error when an entry is damaged
 */
export async function listAudit(
  tables: Tables,
  trail: Trail,
  { from = 0, until = LAST_INSTANT, limit, after }: AuditPage,
): Promise<{ readonly entries: StoredAudit[]; readonly next: string | null }> {
  if (after !== undefined && !isAuditId(after)) throw new RangeError('after is no id of an audit entry');
  // An id begins with its time: of an instant this is the first that there can be.
  const [first, end] = [mintAuditId(Math.max(0, from), NO_BITS), mintAuditId(Math.min(until, LAST_INSTANT), NO_BITS)];
  if (first >= end || (after !== undefined && after <= first)) return { entries: [], next: null };
  const last = after !== undefined && after < end ? after : end;
  const pk = auditPartition(trail);
  const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
    new QueryCommand({
      TableName: tables.ledger.getName(),
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :first AND :last',
      // BETWEEN takes its bounds in, and `last` is no part of the page: it takes one more to fill it.
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: { ':pk': pk, ':first': first, ':last': last },
      ScanIndexForward: false,
      Limit: limit + 2,
    }),
  );
  const found = Items.filter(({ sk }) => sk !== last);
  const rows = found.slice(0, limit);
  const isMore = found.length > limit || LastEvaluatedKey !== undefined;
  const next = isMore ? String((rows.at(-1) ?? LastEvaluatedKey)?.['sk']) : null;
  return { entries: rows.map(toStoredAudit), next };
}

const NO_BITS = new Uint8Array(10);

/** The entry as it is now, or null. */
export async function getAudit(tables: Tables, trail: Trail, id: string): Promise<StoredAudit | null> {
  if (!isAuditId(id)) return null;
  const { Item } = await tables.ledger.getDocumentClient().send(
    new GetCommand({
      TableName: tables.ledger.getName(),
      Key: { pk: auditPartition(trail), sk: id },
      ConsistentRead: true,
    }),
  );
  return Item ? toStoredAudit(Item) : null;
}
