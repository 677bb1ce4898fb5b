import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { exportRows, parseQuery, type ResultColumn, unloadRows } from './lake/export.ts';
import { scannedBytes } from './lake/scanned.ts';
import { type Columns, emptyTable, filesOf, isNamed, type LakeTable, lakeTables, quote } from './lake/tables.ts';

export type LakeOptions = {
  /** What the bucket holds: `usage/dt=YYYY-MM-DD/hour=HH/part-*.json`, and the rest of `lake/tables.ts`. */
  readonly folder: string;
  /** The columns of table `usage`, in order; `dt` and `hour` (varchar, of arrival) come on top. */
  readonly columns: Columns;
  /** ms epoch */
  readonly now: () => number;
};

export type Row = Record<string, unknown>;

/** Firehose into a folder, and SQL over what has arrived. */
export type Lake = {
  /** Takes one flat record. It is in the folder within a second, or after `flush`. Delivery is at least once. */
  deliver(record: { readonly request_id: string }): void;
  /** Resolves when all delivered so far is in the folder; rejects when it cannot be (it is kept, and tried again). */
  flush(): Promise<void>;
  /** Runs one query, `?` placeholders filled from `params`. Whole numbers come as bigint, times as Date. */
  query(sql: string, params?: readonly (string | bigint | boolean)[]): Promise<Row[]>;
  /** Rejects when the text is not one statement that can be read. Whether its tables and columns are there is not asked. */
  check(sql: string): Promise<void>;
  /** Runs one query into a CSV file under the folder (`lake/export.ts`); `signal` stops it. */
  export(sql: string, file: string, signal: AbortSignal): Promise<Exported>;
  /** Runs one query into a Parquet file under the folder; `signal` stops it. Resolves to the bytes that it scanned. */
  unload(sql: string, file: string, compression: string, signal: AbortSignal): Promise<number>;
  readonly tables: readonly LakeTable[];
  /** Flushes, then ends. */
  close(): Promise<void>;
};

/** `scannedBytes` of the files that were read (`lake/scanned.ts`). */
export type Exported = { readonly columns: readonly ResultColumn[]; readonly scannedBytes: number };

const FLUSH_MS = 1_000;
/** Enough for a day's millions; what does not fit goes to disk. */
const MEMORY = '1GB';

/** Trino's functions that DuckDB lacks, so that the SQL written for Athena runs here unchanged. */
const TRINO = [
  'from_iso8601_timestamp(s) as cast(s as timestamptz)',
  'from_unixtime(s) as to_timestamp(s)',
  // DuckDB takes a constant format only, and writes Trino's %i and %s as %M and %S.
  `date_parse(s, f) as case f when '%Y-%m-%d' then strptime(s, '%Y-%m-%d')
    when '%Y-%m-%d %H:%i:%s' then strptime(s, '%Y-%m-%d %H:%M:%S')
    else error('date_parse: this format is not served here') end`,
  'approx_distinct(x) as approx_count_distinct(x)',
  'json_extract_scalar(j, p) as json_extract_string(j, p)',
];

export async function openLake(options: LakeOptions): Promise<Lake> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: MEMORY,
    // The name of its own: `npm run lake` may read beside the platform.
    temp_directory: join(folder, `.spill-${process.pid}`),
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // A second one, for what must not wait for a query that takes long.
  const catalogue = await instance.connect();
  await connection.run("set global timezone = 'UTC'; set autoload_known_extensions = false");
  for (const macro of TRINO) await connection.run(`create macro ${macro}`);
  // A query reads the lake, as Athena's would, and no other file of this machine.
  await connection.run(`set allowed_directories = [${quote(folder)}]`);
  await connection.run('set enable_external_access = false; set lock_configuration = true');
  const tables = lakeTables(options.columns);
  const views = openViews(catalogue, folder, tables);
  const delivery = openDelivery(options);
  /** On a connection of its own: it runs beside others, and is stopped alone. */
  const alone = async <Result>(
    sql: string,
    signal: AbortSignal,
    work: (own: DuckDBConnection) => Promise<Result>,
  ): Promise<Result> => {
    await views.refresh(sql);
    const own = await instance.connect();
    let stopping: NodeJS.Timeout | undefined;
    const stop = () => {
      own.interrupt();
      // Again and again: an interrupt that comes between two statements is forgotten.
      stopping = setInterval(() => own.interrupt(), 20);
    };
    signal.addEventListener('abort', stop);
    try {
      signal.throwIfAborted();
      return await work(own);
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(stopping);
      own.closeSync();
    }
  };
  return {
    ...delivery,
    tables,
    query: async (sql, params = []) => {
      await views.refresh(sql);
      const reader = await connection.runAndReadAll(sql, [...params]);
      return reader.getRowObjectsJS();
    },
    check: async (sql) => void (await parseQuery(catalogue, sql)),
    export: (sql, file, signal) =>
      alone(sql, signal, async (own) => {
        const columns = await exportRows(own, sql, file);
        return { columns, scannedBytes: await scannedBytes(own, sql, folder, tables) };
      }),
    unload: (sql, file, compression, signal) =>
      alone(sql, signal, async (own) => {
        await unloadRows(own, sql, file, compression);
        return scannedBytes(own, sql, folder, tables);
      }),
    close: async () => {
      await delivery.flush();
      catalogue.closeSync();
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The tables as views over what is there now: DuckDB refuses to read from a folder without a file. */
function openViews(connection: DuckDBConnection, folder: string, tables: readonly LakeTable[]) {
  const made = new Map<string, string>();
  let before: Promise<unknown> = Promise.resolve();
  const refresh = async (sql: string): Promise<void> => {
    for (const table of tables) {
      if (!isNamed(table, sql)) continue;
      const files = filesOf(folder, table);
      const found = await connection.runAndReadAll(`select 1 from glob(${files}) limit 1`);
      const body = found.currentRowCount > 0 ? table.select(files) : emptyTable(table);
      if (made.get(table.name) !== body) await connection.run(`create or replace view ${table.name} as ${body}`);
      made.set(table.name, body);
    }
  };
  return {
    /** Makes the views that the query names fit the files. */
    refresh(sql: string): Promise<void> {
      // One after another: two that replace a view at once are a conflict to DuckDB.
      const mine = before.then(() => refresh(sql));
      before = mine.catch(() => {});
      return mine;
    },
  };
}

function openDelivery({ folder, now }: LakeOptions): Pick<Lake, 'deliver' | 'flush'> {
  /** Folder of the hour of arrival -> lines. */
  let waiting = new Map<string, string[]>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let batches = 0;

  const add = (hour: string, lines: readonly string[]) => {
    waiting.set(hour, [...(waiting.get(hour) ?? []), ...lines]);
    // Unref'ed: what waits here is written at close; it must not hold a process that ends.
    timer ??= setTimeout(() => void flush().catch(() => {}), FLUSH_MS).unref();
  };
  const write = async () => {
    clearTimeout(timer);
    timer = undefined;
    const taken = waiting;
    waiting = new Map();
    const failures: unknown[] = [];
    for (const [hour, lines] of taken) {
      const name = `part-${now()}-${process.pid}-${++batches}.json`;
      try {
        await mkdir(hour, { recursive: true });
        // Renamed when whole: a query in another process must not read half a line.
        await writeFile(join(hour, `.${name}`), lines.join(''));
        await rename(join(hour, `.${name}`), join(hour, name));
      } catch (error) {
        add(hour, lines);
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new Error(`lake: cannot write under ${folder}`, { cause: failures[0] });
  };
  const flush = () => {
    writing = writing.catch(() => {}).then(write);
    return writing;
  };
  return {
    deliver: (record) => {
      const [dt = '', hour = ''] = new Date(now()).toISOString().split(/[T:]/);
      add(join(folder, 'usage', `dt=${dt}`, `hour=${hour}`), [`${JSON.stringify(record)}\n`]);
    },
    flush,
  };
}
