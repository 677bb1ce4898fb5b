import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const run = promisify(execFile);
const SCRIPT = new URL('./node24.sh', import.meta.url).pathname;

/** A checkout whose packages are a link into another one's, and an npm that would do to a folder what npm ci does. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-runner-node24-'));
  for (const name of ['checkout/local', 'others/.bin', 'programs']) mkdirSync(join(folder, name), { recursive: true });
  cpSync(SCRIPT, join(folder, 'checkout/local/node24.sh'));
  writeFileSync(join(folder, 'checkout/package-lock.json'), 'ours');
  writeFileSync(join(folder, 'checkout/main.mjs'), 'console.log("ran")');
  writeFileSync(join(folder, 'others/.installed-from'), 'theirs');
  symlinkSync(join(folder, 'others'), join(folder, 'checkout/node_modules'));
  const npm = `#!/bin/sh\n[ "$1" = --version ] && echo 11.0.0 && exit\nrm -rf node_modules/* node_modules/.bin\n`;
  writeFileSync(join(folder, 'programs/npm'), npm, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (...args: string[]) =>
  run('sh', [join(folder, 'checkout/local/node24.sh'), ...args], {
    env: {
      PATH: [join(folder, 'programs'), process.execPath.replace(/\/[^/]*$/, ''), '/usr/bin', '/bin'].join(delimiter),
    },
  });

it('installs nothing through a link into another checkout', async () => {
  await expect(start('main.mjs')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/is a link to .*others/),
  });
  writeFileSync(join(folder, 'others/.installed-from'), 'ours');
  await expect(start('--with-tools', 'main.mjs')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/link/),
  });
  expect(readdirSync(join(folder, 'others')).sort()).toEqual(['.bin', '.installed-from']);
});

it('runs on packages behind a link when nothing is to be installed', async () => {
  writeFileSync(join(folder, 'others/.installed-from'), 'ours');
  expect(await start('main.mjs')).toMatchObject({ stdout: 'ran\n' });
  expect(existsSync(join(folder, 'others/.with-tools'))).toBe(false);
});
