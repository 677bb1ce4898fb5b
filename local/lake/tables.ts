import { join } from 'node:path';

/** Types that Athena and DuckDB spell alike. */
export type ColumnType = 'varchar' | 'bigint' | 'boolean';

export type Columns = Readonly<Record<string, ColumnType>>;

/** One table of the lake: a view over the files that are there now. */
export type LakeTable = {
  readonly name: string;
  /** Where its files are, under the lake's folder. */
  readonly glob: string;
  /** What a filter on its files has in it, and on no other table's: of a column that is a part of the path. */
  readonly mark: string;
  readonly columns: Columns;
  /** The query over the files, `files` being their quoted glob. */
  readonly select: (files: string) => string;
};

/** What billing asks of CloudTrail: one row for each event. `error_code` is empty where there is none. */
const CLOUDTRAIL = {
  account_id: 'varchar',
  region: 'varchar',
  event_id: 'varchar',
  event_name: 'varchar',
  event_time: 'varchar',
  request_id: 'varchar',
  role_session_name: 'varchar',
  tenant_id: 'varchar',
  model_id: 'varchar',
  error_code: 'varchar',
  day: 'varchar',
} as const;

/** What billing asks of the model invocation log: one row for each call that ran a model. */
const INVOCATIONS = {
  account_id: 'varchar',
  region: 'varchar',
  request_id: 'varchar',
  timestamp: 'varchar',
  tenant_id: 'varchar',
  agent_request_id: 'varchar',
  model_id: 'varchar',
  identity_arn: 'varchar',
  input_tokens: 'bigint',
  output_tokens: 'bigint',
  cache_read_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  day: 'varchar',
} as const;

/**
 * What billing asks of AWS's bill (CUR 2.0), by the export's own names: all of them text, as Athena's reader of CSV has
 * it, so that no cost is ever a float. `tags` is JSON.
 */
const CUR = {
  bill_bill_type: 'varchar',
  bill_billing_entity: 'varchar',
  bill_payer_account_id: 'varchar',
  bill_billing_period_start_date: 'varchar',
  bill_billing_period_end_date: 'varchar',
  line_item_usage_account_id: 'varchar',
  line_item_line_item_type: 'varchar',
  line_item_usage_start_date: 'varchar',
  line_item_usage_end_date: 'varchar',
  line_item_product_code: 'varchar',
  line_item_usage_type: 'varchar',
  line_item_operation: 'varchar',
  line_item_usage_amount: 'varchar',
  line_item_currency_code: 'varchar',
  line_item_unblended_cost: 'varchar',
  line_item_iam_principal: 'varchar',
  pricing_unit: 'varchar',
  product_region_code: 'varchar',
  tags: 'varchar',
} as const;

/** What a billing run has gathered of a day, in Parquet files that it has written itself. */
const GATHERED = {
  usage: {
    tenant_id: 'varchar',
    request_id: 'varchar',
    attempt: 'bigint',
    revision: 'bigint',
    model: 'varchar',
    region: 'varchar',
    tier: 'varchar',
    outcome: 'varchar',
    flags: 'varchar',
    bedrock_request_id: 'varchar',
    input_tokens: 'bigint',
    output_tokens: 'bigint',
    cache_read_tokens: 'bigint',
    cache_write_5m_tokens: 'bigint',
    cache_write_1h_tokens: 'bigint',
    started_at: 'bigint',
    in_day: 'boolean',
    sound: 'boolean',
    source: 'varchar',
  },
  events: {
    account_id: 'varchar',
    region: 'varchar',
    tenant_id: 'varchar',
    id: 'varchar',
    in_day: 'boolean',
    newest: 'varchar',
  },
  invocations: {
    account_id: 'varchar',
    region: 'varchar',
    tenant_id: 'varchar',
    id: 'varchar',
    agent_request_id: 'varchar',
    in_day: 'boolean',
    input_tokens: 'bigint',
    output_tokens: 'bigint',
    cache_read_tokens: 'bigint',
    cache_write_tokens: 'bigint',
    newest: 'varchar',
  },
} as const satisfies Readonly<Record<string, Columns>>;

/** Athena's own name for the object that a row stands in; the bucket is called `lake` here. */
const PATH = '$path';

/** What is read of an event. */
const EVENT = {
  recipientAccountId: 'VARCHAR',
  awsRegion: 'VARCHAR',
  eventID: 'VARCHAR',
  eventName: 'VARCHAR',
  eventTime: 'VARCHAR',
  requestID: 'VARCHAR',
  errorCode: 'VARCHAR',
  userIdentity: { arn: 'VARCHAR' },
  requestParameters: { modelId: 'VARCHAR' },
} as const;

/** The largest CloudTrail file, unpacked. */
const MAX_FILE_BYTES = 33_554_432;

/**
 * The lake's tables. `usage` are the records as they arrived, `book` the ledger's extract in the same `columns`; the
 * others are AWS's own logs and its bill, and `gathered_*` what a billing run made of them. `day` is that of the file's place,
 * as YYYY-MM-DD: of arrival, or the day that was gathered.
 */
export function lakeTables(columns: Columns): readonly LakeTable[] {
  // A line that is no record is a row of nulls, as for Athena's reader; what has no meaning in a column is null.
  const records = `format = 'newline_delimited', ignore_errors = true, columns = ${typesOf(columns)}`;
  return [
    {
      name: 'usage',
      glob: 'usage/dt=*/hour=*/part-*.json*',
      mark: '(dt ',
      columns: { ...columns, dt: 'varchar', hour: 'varchar', [PATH]: 'varchar' },
      select: (files) => `select * exclude (filename), 's3://lake/' || ${fromPath('/(usage/dt=.*)')} as "${PATH}"
        from read_json(${files}, ${records}, hive_partitioning = true, filename = true,
          hive_types = {dt: 'varchar', hour: 'varchar'})`,
    },
    {
      name: 'book',
      glob: 'book/day=*/region=*/part-*.json',
      mark: '/book/',
      columns: { ...columns, day: 'varchar', book_region: 'varchar' },
      // Not by DuckDB's partitions: the path's region would take the place of the record's.
      select: (files) => `select * exclude (filename), ${fromPath('/book/day=([^/]*)/')} as day,
          ${fromPath('/book/[^/]*/region=([^/]*)/')} as book_region
        from read_json(${files}, ${records}, hive_partitioning = false, filename = true)`,
    },
    {
      name: 'cloudtrail',
      glob: 'AWSLogs/*/CloudTrail/*/*/*/*/*.json.gz',
      mark: '/CloudTrail/',
      columns: CLOUDTRAIL,
      // A file is one line of JSON. Read as text and then parsed, once, it takes a quarter of what DuckDB's reader of JSON
      // takes; the delimiter is a character that JSON does not have.
      select: (files) => `select recipientAccountId as account_id, awsRegion as region, eventID as event_id,
          eventName as event_name, eventTime as event_time, requestID as request_id,
          split_part(userIdentity.arn, '/', 3) as role_session_name,
          split_part(split_part(userIdentity.arn, '/', 3), '.', 1) as tenant_id,
          requestParameters.modelId as model_id, coalesce(errorCode, '') as error_code, ${dayOfPath('CloudTrail')} as day
        from (select unnest(from_json(file, '${JSON.stringify({ Records: [EVENT] })}').Records, max_depth := 2), filename
          from read_csv(${files}, columns = {file: 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false,
            auto_detect = false, max_line_size = ${MAX_FILE_BYTES},
            buffer_size = ${MAX_FILE_BYTES}, hive_partitioning = false, filename = true))`,
    },
    {
      name: 'invocations',
      glob: 'AWSLogs/*/BedrockModelInvocationLogs/*/*/*/*/*/*.json.gz',
      mark: '/BedrockModelInvocationLogs/',
      columns: INVOCATIONS,
      select: (files) => `select accountId as account_id, region, requestId as request_id, "timestamp",
          requestMetadata.tenant_id as tenant_id, requestMetadata.request_id as agent_request_id,
          modelId as model_id, "identity".arn as identity_arn, input.inputTokenCount as input_tokens,
          output.outputTokenCount as output_tokens, coalesce(input.cacheReadInputTokenCount, 0) as cache_read_tokens,
          coalesce(input.cacheWriteInputTokenCount, 0) as cache_write_tokens,
          ${dayOfPath('BedrockModelInvocationLogs')} as day
        from read_json(${files}, format = 'newline_delimited', ignore_errors = true, hive_partitioning = false,
          filename = true, columns = {accountId: 'varchar', region: 'varchar', requestId: 'varchar',
            timestamp: 'varchar', modelId: 'varchar', identity: 'STRUCT(arn varchar)',
            input: 'STRUCT(inputTokenCount bigint, cacheReadInputTokenCount bigint, cacheWriteInputTokenCount bigint)',
            output: 'STRUCT(outputTokenCount bigint)',
            requestMetadata: 'STRUCT(tenant_id varchar, request_id varchar)'})`,
    },
    {
      name: 'cur',
      glob: 'cur/*/data/BILLING_PERIOD=*/*.csv.gz',
      mark: 'BILLING_PERIOD=',
      columns: { ...CUR, billing_period: 'varchar' },
      // What is empty is an empty text, as for Athena's reader, and no null.
      select: (files) => `select * exclude (filename), ${fromPath('/BILLING_PERIOD=([^/]*)/')} as billing_period
        from read_csv(${files}, columns = ${typesOf(CUR)}, header = true, delim = ',', quote = '"', escape = '"',
          auto_detect = false, force_not_null = [${Object.keys(CUR).map(quote)}], hive_partitioning = false,
          filename = true)`,
    },
    ...Object.entries(GATHERED).map(([what, gathered]) => gatheredTable(what, gathered)),
  ];
}

function gatheredTable(what: string, columns: Columns): LakeTable {
  const mark = `/gathered/${what}/`;
  return {
    name: `gathered_${what}`,
    // Athena gives its files names without an ending.
    glob: `gathered/${what}/day=*/*`,
    mark,
    columns: { ...columns, day: 'varchar' },
    select: (files) => `select ${Object.keys(columns).join(', ')}, ${fromPath(`${mark}day=([^/]*)/`)} as day
      from read_parquet(${files}, hive_partitioning = false, filename = true)`,
  };
}

/** Where the files are, as DuckDB is told. */
export function filesOf(folder: string, table: LakeTable): string {
  return quote(join(folder, table.glob));
}

/** A table without a file: its columns, and no row. */
export function emptyTable({ columns }: LakeTable): string {
  const nulls = Object.entries(columns).map(([name, type]) => `cast(null as ${type}) as "${name}"`);
  return `select ${nulls.join(', ')} where false`;
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Whether a query may read the table. */
export function isNamed({ name }: LakeTable, sql: string): boolean {
  return new RegExp(`\\b${name}\\b`, 'i').test(sql);
}

/** The day of one of AWS's logs. */
function dayOfPath(log: string): string {
  return `replace(${fromPath(`/${log}/[^/]*/([0-9]{4}/[0-9]{2}/[0-9]{2})/`)}, '/', '-')`;
}

/** A part of the path of the row's file. */
export function fromPath(pattern: string): string {
  return `regexp_extract(filename, ${quote(pattern)}, 1)`;
}

function typesOf(columns: Columns): string {
  return `{${Object.entries(columns)
    .map(([name, type]) => `${name}: '${type}'`)
    .join(', ')}}`;
}
