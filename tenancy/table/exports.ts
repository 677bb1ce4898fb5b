import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  DeleteItemCommand,
  Entity,
  type FormattedItem,
  GetItemCommand,
  isConditionCheckFailed,
  item,
  map,
  number,
  PutTransaction,
  QueryCommand,
  string,
} from 'dynamodb-toolbox';
import {
  EXPORT_KINDS,
  EXPORT_PATIENCE_MS,
  EXPORT_STATES,
  type Export,
  type ExportFile,
  exportEnds,
} from '../export.ts';
import { isRequestId, mintRequestId } from '../request-id.ts';
import { STATEMENT_STAGES } from '../statement.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { commit } from './commit.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);

const exportEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'EXPORT',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        id: string(),
        of: string().enum(...EXPORT_KINDS),
        stage: string()
          .enum(...STATEMENT_STAGES)
          .optional(),
        from: string(),
        to: string(),
        state: string().enum(...EXPORT_STATES),
        requestedBy: string(),
        requestedAt: whole(),
        attempts: whole(),
        leaseUntil: whole().optional(),
        finishedAt: whole().optional(),
        file: map({ rows: whole(), bytes: whole(), sha256: string(), publicKey: string().optional() }).optional(),
        failure: string().optional(),
        expiresAt: whole(),
      }),
    }),
);

const turnEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'EXPORT_TURN',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        last: string(),
        expiresAt: whole(),
      }),
    }),
);

export type ExportId = Pick<Export, 'tenantId' | 'id'>;

/** The id of the tenant's latest request for an export, or null. Read it before you count those under way. */
export async function getExportTurn(tables: Tables, tenantId: TenantId): Promise<string | null> {
  const { Item } = await turnEntity(tables.ledger)
    .build(GetItemCommand)
    .key(turnOf(tenantId))
    .options({ consistent: true })
    .send();
  return Item?.last ?? null;
}

/**
 * The parts of a transaction that ask for an export. They fail when another was asked for since `turn` was read: of two
 * at the same time, one counts the other.
 */
export function exportWrites(tables: Tables, one: Export, turn: string | null) {
  const expiresAt = Math.floor(exportEnds(one) / 1000);
  const { kind, file, ...rest } = one;
  return [
    exportEntity(tables.ledger)
      .build(PutTransaction)
      .item({ ...rest, ...placeOf(one), of: kind, expiresAt, ...(file ? { file: { ...file } } : {}) })
      .options({ condition: { attr: 'id', exists: false } }),
    turnEntity(tables.ledger)
      .build(PutTransaction)
      .item({ ...turnOf(one.tenantId), tenantId: one.tenantId, last: one.id, expiresAt })
      .options({ condition: turn === null ? { attr: 'last', exists: false } : { attr: 'last', eq: turn } }),
  ] as const;
}

/** Asks for the archive of a tenant that is being closed, which takes none of its places. Safe to repeat. */
export async function requestArchive(tables: Tables, one: Export): Promise<void> {
  const [asked] = exportWrites(tables, one, null);
  await commit([asked]);
}

/** Takes away an export that came to nothing, for another one of its name: whoever writes files hears of new items alone. */
export async function forgetExport(tables: Tables, one: ExportId): Promise<void> {
  await exportEntity(tables.ledger).build(DeleteItemCommand).key(placeOf(one)).send();
}

/** The export as it is now, or null. */
export async function getExport(tables: Tables, one: ExportId): Promise<Export | null> {
  if (!isRequestId(one.id)) return null;
  const { Item } = await exportEntity(tables.ledger)
    .build(GetItemCommand)
    .key(placeOf(one))
    .options({ consistent: true })
    .send();
  return Item ? toExport(Item) : null;
}

/** A page of a tenant's exports, newest first. `after` and `next` are ids. */
export async function listExports(
  tables: Tables,
  tenantId: TenantId,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly items: Export[]; readonly next?: string }> {
  const partition = key`TENANT#${tenantId}#EXPORT`;
  const { Items = [], LastEvaluatedKey } = await tables.ledger
    .build(QueryCommand)
    .entities(exportEntity(tables.ledger))
    .query({ partition })
    .options({
      limit,
      reverse: true,
      consistent: true,
      ...(after === undefined ? {} : { exclusiveStartKey: { pk: partition, sk: after } }),
    })
    .send();
  const next = LastEvaluatedKey && String(LastEvaluatedKey['sk']);
  return { items: Items.map(toExport), ...(next === undefined ? {} : { next }) };
}

/** The exports that may still be under way at a time: those that were asked for within the patience before it. */
export async function listRecentExports(tables: Tables, tenantId: TenantId, now: number): Promise<Export[]> {
  const first = mintRequestId(Math.max(0, now - EXPORT_PATIENCE_MS), new Uint8Array(10));
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(exportEntity(tables.ledger))
    .query({ partition: key`TENANT#${tenantId}#EXPORT`, range: { gte: first } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(toExport);
}

/** How long (ms) a worker is believed alive after it last said so. */
export const EXPORT_LEASE_MS = 60_000;
/** How often an export is begun. */
export const EXPORT_ATTEMPTS = 3;

/**
 * `held`: somebody is at it; ask again when the lease is over. `over`: there is nothing to do. `exhausted`: the last
 * attempt that there is came to nothing, and nobody has said so yet.
 */
export type ExportClaim =
  | { readonly outcome: 'claimed'; readonly one: Export }
  | { readonly outcome: 'exhausted'; readonly one: Export }
  | { readonly outcome: 'held' }
  | { readonly outcome: 'over' };

/**
 * Begins an attempt. Of any number of workers one gets it; its number of attempts is what `renewExport` and
 * `finishExport` know it by, so that who was taken for dead changes nothing any more.
 */
export async function claimExport(tables: Tables, id: ExportId, now: number): Promise<ExportClaim> {
  const before = await getExport(tables, id);
  if (!before || (before.state !== 'REQUESTED' && before.state !== 'RUNNING')) return { outcome: 'over' };
  if (now >= before.requestedAt + EXPORT_PATIENCE_MS) return { outcome: 'over' };
  if (before.leaseUntil !== undefined && before.leaseUntil > now) return { outcome: 'held' };
  if (before.attempts >= EXPORT_ATTEMPTS) return { outcome: 'exhausted', one: before };
  const { attempts } = before;
  const after = { state: 'RUNNING', attempts: attempts + 1, leaseUntil: now + EXPORT_LEASE_MS } as const;
  // Whoever was faster has counted the attempts up.
  const isOurs = await update(tables, before, before.state, after);
  return isOurs ? { outcome: 'claimed', one: { ...before, ...after } } : { outcome: 'held' };
}

/** Says that the attempt goes on. False: it is somebody else's by now. */
export function renewExport(tables: Tables, one: Export, now: number): Promise<boolean> {
  return update(tables, one, 'RUNNING', { leaseUntil: now + EXPORT_LEASE_MS });
}

/** Gives an attempt up, for the next one to begin at once. */
export async function releaseExport(tables: Tables, one: Export, now: number): Promise<void> {
  await update(tables, one, 'RUNNING', { leaseUntil: now });
}

/** Says how the attempt ended, once. False: it is somebody else's by now. @param end the file, or why there is none */
export function finishExport(
  tables: Tables,
  one: Export,
  end: { readonly file: ExportFile } | { readonly failure: string },
  now: number,
): Promise<boolean> {
  const state = 'file' in end ? 'READY' : 'FAILED';
  return update(tables, one, 'RUNNING', { ...end, state, finishedAt: now });
}

/** Sets attributes of the attempt that the caller has; false when the export is not in that state and attempt any more. */
async function update(
  tables: Tables,
  one: Pick<Export, 'tenantId' | 'id' | 'attempts'>,
  state: Export['state'],
  change: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const set = Object.entries(change);
  try {
    await tables.ledger.getDocumentClient().send(
      new UpdateCommand({
        TableName: tables.ledger.getName(),
        Key: placeOf(one),
        UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: '#state = :wasState AND #attempts = :wasAttempts',
        ExpressionAttributeNames: Object.fromEntries(
          ['state', 'attempts', ...Object.keys(change)].map((n) => [`#${n}`, n]),
        ),
        ExpressionAttributeValues: {
          ':wasState': state,
          ':wasAttempts': one.attempts,
          ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        },
      }),
    );
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

/**
 * Reads the image of an item as the ledger's stream carries it: which export it is, for `claimExport` reads it anew.
 * @returns null when it is an item of another kind, or damaged
 */
export function readExportImage(image: Readonly<Record<string, unknown>>): ExportId | null {
  const { kind, tenantId, id, pk } = unmarshall(image as Record<string, AttributeValue>);
  const tenant = kind === 'EXPORT' ? parseTenantId(tenantId) : null;
  if (!tenant || !isRequestId(id)) return null;
  const one = { tenantId: tenant, id };
  return placeOf(one).pk === pk ? one : null;
}

function placeOf({ tenantId, id }: ExportId): { pk: string; sk: string } {
  return { pk: key`TENANT#${tenantId}#EXPORT`, sk: key`${id}` };
}

function turnOf(tenantId: TenantId): { pk: string; sk: string } {
  return { pk: key`TENANT#${tenantId}`, sk: 'EXPORT_TURN' };
}

function toExport(stored: FormattedItem<ReturnType<typeof exportEntity>>): Export {
  const { tenantId, of: kind, stage, leaseUntil, finishedAt, file, failure, expiresAt: _, ...rest } = stored;
  return {
    ...rest,
    kind,
    tenantId: parseTenantId(tenantId) ?? damaged('export of', tenantId),
    ...(stage === undefined ? {} : { stage }),
    ...(leaseUntil === undefined ? {} : { leaseUntil }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(file === undefined ? {} : { file: toFile(file) }),
    ...(failure === undefined ? {} : { failure }),
  };
}

function toFile({
  publicKey,
  ...file
}: NonNullable<FormattedItem<ReturnType<typeof exportEntity>>['file']>): ExportFile {
  return { ...file, ...(publicKey === undefined ? {} : { publicKey }) };
}
