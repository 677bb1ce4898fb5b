import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type GetQueryResultsCommandInput,
  paginateGetQueryResults,
  type QueryExecution,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAthena } from './athena.ts';
import { type Lake, openLake } from './lake.ts';
import type { Listener } from './listener.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret' };
const REGION = 'eu-central-1';
const WorkGroup = 'billing';
const columns = { request_id: 'varchar', tenant_id: 'varchar', stream: 'boolean', input_tokens: 'bigint' } as const;
const folder = mkdtempSync(join(tmpdir(), "athe'na-"));
let lake: Lake;
let athena: Listener;
let client: AthenaClient;
beforeAll(async () => {
  lake = await openLake({ folder, columns, now: Date.now });
  athena = await startAthena({
    lake,
    bucket: 'lake',
    folder,
    workGroups: { primary: '', [WorkGroup]: 's3://lake/results/' },
    region: REGION,
    accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey },
  });
  client = connect();
});
afterAll(async () => {
  client.destroy();
  await athena.close();
  await lake.close();
  rmSync(folder, { recursive: true });
});

const connect = (more: Record<string, unknown> = {}) =>
  new AthenaClient({ region: REGION, endpoint: athena.url, credentials: KEYS, maxAttempts: 1, ...more });

async function start(QueryString: string, more: Partial<StartQueryExecutionCommandInput> = {}): Promise<string> {
  const started = await client.send(new StartQueryExecutionCommand({ QueryString, WorkGroup, ...more }));
  return started.QueryExecutionId ?? '';
}

async function ended(QueryExecutionId: string): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const state = QueryExecution?.Status?.State ?? '';
    if (QueryExecution && !['QUEUED', 'RUNNING'].includes(state)) return QueryExecution;
    await new Promise((done) => setTimeout(done, 10));
  }
}

async function page(QueryExecutionId: string, more: Partial<GetQueryResultsCommandInput> = {}) {
  const answer = await client.send(new GetQueryResultsCommand({ QueryExecutionId, ...more }));
  const rows = answer.ResultSet?.Rows?.map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue)) ?? [];
  return { rows, next: answer.NextToken, columns: answer.ResultSet?.ResultSetMetadata?.ColumnInfo };
}

async function run(sql: string, more: Partial<StartQueryExecutionCommandInput> = {}) {
  const id = await start(sql, more);
  const { Status } = await ended(id);
  if (Status?.State !== 'SUCCEEDED') throw new Error(`${Status?.State}: ${Status?.StateChangeReason}`);
  return page(id);
}

function deliver(hour: string, lines: readonly object[]): number {
  const under = join(folder, 'usage/dt=2026-11-02', `hour=${hour}`);
  mkdirSync(under, { recursive: true });
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(under, `part-${lines.length}.json`), text);
  return Buffer.byteLength(text);
}

describe('a query', () => {
  it('runs, tells its state, and has its columns in the first row', async () => {
    const size = deliver('01', [
      { request_id: 'a', tenant_id: 'acme', stream: true, input_tokens: 5 },
      { request_id: 'b', tenant_id: '', stream: false },
    ]);
    const id = await start('select request_id, tenant_id, stream, input_tokens from usage order by request_id;');
    expect(await ended(id)).toMatchObject({
      QueryExecutionId: id,
      WorkGroup,
      StatementType: 'DML',
      ResultConfiguration: { OutputLocation: `s3://lake/results/${id}.csv` },
      Status: { State: 'SUCCEEDED', SubmissionDateTime: expect.any(Date), CompletionDateTime: expect.any(Date) },
      Statistics: { DataScannedInBytes: size },
    });
    const { rows, next, columns: info } = await page(id);
    expect(rows).toEqual([
      ['request_id', 'tenant_id', 'stream', 'input_tokens'],
      ['a', 'acme', 'true', '5'],
      // An empty text is a value; nothing is none.
      ['b', '', 'false', undefined],
    ]);
    expect(next).toBeUndefined();
    expect(info?.map(({ Name, Type }) => [Name, Type])).toEqual([
      ['request_id', 'varchar'],
      ['tenant_id', 'varchar'],
      ['stream', 'boolean'],
      ['input_tokens', 'bigint'],
    ]);
    expect(readFileSync(join(folder, `results/${id}.csv`), 'utf8')).toBe(
      '"request_id","tenant_id","stream","input_tokens"\n"a","acme","true","5"\n"b","","false",\n',
    );
  });

  it('writes values as Trino does, and counts beyond what a double holds', async () => {
    const { rows, columns: info } = await run(`select timestamp '2026-11-02 03:04:05' as t,
      from_iso8601_timestamp('2026-11-02T03:04:05Z') as z, date '2026-11-02' as d,
      sum(n) as total, 'say "hi", twice
' as text from (values (9007199254740993), (9007199254740993)) as v(n) -- the end`);
    expect(rows[1]).toEqual([
      '2026-11-02 03:04:05.000',
      '2026-11-02 03:04:05.000 UTC',
      '2026-11-02',
      '18014398509481986',
      'say "hi", twice\n',
    ]);
    expect(info?.map(({ Type }) => Type)).toEqual([
      'timestamp',
      'timestamp with time zone',
      'date',
      'bigint',
      'varchar',
    ]);
  });

  it('sees what was written since the one before', async () => {
    const before = Number((await run('select count(*) from usage')).rows[1]?.[0]);
    deliver('02', [{ request_id: 'c' }]);
    expect((await run('select count(*) from usage')).rows[1]?.[0]).toBe(String(before + 1));
  });

  it('takes literals for its placeholders', async () => {
    const { rows } = await run('select x from (values (1), (2)) as t(x) where x = ? and ? <> ?', {
      ExecutionParameters: ['2', "'a'", "'b'"],
    });
    expect(rows).toEqual([['x'], ['2']]);
  });

  it('is one for one token, and refused when it differs', async () => {
    const ClientRequestToken = 'a-token-of-the-caller-0123456789abcdef';
    const id = await start('select 1', { ClientRequestToken });
    expect(await start('select 1', { ClientRequestToken })).toBe(id);
    await expect(start('select 2', { ClientRequestToken })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'Idempotent parameters do not match',
    });
  });

  it('that names what is not there fails with the reason', async () => {
    const id = await start('select no_such_column from usage');
    expect((await ended(id)).Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringContaining('no_such_column'),
    });
    await expect(page(id)).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect(readdirSync(join(folder, 'results')).filter((name) => name.includes(id))).toEqual([]);
  });

  it('that reads files beside the lake fails', async () => {
    const id = await start("select * from read_text('/etc/hostname')");
    expect((await ended(id)).Status?.State).toBe('FAILED');
  });

  it.each(['explain select 1', 'drop view usage', 'create table t (a int)', "attach 'x'"])(
    'that is none is not run: %s',
    async (sql) => {
      expect((await ended(await start(sql))).Status).toMatchObject({
        State: 'FAILED',
        StateChangeReason: expect.stringContaining('only queries are served here'),
      });
    },
  );

  it('of an UNLOAD has its rows as Parquet in a place that was empty', async () => {
    const unload = (query: string, to: string) => `UNLOAD (${query}) TO '${to}' WITH (format = 'PARQUET')`;
    const query = `select 'ab' as tenant_id, '' as id, sum(n) as newest, true as in_day from (values (1), (2)) as v(n)`;
    const place = 's3://lake/gathered/events/day=2026-11-02/';
    const id = await start(unload(query, place));
    const execution = await ended(id);
    expect(execution).toMatchObject({
      Status: { State: 'SUCCEEDED' },
      Statistics: { DataManifestLocation: `s3://lake/results/${id}-manifest.csv` },
    });
    expect((await page(id)).rows).toEqual([]);
    const [name = ''] = readdirSync(join(folder, 'gathered/events/day=2026-11-02'));
    expect(readFileSync(join(folder, `results/${id}-manifest.csv`), 'utf8')).toBe(`${place}${name}\n`);
    const file = join(folder, 'gathered/events/day=2026-11-02', name).replaceAll("'", "''");
    const { rows } = await run(`select tenant_id, id, newest, in_day from read_parquet('${file}')`);
    expect(rows).toEqual([
      ['tenant_id', 'id', 'newest', 'in_day'],
      ['ab', '', '3', 'true'],
    ]);

    expect((await ended(await start(unload('select 1 as x', place)))).Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringContaining('HIVE_PATH_ALREADY_EXISTS'),
    });
    await expect(start(unload('select 1 as x', 's3://other/x/'))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    await expect(start(unload('selct 1', 's3://lake/x/'))).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect((await ended(await start(unload('drop view usage', 's3://lake/x/')))).Status?.State).toBe('FAILED');
  });

  it('that cannot be read, or is two, is refused at once', async () => {
    const refused = { name: 'InvalidRequestException' };
    await expect(start('selct 1')).rejects.toMatchObject(refused);
    await expect(start('select 1; select 2')).rejects.toMatchObject(refused);
    await expect(start('select ?')).rejects.toMatchObject(refused);
    await expect(start('select ?', { ExecutionParameters: ['acme'] })).rejects.toMatchObject(refused);
    await expect(start('select 1', { ClientRequestToken: 'short' })).rejects.toMatchObject(refused);
  });

  it('can be stopped', async () => {
    const id = await start('select count(*) from range(100000) a, range(100000) b, range(100000) c');
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    expect((await ended(id)).Status?.State).toBe('CANCELLED');
    // What it held is free: the next one ends.
    expect((await run('select 1')).rows).toHaveLength(2);
  });
});

describe('results', () => {
  it('come in pages of at most a thousand rows, the names among them', async () => {
    const id = await start("select x, 'ä' || x as y from (select range as x from range(2500)) order by x");
    await ended(id);
    const sizes: (number | undefined)[] = [];
    const values: (string | undefined)[] = [];
    for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId: id })) {
      sizes.push(ResultSet?.Rows?.length);
      values.push(...(ResultSet?.Rows?.map(({ Data }) => Data?.[1]?.VarCharValue) ?? []));
    }
    expect(sizes).toEqual([1000, 1000, 501]);
    expect(values).toEqual(['y', ...Array.from({ length: 2500 }, (_, n) => `ä${n}`)]);
  });

  it('are not told of a token of another query, or of too many rows', async () => {
    const [one, two] = [await start('select range from range(10)'), await start('select range from range(10)')];
    await Promise.all([ended(one), ended(two)]);
    const { next } = await page(one, { MaxResults: 3 });
    await expect(page(two, { NextToken: next })).rejects.toMatchObject({ message: 'Invalid NextToken' });
    await expect(page(one, { MaxResults: 1001 })).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect((await page(one, { NextToken: next, MaxResults: 1 })).rows).toEqual([['2']]);
  });

  it('go where the query or its workgroup says, in the bucket alone', async () => {
    const id = await start('select 1', {
      WorkGroup: 'primary',
      ResultConfiguration: { OutputLocation: 's3://lake/own' },
    });
    await ended(id);
    expect(readdirSync(join(folder, 'own'))).toEqual([`${id}.csv`]);
    for (const OutputLocation of ['s3://other/x', 's3://lake/../x', 's3://lake/', 's3://lake/a//b', '/tmp']) {
      await expect(start('select 1', { ResultConfiguration: { OutputLocation } })).rejects.toThrow('OutputLocation');
    }
    await expect(start('select 1', { WorkGroup: 'primary' })).rejects.toThrow('No output location');
    await expect(start('select 1', { WorkGroup: 'none' })).rejects.toThrow('not found');
  });
});

it.each<[string, Record<string, unknown>, string]>([
  ['another secret', { credentials: { ...KEYS, secretAccessKey: 'other' } }, 'InvalidSignatureException'],
  ['an unknown key', { credentials: { ...KEYS, accessKeyId: 'AKIANOBODYNOBODYNOBO' } }, 'UnrecognizedClientException'],
  ['another region', { region: 'us-east-1' }, 'InvalidSignatureException'],
])('nobody queries with %s', async (_, more, name) => {
  const stranger = connect(more);
  const started = stranger.send(new StartQueryExecutionCommand({ QueryString: 'select 1', WorkGroup }));
  await expect(started).rejects.toMatchObject({ name });
  stranger.destroy();
});
