import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LINES_PER_FILE } from '../../../billing/lake.ts';
import { cloudTrailEvent } from '../../../local/bedrock/evidence/cloudtrail.ts';
import { invocationRecord } from '../../../local/bedrock/evidence/invocation-log.ts';
import { usageRecord } from '../../../tenancy/usage.ts';
import { serveWorker } from '../worker.ts';
import { ACCOUNT, callsOfDay, type MadeCall, type Part } from './calls.ts';

export type FillAsk = { readonly folder: string; readonly day: string; readonly records: number; readonly part: Part };

/** What was made: how much it is, and what was left out of it or put in beside, which the run must find. */
export type FilledLake = {
  readonly records: number;
  /** In the book, and not among the records that arrived. */
  readonly lost: number;
  /** Arrived twice. */
  readonly doubled: number;
  /** Bytes of all files, as they lie in the bucket. */
  readonly bytes: number;
};

/** Of so many records one is lost, of so many one arrives twice. */
const [LOST_OF, DOUBLED_OF] = [2_500, 100];
/** Firehose cuts a file by size or time, CloudTrail and Bedrock every few minutes: some hundreds of each a day. */
const RECORDS_PER_FILE = { usage: 20_000, cloudtrail: 5_000, invocations: 5_000, book: LINES_PER_FILE } as const;
/** So many files are packed and written beside the making of the next ones; they are what memory holds. */
const MOST_WAITING = 4;

const compress = promisify(gzip);

/**
 * Writes a day as it lies in the lake when the run begins: the usage records (gzip, by the hour of arrival), the book's
 * extract, and what AWS wrote down, each in the very format of who writes it. One record is in memory at a time, and some files' text.
 */
async function fillLake({ folder, day, records, part }: FillAsk): Promise<FilledLake> {
  const files = openFiles(folder, part);
  let [lost, doubled] = [0, 0];
  let n = 0;
  for (const call of callsOfDay(day, records, part)) {
    n += 1;
    const line = JSON.stringify(usageRecord(call.intent, call.settlement));
    const { region, startedAt } = call.intent;
    const place = `AWSLogs/${ACCOUNT}`;
    const slashed = day.replaceAll('-', '/');
    await files.add('book', `book/day=${day}/region=${region}`, line);
    if (n % LOST_OF === 0) lost += 1;
    else await files.add('usage', arrivalOf(call), line);
    if (n % DOUBLED_OF === 1) {
      doubled += 1;
      await files.add('usage', arrivalOf(call), line);
    }
    const trail = JSON.stringify(cloudTrailEvent(call.seen));
    await files.add('cloudtrail', `${place}/CloudTrail/${region}/${slashed}`, trail);
    const hour = new Date(startedAt).toISOString().slice(11, 13);
    const logged = JSON.stringify(invocationRecord(call.seen));
    await files.add('invocations', `${place}/BedrockModelInvocationLogs/${region}/${slashed}/${hour}`, logged);
  }
  return { records: n, lost, doubled, bytes: await files.close() };
}

/** Firehose has delivered it by five minutes later: the day's last records lie under the day after. */
function arrivalOf({ settlement: { settledAt } }: MadeCall): string {
  const [dt = '', hour = ''] = new Date(settledAt + 300_000).toISOString().split(/[T:]/);
  return `usage/dt=${dt}/hour=${hour}`;
}

type Kind = keyof typeof RECORDS_PER_FILE;

/** Lines gathered by the folder that they belong into, and stored as soon as they make a file. */
function openFiles(folder: string, { first }: Part) {
  const open = new Map<string, { readonly kind: Kind; lines: string[] }>();
  const writing = new Set<Promise<void>>();
  let [files, bytes] = [0, 0];
  const store = async (path: string, text: string, packed: boolean): Promise<void> => {
    const content = packed ? await compress(text, { level: 1 }) : Buffer.from(text);
    bytes += content.length;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  const begin = async (under: string, kind: Kind, lines: readonly string[]): Promise<void> => {
    files += 1;
    const text = kind === 'cloudtrail' ? `{"Records":[${lines.join(',')}]}` : lines.map((line) => `${line}\n`).join('');
    const name = `${kind === 'book' || kind === 'usage' ? 'part-' : ''}${first}-${String(files).padStart(6, '0')}.json`;
    const packed = kind !== 'book';
    const task = store(`${under}/${name}${packed ? '.gz' : ''}`, text, packed).finally(() => writing.delete(task));
    writing.add(task);
    if (writing.size >= MOST_WAITING) await Promise.race(writing);
  };
  return {
    async add(kind: Kind, under: string, line: string): Promise<void> {
      const file = open.get(under) ?? { kind, lines: [] };
      open.set(under, file);
      file.lines.push(line);
      if (file.lines.length < RECORDS_PER_FILE[kind]) return;
      open.delete(under);
      await begin(under, kind, file.lines);
    },
    async close(): Promise<number> {
      for (const [under, { kind, lines }] of open) await begin(under, kind, lines);
      await Promise.all(writing);
      return bytes;
    },
  };
}

serveWorker<FillAsk, FilledLake>(fillLake);
