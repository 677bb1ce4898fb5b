import '@aws-sdk/signature-v4a';
import './localhost-names.ts';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request as openRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CloudFrontKeyValueStoreClient,
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  ListKeysCommand,
  PutKeyCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KeyValueStore, type KeyValueStoreOptions, startKeyValueStore } from './key-value-store.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'test-secret' };
const clients: CloudFrontKeyValueStoreClient[] = [];
let folder: string;
let store: KeyValueStore;

async function start(options: Partial<KeyValueStoreOptions> = {}) {
  store = await startKeyValueStore({ folder, accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey }, ...options });
  return store;
}

function client(credentials: object = KEYS) {
  const endpoint = store.env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE']!;
  const made = new CloudFrontKeyValueStoreClient({
    endpoint,
    region: 'us-east-1',
    credentials: { ...KEYS, ...credentials },
    maxAttempts: 1,
  });
  clients.push(made);
  return made;
}

async function etag(): Promise<string> {
  return (await client().send(new DescribeKeyValueStoreCommand({ KvsARN: store.arn }))).ETag!;
}

async function put(Key: string, Value: string) {
  return client().send(new PutKeyCommand({ KvsARN: store.arn, IfMatch: await etag(), Key, Value }));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvs-'));
  await start();
});
afterEach(async () => {
  for (const one of clients.splice(0)) one.destroy();
  await store.close();
  rmSync(folder, { recursive: true });
});

describe('through the real client', () => {
  test('a key is put, read, listed and deleted, and the viewer function sees each at once', async () => {
    expect(await put('acme', '{"home":"eu-central-1"}')).toMatchObject({ ItemCount: 1, TotalSizeInBytes: 27 });
    expect(store.get('acme')).toBe('{"home":"eu-central-1"}');
    const { arn: KvsARN } = store;
    expect(await client().send(new GetKeyCommand({ KvsARN, Key: 'acme' }))).toMatchObject({
      Value: '{"home":"eu-central-1"}',
    });
    expect((await client().send(new ListKeysCommand({ KvsARN }))).Items).toEqual([
      { Key: 'acme', Value: '{"home":"eu-central-1"}' },
    ]);
    await client().send(new DeleteKeyCommand({ KvsARN, Key: 'acme', IfMatch: await etag() }));
    expect(store.get('acme')).toBeUndefined();
    const read = client().send(new GetKeyCommand({ KvsARN, Key: 'acme' }));
    await expect(read).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('an update is done whole or not at all', async () => {
    await put('old', '1');
    const update = async (Deletes: { Key: string }[]) =>
      client().send(
        new UpdateKeysCommand({
          KvsARN: store.arn,
          IfMatch: await etag(),
          Puts: [{ Key: 'new', Value: '2' }],
          Deletes,
        }),
      );
    await expect(update([{ Key: 'absent' }])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(store.get('new')).toBeUndefined();
    expect(await update([{ Key: 'old' }])).toMatchObject({ ItemCount: 1 });
    expect([store.get('old'), store.get('new')]).toEqual([undefined, '2']);
  });

  test('lists go on where they stopped', async () => {
    const Puts = ['a', 'b', 'c'].map((Key) => ({ Key, Value: Key }));
    await client().send(new UpdateKeysCommand({ KvsARN: store.arn, IfMatch: await etag(), Puts }));
    const first = await client().send(new ListKeysCommand({ KvsARN: store.arn, MaxResults: 2 }));
    expect(first.Items?.map(({ Key }) => Key)).toEqual(['a', 'b']);
    const rest = await client().send(new ListKeysCommand({ KvsARN: store.arn, NextToken: first.NextToken }));
    expect(rest.Items?.map(({ Key }) => Key)).toEqual(['c']);
    expect(rest.NextToken).toBeUndefined();
  });

  test('a write with an ETag that is not the current one is a conflict, and writes nothing', async () => {
    const IfMatch = await etag();
    await put('acme', '1');
    const late = client().send(new PutKeyCommand({ KvsARN: store.arn, IfMatch, Key: 'acme', Value: '2' }));
    await expect(late).rejects.toMatchObject({ name: 'ConflictException', $metadata: { httpStatusCode: 409 } });
    expect(store.get('acme')).toBe('1');
  });

  test.each([
    ['a key over 512 characters', 'k'.repeat(513), ''],
    ['a value over 1,024 characters', 'k', 'v'.repeat(1_025)],
  ])('%s is refused', async (_, key, value) => {
    await expect(put(key, value)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put(key.slice(0, 512), value.slice(0, 1_024))).resolves.toMatchObject({ ItemCount: 1 });
  });

  test('a store of another name is not here', async () => {
    const KvsARN = store.arn.replace('agent-runner-local', 'another');
    await expect(client().send(new DescribeKeyValueStoreCommand({ KvsARN }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('the signature', () => {
  test.each([
    ['with another secret', { secretAccessKey: 'another' }],
    ['by a key that nobody has', { accessKeyId: 'AKIANOBODYNOBODY' }],
  ])('%s is refused', async (_, credentials) => {
    const call = client(credentials).send(new DescribeKeyValueStoreCommand({ KvsARN: store.arn }));
    await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('of another time is refused', async () => {
    await store.close();
    await start({ now: () => Date.now() + 10 * 60_000 });
    await expect(etag()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('is needed at all', async () => {
    const answer = await fetch(`${store.url}/key-value-stores/${encodeURIComponent(store.arn)}`);
    expect(answer.status).toBe(403);
  });

  test('covers the body, the ETag, the path and the regions', async () => {
    const sent = await signedPut();
    const send = async (change: Partial<typeof sent>) => {
      const { url, method, headers, body } = { ...sent, ...change };
      // By hand: fetch would set its own Host.
      const request = openRequest(store.url + url, { method, headers }).end(body);
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    const headers = { ...sent.headers };
    expect(await send({ body: sent.body.replace('value', 'other') })).toBe(403);
    expect(await send({ url: `${sent.url}x` })).toBe(403);
    expect(await send({ headers: { ...headers, 'if-match': 'KVOTHER' } })).toBe(403);
    expect(await send({ headers: { ...headers, 'x-amz-region-set': 'us-east-1' } })).toBe(403);
    expect(store.get('acme')).toBeUndefined();
    expect(await send({})).toBe(200);
  });

  /** A PutKey as the client would send it to this store, caught on the way. */
  async function signedPut() {
    const IfMatch = await etag();
    const caught = Promise.withResolvers<{
      url: string;
      method: string;
      headers: Record<string, string>;
      body: string;
    }>();
    const target = new URL(store.url).port;
    await store.close();
    const trap = createServer((request, response) => {
      const { url = '', method = '' } = request;
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !['connection', 'content-length'].includes(name)),
      ) as Record<string, string>;
      text(request).then((body) => {
        caught.resolve({ url, method, headers, body });
        response.writeHead(500).end();
      }, caught.reject);
    });
    await new Promise<void>((resolve) => trap.listen(Number(target), '127.0.0.1', resolve));
    await client()
      .send(new PutKeyCommand({ KvsARN: store.arn, IfMatch, Key: 'acme', Value: 'value' }))
      .catch(() => {});
    trap.close();
    trap.closeAllConnections();
    await start({ port: Number(target) });
    return caught.promise;
  }
});

test('entries outlive a restart', async () => {
  await put('acme', '1');
  const before = await etag();
  await store.close();
  await start();
  expect(store.get('acme')).toBe('1');
  expect(await etag()).toBe(before);
});

test('one who waits for a key is told when it is there', async () => {
  const stored = store.whenStored('globex').then(() => store.get('globex'));
  await put('acme', '1');
  await put('globex', '2');
  expect(await stored).toBe('2');
});
