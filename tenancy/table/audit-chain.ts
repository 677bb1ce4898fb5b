import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type AuditEntry, isAuditId, mintAuditId } from '../audit.ts';
import { CHAIN_START, type ChainHead, type ChainLink } from '../audit-chain.ts';
import { AUDIT_KIND, auditPartition, type StoredAudit, type Trail, toStoredAudit } from './audit-entity.ts';
import { key } from './keys.ts';
import type { Tables } from './tables.ts';

/** `sequence` as text has 15 digits, as the largest safe integer all but has: links stand in their order. */
const DIGITS = 15;

function chainKey(trail: Trail, sk: string): { pk: string; sk: string } {
  return { pk: trail === null ? 'PLATFORM#CHAIN' : key`TENANT#${trail}#CHAIN`, sk };
}

function placeOf(sequence: number): string {
  return String(sequence).padStart(DIGITS, '0');
}

/** Where the chain ends now; null when what says so is damaged. */
export async function getChainHead(tables: Tables, trail: Trail): Promise<ChainHead | null> {
  const { Item } = await tables.ledger.getDocumentClient().send(
    new GetCommand({
      TableName: tables.ledger.getName(),
      Key: chainKey(trail, 'HEAD'),
      ConsistentRead: true,
    }),
  );
  return Item ? toHead(Item) : CHAIN_START;
}

/**
 * What became of a link. Only `linked` changed anything. `raced`: the chain ends elsewhere by now, or somebody is at it:
 * read its head again. `known`: the entry is in the chain. `gone`: there is no such entry.
 */
export type LinkAnswer = 'linked' | 'raced' | 'known' | 'gone';

/**
 * Puts an entry behind the head: the link, the new head, and the entry's own mark in one transaction. The mark is what
 * makes it happen once, whatever is offered twice, and the head's condition lets one writer through at a time.
 */
export async function appendLink(tables: Tables, trail: Trail, link: ChainLink): Promise<LinkAnswer> {
  const TableName = tables.ledger.getName();
  const owner = trail === null ? {} : { tenantId: trail };
  const { sequence, hash, previousHash, auditId } = link;
  const isFirst = sequence === 1;
  const command = new TransactWriteCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: { pk: auditPartition(trail), sk: key`${auditId}` },
          UpdateExpression: 'SET #sequence = :sequence, #hash = :hash',
          ConditionExpression: 'attribute_exists(#id) AND attribute_not_exists(#hash)',
          ExpressionAttributeNames: { '#sequence': 'sequence', '#hash': 'hash', '#id': 'id' },
          ExpressionAttributeValues: { ':sequence': sequence, ':hash': hash },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      {
        Put: {
          TableName,
          Item: { ...chainKey(trail, 'HEAD'), kind: 'AUDIT_HEAD', ...owner, sequence, hash },
          ConditionExpression: isFirst
            ? 'attribute_not_exists(#sequence)'
            : '#sequence = :previous AND #hash = :previousHash',
          ExpressionAttributeNames: { '#sequence': 'sequence', ...(isFirst ? {} : { '#hash': 'hash' }) },
          ...(isFirst
            ? {}
            : { ExpressionAttributeValues: { ':previous': sequence - 1, ':previousHash': previousHash } }),
        },
      },
      {
        Put: {
          TableName,
          Item: { ...chainKey(trail, placeOf(sequence)), kind: 'AUDIT_LINK', ...owner, ...link },
          ConditionExpression: 'attribute_not_exists(#sequence)',
          ExpressionAttributeNames: { '#sequence': 'sequence' },
        },
      },
    ],
  });
  try {
    await tables.ledger.getDocumentClient().send(command);
    return 'linked';
  } catch (error) {
    return whyCanceled(error);
  }
}

const PASSING: readonly (string | undefined)[] = [
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
];

type Reason = { readonly Code?: string; readonly Item?: unknown };

/** Reasons come in the order of the transaction's items: entry, head, link. By name: a bundle's errors are of no class. */
function whyCanceled(error: unknown): LinkAnswer {
  if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') throw error;
  const { CancellationReasons: reasons = [] } = error as { CancellationReasons?: readonly Reason[] };
  const [ofEntry, ofHead, ofLink] = reasons;
  if (ofEntry?.Code === 'ConditionalCheckFailed') return ofEntry.Item ? 'known' : 'gone';
  // A link where the head says that there is none yet: nobody mends a chain by himself.
  if (ofLink?.Code === 'ConditionalCheckFailed' && ofHead?.Code !== 'ConditionalCheckFailed') throw error;
  if (reasons.some(({ Code }) => PASSING.includes(Code))) return 'raced';
  throw error;
}

/** A link where it stands; `place` is the sequence number that its key says. Null for one that is damaged. */
export type PlacedLink = { readonly place: number; readonly link: ChainLink | null };

/** Some of a chain's links in the order of their places, from behind `after` on; none when there are no more. */
export async function listLinks(tables: Tables, trail: Trail, after: number): Promise<PlacedLink[]> {
  const { pk } = chainKey(trail, '');
  const { Items = [] } = await tables.ledger.getDocumentClient().send(
    new QueryCommand({
      TableName: tables.ledger.getName(),
      // Digits come before `HEAD`.
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: { ':pk': pk, ':first': placeOf(after + 1), ':last': '9'.repeat(DIGITS) },
      ConsistentRead: true,
      // As many as entries can be read at once.
      Limit: READ_AT_ONCE,
    }),
  );
  return Items.map((row) => ({ place: Number(row['sk']), link: toLink(row) }));
}

const READ_AT_ONCE = 100;

/** An entry as a verifier finds it: `stored` is null when it is damaged. */
export type FoundAudit = { readonly id: string; readonly stored: StoredAudit | null };

/** Entries by their ids; what is not there, or is no id, is left out. @param ids at most 100 */
export async function getAudits(tables: Tables, trail: Trail, ids: readonly string[]): Promise<FoundAudit[]> {
  const table = tables.ledger.getName();
  const found: FoundAudit[] = [];
  const distinct = [...new Set(ids.filter(isAuditId))];
  let keys = distinct.map((id): Record<string, unknown> => ({ pk: auditPartition(trail), sk: id }));
  while (keys.length > 0) {
    const { Responses = {}, UnprocessedKeys = {} } = await tables.ledger
      .getDocumentClient()
      .send(new BatchGetCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }));
    found.push(...(Responses[table] ?? []).map(toFound));
    keys = UnprocessedKeys[table]?.Keys ?? [];
  }
  return found;
}

/** Calls `use` with each entry of a trail, oldest first. */
export async function eachAudit(tables: Tables, trail: Trail, use: (found: FoundAudit) => void): Promise<void> {
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
      new QueryCommand({
        TableName: tables.ledger.getName(),
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: { ':pk': auditPartition(trail) },
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    for (const row of Items) use(toFound(row));
    from = LastEvaluatedKey;
  } while (from);
}

/**
 * A trail's entries of some time, oldest first, page by page, each with the link that it has in the chain: null for one
 * that is not chained yet. @param from @param until in ms, [from, until)
 */
export async function* auditPages(
  tables: Tables,
  trail: Trail,
  { from, until }: { readonly from: number; readonly until: number },
): AsyncGenerator<{ readonly found: FoundAudit; readonly link: ChainLink | null }[]> {
  // An id begins with its time: of an instant this is the first that there can be.
  const [first, end] = [mintAuditId(from, NO_BITS), mintAuditId(until, NO_BITS)];
  let seen: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await tables.ledger.getDocumentClient().send(
      new QueryCommand({
        TableName: tables.ledger.getName(),
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :first AND :end',
        ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
        ExpressionAttributeValues: { ':pk': auditPartition(trail), ':first': first, ':end': end },
        ConsistentRead: true,
        // As many as links can be read at once.
        Limit: READ_AT_ONCE,
        ...(seen ? { ExclusiveStartKey: seen } : {}),
      }),
    );
    const all = Items.map(toFound);
    const places = all.flatMap(({ stored }) => stored?.link?.sequence ?? []);
    const links = await getLinks(tables, trail, places);
    yield all.map((found) => ({ found, link: links.get(found.stored?.link?.sequence ?? 0) ?? null }));
    seen = LastEvaluatedKey;
  } while (seen);
}

const NO_BITS = new Uint8Array(10);

/** Links by their places; those that are damaged or not there are left out. @param places at most 100 */
async function getLinks(tables: Tables, trail: Trail, places: readonly number[]): Promise<Map<number, ChainLink>> {
  const table = tables.ledger.getName();
  const links = new Map<number, ChainLink>();
  let keys = places.map((place): Record<string, unknown> => chainKey(trail, placeOf(place)));
  while (keys.length > 0) {
    const { Responses = {}, UnprocessedKeys = {} } = await tables.ledger
      .getDocumentClient()
      .send(new BatchGetCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }));
    for (const link of (Responses[table] ?? []).flatMap((row) => toLink(row) ?? [])) links.set(link.sequence, link);
    keys = UnprocessedKeys[table]?.Keys ?? [];
  }
  return links;
}

/**
 * Reads the image of an item as the ledger's stream carries it.
 * @returns null when it is an item of another kind
 * @throws Error when it is an audit entry and damaged
 */
export function readAuditImage(image: Readonly<Record<string, unknown>>): AuditEntry | null {
  const row = unmarshall(image as Record<string, AttributeValue>);
  return row['kind'] === AUDIT_KIND ? toStoredAudit(row).entry : null;
}

type Row = Readonly<Record<string, unknown>>;

function toFound(row: Row): FoundAudit {
  const id = String(row['sk']);
  try {
    return { id, stored: toStoredAudit(row) };
  } catch {
    return { id, stored: null };
  }
}

function toHead({ sequence, hash }: Row): ChainHead | null {
  return typeof sequence === 'number' && typeof hash === 'string' ? { sequence, hash } : null;
}

function toLink({ sequence, auditId, previousHash, hash }: Row): ChainLink | null {
  if (typeof sequence !== 'number' || typeof hash !== 'string') return null;
  return typeof auditId === 'string' && typeof previousHash === 'string'
    ? { sequence, auditId, previousHash, hash }
    : null;
}
