import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
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
