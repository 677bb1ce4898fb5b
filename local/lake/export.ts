import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type DuckDBConnection, type DuckDBExtractedStatements, DuckDBTypeId, StatementType } from '@duckdb/node-api';
import { quote } from './tables.ts';

/** A column of a result, by Athena's name of its type. */
export type ResultColumn = { readonly name: string; readonly type: string };

/**
 * Runs one query and writes its rows to `file` as Athena writes a result: CSV with a header, every value in quotes, and
 * nothing where there is none. DuckDB writes the file itself: however many rows there are, none is ever an object here.
 */
export async function exportRows(connection: DuckDBConnection, sql: string, file: string): Promise<ResultColumn[]> {
  const columns = await columnsOf(connection, sql);
  const values = columns.map(({ name, type }, i) => `${asText(type, `c${i}`)} as ${identifier(name)}`);
  await write(connection, { sql, values, file, options: `format csv, header, force_quote *, nullstr ''` });
  return columns;
}

/**
 * Runs one query and writes its rows to `file` as Parquet, in Athena's types. Athena cuts them into several files; here it
 * is one.
 * @param compression `ZSTD`, for example
 */
export async function unloadRows(
  connection: DuckDBConnection,
  sql: string,
  file: string,
  compression: string,
): Promise<void> {
  const columns = await columnsOf(connection, sql);
  // A sum is wider in DuckDB, and Parquet has no such number.
  const values = columns.map(({ name, type }, i) => {
    return `${type === 'bigint' ? `cast(c${i} as bigint)` : `c${i}`} as ${identifier(name)}`;
  });
  await write(connection, { sql, values, file, options: `format parquet, compression ${compression}` });
}

/** The columns of a query's result. @throws Error when it is no query, or has one of a type that is not served */
async function columnsOf(connection: DuckDBConnection, sql: string): Promise<ResultColumn[]> {
  const statement = await (await parseQuery(connection, sql)).prepare(0);
  if (statement.statementType !== StatementType.SELECT) throw new Error('only queries are served here');
  const columns: ResultColumn[] = [];
  for (let i = 0; i < statement.columnCount; i += 1) {
    const name = statement.columnName(i);
    const type = TYPES.get(statement.columnTypeId(i));
    if (type === undefined) throw new Error(`column ${name}: ${statement.columnType(i)} is not served here`);
    columns.push({ name, type });
  }
  statement.destroySync();
  return columns;
}

type Writing = {
  readonly sql: string;
  readonly values: readonly string[];
  readonly file: string;
  readonly options: string;
};

/** `values` are made of the result's columns, which are `c0`, `c1` and so on. */
async function write(connection: DuckDBConnection, { sql, values, file, options }: Writing): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.draft`);
  await mkdir(dirname(file), { recursive: true });
  try {
    // On its own lines: the query may end in a comment.
    await connection.run(`copy (select ${values.join(', ')} from (\n${sql}\n) as result(${values.map((_, i) => `c${i}`)}))
      to ${quote(draft)} (${options})`);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Reads the text, which must be one statement; what it names may not be there. */
export async function parseQuery(connection: DuckDBConnection, sql: string): Promise<DuckDBExtractedStatements> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new Error('Only one sql statement is allowed.');
  return statements;
}

/** Athena's names of the types that results have here. A sum of bigint is a bigint there, and wider in DuckDB. */
const TYPES = new Map<DuckDBTypeId, string>([
  [DuckDBTypeId.VARCHAR, 'varchar'],
  [DuckDBTypeId.BOOLEAN, 'boolean'],
  [DuckDBTypeId.INTEGER, 'integer'],
  [DuckDBTypeId.BIGINT, 'bigint'],
  [DuckDBTypeId.HUGEINT, 'bigint'],
  [DuckDBTypeId.DOUBLE, 'double'],
  [DuckDBTypeId.DECIMAL, 'decimal'],
  [DuckDBTypeId.DATE, 'date'],
  [DuckDBTypeId.TIMESTAMP, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'timestamp with time zone'],
]);

/** The value as Trino writes it. */
function asText(type: string, column: string): string {
  const time = `strftime(${column}, '%Y-%m-%d %H:%M:%S.%g')`;
  if (type === 'timestamp') return time;
  if (type === 'timestamp with time zone') return `${time} || ' UTC'`;
  return `cast(${column} as varchar)`;
}
