import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isCode } from './private-file.ts';

/** Between two looks at a lock that another process holds. */
const LOOK_MS = 40;
/** A thief holds its own lock for microseconds; one that is this old was left by a process that was killed. */
const THEFT_MS = 10_000;

type Holder = { readonly pid: number; readonly until: number };

/**
 * Runs the work while no other process of this user does, or resolves with 'busy' when one does for too long. The lock of
 * a process that was killed, or is past the time that it gave itself, is taken over.
 * @param holdMs the longest that the work takes
 * @param waitMs the longest to wait for another process
 */
export async function withLock<Result>(
  path: string,
  { holdMs, waitMs, now }: { readonly holdMs: number; readonly waitMs: number; readonly now: () => number },
  work: () => Promise<Result>,
): Promise<Result | 'busy'> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const giveUpAt = now() + waitMs;
  while (!create(path, { pid: process.pid, until: now() + holdMs })) {
    if (now() >= giveUpAt) return 'busy';
    if (!takeAway(path, now)) await delay(LOOK_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * False when there is one already; that only one of many succeeds is the file system's promise. Written beside it and
 * linked, so that a process killed in the middle leaves no lock without a holder.
 */
function create(path: string, holder: Holder): boolean {
  const draft = `${path}.${holder.pid}`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes a lock whose holder is gone; true when it is worth trying again at once. Under a lock of its own: of two who
 * found the same dead holder, the second would otherwise remove what the first has made since.
 */
function takeAway(path: string, now: () => number): boolean {
  if (!isAbandoned(path, now())) return false;
  const theft = `${path}.theft`;
  if (!create(theft, { pid: process.pid, until: now() + THEFT_MS })) {
    if (isAbandoned(theft, now())) rmSync(theft, { force: true });
    return false;
  }
  try {
    if (isAbandoned(path, now())) rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(theft, { force: true });
  }
}

function isAbandoned(path: string, now: number): boolean {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
  const holder = parseHolder(text);
  return !holder || holder.until < now || !isAlive(holder.pid);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, until } = JSON.parse(text) as Holder;
    return Number.isInteger(pid) && Number.isFinite(until) ? { pid, until } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process lives, too.
    return isCode(error, 'EPERM');
  }
}
