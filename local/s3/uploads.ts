import { randomUUID } from 'node:crypto';
import { S3Error } from './errors.ts';
import { md5, type ObjectHead, type Objects } from './objects.ts';
import { elementsOf, textOf } from './xml.ts';

type Part = { readonly etag: string; readonly content: Buffer };
type Upload = {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, Part>;
};

/** Multipart uploads that are under way. They are in memory alone: one that a restart ends is one that nobody completes. */
export type Uploads = {
  create(key: string, headers: Readonly<Record<string, string>>): string;
  /** @returns the part's etag */
  putPart(key: string, uploadId: string, part: string, content: Buffer): string;
  complete(key: string, uploadId: string, body: string): ObjectHead;
  abort(key: string, uploadId: string): void;
};

const MIN_PART = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

export function openUploads(objects: Objects): Uploads {
  const uploads = new Map<string, Upload>();
  const find = (key: string, uploadId: string): Upload => {
    const upload = uploads.get(uploadId);
    if (upload?.key !== key) throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
    return upload;
  };
  return {
    create(key, headers) {
      const id = randomUUID();
      uploads.set(id, { key, headers, parts: new Map() });
      return id;
    },
    putPart(key, uploadId, part, content) {
      const number = Number(part);
      if (!/^\d{1,5}$/.test(part) || number < 1 || number > MAX_PARTS) {
        throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`);
      }
      const etag = `"${md5(content).toString('hex')}"`;
      find(key, uploadId).parts.set(number, { etag, content });
      return etag;
    },
    complete(key, uploadId, body) {
      const { headers, parts } = find(key, uploadId);
      const named = elementsOf(body, 'Part').map((inner) => ({
        number: Number(textOf(elementsOf(inner, 'PartNumber')[0] ?? '')),
        etag: textOf(elementsOf(inner, 'ETag')[0] ?? ''),
      }));
      if (named.length === 0) throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
      if (named.some(({ number }, i) => number <= (named[i - 1]?.number ?? 0))) {
        throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
      }
      const contents = named.map(({ number, etag }) => {
        const part = parts.get(number);
        if (!part || part.etag !== (etag.startsWith('"') ? etag : `"${etag}"`)) {
          throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
        }
        return part.content;
      });
      if (contents.slice(0, -1).some(({ length }) => length < MIN_PART)) {
        throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      }
      const etag = `${md5(Buffer.concat(contents.map(md5))).toString('hex')}-${contents.length}`;
      const made = objects.put(key, Buffer.concat(contents), headers, etag);
      uploads.delete(uploadId);
      return made;
    },
    abort(key, uploadId) {
      find(key, uploadId);
      uploads.delete(uploadId);
    },
  };
}
