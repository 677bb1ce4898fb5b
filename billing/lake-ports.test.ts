import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AthenaClient } from '@aws-sdk/client-athena';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAthena } from '../local/athena.ts';
import { lineItemsOf } from '../local/bedrock/evidence/cost-and-usage.ts';
import { openDataExport } from '../local/bedrock/evidence/data-export.ts';
import { type Lake as Engine, openLake } from '../local/lake.ts';
import type { Listener } from '../local/listener.ts';
import { startS3 } from '../local/s3.ts';
import { USAGE_COLUMNS } from '../tenancy/usage.ts';
import { openAthena } from './athena.ts';
import { openBucket } from './bucket.ts';
import { LINES_PER_FILE, putInFiles } from './lake.ts';
import { billedApartSql, billedSql, billSourcesSql } from './month-sql.ts';
import { rowsOf } from './query.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret' };
const accessKeys = { [KEYS.accessKeyId]: KEYS.secretAccessKey };
const region = 'eu-central-1';
const root = mkdtempSync(join(tmpdir(), 'lake-ports-'));
const folder = join(root, 'lake');

const closers: (() => unknown)[] = [];
let engine: Engine;
let athena: Listener;
let s3: Listener;
let asked: ReturnType<typeof openAthena>;
let bucket: ReturnType<typeof openBucket>;
beforeAll(async () => {
  engine = await openLake({ folder, columns: USAGE_COLUMNS, now: Date.now });
  const workGroups = { billing: 's3://lake/results/' };
  athena = await startAthena({ lake: engine, bucket: 'lake', folder, workGroups, region, accessKeys });
  s3 = await startS3({ folder: join(root, 's3'), region, buckets: [], folders: { lake: folder }, accessKeys });
  const asking = new AthenaClient({ region, endpoint: athena.url, credentials: KEYS });
  const storing = new S3Client({ region, endpoint: s3.url, forcePathStyle: true, credentials: KEYS });
  const settings = { workGroup: 'billing', database: 'agent_runner', bucket: 'lake', pause: async () => {} };
  asked = openAthena(asking, settings);
  bucket = openBucket(storing, 'lake');
  closers.push(
    () => asking.destroy(),
    () => storing.destroy(),
  );
});
afterAll(async () => {
  for (const close of closers) close();
  await athena.close();
  await s3.close();
  await engine.close();
  rmSync(root, { recursive: true });
});

it('reads every page of a result, without the line of its columns', async () => {
  const rows = await rowsOf(
    asked.query('select n, n * 2 as twice from unnest(generate_series(1, 2500)) as t(n) order by n'),
  );
  expect(rows).toHaveLength(2_500);
  expect([rows[0], rows[1_000], rows[2_499]]).toEqual([
    { n: '1', twice: '2' },
    { n: '1001', twice: '2002' },
    { n: '2500', twice: '5000' },
  ]);
});

it('tells an empty text from none', async () => {
  expect(await rowsOf(asked.query("select '' as empty, cast(null as varchar) as nothing, true as yes"))).toEqual([
    { empty: '', yes: 'true' },
  ]);
});

it('answers what a month asks of AWS’s bill', async () => {
  const usage = { input: 1_000, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const modelArn = 'arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-opus-4-6-v1';
  const bill = openDataExport(folder, () => false);
  const call = { operation: 'Converse', modelId: modelArn, modelArn, requestId: 'r-1', usage };
  const at = Date.parse('2026-11-02T10:30:00Z');
  for (const item of lineItemsOf({ ...call, caller: { region }, at })) bill.add(item);
  await bill.flush();
  expect(await rowsOf(asked.query(billedSql('2026-11')))).toEqual([
    { tenant_id: '', region, usage_type: 'EUC1-Claude4.6Opus-input-tokens', nano_usd: '5000000' },
  ]);
  expect(await rowsOf(asked.query(billedApartSql('2026-11')))).toEqual([]);
  expect(await rowsOf(asked.query(billSourcesSql('2026-11', ['2026-11-02'])))).toEqual([
    { source: 'cur', region, newest: '2026-11-02T11:00:00.000Z' },
  ]);
});

it('says what a query failed with', async () => {
  await expect(rowsOf(asked.query('select no_such_column from usage'))).rejects.toThrow(/FAILED: .*no_such_column/s);
});

it('unloads what a query finds, where nothing is yet', async () => {
  const sql = "select '2' as account_id, 'r' as region, 'acme' as tenant_id, 'i' as id, true as in_day, 'n' as newest";
  await asked.unload(sql, 'gathered/events/day=2026-11-02/');
  expect(await rowsOf(asked.query('select tenant_id, id, in_day, day from gathered_events'))).toEqual([
    { tenant_id: 'acme', id: 'i', in_day: 'true', day: '2026-11-02' },
  ]);
  expect(await bucket.list('gathered/')).toHaveLength(1);
  await expect(asked.unload(sql, 'gathered/events/day=2026-11-02/')).rejects.toThrow(/already exists/);
});

it('stores lines in files of a bounded size, and reads, lists and removes them', async () => {
  async function* lines() {
    for (let n = 0; n < LINES_PER_FILE + 1; n++) yield String(n);
  }
  expect(await putInFiles(bucket, (part) => `book/part-${part}.json`, lines())).toEqual({
    files: 2,
    lines: LINES_PER_FILE + 1,
  });
  expect(await bucket.list('book/')).toEqual(['book/part-1.json', 'book/part-2.json']);
  const read: string[] = [];
  for await (const line of bucket.read('book/part-2.json')) read.push(line);
  expect(read).toEqual([String(LINES_PER_FILE)]);
  await bucket.remove('book/part-1.json');
  expect(await bucket.list('book/')).toEqual(['book/part-2.json']);
});

it('lists more than one page, and reads what AWS has packed', async () => {
  mkdirSync(join(folder, 'AWSLogs'), { recursive: true });
  for (let n = 0; n < 1_005; n++) writeFileSync(join(folder, 'AWSLogs', `${String(n).padStart(4, '0')}.json.gz`), '');
  writeFileSync(join(folder, 'AWSLogs/packed.json.gz'), gzipSync('one\ntwo\n'));
  const keys = await bucket.list('AWSLogs/');
  expect(keys).toHaveLength(1_006);
  const read: string[] = [];
  for await (const line of bucket.read('AWSLogs/packed.json.gz')) read.push(line);
  expect(read).toEqual(['one', 'two']);
  await expect(rowsOf(bucket.read('no/such') as never)).rejects.toThrow();
});
