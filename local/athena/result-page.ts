import { open } from 'node:fs/promises';

/** One row of a result; null where there is no value. */
export type ResultRow = readonly (string | null)[];

/** Some rows of a result, and the byte at which the next ones begin; undefined when these are the last. */
export type ResultPage = { readonly rows: readonly ResultRow[]; readonly next?: number };

const CHUNK_BYTES = 262_144;

/** Reads at most `most` rows of a result's CSV, from a byte on where a row begins. No more of it is in memory. */
export async function readResultPage(file: string, from: number, most: number): Promise<ResultPage> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    for (let length = CHUNK_BYTES; ; length *= 2) {
      const isWhole = from + length >= size;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(length, size - from)), { position: from });
      const { rows, used } = parseRows(buffer.subarray(0, bytesRead), most);
      if (rows.length < most && !isWhole) continue;
      return from + used < size ? { rows, next: from + used } : { rows };
    }
  } finally {
    await handle.close();
  }
}

const [QUOTE, COMMA, NEWLINE] = [0x22, 0x2c, 0x0a];

/** The whole rows at the beginning of the bytes, at most so many, and the bytes that they take. */
export function parseRows(bytes: Buffer, most: number): { readonly rows: ResultRow[]; readonly used: number } {
  const rows: ResultRow[] = [];
  let row: (string | null)[] = [];
  let used = 0;
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at < bytes.length && rows.length < most; at += 1) {
    const byte = bytes[at];
    // A quote within a value is doubled: it ends the value and begins it anew.
    if (byte === QUOTE) inQuotes = !inQuotes;
    if (inQuotes || (byte !== COMMA && byte !== NEWLINE)) continue;
    row.push(readValue(bytes.toString('utf8', start, at)));
    start = at + 1;
    if (byte === NEWLINE) {
      rows.push(row);
      row = [];
      used = start;
    }
  }
  return { rows, used };
}

/** A value stands in quotes, a doubled one for each within it; nothing stands for null. */
function readValue(text: string): string | null {
  return text === '' ? null : text.slice(1, -1).replaceAll('""', '"');
}
