import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AMOUNTS, addUp, COLUMNS, type LineItem } from './cost-and-usage.ts';
import { deliver } from './delivery.ts';

/** A data export of CUR 2.0 into the bucket: gzip CSV, for a Parquet file would have costs as floats. */
export interface DataExport {
  add(item: LineItem): void;
  /** Writes the months in which something is new; what is held waits. Rejects when it cannot (it is kept, and tried again). */
  flush(): Promise<void>;
}

/** AWS delivers some times a day, up to a day late; who waits here should not wait so long. */
const DELIVERY_MS = 60_000;
const NAME = 'agent-runner';

const decompress = promisify(gunzip);

/** Rows by what they are of. */
type Rows = Map<string, LineItem>;

/**
 * Each delivery has the whole month as it is then, and takes the place of the one before ("overwrite"). So an export that is
 * opened anew begins with what the bucket has.
 * Source: "Understanding export delivery" of AWS's Data Exports user guide.
 * @param isHeld which rows are not to be in it yet
 */
export function openDataExport(folder: string, isHeld: (item: LineItem) => boolean): DataExport {
  const months = new Map<string, Rows>();
  const unsaved = new Set<string>();
  const waiting: Rows = new Map();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    clearTimeout(timer);
    timer = undefined;
    for (const month of new Set([...waiting.values()].map(monthOf))) {
      if (!months.has(month)) months.set(month, await readMonth(join(folder, objectKey(month))));
    }
    for (const [key, item] of waiting) {
      const month = monthOf(item);
      const rows = months.get(month);
      if (rows === undefined || isHeld(item)) continue;
      put(rows, item);
      waiting.delete(key);
      unsaved.add(month);
    }
    for (const month of unsaved) {
      const lines = [[...COLUMNS], ...[...(months.get(month)?.values() ?? [])].map(fieldsOf)].map(csvLine);
      await deliver(join(folder, objectKey(month)), lines.join(''));
      unsaved.delete(month);
    }
  };
  const flush = () => {
    writing = writing.catch(() => {}).then(write);
    return writing;
  };
  const schedule = () => {
    // Unref'ed: what waits is written at close; it must not hold a process that ends.
    timer ??= setTimeout(() => void flush().catch(schedule), DELIVERY_MS).unref();
  };
  return {
    add(item) {
      put(waiting, item);
      schedule();
    },
    flush,
  };
}

function monthOf(item: LineItem): string {
  return item.bill_billing_period_start_date.slice(0, '2026-11'.length);
}

function put(rows: Rows, item: LineItem): void {
  const key = csvLine(COLUMNS.filter((column) => !AMOUNTS.some((one) => one === column)).map((column) => item[column]));
  const before = rows.get(key);
  rows.set(key, before ? addUp(before, item) : item);
}

/** The object's key as AWS builds it: one file, for a month that is not large. */
function objectKey(month: string): string {
  return join('cur', NAME, 'data', `BILLING_PERIOD=${month}`, `${NAME}-00001.csv.gz`);
}

async function readMonth(path: string): Promise<Rows> {
  const rows: Rows = new Map();
  const packed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (packed === undefined) return rows;
  for (const line of (await decompress(packed)).toString().split('\n').slice(1, -1)) {
    const fields = readLine(line);
    put(rows, Object.fromEntries(COLUMNS.map((column, i) => [column, fields[i] ?? ''])) as LineItem);
  }
  return rows;
}

function fieldsOf(item: LineItem): string[] {
  return COLUMNS.map((column) => item[column]);
}

function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${quoted.join(',')}\n`;
}

function readLine(line: string): string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
