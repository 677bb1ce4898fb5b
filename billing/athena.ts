import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { Lake } from './lake.ts';
import type { Row } from './query.ts';

export type AthenaSettings = {
  readonly workGroup: string;
  readonly database: string;
  /** Where the lake's files are. */
  readonly bucket: string;
  /** Waits so long (ms) before it looks again. */
  readonly pause: (ms: number) => Promise<void>;
};

const [FIRST_LOOK_MS, LONGEST_PAUSE_MS] = [50, 2_000];

/** Athena's engine as the lake's. What a query scans, and so may cost, is bounded by its workgroup. */
export function openAthena(client: AthenaClient, settings: AthenaSettings): Pick<Lake, 'query' | 'unload'> {
  return {
    async *query(sql) {
      yield* rowsOf(client, await run(client, settings, sql));
    },
    async unload(sql, prefix) {
      const to = `to 's3://${settings.bucket}/${prefix}' with (format = 'PARQUET', compression = 'ZSTD')`;
      await run(client, settings, `unload (\n${sql}\n) ${to}`);
    },
  };
}

/** @returns the execution's id, once it has succeeded */
async function run(client: AthenaClient, settings: AthenaSettings, sql: string): Promise<string> {
  const started = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: settings.workGroup,
      QueryExecutionContext: { Database: settings.database },
    }),
  );
  const id = started.QueryExecutionId ?? '';
  await whenDone(client, id, settings.pause);
  return id;
}

async function* rowsOf(client: AthenaClient, id: string): AsyncIterable<Row> {
  let columns: readonly string[] = [];
  let next: string | undefined;
  do {
    const page = await client.send(
      new GetQueryResultsCommand({ QueryExecutionId: id, ...(next ? { NextToken: next } : {}) }),
    );
    const { Rows = [], ResultSetMetadata } = page.ResultSet ?? {};
    const isFirst = next === undefined;
    if (isFirst) columns = (ResultSetMetadata?.ColumnInfo ?? []).map(({ Name = '' }) => Name);
    // The first row of all is the names of the columns.
    for (const { Data = [] } of isFirst ? Rows.slice(1) : Rows) {
      const fields = Data.map(({ VarCharValue }, index) => [columns[index] ?? '', VarCharValue] as const);
      yield Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Row;
    }
    next = page.NextToken;
  } while (next);
}

async function whenDone(client: AthenaClient, id: string, pause: AthenaSettings['pause']): Promise<void> {
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(LONGEST_PAUSE_MS, wait * 2)) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') return;
    if (State === 'FAILED' || State === 'CANCELLED') {
      throw new Error(`Athena query ${id} ${State}: ${StateChangeReason ?? 'it gives no reason'}`);
    }
    await pause(wait);
  }
}
