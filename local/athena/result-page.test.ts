import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { parseRows, type ResultRow, readResultPage } from './result-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'result-'));
afterAll(() => rmSync(folder, { recursive: true }));

const written = (rows: readonly ResultRow[]) =>
  rows
    .map((row) => row.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(','))
    .map((line) => `${line}\n`)
    .join('');
const value = fc.option(fc.oneof(fc.constantFrom('', '"', '""', ',', '\n', '",\n"', 'ä€😀'), fc.string()));
const table = fc.integer({ min: 1, max: 4 }).chain((columns) => {
  return fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 30 });
});

it('reads rows as they were written, in pages of any size', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, most) => {
      const file = join(folder, 'result.csv');
      writeFileSync(file, written(rows));
      const read: ResultRow[] = [];
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page: { rows: readonly ResultRow[]; next?: number } = await readResultPage(file, from, most);
        expect(page.rows.length).toBeLessThanOrEqual(most);
        read.push(...page.rows);
        from = page.next;
      }
      expect(read).toEqual(rows);
    }),
  );
});

it('takes no row that is cut off', () => {
  expect(parseRows(Buffer.from('"a","b"\n"c","d'), 10)).toEqual({ rows: [['a', 'b']], used: 8 });
});

it('reads a row that is longer than what it reads at once', async () => {
  const file = join(folder, 'long.csv');
  const rows = [['x'.repeat(600_000)], ['y']];
  writeFileSync(file, written(rows));
  expect(await readResultPage(file, 0, 1)).toEqual({ rows: [rows[0]], next: 600_003 });
  expect(await readResultPage(file, 600_003, 1)).toEqual({ rows: [rows[1]] });
});
