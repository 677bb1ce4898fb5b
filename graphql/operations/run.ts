import {
  beginStep,
  currentStep,
  endStep,
  type Operation,
  type OperationKind,
  type StepName,
  type StepOutcome,
  throwStep,
} from '../../tenancy/operation.ts';
import { claimOperation, type OperationId, recordOperation } from '../../tenancy/table/operations.ts';
import type { Tables } from '../../tenancy/table/tables.ts';

/**
 * One step. It may have run before, to any point of it: it is safe to repeat from its beginning. It comes back by `until`
 * (ms epoch), with 'wait' if there is more to do. What it throws is tried again after a pause.
 */
export type StepRun<Kind extends OperationKind> = (operation: Operation<Kind>, until: number) => Promise<StepOutcome>;

/** What is done in each step of each kind. */
export type Runbook = { readonly [Kind in OperationKind]?: { readonly [Name in StepName<Kind>]: StepRun<Kind> } };

/** Thrown by a step that may do better in a moment; its message is for people, and is put down. Of all else only the name is. */
export class TryAgain extends Error {}

/** One line for the log; never an error's message, which may quote what it could not send. */
export type OperationLine = {
  readonly event: 'operation_step_failed' | 'operation_failed' | 'operation_lost' | 'operation_image_damaged';
  readonly operation: string;
  readonly tenant?: string;
  readonly step?: string;
  readonly why?: string;
};

export type RunDeps = {
  /** Those of the control region, where operations are. */
  readonly tables: Tables;
  readonly runbook: Runbook;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: (line: OperationLine) => void;
};

/**
 * Takes an operation up, if it is due and nobody else has it, and goes on from step to step until it is finished, waits,
 * or has failed once more.
 * @param until ms epoch: no step is begun after it
 * @throws when the tables cannot be reached: the lease ends by itself, and what was done is done again
 */
export async function runOperation(deps: RunDeps, id: OperationId, until: number): Promise<void> {
  const { tables, now, log } = deps;
  let operation = now() < until ? await claimOperation(tables, id, now()) : null;
  while (operation?.status === 'RUNNING') {
    const ended = await runStep(deps, operation, until);
    const goesOn = ended.status === 'RUNNING' && currentStep(ended)?.status === 'PENDING';
    // The end of a step and the beginning of the next are one write. Without time for one it is given back: due at once.
    const next = !goesOn ? ended : now() < until ? beginStep(ended, now()) : { ...ended, dueAt: now() };
    operation = await recordOperation(tables, operation, next);
    if (!operation) log({ event: 'operation_lost', operation: id.id, tenant: id.tenantId });
    // In the pause after a failure, or given back: the clock goes on with it.
    if (next.status === 'RUNNING' && (!goesOn || currentStep(next)?.status === 'PENDING')) break;
  }
  if (operation?.status !== 'FAILED') return;
  const { detail = '' } = currentStep(operation) ?? {};
  log({ event: 'operation_failed', operation: id.id, tenant: id.tenantId, why: detail });
}

async function runStep({ runbook, now, log }: RunDeps, operation: Operation, until: number): Promise<Operation> {
  const name = currentStep(operation)?.name;
  const steps = runbook[operation.kind] as Readonly<Partial<Record<StepName, StepRun<OperationKind>>>> | undefined;
  const step = name && steps?.[name];
  if (!step) {
    return endStep(operation, { outcome: 'failed', why: `nothing is known of ${operation.kind} ${name ?? ''}` }, now());
  }
  try {
    return endStep(operation, await step(operation, until), now());
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    log({ event: 'operation_step_failed', operation: operation.id, tenant: operation.tenantId, step: name, why });
    return throwStep(operation, error instanceof TryAgain ? error.message : `${name} broke off (${why})`, now());
  }
}
