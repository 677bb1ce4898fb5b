import type { StatementStage } from './statement.ts';
import type { TenantId } from './tenant.ts';
import { monthOf } from './utc-day.ts';

/**
 * What an export holds: hourly sums of usage as CSV, the audit trail as JSON lines, all there is of a tenant that is being
 * closed, as a signed zip, or the statement of a month, as CSV.
 */
export const EXPORT_KINDS = ['USAGE', 'AUDIT', 'ARCHIVE', 'STATEMENT'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** How far an export has come, as it is stored. What it comes to with time says `exportStatus`. */
export const EXPORT_STATES = ['REQUESTED', 'RUNNING', 'READY', 'FAILED'] as const;
export type ExportState = (typeof EXPORT_STATES)[number];

/** What is in the file. `sha256` as lower-case hex; `publicKey`: as PEM, of the key that has signed an archive. */
export type ExportFile = {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly publicKey?: string;
};

/** The first and the last day (UTC, `2026-11-22`), both included. */
type Days = { readonly from: string; readonly to: string };

/** A tenant's data of some days as a file. Times: ms epoch. */
export type Export = Days & {
  /** From `mintRequestId`: as text, ids are in the order of their times. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly kind: ExportKind;
  /** Of a STATEMENT: how far its month was when it was asked for. */
  readonly stage?: StatementStage;
  readonly state: ExportState;
  /** The identity of whoever asked. */
  readonly requestedBy: string;
  readonly requestedAt: number;
  /** How many times somebody began to write it. Each attempt has a file of its own. */
  readonly attempts: number;
  /** Until when whoever writes it may be believed alive; absent unless RUNNING. */
  readonly leaseUntil?: number;
  readonly finishedAt?: number;
  /** Of a READY one. */
  readonly file?: ExportFile;
  /** Why a FAILED one is, for whoever asked. */
  readonly failure?: string;
};

/** What people ask for by its days; an archive is made by the closing of a tenant alone, and a statement is a month's. */
export type RequestedKind = Exclude<ExportKind, 'ARCHIVE' | 'STATEMENT'>;

/** How many days an export may cover. Hours of usage are many rows for a large tenant, entries of a trail are few. */
export const MAX_EXPORT_DAYS: Readonly<Record<RequestedKind, number>> = { USAGE: 92, AUDIT: 366 };

/** How many of a tenant's exports may be under way at a time. */
export const MAX_UNDER_WAY = 3;

const DAY_MS = 86_400_000;

/** How long (ms) an export and its file are kept. The bucket's lifecycle rule has the same number of days. */
export const EXPORT_LIFE_MS = 7 * DAY_MS;
/** Longer than any purge can be put off: an archive goes with its tenant's data, and not by the clock. */
const ARCHIVE_LIFE_MS = 400 * DAY_MS;

/** What was not finished so long (ms) after it was asked for never will be: nobody offers it to a worker any more. */
export const EXPORT_PATIENCE_MS = 3_600_000;

const LATE = 'it was not finished within an hour; ask for it again';

/** When an export and its file are gone, in ms. */
export function exportEnds({ kind, requestedAt }: Pick<Export, 'kind' | 'requestedAt'>): number {
  return requestedAt + (kind === 'ARCHIVE' ? ARCHIVE_LIFE_MS : EXPORT_LIFE_MS);
}

export type ExportStatus = ExportState | 'EXPIRED';

/**
 * What an export is at a time. One that nobody finishes is FAILED by the clock alone, so that a dead worker never holds a
 * place among those under way.
 */
export function exportStatus(
  one: Pick<Export, 'kind' | 'state' | 'requestedAt' | 'failure'>,
  now: number,
): { readonly status: ExportStatus; readonly failure: string | null } {
  if (now >= exportEnds(one)) return { status: 'EXPIRED', failure: null };
  if (isUnfinished(one.state) && now >= one.requestedAt + EXPORT_PATIENCE_MS)
    return { status: 'FAILED', failure: LATE };
  return { status: one.state, failure: one.failure ?? null };
}

/** Whether an export takes one of its tenant's places. */
export function isUnderWay(one: Pick<Export, 'kind' | 'state' | 'requestedAt' | 'failure'>, now: number): boolean {
  return isUnfinished(exportStatus(one, now).status);
}

function isUnfinished(status: ExportStatus): boolean {
  return status === 'REQUESTED' || status === 'RUNNING';
}

/** The days that an export covers, in order; none when they are the wrong way around. */
export function exportDays({ from, to }: Days): string[] {
  const count = Math.max(0, (Date.parse(to) - Date.parse(from)) / DAY_MS + 1);
  return Array.from({ length: count }, (_, n) => new Date(Date.parse(from) + n * DAY_MS).toISOString().slice(0, 10));
}

/** What the file is called where it is saved: letters, digits, `-` and `.`, so that no header is broken by it. */
export function exportFileName({ tenantId, kind, stage, from, to }: NamedExport): string {
  if (kind === 'STATEMENT') {
    const suffix = stage === undefined || stage === 'INVOICED' ? '' : `-${stage.toLowerCase()}`;
    return `${tenantId}-statement-${monthOf(from)}${suffix}.csv`;
  }
  return `${tenantId}-${kind.toLowerCase()}-${from}-${to}.${EXTENSIONS[kind]}`;
}

type NamedExport = Days & Pick<Export, 'tenantId' | 'kind' | 'stage'>;

const EXTENSIONS = { USAGE: 'csv', AUDIT: 'jsonl', ARCHIVE: 'zip' } as const;

/** What of a bucket is a tenant's. Only exports have an end by the bucket's own rule. */
export function exportPrefixes(tenantId: TenantId): readonly string[] {
  return [`exports/${tenantId}/`, `archives/${tenantId}/`];
}

/**
 * Where the file is in the bucket. The attempt is in it: a worker that was taken for dead and goes on writing cannot
 * change the file whose hash somebody else has put down.
 */
export function exportObjectKey(one: NamedExport & Pick<Export, 'id' | 'attempts'>): string {
  const folder = one.kind === 'ARCHIVE' ? 'archives' : 'exports';
  return `${folder}/${one.tenantId}/${one.id}/${one.attempts}-${exportFileName(one)}`;
}
