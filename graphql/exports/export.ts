import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { type Export, type ExportFile, exportFileName, exportObjectKey } from '../../tenancy/export.ts';
import {
  claimExport,
  EXPORT_ATTEMPTS,
  EXPORT_LEASE_MS,
  type ExportId,
  finishExport,
  readExportImage,
  releaseExport,
  renewExport,
} from '../../tenancy/table/exports.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantStores } from '../../tenancy/table/tenant-items.ts';
import { type ArchiveSigner, type Hash, zipOf } from './archive.ts';
import { archiveFiles } from './archive-files.ts';
import { linesOf, type Sources } from './lines.ts';

/** Where files go. Rejects when what it is given fails, and leaves nothing behind then. */
export type FileStore = {
  put(
    key: string,
    content: AsyncIterable<Buffer>,
    about: { readonly type: string; readonly name: string },
  ): Promise<void>;
};

/** One line for the log: never a row's content. */
export type ExportLine =
  | { readonly event: 'export_image_damaged'; readonly sequenceNumber: string }
  | { readonly event: 'export_failed'; readonly exportId: string; readonly attempt: number; readonly why: string };

export type ExportDeps = {
  /** Those of the control region, where exports are. */
  readonly tables: Tables;
  /** Where a tenant's rows are; null for a tenant that there is not. */
  readonly sourcesOf: (tenantId: Export['tenantId']) => Promise<Sources | null>;
  readonly files: FileStore;
  /** Where everything of every tenant is, for archives. */
  readonly stores: TenantStores;
  /** Rejects when the key cannot be had: an archive that nobody can verify is none. */
  readonly archiveSigner: () => Promise<ArchiveSigner>;
  readonly sha256: () => Hash;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: (line: ExportLine) => void;
};

/**
 * Writes the file of an export that a batch of the ledger's stream has asked for: one for each call, so that each has all
 * of the function's time. The others, and one that did not come to an end, are named as failed, so that Lambda offers
 * them again; what is done, or never will be, changes nothing.
 * @param until ms since the epoch: what is not written by then is given up for good
 */
export async function exportBatch(
  deps: ExportDeps,
  { Records }: DynamoDBStreamEvent,
  until: number,
): Promise<DynamoDBBatchResponse> {
  const again: string[] = [];
  let isSpent = false;
  for (const { eventName, dynamodb = {} } of Records) {
    if (eventName !== 'INSERT' || dynamodb.NewImage?.['kind']?.S !== 'EXPORT') continue;
    const { SequenceNumber: sequenceNumber = '' } = dynamodb;
    const id = readExportImage(dynamodb.NewImage);
    if (!id) {
      // Offered again it would be damaged again, and hold up whatever comes behind it.
      deps.log({ event: 'export_image_damaged', sequenceNumber });
      continue;
    }
    const taken: Taken = isSpent ? { isOver: false, began: false } : await takeUp(deps, id, until);
    isSpent ||= taken.began;
    if (!taken.isOver) again.push(sequenceNumber);
  }
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** What no second attempt will mend; its message is for whoever asked. */
class CannotExport extends Error {}
/** Somebody else has the export by now: nothing more is ours to say about it. */
class LostLease extends Error {}

const BROKEN = `it could not be written in ${EXPORT_ATTEMPTS} attempts; ask for it again`;

/** Whether there is nothing left to do, and whether an attempt was made at all. */
type Taken = { readonly isOver: boolean; readonly began: boolean };

async function takeUp(deps: ExportDeps, id: ExportId, until: number): Promise<Taken> {
  const { tables, now } = deps;
  try {
    const claim = await claimExport(tables, id, now());
    if (claim.outcome === 'claimed') return { isOver: await attempt(deps, claim.one, until), began: true };
    if (claim.outcome === 'exhausted') {
      return { isOver: await finishExport(tables, claim.one, { failure: BROKEN }, now()), began: false };
    }
    return { isOver: claim.outcome === 'over', began: false };
  } catch (error) {
    tell(deps, id, 0, error);
    return { isOver: false, began: false };
  }
}

/** @returns whether the export has come to an end */
async function attempt(deps: ExportDeps, one: Export, until: number): Promise<boolean> {
  try {
    return await finishExport(deps.tables, one, { file: await write(deps, one, until) }, deps.now());
  } catch (error) {
    tell(deps, one, one.attempts, error);
    return error instanceof LostLease ? false : giveUp(deps, one, error);
  }
}

function tell({ log }: ExportDeps, { id }: ExportId, number: number, error: unknown): void {
  log({ event: 'export_failed', exportId: id, attempt: number, why: error instanceof Error ? error.name : 'unknown' });
}

/** Ends an attempt that failed: for good, or so that the next may begin at once. Should this fail too, the lease ends by itself. */
async function giveUp({ tables, now }: ExportDeps, one: Export, error: unknown): Promise<boolean> {
  const isLast = one.attempts >= EXPORT_ATTEMPTS;
  try {
    if (error instanceof CannotExport) return await finishExport(tables, one, { failure: error.message }, now());
    if (isLast) return await finishExport(tables, one, { failure: BROKEN }, now());
    await releaseExport(tables, one, now());
    return false;
  } catch {
    return false;
  }
}

async function write(deps: ExportDeps, one: Export, until: number): Promise<ExportFile> {
  const sources = await deps.sourcesOf(one.tenantId);
  if (!sources) throw new CannotExport('there is no such tenant any more');
  const hash = deps.sha256();
  let [rows, bytes] = [0, 0];
  let renewedAt = deps.now();
  const signer = one.kind === 'ARCHIVE' ? await deps.archiveSigner() : null;
  const pieces = signer
    ? zipOf(archiveFiles(one, deps.stores), signer, deps.sha256, one.requestedAt)
    : linesOf(one, sources);
  async function* content(): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      const now = deps.now();
      if (now >= until) throw new CannotExport(TOO_LARGE);
      if (now >= renewedAt + EXPORT_LEASE_MS / 4) {
        if (!(await renewExport(deps.tables, one, now))) throw new LostLease('somebody else has taken the export up');
        renewedAt = now;
      }
      const isData = piece instanceof Uint8Array;
      const data = isData ? piece : Buffer.from(piece.text);
      hash.update(data);
      if (!isData) rows += piece.rows;
      bytes += data.length;
      if (data.length > 0) yield data;
    }
  }
  await deps.files.put(exportObjectKey(one), content(), { type: TYPES[one.kind], name: exportFileName(one) });
  const publicKey = signer ? { publicKey: signer.publicKey } : {};
  return { rows, bytes, sha256: hash.digest('hex'), ...publicKey };
}

const TOO_LARGE = 'it is too large to be written in one go; ask for fewer days at a time';

const TYPES = {
  USAGE: 'text/csv; charset=utf-8',
  AUDIT: 'application/x-ndjson',
  ARCHIVE: 'application/zip',
  STATEMENT: 'text/csv; charset=utf-8',
} as const satisfies Record<Export['kind'], string>;
