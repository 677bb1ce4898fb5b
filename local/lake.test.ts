import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Lake, openLake } from './lake.ts';

// Processes are started, on machines that may be busy: a slow answer is no failure.
vi.setConfig({ testTimeout: 30_000 });

const columns = {
  request_id: 'varchar',
  tenant_id: 'varchar',
  revision: 'bigint',
  stream: 'boolean',
  input_tokens: 'bigint',
} as const;
const record = (request_id: string, input_tokens: number, revision = 1) => ({
  request_id,
  tenant_id: 'acme',
  revision,
  stream: true,
  input_tokens,
});

let folder: string;
let now: number;
let lake: Lake;
beforeEach(async () => {
  // A quote in the path, as in a home folder like /home/o'neill.
  folder = mkdtempSync(join(tmpdir(), "la'ke-"));
  now = Date.parse('2026-11-02T23:59:59.500Z');
  lake = await openLake({ folder, columns, now: () => now });
});
afterEach(async () => {
  await lake.close();
  rmSync(folder, { recursive: true, force: true });
});

const parts = (hour: string) => {
  const under = join(folder, 'usage', hour);
  return readdirSync(under).map((name) => readFileSync(join(under, name), 'utf8'));
};

it('answers over an empty lake, with the columns in place', async () => {
  expect(await lake.query('select count(*) as n, sum(input_tokens) as tokens from usage')).toEqual([
    { n: 0n, tokens: null },
  ]);
  expect(await lake.query("select * from usage where dt = '2026-11-02' and hour = '23'")).toEqual([]);
});

it('puts records where they arrived, by the hour in UTC', async () => {
  lake.deliver(record('a', 1));
  now += 1_000;
  lake.deliver(record('b', 2));
  lake.deliver(record('c', 3));
  await lake.flush();
  expect(parts('dt=2026-11-02/hour=23')).toEqual([`${JSON.stringify(record('a', 1))}\n`]);
  expect(parts('dt=2026-11-03/hour=00')).toEqual([
    `${JSON.stringify(record('b', 2))}\n${JSON.stringify(record('c', 3))}\n`,
  ]);
  expect(await lake.query('select request_id, dt, hour, stream, input_tokens from usage order by request_id')).toEqual([
    { request_id: 'a', dt: '2026-11-02', hour: '23', stream: true, input_tokens: 1n },
    { request_id: 'b', dt: '2026-11-03', hour: '00', stream: true, input_tokens: 2n },
    { request_id: 'c', dt: '2026-11-03', hour: '00', stream: true, input_tokens: 3n },
  ]);
});

it('counts each request once with the dedupe that billing uses, though delivery is at least once', async () => {
  for (const one of [record('a', 5), record('a', 5), record('b', 7), record('b', 9, 2)]) lake.deliver(one);
  await lake.flush();
  const rows = await lake.query(
    `with latest as (
       select *, row_number() over (partition by request_id order by revision desc) as place from usage where tenant_id = ?)
     select count(*) as requests, cast(sum(input_tokens) as bigint) as tokens from latest where place = 1`,
    ['acme'],
  );
  expect(rows).toEqual([{ requests: 2n, tokens: 14n }]);
});

it('keeps large counts exact, and hands a placeholder over as a value', async () => {
  lake.deliver(record('a', Number.MAX_SAFE_INTEGER));
  lake.deliver(record('b', Number.MAX_SAFE_INTEGER));
  await lake.flush();
  expect(await lake.query('select sum(input_tokens) as tokens from usage')).toEqual([{ tokens: 18014398509481982n }]);
  expect(await lake.query('select * from usage where request_id = ?', ["' or 1=1 --"])).toEqual([]);
});

it('writes by itself within a second or so, without a flush', async () => {
  lake.deliver(record('a', 1));
  await expect
    .poll(() => lake.query('select request_id from usage'), { timeout: 10_000 })
    .toEqual([{ request_id: 'a' }]);
});

it('writes what waits when it closes, and keeps no process from ending', async () => {
  const program = `
    import { openLake } from ${JSON.stringify(join(import.meta.dirname, 'lake.ts'))};
    const lake = await openLake({ folder: ${JSON.stringify(folder)}, columns: { request_id: 'varchar' }, now: () => 0 });
    lake.deliver({ request_id: process.argv[1] });
    if (process.argv[1] === 'closed') await lake.close();`;
  for (const how of ['closed', 'left'])
    execFileSync(process.execPath, ['--input-type=module', '-e', program, how], { timeout: 30_000 });
  expect(await lake.query('select request_id, dt from usage')).toEqual([{ request_id: 'closed', dt: '1970-01-01' }]);
});

it('loses nothing when the disk refuses: the records stay and are written later', async () => {
  writeFileSync(join(folder, 'usage'), 'in the way');
  lake.deliver(record('a', 1));
  await expect(lake.flush()).rejects.toThrow('lake: cannot write under');
  rmSync(join(folder, 'usage'));
  await lake.flush();
  expect(await lake.query('select request_id from usage')).toEqual([{ request_id: 'a' }]);
});

it('knows the functions of Trino that billing may use', async () => {
  const [row] = await lake.query(`select
    from_iso8601_timestamp('2026-11-02T03:04:05Z') as iso,
    from_unixtime(1) as unixtime,
    date_parse('2026-11-02 03:04:05', '%Y-%m-%d %H:%i:%s') as parsed,
    json_extract_scalar('{"a":{"b":"c"}}', '$.a.b') as scalar,
    (select approx_distinct(x) from (values (1), (2), (2)) as t(x)) as distinct_about`);
  expect(row).toEqual({
    iso: new Date('2026-11-02T03:04:05Z'),
    unixtime: new Date(1000),
    parsed: new Date('2026-11-02T03:04:05Z'),
    scalar: 'c',
    distinct_about: 2n,
  });
});

it('reads no file outside the lake', async () => {
  await expect(lake.query("select * from read_text('/etc/hostname')")).rejects.toThrow('Permission Error');
});
