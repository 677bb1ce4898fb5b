import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { startChild, stopChild, stopChildren } from './children.ts';

vi.setConfig({ testTimeout: 30_000 });
afterAll(() => stopChildren(0));

const CHILDREN = new URL('./children.ts', import.meta.url).href;

/** 'T' stopped, 'S' sleeping, 'R' running; undefined when the process is gone or only its exit status is left. */
function state(pid: number): string | undefined {
  try {
    const found = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === 'Z' || found === 'X' ? undefined : found;
  } catch {
    return undefined;
  }
}

const gone = (pid: number) => vi.waitFor(() => expect(state(pid)).toBeUndefined(), { timeout: 10_000, interval: 20 });

/** A parent process that starts a listening child, one that has ended since, and a frozen one. */
async function startParent(): Promise<{ parent: ChildProcess; listening: number; frozen: number; port: number }> {
  const listen = `const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))`;
  const program = `
    import { once } from 'node:events';
    import { startChild } from ${JSON.stringify(CHILDREN)};
    const listening = startChild(process.execPath, ['-e', ${JSON.stringify(listen)}], { stdio: ['ignore', 'pipe', 'ignore'] });
    const left = startChild('true', [], { stdio: 'ignore' });
    const frozen = startChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(left, 'exit');
    const [port] = await once(listening.stdout, 'data');
    process.kill(frozen.pid, 'SIGSTOP');
    console.log(JSON.stringify({ listening: listening.pid, frozen: frozen.pid, port: Number(String(port)) }));
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(parent.stdout!), 'line')) as [string];
  return { parent, ...(JSON.parse(line) as { listening: number; frozen: number; port: number }) };
}

test.skipIf(process.platform !== 'linux')(
  'after kill -9 of the parent a listening and a frozen child are gone',
  async () => {
    const { parent, listening, frozen, port } = await startParent();
    await vi.waitFor(() => expect(state(frozen)).toBe('T'), { timeout: 10_000 });
    onTestFinished(() => {
      for (const pid of [listening, frozen]) if (state(pid) !== undefined) process.kill(pid, 'SIGKILL');
    });
    parent.kill('SIGKILL');
    await Promise.all([gone(listening), gone(frozen)]);
    await vi.waitFor(async () => {
      const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    });
  },
);

test.skipIf(process.platform !== 'linux')('a single child is stopped at once, with what it started', async () => {
  const child = startChild('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [grandchild] = (await once(createInterface(child.stdout!), 'line')) as [string];
  expect(state(Number(grandchild))).toBeDefined();
  await stopChild(child);
  expect(child.signalCode).toBe('SIGKILL');
  await gone(Number(grandchild));
});

test.skipIf(process.platform !== 'linux')(
  'stopping asks first, also a frozen child, and kills what does not listen',
  async () => {
    const polite = startChild('sh', ['-c', 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const deaf = startChild('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await Promise.all([once(polite.stdout!, 'data'), once(deaf.stdout!, 'data')]);
    process.kill(polite.pid!, 'SIGSTOP');
    await stopChildren(500);
    expect(polite.exitCode).toBe(7);
    expect(deaf.signalCode).toBe('SIGKILL');
  },
);

test('a command that does not exist reports an error and is not watched', async () => {
  const child = startChild('/nonexistent/program', []);
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ENOENT');
  await stopChildren(0);
});
