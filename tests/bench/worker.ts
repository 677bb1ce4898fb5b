import { join } from 'node:path';
import { startChild, stopChild } from '../../local/children.ts';

/** A process of the benchmark's own that does what it is told, one message at a time. */
export type Worker<Ask, Reply> = {
  readonly pid: number;
  ask(message: Ask): Promise<Reply>;
  stop(): Promise<void>;
};

/** @param file beside this one @param nodeOptions for example a profiler's */
export async function startWorker<Ask, Reply>(
  file: string,
  nodeOptions: readonly string[] = [],
): Promise<Worker<Ask, Reply>> {
  const child = startChild(process.execPath, [...nodeOptions, join(import.meta.dirname, file)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const gone = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${file} ended early (${code ?? signal})`)));
  });
  gone.catch(() => {});
  const answer = () => Promise.race([gone, new Promise<unknown>((done) => child.once('message', done))]);
  await answer();
  return {
    pid: child.pid ?? 0,
    ask: (message) => {
      const answered = answer();
      child.send(message as object);
      return answered as Promise<Reply>;
    },
    // A moment to write a profile, when one was asked for.
    stop: () => stopChild(child, 2_000),
  };
}

/** The worker's side: says that it is ready, then answers each message. Goes when whoever started it has gone. */
export function serveWorker<Ask, Reply>(answer: (message: Ask) => Promise<Reply>): void {
  process.on('message', (message) => {
    answer(message as Ask).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGTERM', () => process.exit());
  process.send?.('ready');
}
