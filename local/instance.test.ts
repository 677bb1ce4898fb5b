import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Instance } from './instance.ts';

it.each([
  ['memory', 'disk'],
  ['disk', 'memory'],
  ['memory', 'memory'],
] as const)(
  'data of a platform with tables in %s is not taken up with tables in %s, but for a reset',
  (before, now) => {
    const folder = mkdtempSync(join(tmpdir(), 'instance-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const open = (tables: 'memory' | 'disk', reset = false) =>
      new Instance(folder, process.pid, { tables, reset }).release();
    open(before);
    expect(() => open(now)).toThrow('choose another LOCAL_DATA, or start afresh with: npm start -- --reset');
    open(now, true);
  },
);

it('data on disk is taken up again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'instance-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const open = () => new Instance(folder, process.pid, { tables: 'disk', reset: false }).release();
  open();
  expect(open).not.toThrow();
});
