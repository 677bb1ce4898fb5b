import { Readable } from 'node:stream';
import { DeleteObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { FileStore } from './export.ts';

const PART_BYTES = 8 * 1024 * 1024;

/**
 * Puts files into a bucket, part by part: of any file no more than a part is in memory. A file is there whole or not at
 * all. @param bucket its name
 */
export function openBucket(client: S3Client, bucket: string): FileStore {
  return {
    async put(key, content, { type, name }) {
      const upload = new Upload({
        client,
        params: {
          Bucket: bucket,
          Key: key,
          Body: Readable.from(content, { objectMode: false, highWaterMark: 1 }),
          ContentType: type,
          ContentDisposition: `attachment; filename="${name}"`,
        },
        queueSize: 1,
        partSize: PART_BYTES,
        leavePartsOnError: false,
      });
      await upload.done();
    },
  };
}

/** Deletes every object under a prefix, and says how many there were. Safe to repeat. */
export async function removeObjects(client: S3Client, bucket: string, prefix: string): Promise<number> {
  for (let removed = 0; ; ) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    if (Contents.length === 0) return removed;
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    removed += Contents.length;
  }
}
