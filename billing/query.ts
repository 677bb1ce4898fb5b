/** One row of a result, every value as text; a null is absent. So Athena gives it. */
export type Row = Readonly<Record<string, string>>;

/**
 * SQL over the lake's tables `usage`, `book`, `cloudtrail`, `invocations` and `cur`, and what was gathered of them. Rows come
 * as they are read: a result may be larger than the memory.
 * @throws Error, named by the engine's own words, when the query fails
 */
export type Query = (sql: string) => AsyncIterable<Row>;

/** All rows of a result that is known to be small. */
export async function rowsOf(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** A column that must be there. @throws Error when it is null: a sum over nothing is asked for by no query here */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined) throw new Error(`the lake answered without ${column}`);
  return value;
}

/** A whole number of a result. */
export function whole(row: Row, column: string): bigint {
  const value = text(row, column);
  if (!/^-?\d+$/.test(value)) throw new Error(`the lake answered ${column} with ${value}, which is no whole number`);
  return BigInt(value);
}

/** A number of rows. */
export function count(row: Row, column: string): number {
  return Number(whole(row, column));
}
