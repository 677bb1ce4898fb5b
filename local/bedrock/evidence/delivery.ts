import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export const LOGS = ['cloudtrail', 'invocations'] as const;
type Log = (typeof LOGS)[number];

/** Where a record belongs: AWS keeps a log of its own for each account and region. */
export interface LogStream {
  readonly source: Log;
  readonly account: string;
  readonly region: string;
}

/** Puts records into files of the bucket, as CloudTrail and Bedrock do. */
export interface Delivery {
  add(stream: LogStream, record: object): void;
  /** Writes all that waits and is not held; rejects when it cannot be written (it is kept, and tried again). */
  flush(): Promise<void>;
}

const FLUSH_MS = 2_000;
/** A reader takes a CloudTrail file as one JSON value: it must not grow with the load. */
const MAX_RECORDS_PER_FILE = 5_000;

const compress = promisify(gzip);

interface Batch {
  readonly stream: LogStream;
  records: object[];
}

/** `isHeld` says which logs are not to be written yet; `now` in ms since the epoch is the time of delivery. */
export function openDelivery(folder: string, now: () => number, isHeld: (stream: LogStream) => boolean): Delivery {
  const batches = new Map<string, Batch>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const schedule = () => {
    // Unref'ed: what waits is written at close; it must not hold a process that ends.
    timer ??= setTimeout(() => void flush().catch(schedule), FLUSH_MS).unref();
  };
  const write = async () => {
    clearTimeout(timer);
    timer = undefined;
    for (const batch of [...batches.values()].filter(({ stream }) => !isHeld(stream))) {
      while (batch.records.length > 0) {
        const taken = batch.records.slice(0, MAX_RECORDS_PER_FILE);
        await deliver(join(folder, objectKey(batch.stream, now())), fileText(batch.stream.source, taken));
        // Only now: records that could not be written stay where they are.
        batch.records = batch.records.slice(taken.length);
      }
    }
  };
  const flush = () => {
    writing = writing.catch(() => {}).then(write);
    return writing;
  };
  return {
    add(stream, record) {
      const key = Object.values(stream).join(' ');
      const batch = batches.get(key) ?? { stream, records: [] };
      batch.records.push(record);
      batches.set(key, batch);
      schedule();
    },
    flush,
  };
}

/** Writes a gzip file, renamed when whole: a query must not read half of one. */
export async function deliver(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.draft`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, await compress(text));
  await rename(draft, path);
}

function fileText(source: Log, records: readonly object[]): string {
  if (source === 'cloudtrail') return JSON.stringify({ Records: records });
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** The object's key as AWS builds it, by the time of delivery; both logs lie under `AWSLogs/<account>/`. */
function objectKey({ source, account, region }: LogStream, at: number): string {
  const [year = '', month = '', day = '', hour = ''] = new Date(at).toISOString().split(/[-T:]/);
  const time = new Date(at).toISOString().replace(/[-:.]/g, '');
  if (source === 'cloudtrail') {
    const name = `${account}_CloudTrail_${region}_${time.slice(0, 13)}Z_${randomName()}.json.gz`;
    return join('AWSLogs', account, 'CloudTrail', region, year, month, day, name);
  }
  const name = `${time}_${randomBytes(8).toString('hex')}.json.gz`;
  return join('AWSLogs', account, 'BedrockModelInvocationLogs', region, year, month, day, hour, name);
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** CloudTrail's 16 random letters and digits. */
function randomName(): string {
  return [...randomBytes(16)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}
