import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { S3Error } from './errors.ts';
import { md5, type ObjectHead, type Objects } from './objects.ts';

/**
 * A bucket whose objects are files named by their keys, so that what others put into the folder is in the bucket as well,
 * and they find what was put. Of an object's headers nothing is kept; its ETag changes with its size and time. A file
 * whose name begins with a dot is a draft, and no object.
 */
export function openFolder(folder: string): Objects {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const head = (key: string): ObjectHead | undefined => {
    const found = isFileKey(key) ? statSync(join(folder, key), { throwIfNoEntry: false }) : undefined;
    if (!found?.isFile()) return undefined;
    const { size, mtimeMs, ino } = found;
    const etag = md5(Buffer.from(`${ino} ${size} ${mtimeMs}`)).toString('hex');
    const headers = { 'content-type': 'binary/octet-stream' };
    return { key, etag: `"${etag}"`, size, modifiedAt: Math.floor(mtimeMs), headers };
  };
  return {
    head,
    read: (key) => readFileSync(join(folder, key)),
    put(key, content) {
      const path = pathOf(folder, key);
      const draft = join(folder, `.${randomUUID()}`);
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(draft, content, { mode: 0o600 });
        renameSync(draft, path);
      } catch (error) {
        rmSync(draft, { force: true });
        throw inTheWay(error) ? refused(`${key} and another key cannot both be files`) : error;
      }
      const made = head(key);
      if (made === undefined) throw new Error(`${key} was removed while it was put`);
      return made;
    },
    remove(key) {
      if (head(key)) rmSync(join(folder, key), { force: true });
    },
    list(prefix) {
      const keys: string[] = [];
      const walk = (under: string) => {
        for (const entry of readdirSync(join(folder, under), { withFileTypes: true })) {
          const key = under + entry.name;
          // Either may be the longer: the folder on the way to the prefix, or below it.
          if (entry.isDirectory() && (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`))) walk(`${key}/`);
          if (entry.isFile() && key.startsWith(prefix)) keys.push(key);
        }
      };
      walk('');
      return keys.sort().flatMap((key) => head(key) ?? []);
    },
  };
}

/** The file of a key. @throws S3Error for one that leads elsewhere or that no file can have */
function pathOf(folder: string, key: string): string {
  if (!isFileKey(key)) throw refused(`${JSON.stringify(key)} is no name of a file in this bucket`);
  return join(folder, key);
}

/** No empty part, none that begins with a dot (`..` leads out of the folder), none that a file system refuses. */
function isFileKey(key: string): boolean {
  const isName = (part: string) =>
    part !== '' &&
    !part.startsWith('.') &&
    !part.includes('\\') &&
    !part.includes('\0') &&
    Buffer.byteLength(part) <= 240;
  return Buffer.byteLength(key) <= 1024 && key.split('/').every(isName);
}

function refused(message: string): S3Error {
  return new S3Error('InvalidArgument', message);
}

/** A file where a folder must be, or the other way round. */
function inTheWay(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR';
}
