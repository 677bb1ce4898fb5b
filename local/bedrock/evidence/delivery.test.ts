import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDelivery } from './delivery.ts';

const AT = Date.parse('2026-11-02T23:07:05.042Z');
const trail = { source: 'cloudtrail', account: '222222222222', region: 'eu-central-1' } as const;
const log = { ...trail, source: 'invocations' } as const;

let folder: string;
let held: string | undefined;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  held = undefined;
  now = AT;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () =>
  openDelivery(
    folder,
    () => now,
    ({ source }) => source === held,
  );
const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
const paths = () => files().map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
const contents = (path: string) => gunzipSync(readFileSync(join(folder, path))).toString();

test('CloudTrail comes as one gzip file of Records for account and region, named by the time of delivery', async () => {
  const delivery = open();
  delivery.add(trail, { n: 1 });
  delivery.add(trail, { n: 2 });
  delivery.add({ ...trail, region: 'us-east-1' }, { n: 3 });
  await delivery.flush();
  const [first = '', second = ''] = paths().toSorted();
  const under = (region: string) =>
    new RegExp(
      `^AWSLogs/222222222222/CloudTrail/${region}/2026/11/02/222222222222_CloudTrail_${region}_20261102T2307Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
    );
  expect(paths()).toHaveLength(2);
  expect(first).toMatch(under('eu-central-1'));
  expect(second).toMatch(under('us-east-1'));
  expect(contents(first)).toBe('{"Records":[{"n":1},{"n":2}]}');
});

test('the invocation log comes as gzip lines, by the hour', async () => {
  const delivery = open();
  delivery.add(log, { n: 1 });
  delivery.add(log, { n: 2 });
  await delivery.flush();
  const [path = ''] = paths();
  expect(path).toMatch(
    /^AWSLogs\/222222222222\/BedrockModelInvocationLogs\/eu-central-1\/2026\/11\/02\/23\/20261102T230705042Z_[0-9a-f]{16}\.json\.gz$/,
  );
  expect(contents(path)).toBe('{"n":1}\n{"n":2}\n');
});

test('what is held comes later, under the day on which it comes', async () => {
  const delivery = open();
  held = 'cloudtrail';
  delivery.add(trail, { n: 1 });
  delivery.add(log, { n: 1 });
  await delivery.flush();
  expect(paths()).toEqual([expect.stringContaining('BedrockModelInvocationLogs')]);
  held = undefined;
  now += 20 * 3_600_000;
  await delivery.flush();
  expect(paths().filter((path) => path.includes('/CloudTrail/eu-central-1/2026/11/03/'))).toHaveLength(1);
  await delivery.flush();
  expect(paths()).toHaveLength(2);
});

test('a file stays small enough for who reads it whole', async () => {
  const delivery = open();
  for (let n = 0; n < 5_001; n += 1) delivery.add(trail, { n });
  await delivery.flush();
  const sizes = paths().map((path) => JSON.parse(contents(path)).Records.length);
  expect(sizes.toSorted()).toEqual([1, 5_000]);
});

test('nothing is lost when the disk refuses', async () => {
  writeFileSync(join(folder, 'AWSLogs'), 'in the way');
  const delivery = open();
  delivery.add(trail, { n: 1 });
  await expect(delivery.flush()).rejects.toThrow();
  rmSync(join(folder, 'AWSLogs'));
  delivery.add(trail, { n: 2 });
  await delivery.flush();
  expect(paths().map(contents)).toEqual(['{"Records":[{"n":1},{"n":2}]}']);
});
