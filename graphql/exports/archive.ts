import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { ArchiveFile } from './archive-files.ts';

/** What signs a manifest. `publicKey`: as PEM, for whoever verifies. */
export type ArchiveSigner = { readonly publicKey: string; readonly sign: (manifest: Buffer) => Buffer };

export type Hash = { update(data: Buffer): unknown; digest(encoding: 'hex'): string };

type Entry = { readonly name: string; readonly bytes: number; readonly sha256: string };

/**
 * Files as a zip, as they are read: with a manifest of their lengths and hashes behind them, and its signature. No file
 * is in memory whole. @param at the time (ms epoch) that the files bear: the same files make the same zip
 */
export async function* zipOf(
  files: readonly ArchiveFile[],
  { sign }: ArchiveSigner,
  sha256: () => Hash,
  at: number,
): AsyncGenerator<Buffer> {
  const zip = new ZipFile();
  const out = zip.outputStream as Readable;
  zip.on('error', (error) => out.destroy(error as Error));
  const entries: Entry[] = [];
  const add = (name: string, content: () => AsyncIterable<Buffer>): void => {
    zip.addReadStreamLazy(name, { mtime: new Date(at), compress: true }, (take) => {
      // One after the other: what a file is made of is asked for when its turn has come.
      const stream = Readable.from(content(), { objectMode: false });
      stream.on('error', (error) => out.destroy(error));
      take(null, stream);
    });
  };
  for (const { name, content } of files) add(name, () => hashed(name, content(), sha256(), entries));
  let manifest = Buffer.alloc(0);
  add('manifest.json', () => {
    manifest = Buffer.from(manifestOf(entries));
    return once(() => manifest);
  });
  add('manifest.sig', () => once(() => sign(manifest)));
  zip.end();
  for await (const piece of out) yield piece as Buffer;
}

async function* once(make: () => Buffer): AsyncGenerator<Buffer> {
  yield make();
}

async function* hashed(
  name: string,
  content: AsyncIterable<string>,
  hash: Hash,
  entries: Entry[],
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const text of content) {
    const data = Buffer.from(text);
    if (data.length === 0) continue;
    hash.update(data);
    bytes += data.length;
    yield data;
  }
  entries.push({ name, bytes, sha256: hash.digest('hex') });
}

/** One file to a line: `sed` takes it apart where nothing else is at hand. */
function manifestOf(entries: readonly Entry[]): string {
  return `{"files":[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]}\n`;
}
