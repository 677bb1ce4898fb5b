import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CliError } from './failure.ts';

/** Windows knows no such modes: there the user's profile folder is the wall. */
const HAS_MODES = process.platform !== 'win32';
const OTHERS = 0o077;

/**
 * The text of a file that holds secrets, or undefined when there is none. A file that others may read is mended, and
 * that it was is said: what they read until then is theirs.
 * @throws CliError when the file is somebody else's
 */
export function readPrivate(path: string, say: (line: string) => void): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    if (HAS_MODES) {
      const { mode, uid } = fstatSync(file);
      if (uid !== process.getuid?.())
        throw new CliError({
          kind: 'file',
          path,
          reason: 'belongs to another user; remove it or set AGENT_RUNNER_HOME',
        });
      if (mode & OTHERS) {
        fchmodSync(file, 0o600);
        say(
          `agent-runner: others could read ${path}; it is 0600 again. If they are no friends, run: agent-runner logout`,
        );
      }
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Writes a file that only this user can read, whole or not at all, in a folder that only this user can enter. */
export function writePrivate(path: string, text: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (HAS_MODES && statSync(folder).mode & OTHERS) chmodSync(folder, 0o700);
  replaceFile(path, text, 0o600);
}

/**
 * Puts a new file in the place of an old one, in one step: whoever reads meets the old or the new one, and a process that
 * is killed leaves the old one. On disk before it counts: with a rotated refresh token, the old file is worth nothing.
 */
export function replaceFile(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.draft`;
  // Left by a process of this number that was killed.
  rmSync(draft, { force: true });
  const file = openSync(draft, 'wx', mode);
  try {
    // The mask of new files narrows the mode above, and a file that is replaced keeps its own.
    if (HAS_MODES) fchmodSync(file, mode);
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
