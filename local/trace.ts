import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a stand-in was asked and what it answered: in memory for tests, one JSON line each in a file for people. */
export interface Trace<T> {
  readonly records: T[];
  add(record: T): void;
}

/** As many as tests look back on; a platform that is left running must not keep all it ever saw. */
const MAX_RECORDS = 20_000;

/** Appends to `path`, whose folder is made; without a path only memory is written. */
export function openTrace<T>(path?: string): Trace<T> {
  if (path !== undefined) mkdirSync(dirname(path), { recursive: true });
  const records: T[] = [];
  return {
    records,
    add(record) {
      records.push(record);
      if (records.length > MAX_RECORDS) records.shift();
      // Written before the caller reads its answer: a script that waited for the answer finds the line.
      if (path !== undefined) appendFileSync(path, `${JSON.stringify(record)}\n`);
    },
  };
}
