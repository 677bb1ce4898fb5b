import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Lake } from './lake.ts';

/** The lake's files, in S3. */
export function openBucket(client: S3Client, bucket: string): Omit<Lake, 'query' | 'unload'> {
  return {
    async put(key, lines) {
      const Body = lines.map((line) => `${line}\n`).join('');
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: 'application/x-ndjson' }));
    },
    async list(prefix) {
      const keys: string[] = [];
      let next: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(next ? { ContinuationToken: next } : {}) }),
        );
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
        next = page.NextContinuationToken;
      } while (next);
      return keys;
    },
    async *read(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = Body as Readable;
      const input = key.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
      yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}
