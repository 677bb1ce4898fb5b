import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signDownloads } from '../graphql/api/download-url.ts';
import { type Export, exportObjectKey } from '../tenancy/export.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import type { Listener } from './listener.ts';
import { decodeChunked } from './s3/chunked-body.ts';
import { startS3 } from './s3.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret' };
const Bucket = 'files';
const REGION = 'eu-central-1';
const folder = mkdtempSync(join(tmpdir(), 'agent-runner-s3-'));
let s3: Listener;
let client: S3Client;
let now: () => number = Date.now;

const start = () =>
  startS3({
    folder,
    region: REGION,
    buckets: [Bucket],
    accessKeys: { [KEYS.accessKeyId]: KEYS.secretAccessKey },
    now: () => now(),
  });
const connect = (more: Record<string, unknown> = {}) =>
  new S3Client({ region: REGION, endpoint: s3.url, credentials: KEYS, maxAttempts: 1, forcePathStyle: true, ...more });
beforeAll(async () => {
  s3 = await start();
  client = connect();
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  rmSync(folder, { recursive: true });
});

const nameOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'done',
    (error: Error) => error.name,
  );
const bytesOf = async (Key: string, more = {}) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

describe('an object', () => {
  it('is put, read whole and in part, described, listed and deleted', async () => {
    const Key = 'a folder/ä+b (1)!.txt';
    const put = { Bucket, Key, Body: 'hello world', ContentType: 'text/plain', ContentDisposition: 'attachment' };
    const { ETag } = await client.send(new PutObjectCommand(put));
    expect(await bytesOf(Key)).toBe('hello world');
    expect(await bytesOf(Key, { Range: 'bytes=6-' })).toBe('world');
    expect(await bytesOf(Key, { Range: 'bytes=0-4' })).toBe('hello');
    expect(await bytesOf(Key, { Range: 'bytes=-3' })).toBe('rld');
    expect(await nameOf(bytesOf(Key, { Range: 'bytes=99-' }))).toBe('InvalidRange');
    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ETag,
      ContentLength: 11,
      ContentType: 'text/plain',
      ContentDisposition: 'attachment',
    });
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a folder/' }));
    expect(Contents).toMatchObject([{ Key, ETag, Size: 11 }]);
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await nameOf(bytesOf(Key))).toBe('NoSuchKey');
    expect(await nameOf(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe('NotFound');
    expect(await nameOf(client.send(new PutObjectCommand({ ...put, Bucket: 'none' })))).toBe('NoSuchBucket');
  });

  it('of a stream comes in chunks, with its checksum behind them', async () => {
    const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(3, 'b')]);
    await client.send(new PutObjectCommand({ Bucket, Key: 'streamed', Body, ContentLength: 70_003 }));
    expect(await bytesOf('streamed')).toBe(`${'a'.repeat(70_000)}bbb`);
  });

  it('whose bytes are not what was said of them is refused', async () => {
    const put = { Bucket, Key: 'wrong', Body: 'hello' };
    expect(await nameOf(client.send(new PutObjectCommand({ ...put, ChecksumCRC32: 'AAAAAA==' })))).toBe('BadDigest');
    expect(await nameOf(bytesOf('wrong'))).toBe('NoSuchKey');
  });

  it('is there after a restart', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
    const other = await start();
    const second = connect({ endpoint: other.url });
    const { Body } = await second.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
    expect(await Body?.transformToString()).toBe('kept');
    second.destroy();
    await other.close();
  });

  it('is reached by the bucket’s own host name', async () => {
    const lookup = (_: string, __: unknown, done: (error: null, all: { address: string; family: number }[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    const httpAgent = new Agent({ lookup: lookup as never });
    const requestHandler = new NodeHttpHandler({ httpAgent });
    const endpoint = s3.url.replace('127.0.0.1', 'localhost');
    const hosted = connect({ endpoint, forcePathStyle: false, requestHandler });
    await hosted.send(new PutObjectCommand({ Bucket, Key: 'hosted/one', Body: '1' }));
    expect(await bytesOf('hosted/one')).toBe('1');
    hosted.destroy();
  });
});

describe('a multipart upload', () => {
  it('by the library is one object, of any size', async () => {
    const body = Buffer.alloc(11 * 1024 * 1024, 'abcdefg');
    const params = { Bucket, Key: 'large', Body: Readable.from([body.subarray(0, 999), body.subarray(999)]) };
    await new Upload({ client, params, queueSize: 1, partSize: 5 * 1024 * 1024 }).done();
    const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    const read = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
    expect(ETag).toMatch(/-3"$/);
  });

  it('with small parts, parts that are none or in no order is refused; what was aborted is gone', async () => {
    const Key = 'parts';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = async (PartNumber: number) => {
      const sent = await client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: `${PartNumber}` }),
      );
      return { PartNumber, ETag: sent.ETag };
    };
    const [one, two] = [await part(1), await part(2)];
    const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      nameOf(client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } })));
    expect(await complete([one, two])).toBe('EntityTooSmall');
    expect(await complete([two, one])).toBe('InvalidPartOrder');
    expect(await complete([{ ...one, ETag: '"other"' }])).toBe('InvalidPart');
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await complete([one])).toBe('NoSuchUpload');
    expect(await nameOf(bytesOf(Key))).toBe('NoSuchKey');
  });
});

describe('who may', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['another secret', { credentials: { ...KEYS, secretAccessKey: 'other' } }, 'SignatureDoesNotMatch'],
    ['an unknown key', { credentials: { ...KEYS, accessKeyId: 'AKIANOBODYNOBODYNOBO' } }, 'InvalidAccessKeyId'],
    ['another region', { region: 'us-east-1' }, 'AccessDenied'],
  ])('not with %s', async (_, more, expected) => {
    const stranger = connect(more);
    expect(await nameOf(stranger.send(new GetObjectCommand({ Bucket, Key: 'kept' })))).toBe(expected);
    stranger.destroy();
  });

  it('not without a signature', async () => {
    const answer = await fetch(`${s3.url}/${Bucket}/kept`);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
  });
});

describe('a presigned address of an export', () => {
  const one: Export = {
    id: '019aab2f-6a00-7000-8000-000000000001',
    tenantId: parseTenantId('acme')!,
    kind: 'USAGE',
    from: '2026-11-01',
    to: '2026-11-21',
    state: 'READY',
    requestedBy: 'usr_anna',
    requestedAt: 0,
    attempts: 1,
  };
  const AT = Date.parse('2026-11-22T12:00:00Z');
  const sign = (more = {}) =>
    signDownloads(
      { name: Bucket, region: REGION, endpoint: s3.url, ...more },
      { ...KEYS, sessionToken: 'a+b/c=' },
      () => AT,
    );
  const status = async (url: string, init: RequestInit = {}) => {
    const answer = await fetch(url, init);
    return [answer.status, await answer.text()] as const;
  };

  it('is good for five minutes, for this file, for reading', async () => {
    // Put by the clock of the client; fetched by the one of the address.
    await client.send(new PutObjectCommand({ Bucket, Key: exportObjectKey(one), Body: 'rows' }));
    const url = await sign()(one);
    now = () => AT + 299_999;
    expect(await status(url)).toEqual([200, 'rows']);
    expect((await status(url.replace('acme', 'globex')))[1]).toContain('SignatureDoesNotMatch');
    expect((await status(url.replace('X-Amz-Expires=300', 'X-Amz-Expires=900')))[1]).toContain('SignatureDoesNotMatch');
    expect((await status(url, { method: 'DELETE' }))[1]).toContain('SignatureDoesNotMatch');
    now = () => AT + 300_000;
    expect((await status(url))[1]).toContain('Request has expired');
    now = Date.now;
  });

  it('leads to S3’s own name of the bucket unless another is given', async () => {
    const plain = { name: Bucket, region: REGION };
    const url = new URL(await signDownloads(plain, KEYS, () => AT)(one));
    expect([url.origin, url.pathname]).toEqual([
      'https://files.s3.eu-central-1.amazonaws.com',
      '/exports/acme/019aab2f-6a00-7000-8000-000000000001/1-acme-usage-2026-11-01-2026-11-21.csv',
    ]);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('300');
  });
});

describe('aws-chunked content', () => {
  it('is read as it was written, whatever the chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (chunks) => {
        const content = Buffer.concat(chunks);
        const wire = Buffer.concat([
          ...chunks.flatMap((one) => [Buffer.from(`${one.length.toString(16)}\r\n`), one, Buffer.from('\r\n')]),
          Buffer.from('0\r\nx-amz-checksum-crc32:abc=\r\n\r\n'),
        ]);
        const decoded = decodeChunked(wire, content.length);
        expect(decoded.content.equals(content)).toBe(true);
        expect([...decoded.trailers]).toEqual([['x-amz-checksum-crc32', 'abc=']]);
        expect(() => decodeChunked(wire.subarray(0, wire.length - 32), content.length)).toThrow();
        expect(() => decodeChunked(wire, content.length + 1)).toThrow();
      }),
    );
  });

  it('that is anything else is refused, and never read past its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeChunked(Buffer.from(bytes), 5);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('IncompleteBody');
        }
      }),
    );
  });
});
