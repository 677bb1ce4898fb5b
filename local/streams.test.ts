import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { tableDefinitions } from '../tenancy/table/tables.ts';
import { type DynamoDb, startDynamoDb } from './dynamodb.ts';
import { findJava, thisMachine } from './java.ts';
import { followStream, type StreamConsumer, type StreamSource } from './streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'streams-'));
const closers: (() => Promise<void>)[] = [];
let dynamodb: DynamoDb;
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  dynamodb = await startDynamoDb({ folder, tables: 'memory', java: findJava(thisMachine()) });
  const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'x' };
  client = new DynamoDBClient({ endpoint: dynamodb.url, region: 'eu-central-1', credentials });
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  client.destroy();
  await dynamodb.close();
  rmSync(folder, { recursive: true });
});

async function makeTable(): Promise<string> {
  const name = `directory-${++tables}`;
  const [definition] = tableDefinitions({ directory: name, ledger: 'unused' });
  await client.send(new CreateTableCommand(definition!));
  return name;
}

const put = (table: string, pk: string, n: number) =>
  client.send(
    new PutItemCommand({
      TableName: table,
      Item: { pk: { S: pk }, sk: { S: 's' }, n: { N: String(n) }, b: { B: Buffer.from([1, 2]) } },
    }),
  );

/** Collects what is delivered; `reply` decides about each batch, `until` waits for enough of them. */
type Reply = Awaited<ReturnType<StreamConsumer['invoke']>>;
function consumer(reply: (event: DynamoDBStreamEvent, call: number) => Reply | Promise<Reply>) {
  const events: DynamoDBStreamEvent[] = [];
  let wake = () => {};
  const fn: StreamConsumer = {
    invoke: async (event) => {
      events.push(event);
      wake();
      return reply(event, events.length);
    },
  };
  const until = async (enough: () => boolean) => {
    while (!enough()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const numbers = () => events.map(({ Records }) => Records.map(({ dynamodb: it }) => Number(it?.NewImage?.['n']?.N)));
  return { fn, events, numbers, until };
}

async function follow(
  table: string,
  fn: StreamConsumer,
  how: Partial<StreamSource> = {},
  others: readonly StreamSource[] = [],
) {
  const lines: string[] = [];
  const followed = await followStream({
    database: dynamodb.url,
    table,
    consumers: [{ fn, ...how }, ...others],
    onLine: (line) => lines.push(line),
  });
  closers.push(followed.close);
  return lines;
}

const DONE = { ok: true, payload: { batchItemFailures: [] } } as const;

test('hands on what happened before and after, in order, in the shape that Lambda gives', async () => {
  const table = await makeTable();
  for (const n of [1, 2, 3]) await put(table, 'a', n);
  const { fn, events, numbers, until } = consumer(() => DONE);
  await follow(table, fn);
  await until(() => numbers().flat().length === 3);
  await put(table, 'a', 4);
  await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'a' }, sk: { S: 's' } } }));
  await until(() => numbers().flat().length === 5);
  expect(numbers().flat()).toEqual([1, 2, 3, 4, Number.NaN]);
  const records = events.flatMap(({ Records }) => Records);
  expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'MODIFY', 'MODIFY', 'REMOVE']);
  expect(records[1]).toMatchObject({
    eventSource: 'aws:dynamodb',
    eventSourceARN: expect.stringContaining(`table/${table}/stream/`),
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'a' }, sk: { S: 's' } },
      NewImage: { n: { N: '2' }, b: { B: 'AQI=' } },
      OldImage: { n: { N: '1' } },
      SequenceNumber: expect.any(String),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
});

test('offers a batch again from its first failure on', async () => {
  const table = await makeTable();
  for (const n of [1, 2, 3]) await put(table, 'a', n);
  const { fn, numbers, until } = consumer(({ Records }, call) => {
    const failed = Records.slice(1).map(({ dynamodb: it }) => ({ itemIdentifier: it!.SequenceNumber! }));
    // Named out of order, as a function may.
    return call === 1 ? { ok: true, payload: { batchItemFailures: failed.reverse() } } : DONE;
  });
  await follow(table, fn);
  await until(() => numbers().length === 2);
  expect(numbers()).toEqual([
    [1, 2, 3],
    [2, 3],
  ]);
});

test('offers the whole batch again when the function fails, and nothing behind it before', async () => {
  const table = await makeTable();
  await put(table, 'a', 1);
  const { fn, numbers, until } = consumer((_, call) =>
    call <= 2 ? { ok: false, error: { errorType: 'Error', errorMessage: 'of the item' } } : DONE,
  );
  const lines = await follow(table, fn);
  await until(() => numbers().length === 1);
  await put(table, 'a', 2);
  await until(() => numbers().flat().includes(2));
  expect(numbers()).toEqual([[1], [1], [1], [2]]);
  expect(lines.join()).not.toContain('of the item');
});

test('gives a batch up at last, says so, and goes on', async () => {
  const table = await makeTable();
  await put(table, 'a', 1);
  const failure = { ok: false, error: { errorType: 'Error', errorMessage: '' } } as const;
  const { fn, numbers, until } = consumer(({ Records }) =>
    Records.some(({ dynamodb: it }) => it?.NewImage?.['n']?.N === '1') ? failure : DONE,
  );
  const lines = await follow(table, fn, { attempts: 2 });
  await until(() => numbers().length === 2);
  await put(table, 'a', 2);
  await until(() => numbers().flat().includes(2));
  expect(numbers()).toEqual([[1], [1], [2]]);
  expect(lines.at(-1)).toMatch(/^stream: given up \d+$/);
});

test('feeds each function by itself: one that stands still or fails holds up no other', async () => {
  const table = await makeTable();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const [slow, failing, quick] = [
    consumer(async () => held.then(() => DONE)),
    consumer(() => ({ ok: false, error: { errorType: 'Error', errorMessage: '' } })),
    consumer(() => DONE),
  ];
  await follow(table, quick.fn, {}, [{ fn: slow.fn }, { fn: failing.fn, attempts: 1_000 }]);
  for (const n of [1, 2, 3]) {
    await put(table, 'a', n);
    await quick.until(() => quick.numbers().flat().includes(n));
  }
  expect(quick.numbers()).toEqual([[1], [2], [3]]);
  expect(slow.numbers()).toEqual([[1]]);
  release();
  // What came meanwhile is one batch, as it would be in the stream.
  await slow.until(() => slow.numbers().flat().length === 3);
  expect(slow.numbers()).toEqual([[1], [2, 3]]);
  expect(failing.numbers().every(([first]) => first === 1)).toBe(true);
});

test('wakes a function only for what one of its filters matches, in the new image or the old', async () => {
  const table = await makeTable();
  const item = (pk: string, kind: string | null, n: number) => ({
    pk: { S: pk },
    sk: { S: 's' },
    n: { N: String(n) },
    ...(kind === null ? {} : { kind: { S: kind } }),
  });
  const write = (...words: Parameters<typeof item>) =>
    client.send(new PutItemCommand({ TableName: table, Item: item(...words) }));
  const [filtered, all] = [consumer(() => DONE), consumer(() => DONE)];
  const filters = [
    { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['WANTED', 'TOO'] } } } },
    { eventName: ['REMOVE'], dynamodb: { OldImage: { kind: { S: ['TOO'] } } } },
  ];
  await follow(table, filtered.fn, { filters }, [{ fn: all.fn }]);
  await write('a', 'WANTED', 1);
  await write('a', 'WANTED', 2);
  await write('b', 'OTHER', 3);
  await write('c', null, 4);
  await write('d', 'TOO', 5);
  for (const pk of ['a', 'b', 'd']) {
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: 's' } } }));
  }
  await write('e', 'WANTED', 6);
  await filtered.until(() => filtered.numbers().flat().includes(6));
  expect(filtered.numbers().flat()).toEqual([1, 5, Number.NaN, 6]);
  await all.until(() => all.numbers().flat().length === 9);
});

test('a table without a stream is an error that names it', async () => {
  await client.send(
    new CreateTableCommand({
      TableName: 'streamless',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  const { fn } = consumer(() => DONE);
  await expect(follow('streamless', fn)).rejects.toThrow('the table streamless has no stream');
});
