import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from './lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const limits = { holdMs: 60_000, waitMs: 0, now: Date.now };
/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await new Promise((done) => child.once('exit', done));
  return child.pid ?? 0;
}
const leave = (name: string, holder: unknown) =>
  writeFileSync(name, typeof holder === 'string' ? holder : JSON.stringify(holder));

it('is held by one at a time, and leaves nothing behind', async () => {
  await withLock(path, limits, async () => {
    expect(await withLock(path, limits, async () => 'inside')).toBe('busy');
  });
  expect(readdirSync(folder)).toEqual([]);
});

it('is free again when the work fails', async () => {
  await expect(withLock(path, limits, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(path, limits, async () => 'done')).toBe('done');
});

it.each<[string, () => Promise<unknown>]>([
  ['of a process that was killed', async () => ({ pid: await deadPid(), until: Date.now() + 60_000 })],
  ['past the time that its holder gave itself', async () => ({ pid: process.pid, until: Date.now() - 1 })],
  ['that says nothing', async () => 'nonsense'],
])('one %s is taken over', async (_, holder) => {
  leave(path, await holder());
  expect(await withLock(path, { ...limits, waitMs: 5_000 }, async () => 'done')).toBe('done');
  expect(existsSync(path)).toBe(false);
});

it('one left by a process that was killed while it took another over is taken over as well', async () => {
  const dead = { pid: await deadPid(), until: Date.now() + 60_000 };
  leave(path, dead);
  leave(`${path}.theft`, dead);
  expect(await withLock(path, { ...limits, waitMs: 5_000 }, async () => 'done')).toBe('done');
  expect(readdirSync(folder)).toEqual([]);
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'is left to another who took it over first, at look %i at the clock',
  async (moment) => {
    const dead = JSON.stringify({ pid: await deadPid(), until: Number.MAX_SAFE_INTEGER });
    const other = JSON.stringify({ pid: process.pid, until: Number.MAX_SAFE_INTEGER });
    leave(path, dead);
    let [look, taken] = [0, false];
    const clock = () => {
      look += 1;
      // As it would: only in the place of the dead holder's.
      taken ||= look === moment && existsSync(path) && readFileSync(path, 'utf8') === dead;
      if (taken && readFileSync(path, 'utf8') === dead) leave(path, other);
      return look * 1_000;
    };
    const outcome = await withLock(path, { holdMs: 60_000, waitMs: 12_000, now: clock }, async () => 'done');
    expect(outcome).toBe(taken ? 'busy' : 'done');
    expect(existsSync(path) && readFileSync(path, 'utf8')).toBe(taken ? other : false);
  },
);

it('is held by one of many processes that find a dead holder, at any one time', async () => {
  leave(path, { pid: await deadPid(), until: Date.now() + 60_000 });
  const log = join(folder, 'log');
  const program = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    for (let n = 0; n < 5; n++)
      await withLock(${JSON.stringify(path)}, { holdMs: 60_000, waitMs: 60_000, now: Date.now }, async () => {
        appendFileSync(${JSON.stringify(log)}, 'in ');
        await new Promise((done) => setImmediate(done));
        appendFileSync(${JSON.stringify(log)}, 'out ');
      });`;
  const codes = await Promise.all(
    Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
      return new Promise((done) => child.once('exit', done));
    }),
  );
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(20));
});
