import type { ResultColumn } from '../lake/export.ts';
import type { Exported } from '../lake.ts';

/** One query, from its start on. Times in ms since the epoch. */
export type Execution = {
  readonly id: string;
  readonly query: string;
  readonly parameters: readonly string[];
  readonly workGroup: string;
  /** `s3://` address of the result. */
  readonly location: string;
  /** Where the result is on this machine; null of an UNLOAD, whose rows are none. */
  readonly file: string | null;
  /** `s3://` address of the list of what an UNLOAD has written. */
  readonly manifest?: string;
  readonly submittedAt: number;
  readonly stop: AbortController;
  state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason?: string;
  endedAt?: number;
  scannedBytes: number;
  columns: readonly ResultColumn[];
};

type Request = Pick<Execution, 'id' | 'query' | 'parameters' | 'workGroup' | 'location' | 'file' | 'manifest'> & {
  /** Runs it; `signal` stops it. */
  readonly work: (signal: AbortSignal) => Promise<Exported>;
};

/** The queries that run, wait and have run. */
export type Executions = {
  start(request: Request): Execution;
  find(id: string): Execution | undefined;
  /** Stops what has not ended. */
  cancel(execution: Execution): void;
  /** Cancels all and waits until none runs. */
  close(): Promise<void>;
};

/** DuckDB has two threads: more queries at once would only share the memory. */
const MAX_RUNNING = 4;
const MAX_KEPT = 10_000;

export function openExecutions(now: () => number): Executions {
  const executions = new Map<string, Execution>();
  const waiting: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();

  const end = (execution: Execution, state: Execution['state'], reason?: string): void => {
    if (execution.endedAt !== undefined) return;
    Object.assign(execution, { state, endedAt: now(), ...(reason !== undefined && { reason }) });
  };
  const run = async (execution: Execution, work: Request['work']): Promise<void> => {
    if (execution.endedAt !== undefined) return;
    execution.state = 'RUNNING';
    try {
      const { columns, scannedBytes } = await work(execution.stop.signal);
      Object.assign(execution, { columns, scannedBytes });
      end(execution, 'SUCCEEDED');
    } catch (error) {
      end(execution, 'FAILED', error instanceof Error ? error.message : String(error));
    }
  };
  const next = (): void => {
    const task = running.size < MAX_RUNNING ? waiting.shift() : undefined;
    if (task === undefined) return;
    const done = task().finally(() => {
      running.delete(done);
      next();
    });
    running.add(done);
  };
  const cancel = (execution: Execution): void => {
    end(execution, 'CANCELLED', 'Query cancelled by user');
    execution.stop.abort();
  };
  return {
    start({ work, ...request }) {
      const execution: Execution = {
        ...request,
        submittedAt: now(),
        stop: new AbortController(),
        state: 'QUEUED',
        scannedBytes: 0,
        columns: [],
      };
      executions.set(execution.id, execution);
      for (const [oldest] of executions) {
        if (executions.size <= MAX_KEPT) break;
        executions.delete(oldest);
      }
      waiting.push(() => run(execution, work));
      next();
      return execution;
    },
    find: (id) => executions.get(id),
    cancel,
    async close() {
      for (const execution of executions.values()) cancel(execution);
      while (running.size > 0) await Promise.all(running);
    },
  };
}
