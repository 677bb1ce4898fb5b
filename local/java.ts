import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StartError } from './settings.ts';

/** What a command did; `status` is null when it could not be started. */
export type Ran = { readonly status: number | null; readonly output: string };

/** The machine as `findJava` sees it. */
export type Machine = {
  readonly path: string;
  readonly javaHome?: string | undefined;
  readonly platform: NodeJS.Platform;
  /** -1 where there is none. */
  readonly uid: number;
  /** Content of /etc/os-release, empty where there is none. */
  readonly osRelease: string;
  /** Runs a command to its end. */
  readonly run: (command: string, args: readonly string[]) => Ran;
  /** Tells the user. */
  readonly say: (line: string) => void;
};

const OLDEST = 17;
const DEBIAN_PACKAGE = 'openjdk-17-jre-headless';

/** This machine. Its commands may run for minutes (an installation); `say` writes to stderr. */
export function thisMachine(): Machine {
  return {
    path: process.env['PATH'] ?? '',
    javaHome: process.env['JAVA_HOME'],
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    osRelease: process.platform === 'linux' ? readOsRelease() : '',
    run: (command, args) => {
      const { status, stdout, stderr } = spawnSync(command, [...args], {
        encoding: 'utf8',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
      return { status, output: `${stdout ?? ''}${stderr ?? ''}` };
    },
    say: (line) => process.stderr.write(`agent-runner: ${line}\n`),
  };
}

/**
 * The path of a `java` of version 17 or later, which DynamoDB Local needs: from JAVA_HOME, else from the PATH.
 * Where there is none, root on Debian or Ubuntu gets one installed; anyone else an error with the one command to type.
 */
export function findJava(machine: Machine): string {
  const present = installed(machine);
  if (typeof present === 'string') return present;
  const problem = present === undefined ? 'Java is missing' : `Java ${present} is too old`;
  if (isDebian(machine) && machine.uid === 0) {
    machine.say(`${problem}: DynamoDB Local needs Java ${OLDEST} or later. Installing ${DEBIAN_PACKAGE} (once) ...`);
    const update = machine.run('apt-get', ['update']);
    const install = machine.run('apt-get', ['install', '-y', '--no-install-recommends', DEBIAN_PACKAGE]);
    const now = installed(machine);
    if (typeof now === 'string') return now;
    if (install.status === 0) {
      throw new StartError(`${DEBIAN_PACKAGE} is installed, but no java ${OLDEST} is on the PATH or in JAVA_HOME`);
    }
    const lastWords = [update, install].map(({ output }) => output.trim().split('\n').at(-1)).join('; ');
    throw new StartError(
      `could not install ${DEBIAN_PACKAGE} (apt-get: ${lastWords}); install Java ${OLDEST} or later`,
    );
  }
  throw new StartError(`${problem}: DynamoDB Local needs Java ${OLDEST} or later. Run: ${remedy(machine)}`);
}

/** The path of a good java, else the version of one too old, else undefined. */
function installed({ path, javaHome, run }: Machine): string | number | undefined {
  const folders = [...(javaHome ? [join(javaHome, 'bin')] : []), ...path.split(delimiter)].filter((one) => one !== '');
  let tooOld: number | undefined;
  for (const folder of folders) {
    const java = join(folder, 'java');
    // macOS has a `java` that only offers to install one: it is the answer that counts, not the file.
    const { status, output } = run(java, ['-version']);
    const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
    if (status !== 0 || version === undefined) continue;
    if (Number(version) >= OLDEST) return java;
    tooOld ??= Number(version);
  }
  return tooOld;
}

function isDebian({ platform, osRelease }: Machine): boolean {
  return platform === 'linux' && /^ID(_LIKE)?="?[^\n]*\b(debian|ubuntu)\b/m.test(osRelease);
}

function remedy(machine: Machine): string {
  if (machine.platform === 'darwin') return 'brew install openjdk@17 && export JAVA_HOME="$(brew --prefix openjdk@17)"';
  if (isDebian(machine))
    return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${DEBIAN_PACKAGE}`;
  if (/^ID(_LIKE)?="?[^\n]*\b(fedora|rhel|amzn)\b/m.test(machine.osRelease))
    return /^ID="?amzn/m.test(machine.osRelease)
      ? 'sudo dnf install -y java-17-amazon-corretto-headless'
      : 'sudo dnf install -y java-17-openjdk-headless';
  return `your package manager, for a Java ${OLDEST} runtime (https://adoptium.net), with java on the PATH or JAVA_HOME set`;
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
