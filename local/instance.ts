import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalSettings, StartError } from './settings.ts';

/** Raised whenever an older data folder would be misread. */
const DATA_VERSION = '6';

/** What local data consists of; anything else in the folder (downloaded tools) is not ours to delete. */
const DATA = [
  'bin',
  'bundles',
  'certificates',
  'dynamodb',
  'issuer',
  'okta',
  'key-value-store',
  's3',
  'stripe',
  'lake',
  'logs',
  'mailbox',
  'secrets',
  'seed.json',
  'version',
];

/** `$LOCAL_DATA/platform.json`: the contract for scripts, written when all is ready, gone when the platform is. */
export class Instance {
  readonly #folder: string;
  readonly #platformJson: string;
  readonly #pidFile: string;

  /**
   * Takes the folder for this process.
   * @throws StartError when another platform runs on it, or when its data is of another version
   */
  constructor(folder: string, pid: number, { reset, tables }: Pick<LocalSettings, 'reset' | 'tables'>) {
    this.#folder = folder;
    this.#platformJson = join(folder, 'platform.json');
    this.#pidFile = join(folder, 'platform.pid');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const other = existsSync(this.#pidFile) ? Number(readFileSync(this.#pidFile, 'utf8')) : 0;
    if (other && other !== pid && isPlatform(other)) {
      throw new StartError(
        `a platform already runs on ${folder} (pid ${other}); stop it, or start another with LOCAL_DATA=... PORT=...`,
      );
    }
    rmSync(this.#platformJson, { force: true });
    writeFileSync(this.#pidFile, String(pid));
    if (reset) for (const name of DATA) rmSync(join(folder, name), { recursive: true, force: true });
    this.#checkVersion(tables);
  }

  #checkVersion(tables: LocalSettings['tables']): void {
    const path = join(this.#folder, 'version');
    const found = existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
    if (found === undefined && existsSync(join(this.#folder, 'dynamodb'))) {
      this.release();
      throw new StartError(`the data in ${this.#folder} is incomplete; start afresh with: npm start -- --reset`);
    }
    const inMemory = `${DATA_VERSION}, tables in memory`;
    if (found === inMemory || (found !== undefined && tables === 'memory')) {
      this.release();
      throw new StartError(
        `the data in ${this.#folder} and tables in memory do not go together; choose another LOCAL_DATA, or start afresh with: npm start -- --reset`,
      );
    }
    if (found !== undefined && found !== DATA_VERSION) {
      this.release();
      throw new StartError(
        `the data in ${this.#folder} was written by another version (${found}, not ${DATA_VERSION}); start afresh with: npm start -- --reset`,
      );
    }
    writeFileSync(path, tables === 'memory' ? inMemory : DATA_VERSION);
  }

  /** A folder for one kind of data, made when absent. */
  path(...names: string[]): string {
    const path = join(this.#folder, ...names);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  file(...names: string[]): string {
    return join(this.#folder, ...names);
  }

  /** Written whole or not at all: a script that polls for it never reads half a file. It holds keys, so it is ours alone. */
  announce(platform: object): void {
    const draft = `${this.#platformJson}.draft`;
    writeFileSync(draft, `${JSON.stringify(platform, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#platformJson);
  }

  release(): void {
    rmSync(this.#platformJson, { force: true });
    rmSync(this.#pidFile, { force: true });
  }
}

/** Whether the pid is alive and is one of ours: after a crash the number may belong to any program. */
function isPlatform(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('local/main.ts');
  } catch {
    return true;
  }
}
