import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Listener } from '../listener.ts';
import { startS3 } from '../s3.ts';
import { openFolder } from './folder.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret' };
const Bucket = 'lake';
const root = mkdtempSync(join(tmpdir(), 'agent-runner-lake-'));
const folder = join(root, 'lake');
let s3: Listener;
let client: S3Client;
beforeAll(async () => {
  writeFileSync(join(root, 'secret'), 'not yours');
  s3 = await startS3({
    folder: join(root, 's3'),
    region: 'eu-central-1',
    buckets: [],
    folders: { [Bucket]: folder },
    accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey },
  });
  const place = { region: 'eu-central-1', endpoint: s3.url, forcePathStyle: true, maxAttempts: 1 };
  client = new S3Client({ ...place, credentials: KEYS });
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  rmSync(root, { recursive: true });
});

const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
const get = async (Key: string) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const nameOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'done',
    (error: Error) => error.name,
  );
const keysOf = async (Prefix: string, more = {}) =>
  (await client.send(new ListObjectsV2Command({ Bucket, Prefix, ...more }))).Contents?.map(({ Key }) => Key);

it('has what was put as a file, and what others put there as an object', async () => {
  const { ETag } = await put('book/day=2026-11-02/region=eu-central-1/part-1.json', '{"n":1}\n');
  expect(readFileSync(join(folder, 'book/day=2026-11-02/region=eu-central-1/part-1.json'), 'utf8')).toBe('{"n":1}\n');
  mkdirSync(join(folder, 'usage/dt=2026-11-02/hour=03'), { recursive: true });
  writeFileSync(join(folder, 'usage/dt=2026-11-02/hour=03/part-1.json'), 'from Firehose');
  writeFileSync(join(folder, 'usage/dt=2026-11-02/hour=03/.part-2.json'), 'half');
  expect(await get('usage/dt=2026-11-02/hour=03/part-1.json')).toBe('from Firehose');
  expect(await keysOf('usage/dt=2026-11-0')).toEqual(['usage/dt=2026-11-02/hour=03/part-1.json']);
  expect(await keysOf('')).toEqual([
    'book/day=2026-11-02/region=eu-central-1/part-1.json',
    'usage/dt=2026-11-02/hour=03/part-1.json',
  ]);
  expect(await keysOf('nothing/')).toBeUndefined();
  const head = await client.send(
    new HeadObjectCommand({ Bucket, Key: 'book/day=2026-11-02/region=eu-central-1/part-1.json' }),
  );
  expect(head).toMatchObject({ ETag, ContentLength: 8 });
});

it('replaces, deletes, and lists page by page', async () => {
  for (const n of [1, 2, 3]) await put(`pages/${n}`, 'old');
  await put('pages/2', 'new');
  expect(await get('pages/2')).toBe('new');
  const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'pages/', MaxKeys: 2 }));
  expect(first.Contents?.map(({ Key }) => Key)).toEqual(['pages/1', 'pages/2']);
  expect(await keysOf('pages/', { ContinuationToken: first.NextContinuationToken })).toEqual(['pages/3']);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'pages/1' }));
  expect(await nameOf(get('pages/1'))).toBe('NoSuchKey');
  expect(await keysOf('pages/')).toEqual(['pages/2', 'pages/3']);
});

it.each(['../secret', 'a/../../secret', 'a//b', 'a/./b', '.hidden', 'a/', '/a', 'a\\b', `a/${'x'.repeat(300)}`])(
  'refuses the key %j',
  async (key) => {
    expect(await nameOf(put(key, 'mine'))).toBe('InvalidArgument');
    expect(await nameOf(get(key))).toBe('NoSuchKey');
    await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('not yours');
  },
);

it('refuses a key that would have to be file and folder at once', async () => {
  await put('both', 'a file');
  expect(await nameOf(put('both/below', 'x'))).toBe('InvalidArgument');
  expect(await nameOf(put('pages', 'x'))).toBe('InvalidArgument');
  expect(await get('both')).toBe('a file');
});

it('writes no file outside its folder, whatever the key', () => {
  const inner = join(root, 'fuzz', 'inner');
  const objects = openFolder(inner);
  const part = fc.oneof(fc.constantFrom('..', '.', '', '~', '%2e%2e', 'a', 'b\0', '\\'), fc.string({ maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const key = parts.join('/');
      try {
        objects.put(key, Buffer.from('x'), {});
        expect(objects.read(key).toString()).toBe('x');
        objects.remove(key);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('InvalidArgument');
      }
      // Nothing but the folder itself lies beside it.
      expect(
        openFolder(join(root, 'fuzz'))
          .list('')
          .filter((one) => !one.key.startsWith('inner/')),
      ).toEqual([]);
    }),
  );
});
