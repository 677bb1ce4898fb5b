import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that a process and all that it started have run so far, in ms: the sum over their threads of the run time that
 * the Linux scheduler keeps in nanoseconds. Finer than the 10 ms ticks of `/proc/PID/stat`. Threads that ended are lost.
 */
export function cpuMs(pid: number): number {
  let ms = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    ms += Number(read(`${folder}/schedstat`).split(' ')[0] ?? 0) / 1e6;
    for (const child of read(`${folder}/children`).split(' ')) if (child) ms += cpuMs(Number(child));
  }
  return ms;
}

/** A thread may end between being listed and being read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
