/**
 * Holds a stream's next delta back until somebody downstream reports that he saw the one before: a hop that buffers
 * makes it stand still for ever, which no clock has to judge.
 */
export interface Lockstep {
  /** A stream of this name begins; an older one of the same name is forgotten. */
  begin(name: string, deltas: number, signal: AbortSignal): LockstepRun;
  /** Somebody saw delta n, and so all before it. False when it has not been sent: then he saw something else. */
  seen(name: string, delta: number): boolean;
  state(name: string): LockstepState | undefined;
}

export interface LockstepRun {
  sent(delta: number): void;
  /** Resolves when `delta` was reported as seen, or when the stream's signal says that its reader has gone. */
  untilSeen(delta: number): Promise<void>;
}

export interface LockstepState {
  readonly deltas: number;
  readonly sent: number;
  readonly seen: number;
}

export function createLockstep(): Lockstep {
  const runs = new Map<string, { deltas: number; sent: number; seen: number; wake: () => void }>();
  return {
    begin(name, deltas, signal) {
      const run = { deltas, sent: 0, seen: 0, wake: () => {} };
      runs.set(name, run);
      signal.addEventListener('abort', () => run.wake(), { once: true });
      return {
        sent(delta) {
          run.sent = delta;
        },
        async untilSeen(delta) {
          while (run.seen < delta && !signal.aborted) {
            await new Promise<void>((resolve) => {
              run.wake = resolve;
            });
          }
        },
      };
    },
    seen(name, delta) {
      const run = runs.get(name);
      if (run === undefined || !Number.isInteger(delta) || delta > run.sent) return false;
      run.seen = Math.max(run.seen, delta);
      run.wake();
      return true;
    },
    state(name) {
      const run = runs.get(name);
      return run === undefined ? undefined : { deltas: run.deltas, sent: run.sent, seen: run.seen };
    },
  };
}
