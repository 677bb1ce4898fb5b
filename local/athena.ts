import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Execution, type Executions, openExecutions } from './athena/executions.ts';
import { fillParameters } from './athena/parameters.ts';
import { type ResultRow, readResultPage } from './athena/result-page.ts';
import { readUnload, type Unload } from './athena/unload.ts';
import { AwsError, type AwsInput, answerAwsJson } from './aws-json.ts';
import type { ResultColumn } from './lake/export.ts';
import type { Exported, Lake } from './lake.ts';
import { type Listener, listen } from './listener.ts';

export type AthenaOptions = {
  readonly port?: number;
  readonly lake: Pick<Lake, 'check' | 'export' | 'unload'>;
  /** Where results may be written: the lake's own bucket, and the folder that it is. */
  readonly bucket: string;
  readonly folder: string;
  /** Workgroups by name, each with the place of its results (`s3://bucket/prefix/`), or '' where a query names its own. */
  readonly workGroups: Readonly<Record<string, string>>;
  readonly region: string;
  /** Access key id -> secret of those who may query. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** ms epoch; the clock when absent. */
  readonly now?: () => number;
};

type Started = { readonly id: string; readonly asked: string };

const MAX_RESULTS = 1_000;
const MAX_TOKENS = 10_000;

/**
 * Stands in for Amazon Athena: queries over the lake, signatures checked. They run beside the caller, their results are
 * CSV files in the bucket, and are read from there page by page; those of an UNLOAD are Parquet where it says. What is
 * neither (DDL) is refused, and so is a parameter that is no literal.
 */
export async function startAthena(options: AthenaOptions): Promise<Listener> {
  const { accessKeys, now = Date.now } = options;
  const executions = openExecutions(now);
  const byToken = new Map<string, Started>();
  const service = {
    target: 'AmazonAthena',
    signingName: 'athena',
    regions: [options.region] as const,
    secretOf: (id: string) => (Object.hasOwn(accessKeys, id) ? accessKeys[id] : undefined),
    now,
    operations: {
      StartQueryExecution: (input: AwsInput) => start(options, executions, byToken, input),
      GetQueryExecution: (input: AwsInput) => ({ QueryExecution: describe(find(executions, input), now()) }),
      GetQueryResults: (input: AwsInput) => results(find(executions, input), input),
      StopQueryExecution: (input: AwsInput) => {
        executions.cancel(find(executions, input));
        return {};
      },
    },
  };
  const listener = await listen('Athena', options.port ?? 0, (request, response) =>
    answerAwsJson(service, request, response),
  );
  const close = async () => {
    await listener.close();
    await executions.close();
  };
  return { ...listener, close };
}

async function start(
  options: AthenaOptions,
  executions: Executions,
  byToken: Map<string, Started>,
  input: AwsInput,
): Promise<{ QueryExecutionId: string }> {
  const { lake, bucket, folder, workGroups } = options;
  const query = text(input, 'QueryString');
  const token = text(input, 'ClientRequestToken');
  if (token.length < 32 || token.length > 128) throw invalid('ClientRequestToken has 32 to 128 characters');
  const workGroup = input['WorkGroup'] === undefined ? 'primary' : text(input, 'WorkGroup');
  if (!Object.hasOwn(workGroups, workGroup)) throw invalid(`WorkGroup ${workGroup} is not found.`);
  const parameters = texts(input['ExecutionParameters'] ?? []);
  const asked = JSON.stringify([query, workGroup, parameters, input['ResultConfiguration']]);
  const id = randomUUID();
  const { OutputLocation = '' } = (input['ResultConfiguration'] ?? {}) as { OutputLocation?: string };
  const prefix = outputPrefix(bucket, OutputLocation || (workGroups[workGroup] ?? ''));
  let sql: string;
  let unload: Unload | null;
  try {
    sql = fillParameters(withoutEnd(query), parameters);
    unload = readUnload(sql);
    await lake.check(unload?.query ?? sql);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const target = unload && outputPrefix(bucket, unload.location);
  // The SDK repeats a call with the same token; looked up last, so that nothing waits between here and `set`.
  const before = byToken.get(token);
  if (before !== undefined) {
    if (before.asked !== asked) throw invalid('Idempotent parameters do not match');
    return { QueryExecutionId: before.id };
  }
  byToken.set(token, { id, asked });
  if (byToken.size > MAX_TOKENS) byToken.delete(byToken.keys().next().value ?? '');
  const about = { id, query, parameters, workGroup };
  if (unload && target) {
    const manifest = `${prefix}${id}-manifest.csv`;
    executions.start({
      ...about,
      location: `s3://${bucket}/${prefix}${id}`,
      file: null,
      manifest: `s3://${bucket}/${manifest}`,
      work: (signal) => runUnload(options, unload, { id, target, manifest }, signal),
    });
  } else {
    const [location, file] = [`s3://${bucket}/${prefix}${id}.csv`, join(folder, prefix, `${id}.csv`)];
    executions.start({ ...about, location, file, work: (signal) => lake.export(sql, file, signal) });
  }
  return { QueryExecutionId: id };
}

/** Writes the rows under `target`, where there must be nothing yet, and a list of the files into the place of results. */
async function runUnload(
  { lake, bucket, folder }: AthenaOptions,
  { query, location, compression }: Unload,
  { id, target, manifest }: { readonly id: string; readonly target: string; readonly manifest: string },
  signal: AbortSignal,
): Promise<Exported> {
  const there = await readdir(join(folder, target)).catch(() => []);
  // A name that begins with a dot is no object: it is what a process left that died while it wrote.
  if (there.some((name) => !name.startsWith('.'))) {
    throw new Error(`HIVE_PATH_ALREADY_EXISTS: Target directory for table '${location}' already exists`);
  }
  const key = `${target}${id}`;
  const scannedBytes = await lake.unload(query, join(folder, key), compression, signal);
  await mkdir(dirname(join(folder, manifest)), { recursive: true });
  await writeFile(join(folder, manifest), `s3://${bucket}/${key}\n`);
  return { columns: [], scannedBytes };
}

/** The key prefix that a location in the bucket means, with its slash. */
function outputPrefix(bucket: string, location: string): string {
  if (location === '') throw invalid('No output location provided. Provide one, or a workgroup that has one.');
  const key = location.startsWith(`s3://${bucket}/`) ? location.slice(`s3://${bucket}/`.length) : undefined;
  const parts = key?.replace(/\/$/, '').split('/') ?? [''];
  // The result is a file under the bucket's folder: no key may lead out of it.
  if (!parts.every((part) => /^[A-Za-z0-9_=-][A-Za-z0-9_=.-]*$/.test(part))) {
    throw invalid(`OutputLocation ${location} is no place in the bucket ${bucket}`);
  }
  return `${parts.join('/')}/`;
}

/** Athena takes one semicolon at the end. */
function withoutEnd(query: string): string {
  return query.replace(/;\s*$/, '');
}

function describe(execution: Execution, now: number): object {
  const { state, submittedAt, endedAt, reason } = execution;
  const total = (endedAt ?? now) - submittedAt;
  return {
    QueryExecutionId: execution.id,
    Query: execution.query,
    StatementType: 'DML',
    ...(execution.parameters.length > 0 && { ExecutionParameters: execution.parameters }),
    ResultConfiguration: { OutputLocation: execution.location },
    QueryExecutionContext: {},
    WorkGroup: execution.workGroup,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    Status: {
      State: state,
      ...(reason !== undefined && { StateChangeReason: reason }),
      ...(state === 'FAILED' && { AthenaError: { ErrorCategory: 2, ErrorType: 1001, Retryable: false } }),
      SubmissionDateTime: submittedAt / 1000,
      ...(endedAt !== undefined && { CompletionDateTime: endedAt / 1000 }),
    },
    Statistics: {
      DataScannedInBytes: execution.scannedBytes,
      ...(execution.manifest !== undefined && { DataManifestLocation: execution.manifest }),
      EngineExecutionTimeInMillis: total,
      TotalExecutionTimeInMillis: total,
    },
  };
}

/** One page; the first begins with the columns' names, which count as a row. */
async function results(execution: Execution, input: AwsInput): Promise<object> {
  const { id, state, file, columns } = execution;
  if (state !== 'SUCCEEDED') {
    throw invalid(
      state === 'FAILED' || state === 'CANCELLED'
        ? `Query did not finish successfully. Final query state: ${state}`
        : `Query has not yet finished. Current state: ${state}`,
    );
  }
  if (file === null) return { UpdateCount: 0, ResultSet: { Rows: [], ResultSetMetadata: { ColumnInfo: [] } } };
  const most = input['MaxResults'] ?? MAX_RESULTS;
  if (typeof most !== 'number' || !(most >= 1 && most <= MAX_RESULTS)) {
    throw invalid(`MaxResults is 1 to ${MAX_RESULTS}`);
  }
  const { rows, next } = await readResultPage(file, readToken(id, input['NextToken']), most);
  return {
    UpdateCount: 0,
    ResultSet: { Rows: rows.map(resultRow), ResultSetMetadata: { ColumnInfo: columns.map(columnInfo) } },
    ...(next !== undefined && { NextToken: Buffer.from(`${id} ${next}`).toString('base64url') }),
  };
}

function resultRow(row: ResultRow): object {
  return { Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) };
}

function columnInfo({ name, type }: ResultColumn): object {
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: name,
    Label: name,
    Type: type,
    Precision: type === 'varchar' ? 2_147_483_647 : type === 'bigint' ? 19 : 0,
    Scale: 0,
    Nullable: 'UNKNOWN',
    CaseSensitive: type === 'varchar',
  };
}

/** The byte at which the page begins, as the token of this very query says. */
function readToken(id: string, token: unknown): number {
  if (token === undefined) return 0;
  const [of, at = ''] = Buffer.from(String(token), 'base64url').toString().split(' ');
  if (of !== id || !/^\d+$/.test(at)) throw invalid('Invalid NextToken');
  return Number(at);
}

function find(executions: Executions, input: AwsInput): Execution {
  const id = text(input, 'QueryExecutionId');
  const execution = executions.find(id);
  if (execution === undefined) throw invalid(`QueryExecution ${id} was not found`);
  return execution;
}

function text(input: AwsInput, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw invalid(`${name} is required`);
  return value;
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw invalid('ExecutionParameters is a list of texts');
  }
  return value;
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidRequestException', message);
}
