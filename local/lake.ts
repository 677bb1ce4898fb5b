import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Types that Athena and DuckDB spell alike. */
export type ColumnType = 'varchar' | 'bigint' | 'boolean';

export type LakeOptions = {
  /** What the bucket would hold: `usage/dt=YYYY-MM-DD/hour=HH/part-*.json` under it. */
  readonly folder: string;
  /** The columns of table `usage`, in order; `dt` and `hour` (varchar, of arrival) come on top. */
  readonly columns: Readonly<Record<string, ColumnType>>;
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
  /** Flushes, then ends. */
  close(): Promise<void>;
};

const FLUSH_MS = 1_000;

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
  await mkdir(options.folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  await connection.run("set timezone = 'UTC'; set autoload_known_extensions = false");
  for (const macro of TRINO) await connection.run(`create macro ${macro}`);
  // A query reads the lake, as Athena's would, and no other file of this machine.
  await connection.run(`set allowed_directories = [${quote(options.folder)}]`);
  await connection.run('set enable_external_access = false; set lock_configuration = true');
  const delivery = openDelivery(options);
  return {
    ...delivery,
    query: async (sql, params = []) => {
      await connection.run(await usageView(connection, options));
      const reader = await connection.runAndReadAll(sql, [...params]);
      return reader.getRowObjectsJS();
    },
    close: async () => {
      await delivery.flush();
      connection.closeSync();
      instance.closeSync();
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

/** The view over what is there now: DuckDB refuses to read from a folder without a file. */
async function usageView(connection: DuckDBConnection, { folder, columns }: LakeOptions): Promise<string> {
  const files = quote(join(folder, 'usage/dt=*/hour=*/part-*.json'));
  const found = await connection.runAndReadAll(`select count(*) > 0 as found from glob(${files})`);
  const named = Object.entries(columns);
  const body = found.getRowObjectsJS()[0]?.['found']
    ? `select * from read_json(${files}, format = 'newline_delimited', hive_partitioning = true,
        columns = {${named.map(([name, type]) => `${name}: '${type}'`).join(', ')}},
        hive_types = {dt: 'varchar', hour: 'varchar'})`
    : `select ${[...named, ['dt', 'varchar'], ['hour', 'varchar']]
        .map(([name, type]) => `cast(null as ${type}) as ${name}`)
        .join(', ')} where false`;
  return `create or replace view usage as ${body}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
