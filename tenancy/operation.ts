import type { TenantId } from './tenant.ts';

/** What a long-running operation does to a tenant. */
export const OPERATION_KINDS = ['ONBOARD', 'CLOSE'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** The steps of each kind, in the order in which they run. */
export const OPERATION_STEPS = {
  ONBOARD: ['invite_admin', 'grant_models', 'create_customer', 'call_hostname', 'activate'],
  CLOSE: ['block', 'revoke', 'drain', 'final_bill', 'export', 'retain', 'purge', 'tombstone'],
} as const satisfies Record<OperationKind, readonly string[]>;
export type StepName<Kind extends OperationKind = OperationKind> = (typeof OPERATION_STEPS)[Kind][number];

/** WAITING: nothing is wrong, and nothing is to be done before `dueAt`. */
export const OPERATION_STATUSES = ['RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

export const STEP_STATUSES = ['PENDING', 'RUNNING', 'DONE', 'WAITING', 'FAILED'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** How far one step has come. `detail`: what came of it, or why it waits or failed, for people. Times: ms epoch. */
export type OperationStep<Kind extends OperationKind = OperationKind> = {
  readonly name: StepName<Kind>;
  readonly status: StepStatus;
  /** How often it was begun since the operation was started, or told to go on. */
  readonly attempts: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly detail?: string;
};

/** What each kind was started with; never a secret. */
export type OperationInputs = {
  ONBOARD: { readonly adminEmail?: string; readonly adminName?: string };
  CLOSE: { readonly reason: string };
};

/** A long-running operation on a tenant, of which a tenant has one unfinished at most. Times: ms epoch. */
export type Operation<Kind extends OperationKind = OperationKind> = Kind extends OperationKind
  ? {
      /** From `mintRequestId`: as text, ids are in the order of their times. */
      readonly id: string;
      readonly tenantId: TenantId;
      readonly kind: Kind;
      readonly status: OperationStatus;
      readonly steps: readonly OperationStep<Kind>[];
      readonly input: OperationInputs[Kind];
      /** Nobody takes it up before: the end of a worker's lease, of a pause after a failure, or of a wait. Absent when finished. */
      readonly dueAt?: number;
      /** The principal who started it. */
      readonly startedBy: string;
      readonly startedAt: number;
      readonly finishedAt?: number;
      /** Counts up with each write: who writes names the version that he saw, so that a worker taken for dead changes nothing. */
      readonly version: number;
    }
  : never;

/** What came of running a step once. `until`: ms epoch. */
export type StepOutcome =
  | { readonly outcome: 'done'; readonly detail?: string }
  | { readonly outcome: 'wait'; readonly until: number; readonly why: string }
  | { readonly outcome: 'failed'; readonly why: string };

/** A worker that has not written for so long (ms) is dead. Longer than the function may run, or two would be at one step. */
export const OPERATION_LEASE_MS = 90_000;
/** How often a step is begun that throws. */
export const STEP_ATTEMPTS = 8;

/** How long to wait (ms) before a step that threw is begun again. @param attempts so far */
export function stepPauseMs(attempts: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.max(0, attempts - 1));
}

/** A new operation, due at once. */
export function startOperation<Kind extends OperationKind>(
  kind: Kind,
  one: Pick<Operation, 'id' | 'tenantId' | 'startedBy' | 'startedAt'> & { readonly input: OperationInputs[Kind] },
): Operation<Kind> {
  const steps = OPERATION_STEPS[kind].map((name) => ({ name, status: 'PENDING', attempts: 0 }));
  return { ...one, kind, status: 'RUNNING', steps, dueAt: one.startedAt, version: 1 } as unknown as Operation<Kind>;
}

/** The step that an operation is at; undefined when all are done. */
export function currentStep({ steps }: Pick<Operation, 'steps'>): OperationStep | undefined {
  return (steps as readonly OperationStep[]).find(({ status }) => status !== 'DONE');
}

export function isFinished({ status }: Pick<Operation, 'status'>): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/**
 * Begins the step that the operation is at, or finds it SUCCEEDED, or FAILED by a step that never came to its end in all
 * its tries. Each beginning renews the lease.
 */
export function beginStep(operation: Operation, now: number): Operation {
  const step = currentStep(operation);
  if (!step) return finished(operation, 'SUCCEEDED', now);
  if (step.attempts >= STEP_ATTEMPTS) return throwStep(operation, `${step.name} came to no end`, now);
  const begun = { status: 'RUNNING', attempts: step.attempts + 1, startedAt: step.startedAt ?? now } as const;
  return withStep({ ...operation, status: 'RUNNING', dueAt: now + OPERATION_LEASE_MS }, step.name, begun);
}

/** Puts down what came of the step that the operation is at. */
export function endStep(operation: Operation, outcome: StepOutcome, now: number): Operation {
  const step = currentStep(operation);
  if (!step) return operation;
  switch (outcome.outcome) {
    case 'done': {
      const done = { status: 'DONE', finishedAt: now, detail: outcome.detail } as const;
      const after = withStep({ ...operation, dueAt: now + OPERATION_LEASE_MS }, step.name, done);
      return currentStep(after) ? after : finished(after, 'SUCCEEDED', now);
    }
    case 'wait': {
      // Whoever waits has not failed: his tries are not counted.
      const waiting = { status: 'WAITING', attempts: 0, detail: outcome.why } as const;
      return withStep({ ...operation, status: 'WAITING', dueAt: outcome.until }, step.name, waiting);
    }
    case 'failed': {
      const failed = { status: 'FAILED', finishedAt: now, detail: outcome.why } as const;
      return finished(withStep(operation, step.name, failed), 'FAILED', now);
    }
  }
}

/** Puts down that the step that the operation is at threw: it is begun again after a pause, or FAILED with the last try. */
export function throwStep(operation: Operation, why: string, now: number): Operation {
  const attempts = currentStep(operation)?.attempts ?? 0;
  if (attempts >= STEP_ATTEMPTS) {
    return endStep(
      operation,
      { outcome: 'failed', why: `${why}, ${attempts} times; retry it when that is mended` },
      now,
    );
  }
  const name = currentStep(operation)?.name;
  const paused = { ...operation, dueAt: now + stepPauseMs(attempts) };
  return name ? withStep(paused, name, { detail: `${why}; it is tried again` }) : paused;
}

/** A FAILED operation told to go on at the step that failed, with all its tries. */
export function resumeOperation(operation: Operation, now: number): Operation {
  const { finishedAt: _, ...rest } = operation;
  const step = currentStep(operation);
  const going = { ...rest, status: 'RUNNING', dueAt: now } as Operation;
  return step ? withStep(going, step.name, { status: 'PENDING', attempts: 0, finishedAt: undefined }) : going;
}

function finished({ dueAt: _, ...operation }: Operation, status: OperationStatus, now: number): Operation {
  return { ...operation, status, finishedAt: now } as Operation;
}

type StepChange = { readonly [Name in keyof OperationStep]?: OperationStep[Name] | undefined };

/** @param change a field that is undefined in it is taken away */
function withStep(operation: Operation, name: StepName, change: StepChange): Operation {
  const steps = (operation.steps as readonly OperationStep[]).map((step) =>
    step.name === name
      ? Object.fromEntries(Object.entries({ ...step, ...change }).filter(([, v]) => v !== undefined))
      : step,
  );
  return { ...operation, steps } as unknown as Operation;
}
