import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { parseTenantId, type TenantId } from '../tenant.ts';
import { type BucketOwner, takeFromBucket } from './query-buckets.ts';
import { openTables } from './tables.ts';

let test: TestTables;
beforeAll(async () => {
  test = await startTables();
});
afterAll(() => test.close());

const ACME = parseTenantId('acme') as TenantId;
const NOW = Date.UTC(2026, 10, 22);
const SIZE = { capacity: 100, refill: 10 };
const anna: BucketOwner = { tenantId: ACME, principalId: 'user:usr_anna' };

const stored = async (pk: string) =>
  (await test.documents.send(new GetCommand({ TableName: 'ledger', Key: { pk, sk: 'BUCKET' } }))).Item;

it('takes until the bucket is empty, then says when to come again', async () => {
  expect(await takeFromBucket(test.tables, anna, SIZE, 60, NOW)).toEqual({ admitted: true, left: 40 });
  expect(await takeFromBucket(test.tables, anna, SIZE, 60, NOW)).toEqual({ admitted: false, left: 40, waitMs: 2_000 });
  expect(await takeFromBucket(test.tables, anna, SIZE, 60, NOW + 2_000)).toEqual({ admitted: true, left: 0 });
  expect(await takeFromBucket(test.tables, anna, SIZE, 101, NOW + 9_000)).toMatchObject({
    admitted: false,
    waitMs: null,
  });
});

it('is an item of its tenant, as storage.md shows it, which goes when it says no more than none', async () => {
  const page = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Query buckets\n')[1];
  const [, example = ''] = /```json\n(.+?)```/s.exec(page ?? '') ?? [];
  expect(await stored('TENANT#acme#BUCKET#user:usr_anna')).toEqual(JSON.parse(example));
});

it('is one for each principal, whatever tenant the other is of', async () => {
  for (const owner of [
    { tenantId: ACME, principalId: 'usr_ben' },
    { tenantId: parseTenantId('acme-labs'), principalId: 'user:usr_anna' },
    { tenantId: null, principalId: 'user:usr_anna' },
  ])
    expect(await takeFromBucket(test.tables, owner, SIZE, 100, NOW)).toEqual({ admitted: true, left: 0 });
  expect(await stored('PLATFORM#BUCKET#user:usr_anna')).toMatchObject({ debt: 100_000 });
});

it('counts each of 50 parallel takes once, or says that it did not', async () => {
  const owner = { tenantId: ACME, principalId: 'usr_busy' };
  const size = { capacity: 1_000, refill: 1 };
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => takeFromBucket(test.tables, owner, size, 10, NOW)),
  );
  const counted = answers.filter((one) => one.admitted && one.left !== null);
  expect(answers.every(({ admitted }) => admitted)).toBe(true);
  expect(answers.length - counted.length).toBe(
    answers.filter((one) => one.admitted && one.uncounted === 'contention').length,
  );
  expect(counted.length).toBeGreaterThanOrEqual(3);
  expect((await stored('TENANT#acme#BUCKET#usr_busy'))?.['debt']).toBe(counted.length * 10_000);
  // Each saw another state: none was overwritten.
  expect(new Set(counted.map(({ left }) => left)).size).toBe(counted.length);
});

it('never counts more than it holds, however many come at once', async () => {
  const owner = { tenantId: ACME, principalId: 'usr_greedy' };
  for (let round = 0; round < 10; round++)
    await Promise.all(Array.from({ length: 10 }, () => takeFromBucket(test.tables, owner, SIZE, 30, NOW)));
  expect((await stored('TENANT#acme#BUCKET#usr_greedy'))?.['debt']).toBe(90_000);
  expect(await takeFromBucket(test.tables, owner, SIZE, 30, NOW)).toMatchObject({ admitted: false });
});

it('begins anew where what is stored is no bucket', async () => {
  await test.documents.send(
    new PutCommand({ TableName: 'ledger', Item: { pk: 'PLATFORM#BUCKET#odd', sk: 'BUCKET', debt: 'much' } }),
  );
  expect(await takeFromBucket(test.tables, { tenantId: null, principalId: 'odd' }, SIZE, 1, NOW)).toEqual({
    admitted: true,
    left: 99,
  });
});

it('admits when the store cannot be reached, and says so', async () => {
  const client = new DynamoDBClient({
    endpoint: 'http://127.0.0.1:1',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const gone = openTables(DynamoDBDocumentClient.from(client), { directory: 'directory', ledger: 'ledger' });
  expect(await takeFromBucket(gone, anna, SIZE, 1, NOW)).toEqual({
    admitted: true,
    left: null,
    uncounted: 'unreachable',
    error: expect.objectContaining({ code: 'ECONNREFUSED' }),
  });
});

it('but not what is wrong with the question', async () => {
  const odd = { tenantId: ACME, principalId: 'usr#KEY' };
  await expect(takeFromBucket(test.tables, odd, SIZE, 1, NOW)).rejects.toThrow(RangeError);
  await expect(takeFromBucket(test.tables, anna, SIZE, Number.NaN, NOW)).rejects.toThrow(RangeError);
});
