import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Change, type Setting, SettingsError, takeBack, writeSettings } from './claude-settings.ts';
import { CliError } from './failure.ts';
import { isCode, readPrivate, replaceFile, writePrivate } from './private-file.ts';

/** What is needed to undo: kept in our own folder, for what stood there before may be a secret. */
type UndoRecord = {
  readonly version: 1;
  readonly path: string;
  readonly gateway: string;
  /** The whole text from before; null when there was no file. */
  readonly before: string | null;
  /** SHA-256 of the text that was written. */
  readonly written: string;
  readonly changes: readonly Change[];
};

export type Plan = { readonly path: string; readonly text: string; readonly changes: readonly Change[]; apply(): void };

/** What an undo found: the file as it was, our settings taken out of a file that was changed since, or nothing to do. */
export type Undone = 'restored' | 'taken_back' | 'nothing';

/** One settings file of Claude Code's, with the way back. */
export type SettingsFile = {
  /** undefined when there is none. */
  read(): string | undefined;
  /** @throws CliError when the file is no JSON object */
  plan(gateway: string, settings: readonly Setting[]): Plan;
  /** @throws CliError when the file was changed since and is no JSON object any more */
  undo(): Undone;
};

/** @param store the folder of all that agent-runner keeps */
export function openSettingsFile(path: string, store: string, say: (line: string) => void): SettingsFile {
  const recordPath = join(store, 'connections', `${digest(resolve(path)).slice(0, 16)}.json`);
  const read = () => readIfThere(path);
  const record = (): UndoRecord | undefined => {
    const text = readPrivate(recordPath, say);
    return text === undefined ? undefined : (JSON.parse(text) as UndoRecord);
  };
  const orRefuse = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      const where = error.line === undefined ? '' : ` at line ${error.line}`;
      throw new CliError({
        kind: 'file',
        path,
        reason: `${error.message}${where}. Nothing was changed; mend it and try again`,
      });
    }
  };
  /** As it would be without us. */
  const original = (): string | undefined => {
    const [text, known] = [read(), record()];
    if (text === undefined || !known) return text;
    return digest(text) === known.written ? (known.before ?? undefined) : takeBack(text, known.changes);
  };
  return {
    read,
    plan: (gateway, settings) =>
      orRefuse(() => {
        const before = original();
        const { text, changes } = writeSettings(before, settings);
        const apply = () => {
          if (before !== undefined) replaceFile(`${target(path)}.before-agent-runner`, before, modeOf(path));
          const kept: UndoRecord = {
            version: 1,
            path,
            gateway,
            before: before ?? null,
            written: digest(text),
            changes,
          };
          // First the way back, then the change.
          writePrivate(recordPath, JSON.stringify(kept));
          put(path, text);
        };
        return { path, text, changes, apply };
      }),
    undo: () =>
      orRefuse(() => {
        const [text, known] = [read(), record()];
        if (!known) return 'nothing';
        const same = text !== undefined && digest(text) === known.written;
        const before = original();
        if (text !== undefined) before === undefined ? rmSync(target(path)) : put(path, before);
        rmSync(`${target(path)}.before-agent-runner`, { force: true });
        rmSync(recordPath);
        return same ? 'restored' : 'taken_back';
      }),
  };
}

function put(path: string, text: string): void {
  const real = target(path);
  mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
  replaceFile(real, text, modeOf(path));
}

/** The file itself where the path is a link to it, as people have who keep their settings in a repository. */
function target(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  // A link to a file that is not there yet.
  return isLink(path) ? resolve(dirname(path), readlinkSync(path)) : path;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function modeOf(path: string): number {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode === undefined ? 0o600 : mode & 0o777;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw new CliError({ kind: 'file', path, reason: error instanceof Error ? error.message : 'cannot be read' });
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
