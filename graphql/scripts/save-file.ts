import { createHash } from 'node:crypto';
import { createWriteStream, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Client } from './client.ts';
import { ClosingById, type ClosingByIdQuery } from './documents.ts';

type Closing = Extract<NonNullable<ClosingByIdQuery['node']>, { archive: unknown }>;

/**
 * Saves a closed tenant's archive, whole or not at all, for its owner alone, and the key that has signed it beside it.
 * @returns why there is none
 */
export async function saveArchive(client: Client, operationId: string, path: string): Promise<Result<null, string>> {
  const { node } = await client.ask(ClosingById, { id: operationId });
  const { downloadUrl = null, sha256 = null, publicKey = null } = (node as Closing | null)?.archive ?? {};
  if (downloadUrl === null) return no('there is no archive: it is not written yet, or purged');
  return saveFile({ downloadUrl, sha256 }, path, () => {
    if (publicKey !== null) writeFileSync(`${path}.pem`, publicKey);
  });
}

/**
 * Saves an export's file, whole or not at all, for its owner alone. The address is the API's word and no input, and holds for
 * 5 minutes.
 * @param beside writes what belongs to the file, before that is there under its name @returns why it is not saved
 */
export async function saveFile(
  { downloadUrl, sha256 }: { readonly downloadUrl: string; readonly sha256: string | null },
  path: string,
  beside: () => void = () => {},
): Promise<Result<null, string>> {
  const part = `${path}.part`;
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const answer = await fetch(downloadUrl);
    if (!answer.ok || !answer.body) return no(`the file's address answered ${answer.status}; run it again`);
    await pipeline(Readable.fromWeb(answer.body), hashing, createWriteStream(part, { mode: 0o600, flags: 'w' }));
    if (hash.digest('hex') !== sha256) return no('what came of the file is not what was written; run it again');
    beside();
    renameSync(part, path);
    return ok(null);
  } finally {
    rmSync(part, { force: true });
  }
}
