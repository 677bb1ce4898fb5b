import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFileIfThere, writePrivateFile } from '../private-file.ts';

/** What is known of an object beside its bytes. `modifiedAt` in ms since the epoch; headers by their names in lower case. */
export type ObjectHead = {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: number;
  readonly headers: Readonly<Record<string, string>>;
};

/** A bucket's objects, in a folder: one file of bytes and one of JSON for each. */
export type Objects = {
  put(key: string, content: Buffer, headers: Readonly<Record<string, string>>, etag?: string): ObjectHead;
  head(key: string): ObjectHead | undefined;
  read(key: string): Buffer;
  remove(key: string): void;
  /** Those whose keys begin so, in the order of their keys. */
  list(prefix: string): ObjectHead[];
};

export function openObjects(folder: string, now: () => number): Objects {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A key may hold what no file's name can, and lead out of the folder.
  const path = (key: string) => join(folder, createHash('sha256').update(key).digest('hex'));
  const head = (key: string) => readHead(readFileIfThere(`${path(key)}.json`));
  return {
    head,
    read: (key) => readFileSync(path(key)),
    put(key, content, headers, etag = md5(content).toString('hex')) {
      const made = { key, etag: `"${etag}"`, size: content.length, modifiedAt: now(), headers };
      const draft = join(folder, randomUUID());
      writeFileSync(draft, content, { mode: 0o600 });
      renameSync(draft, path(key));
      writePrivateFile(`${path(key)}.json`, JSON.stringify(made));
      return made;
    },
    remove(key) {
      rmSync(`${path(key)}.json`, { force: true });
      rmSync(path(key), { force: true });
    },
    list: (prefix) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .flatMap((name) => readHead(readFileIfThere(join(folder, name))) ?? [])
        .filter(({ key }) => key.startsWith(prefix))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

export function md5(content: Buffer): Buffer {
  return createHash('md5').update(content).digest();
}

function readHead(text: string | undefined): ObjectHead | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as ObjectHead);
}
