import type { DuckDBConnection } from '@duckdb/node-api';
import { filesOf, fromPath, isNamed, type LakeTable } from './tables.ts';

type PlanNode = {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: { readonly 'File Filters'?: string };
};

/**
 * How many bytes of files a query opens, each time that it does: what Athena bills. Files of days that it does not ask
 * for are left out, as they are read. Where the plan does not tell whose files a scan reads, all files of the tables that
 * the query names are counted. Of a Parquet file Athena bills the columns that it reads; here it is the whole file.
 */
export async function scannedBytes(
  connection: DuckDBConnection,
  sql: string,
  folder: string,
  tables: readonly LakeTable[],
): Promise<number> {
  const named = tables.filter((table) => isNamed(table, sql));
  const sizeOf = async (table: LakeTable, filter = 'true'): Promise<number> => {
    const files = `select filename, size, ${fromPath('/dt=([^/]*)/')} as dt, ${fromPath('/hour=([^/]*)/')} as hour
      from read_blob(${filesOf(folder, table)})`;
    const reader = await connection.runAndReadAll(`select sum(size) as bytes from (${files}) where ${filter}`);
    return Number(reader.getRowObjectsJS()[0]?.['bytes'] ?? 0);
  };
  const plan = await connection.runAndReadAll(`explain (format json) ${sql}`);
  const scans = scansOf(JSON.parse(String(plan.getRowObjectsJS()[0]?.['explain_value'])) as PlanNode[]);
  let bytes = 0;
  for (const filter of scans) {
    const marked = named.filter(({ mark }) => filter?.includes(mark));
    const table = named.length === 1 ? named[0] : marked.length === 1 ? marked[0] : undefined;
    if (table === undefined) {
      const all = await Promise.all(named.map((one) => sizeOf(one)));
      return all.reduce((sum, one) => sum + one, 0);
    }
    // DuckDB's own words: what cannot be read back must not fail a query that has run.
    bytes += await sizeOf(table, filter && conjunction(filter)).catch(() => sizeOf(table));
  }
  return bytes;
}

/** The plan has conditions one behind the other, each in parentheses. */
function conjunction(filters: string): string {
  let depth = 0;
  // A text may have parentheses of its own.
  const joined = filters.replace(/'(?:[^']|'')*'|[()]/g, (token) => {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    return token === ')' && depth === 0 ? ') and ' : token;
  });
  return `${joined} true`;
}

/** The filter on files of each scan; undefined where it reads them all. */
function scansOf(nodes: readonly PlanNode[]): (string | undefined)[] {
  return nodes.flatMap(({ name, children, extra_info: { 'File Filters': filter } }) => [
    ...(/^READ_(JSON|CSV|PARQUET)$/.test(name.trim()) ? [filter] : []),
    ...scansOf(children),
  ]);
}
