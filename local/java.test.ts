import { expect, it } from 'vitest';
import { findJava, type Machine, type Ran } from './java.ts';

const MISSING: Ran = { status: null, output: '' };
const java = (version: string): Ran => ({ status: 0, output: `openjdk version "${version}" 2025-04-15` });
const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';

/** A machine with these java binaries; apt-get adds one when `apt` says so. */
function machine(javas: Record<string, Ran>, change: Partial<Machine> = {}, apt: Record<string, Ran> = {}) {
  const log: string[] = [];
  const here = { ...javas };
  const fake: Machine = {
    path: '/usr/local/bin:/usr/bin',
    platform: 'linux',
    uid: 1000,
    osRelease: DEBIAN,
    say: (line) => log.push(`said ${line}`),
    run: (command, args) => {
      if (command !== 'apt-get') return here[command] ?? MISSING;
      log.push([command, ...args].join(' '));
      if (args[0] === 'install') Object.assign(here, apt);
      const status = args[0] === 'install' && Object.keys(apt).length === 0 ? 100 : 0;
      return { status, output: 'Reading package lists\nE: Unable to locate package' };
    },
    ...change,
  };
  return { fake, log };
}

it('takes JAVA_HOME first, then the first good java of the PATH', () => {
  const javas = {
    '/opt/jdk/bin/java': java('21.0.2'),
    '/usr/local/bin/java': java('1.8.0_392'),
    '/usr/bin/java': java('17.0.15'),
  };
  expect(findJava(machine(javas, { javaHome: '/opt/jdk' }).fake)).toBe('/opt/jdk/bin/java');
  expect(findJava(machine(javas).fake)).toBe('/usr/bin/java');
});

it('passes over the java of macOS that only offers to install one', () => {
  const stub = { status: 1, output: 'Unable to locate a Java Runtime.' };
  const { fake } = machine({ '/usr/bin/java': stub }, { platform: 'darwin', osRelease: '' });
  expect(() => findJava(fake)).toThrow(/Java is missing.*brew install openjdk@17/);
});

it('installs one as root on Debian, and says so first', () => {
  const { fake, log } = machine({}, { uid: 0 }, { '/usr/bin/java': java('17.0.15') });
  expect(findJava(fake)).toBe('/usr/bin/java');
  expect(log).toEqual([
    expect.stringMatching(/^said Java is missing.*Installing openjdk-17-jre-headless/),
    'apt-get update',
    'apt-get install -y --no-install-recommends openjdk-17-jre-headless',
  ]);
});

it('tells an installation that failed from one whose java cannot be found', () => {
  const elsewhere = machine({}, { uid: 0 }, { '/opt/hidden/java': java('17.0.15') });
  expect(() => findJava(elsewhere.fake)).toThrow(/is installed, but no java 17 is on the PATH/);
});

it('tells why an installation failed', () => {
  expect(() => findJava(machine({}, { uid: 0 }).fake)).toThrow(/could not install .*Unable to locate package/);
});

it.each([
  ['a user on Debian', { osRelease: DEBIAN }, 'sudo apt-get update && sudo apt-get install'],
  ['Ubuntu', { osRelease: 'ID=ubuntu\nID_LIKE=debian\n' }, 'sudo apt-get'],
  ['Fedora', { osRelease: 'ID=fedora\n', uid: 0 }, 'sudo dnf install -y java-17-openjdk-headless'],
  ['Amazon Linux', { osRelease: 'ID="amzn"\nID_LIKE="fedora"\n' }, 'java-17-amazon-corretto-headless'],
  ['anything else', { osRelease: 'ID=nixos\n', uid: 0 }, 'adoptium.net'],
])('installs nothing for %s, but names the command', (_, change, command) => {
  const { fake, log } = machine({}, change);
  expect(() => findJava(fake)).toThrow(command);
  expect(log).toEqual([]);
});

it('calls an old java old', () => {
  expect(() => findJava(machine({ '/usr/bin/java': java('11.0.2') }).fake)).toThrow('Java 11 is too old');
});
