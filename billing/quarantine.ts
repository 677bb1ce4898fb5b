import { parseUsageRecord } from '../tenancy/usage.ts';
import { type Scope, unsoundSql } from './day-sql.ts';
import type { Lake } from './lake.ts';
import { rowsOf, text } from './query.ts';

/** A line that is no usage record, as it is kept. */
export type Quarantined = {
  readonly source: string;
  readonly line: number;
  readonly why: string;
  readonly text: string;
};

/**
 * Puts aside what has arrived and is no usage record, with the file and the line that it stood in. The file stays as it is:
 * no query counts such a line. The day must have been gathered. What the book knows of and only came damaged is written again by `completeDay`.
 * @returns how many lines were found
 */
export async function quarantineDay(lake: Lake, scope: Scope, progress: (line: string) => void): Promise<number> {
  let found = 0;
  for (const row of await rowsOf(lake.query(unsoundSql(scope)))) {
    const source = keyOf(text(row, 'source'));
    const bad: Quarantined[] = [];
    let line = 0;
    for await (const one of lake.read(source)) {
      line += 1;
      const read = parseUsageRecord(one);
      if (!read.ok) bad.push({ source, line, why: read.reason, text: one.slice(0, LONGEST) });
    }
    found += bad.length;
    await lake.put(
      `quarantine/${source}`,
      bad.map((one) => JSON.stringify(one)),
    );
    progress(`${source}: ${bad.length} lines are no usage records; they are kept in quarantine/${source}`);
  }
  return found;
}

const LONGEST = 4_096;

/** Athena names a row's file with its bucket. */
function keyOf(source: string): string {
  return source.replace(/^s3:\/\/[^/]+\//, '');
}
