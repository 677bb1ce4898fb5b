import { randomUUID } from 'node:crypto';

/** The part of a Lambda function that a schedule uses. */
export type ScheduledFunction = {
  readonly region: string;
  invoke(
    event: unknown,
  ): Promise<
    | { readonly ok: true; readonly payload: unknown }
    | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } }
  >;
};

export type ScheduleSettings = {
  readonly name: string;
  /** A rate: the first run comes after one such time, as with EventBridge Scheduler. */
  readonly everyMs: number;
  readonly fn: ScheduledFunction;
  /** Told of runs that failed: error types, nothing else. */
  readonly onLine?: (line: string) => void;
};

const ACCOUNT = '111111111111';

/**
 * EventBridge Scheduler on one machine: invokes a function at a rate, with the event that Scheduler sends to a target
 * without an input of its own. A run that takes longer than the rate lets the next one go by.
 */
export function startSchedule({ name, everyMs, fn, onLine }: ScheduleSettings): { close(): Promise<void> } {
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    const result = await fn.invoke({
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: ACCOUNT,
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      region: fn.region,
      resources: [`arn:aws:scheduler:${fn.region}:${ACCOUNT}:schedule/default/${name}`],
      detail: '{}',
    });
    if (!result.ok) onLine?.(`schedule: ${name} failed: ${result.error.errorType}`);
  }

  const timer = setInterval(() => {
    running ??= run().finally(() => {
      running = undefined;
    });
  }, everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
