import { describe, expect, it } from 'vitest';
import {
  beginStep,
  currentStep,
  endStep,
  isFinished,
  OPERATION_LEASE_MS,
  OPERATION_STEPS,
  type Operation,
  resumeOperation,
  STEP_ATTEMPTS,
  startOperation,
  stepPauseMs,
  throwStep,
} from './operation.ts';
import { parseTenantId } from './tenant.ts';

const START = 1_795_312_352_000;
const begun = { id: 'any', tenantId: parseTenantId('acme')!, startedBy: 'stf_admin', startedAt: START, input: {} };
const fresh = (): Operation => startOperation('ONBOARD', begun);
const statuses = ({ steps }: Operation) => steps.map(({ status }) => status);

describe('an operation', () => {
  it('runs its steps in their order, and is finished with the last one', () => {
    let one = fresh();
    expect(one).toMatchObject({ status: 'RUNNING', dueAt: START });
    for (const [n, name] of OPERATION_STEPS.ONBOARD.entries()) {
      one = beginStep(one, START + n);
      expect(currentStep(one)).toEqual({ name, status: 'RUNNING', attempts: 1, startedAt: START + n });
      expect(one.dueAt).toBe(START + n + OPERATION_LEASE_MS);
      one = endStep(one, { outcome: 'done', detail: 'so' }, START + n);
    }
    expect(one).toMatchObject({ status: 'SUCCEEDED', finishedAt: START + 4 });
    expect(one.dueAt).toBeUndefined();
    expect(statuses(one)).toEqual(Array(5).fill('DONE'));
  });

  it('waits at a step for as long as the step says, and a wait is no try', () => {
    let one = fresh();
    for (let n = 0; n < STEP_ATTEMPTS * 2; n++) {
      one = endStep(beginStep(one, START), { outcome: 'wait', until: START + 9, why: 'a stream runs' }, START);
      expect(one).toMatchObject({ status: 'WAITING', dueAt: START + 9 });
      expect(currentStep(one)).toMatchObject({ status: 'WAITING', detail: 'a stream runs', attempts: 0 });
    }
  });

  it('tries a step that throws again, later each time, and is FAILED with the last try, which names the step', () => {
    let one = fresh();
    const pauses: number[] = [];
    for (let n = 1; n < STEP_ATTEMPTS; n++) {
      one = throwStep(beginStep(one, START), 'invite_admin broke off', START);
      expect(isFinished(one)).toBe(false);
      pauses.push(one.dueAt! - START);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    one = throwStep(beginStep(one, START), 'invite_admin broke off', START + 5);
    expect(one).toMatchObject({ status: 'FAILED', finishedAt: START + 5 });
    expect(one.dueAt).toBeUndefined();
    expect(currentStep(one)?.detail).toContain(`invite_admin broke off, ${STEP_ATTEMPTS} times`);
  });

  it('is FAILED by a step that ends its process in each try, and goes on from there with all its tries', () => {
    let one = fresh();
    for (let n = 0; n < STEP_ATTEMPTS; n++) one = beginStep(one, START);
    expect(one.status).toBe('RUNNING');
    one = beginStep(one, START);
    expect(one.status).toBe('FAILED');
    one = resumeOperation(one, START + 7);
    expect(one).toMatchObject({ status: 'RUNNING', dueAt: START + 7 });
    expect(one.finishedAt).toBeUndefined();
    expect(currentStep(one)).toMatchObject({ name: 'invite_admin', status: 'PENDING', attempts: 0 });
  });

  it('keeps what was done before a step that failed', () => {
    const first = endStep(beginStep(fresh(), START), { outcome: 'done' }, START);
    const failed = endStep(beginStep(first, START), { outcome: 'failed', why: 'no model' }, START);
    expect(statuses(failed)).toEqual(['DONE', 'FAILED', 'PENDING', 'PENDING', 'PENDING']);
    expect(statuses(resumeOperation(failed, START))).toEqual(['DONE', 'PENDING', 'PENDING', 'PENDING', 'PENDING']);
  });

  it('never pauses for more than a minute', () => {
    expect(stepPauseMs(500)).toBe(60_000);
  });
});
