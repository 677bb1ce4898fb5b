import { readdirSync, readFileSync } from 'node:fs';

/** One tick of `/proc/PID/stat`, the same on every Linux that Node.js is built for. */
const TICK_MS = 10;

/**
 * CPU time that a process and all that it started have run so far, in ms: the sum over their living threads of the run
 * time that the Linux scheduler keeps in nanoseconds. What ended threads and children ran is known in ticks alone.
 */
export function cpuMs(pid: number): number {
  const whole = ticks(`/proc/${pid}/stat`);
  let ms = whole.ended * TICK_MS;
  let living = 0;
  for (const task of list(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    ms += Number(read(`${folder}/schedstat`).split(' ')[0] ?? 0) / 1e6;
    living += ticks(`${folder}/stat`).own;
    for (const child of read(`${folder}/children`).split(' ')) if (child) ms += cpuMs(Number(child));
  }
  return ms + Math.max(0, whole.own - living) * TICK_MS;
}

/** Ticks that a task ran itself, in user and system mode, and those of its children that have ended. */
function ticks(path: string): { own: number; ended: number } {
  // The command's name stands in parentheses and may hold anything: the fields are counted from behind it.
  const fields = read(path).split(') ').at(-1)?.split(' ').map(Number) ?? [];
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
  return { own: utime + stime, ended: cutime + cstime };
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** A thread may end between being listed and being read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
