import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DAY_MS } from '../tenancy/utc-day.ts';
import type { RunningPlatform } from './start-platform.ts';

/** The clock of the command alone: a day is billed when it is over, and these requests are of today. */
const DAY_LATER = `data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${DAY_MS};`)}`;

/** `npm run billing`, as a user runs it beside a platform, on the day after. */
export function billDayLater(
  { folder }: Pick<RunningPlatform, 'folder'>,
  ...words: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const args = ['billing/main.ts', ...words, '--platform', join(folder, 'platform.json')];
  const child = spawn(process.execPath, ['--import', DAY_LATER, ...args], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((done) => child.once('close', (code) => done({ code, out, err })));
}
