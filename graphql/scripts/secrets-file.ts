import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { RotateApiKeyInput } from './documents.ts';

/** A key as it is named for people, in each line of the file. */
export type KeyName = {
  readonly tenant: string;
  readonly apiKeyId: string;
  readonly name: string;
  readonly owner: string | null;
};

/**
 * One line of the file. `rotating` is written before the API is asked, with the very input, so that whoever finds no line
 * behind it can ask the same again. `given up`: it was not carried out, and will not be.
 */
export type SecretsLine = KeyName & { readonly at: string } & (
    | { readonly state: 'rotating'; readonly input: RotateApiKeyInput }
    | {
        readonly state: 'rotated';
        readonly idempotencyKey: string;
        readonly secret: string;
        readonly oldWorksUntil: string | null;
      }
    | { readonly state: 'given up'; readonly idempotencyKey: string }
  );

export type Pending = Extract<SecretsLine, { readonly state: 'rotating' }>;

/** The file that new secrets are written to: lines of JSON, each on the disk before anything else happens. */
export type SecretsFile = {
  /** Rotations that were begun by an earlier run, and whose secret is not in the file. */
  readonly pending: readonly Pending[];
  write(line: SecretsLine): void;
  close(): void;
};

/** Opens the file, or makes it, for its owner alone. @returns why not: others could read what is in it */
export function openSecretsFile(path: string): Result<SecretsFile, string> {
  const file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  const { mode, size } = fstatSync(file);
  if ((mode & 0o077) !== 0) {
    closeSync(file);
    return no(`${path} may be read by others than you: chmod 600 it, or name another file`);
  }
  const write = (text: string): void => {
    writeSync(file, text);
    fdatasyncSync(file);
  };
  // A line that a killed run wrote half stays behind a line of its own: what it was of is pending.
  const last = Buffer.alloc(1);
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n') write('\n');
  return ok({
    pending: readPending(path),
    write: (line) => write(`${JSON.stringify(line)}\n`),
    close: () => closeSync(file),
  });
}

/** What a run would find pending; of a file that is not there nothing. Nothing is made. */
export function readPending(path: string): readonly Pending[] {
  const open = new Map<string, Pending>();
  for (const line of readLines(path)) {
    if (line.state === 'rotating') open.set(line.input.idempotencyKey, line);
    else open.delete(line.idempotencyKey);
  }
  return [...open.values()];
}

function readLines(path: string): SecretsLine[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as SecretsLine;
      return ['rotating', 'rotated', 'given up'].includes(value.state) ? [value] : [];
    } catch {
      return [];
    }
  });
}
