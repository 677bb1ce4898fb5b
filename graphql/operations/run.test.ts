import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  OPERATION_LEASE_MS,
  OPERATION_STEPS,
  type Operation,
  type OperationStep,
  STEP_ATTEMPTS,
  type StepName,
  type StepOutcome,
  startOperation,
} from '../../tenancy/operation.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { claimOperation, getOperation, operationWrites, recordOperation } from '../../tenancy/table/operations.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type OperationLine, type Runbook, type RunDeps, runOperation } from './run.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const START = 1_795_312_352_000;
let now: number;
let lines: OperationLine[];
let ran: StepName[];
let operation: Operation;
let tenants = 0;
beforeEach(async () => {
  [now, lines, ran] = [START, [], []];
  tenants += 1;
  const tenantId = parseTenantId(`tenant-${tenants}`)!;
  const id = mintRequestId(now, crypto.getRandomValues(new Uint8Array(10)));
  operation = startOperation('ONBOARD', { id, tenantId, startedBy: 'stf_admin', startedAt: now, input: {} });
  await commit(operationWrites(store.tables, null, operation));
});

type Onboard = NonNullable<Runbook['ONBOARD']>;
/** Steps that are done at once, but for those of a test. */
function deps(own: Partial<{ [Name in StepName<'ONBOARD'>]: () => Promise<StepOutcome> }> = {}): RunDeps {
  const steps = OPERATION_STEPS.ONBOARD.map((name) => [
    name,
    async (): Promise<StepOutcome> => {
      ran.push(name);
      return (await own[name]?.()) ?? { outcome: 'done' };
    },
  ]);
  const runbook = { ONBOARD: Object.fromEntries(steps) as Onboard };
  return { tables: store.tables, runbook, now: () => now, log: (line) => void lines.push(line) };
}
const run = (own?: Parameters<typeof deps>[0], until = now + 1e6) => runOperation(deps(own), operation, until);
const stored = async () => (await getOperation(store.tables, operation))!;
const at = async (name: StepName) => ((await stored()).steps as OperationStep[]).find((step) => step.name === name)!;

describe('a run', () => {
  it('goes through all steps in their order at once', async () => {
    await run();
    expect(ran).toEqual([...OPERATION_STEPS.ONBOARD]);
    expect(await stored()).toMatchObject({ status: 'SUCCEEDED', finishedAt: now });
    await run();
    expect(ran).toHaveLength(5);
  });

  it('stops at a step that waits, and goes on with it when the time has come', async () => {
    await run({ grant_models: async () => ({ outcome: 'wait', until: START + 500, why: 'not yet' }) });
    expect(ran).toEqual(['invite_admin', 'grant_models']);
    expect(await stored()).toMatchObject({ status: 'WAITING', dueAt: START + 500 });
    await run();
    expect(ran).toHaveLength(2);
    now = START + 500;
    await run();
    expect(ran).toEqual(['invite_admin', 'grant_models', ...OPERATION_STEPS.ONBOARD.slice(1)]);
  });

  it('tries a step that throws again after a pause, says so without its message, and gives up in the end', async () => {
    const broken = { create_customer: () => Promise.reject(new TypeError('ada@acme.example has no name')) };
    for (let n = 1; n <= STEP_ATTEMPTS; n++) {
      await run(broken);
      expect(await at('create_customer')).toMatchObject({ attempts: n });
      await run(broken);
      expect(ran.filter((name) => name === 'create_customer')).toHaveLength(n);
      now += 60_000;
    }
    expect(await stored()).toMatchObject({ status: 'FAILED' });
    expect(await at('create_customer')).toMatchObject({
      status: 'FAILED',
      detail: expect.stringContaining('TypeError'),
    });
    expect(JSON.stringify([lines, await stored()])).not.toContain('has no name');
    expect(lines.at(-1)).toMatchObject({ event: 'operation_failed', tenant: operation.tenantId });
  });

  it('ends with a step that says that nothing will help', async () => {
    await run({ invite_admin: async () => ({ outcome: 'failed', why: 'the address is in use' }) });
    expect(await stored()).toMatchObject({ status: 'FAILED' });
    expect(await at('invite_admin')).toMatchObject({ status: 'FAILED', detail: 'the address is in use' });
  });

  it('begins no step without time for it, and leaves the operation to whoever comes next', async () => {
    await run({}, now);
    expect(ran).toEqual([]);
    expect(await stored()).toMatchObject({ status: 'RUNNING', dueAt: now });
  });

  it('that lost its lease in a step puts nothing down', async () => {
    await run({
      invite_admin: async () => {
        now += OPERATION_LEASE_MS;
        await claimOperation(store.tables, operation, now);
        return { outcome: 'done' };
      },
    });
    expect(ran).toEqual(['invite_admin']);
    expect(await at('invite_admin')).toMatchObject({ status: 'RUNNING' });
    expect(lines).toMatchObject([{ event: 'operation_lost' }]);
  });

  it('that an earlier version began, with a step that is no more, fails there and loses nothing', async () => {
    const [first, ...others] = operation.steps;
    const older = {
      ...operation,
      steps: [first, { name: 'paint_it_blue', status: 'PENDING', attempts: 0 }, ...others],
    };
    await recordOperation(store.tables, operation, older as unknown as Operation);
    await run();
    expect(ran).toEqual(['invite_admin']);
    expect(await at('invite_admin')).toMatchObject({ status: 'DONE' });
    expect(await at('paint_it_blue' as StepName)).toMatchObject({
      status: 'FAILED',
      detail: 'nothing is known of ONBOARD paint_it_blue',
    });
  });

  it('of a kind that nobody knows fails, and says so', async () => {
    await runOperation({ ...deps(), runbook: {} }, operation, now + 1e6);
    expect(await at('invite_admin')).toMatchObject({
      status: 'FAILED',
      detail: 'nothing is known of ONBOARD invite_admin',
    });
  });
});

describe('is taken up', () => {
  const record = (image: Record<string, unknown>, sequence = '1') =>
    ({
      eventName: 'INSERT',
      dynamodb: { NewImage: marshall({ kind: 'OPERATION', ...image }), SequenceNumber: sequence },
    }) as DynamoDBRecord;
  const place = () => ({ pk: `TENANT#${operation.tenantId}#OPERATION`, sk: operation.id });

  it('from the stream, when it was due as it was written', async () => {
    await takeUpBatch(deps(), { Records: [record({ ...place(), deadline: now + 1 })] }, now + 1e6);
    await takeUpBatch(deps(), { Records: [record({ ...place(), deadline: now, kind: 'EXPORT' })] }, now + 1e6);
    await takeUpBatch(deps(), { Records: [record(place())] }, now + 1e6);
    expect(ran).toEqual([]);
    const records = [record({ pk: 'x', sk: 'y' }, '7'), record({ ...place(), deadline: now })];
    expect(await takeUpBatch(deps(), { Records: records }, now + 1e6)).toEqual({ batchItemFailures: [] });
    expect(ran).toHaveLength(5);
    expect(lines).toEqual([{ event: 'operation_image_damaged', operation: '7' }]);
  });

  it('by the clock, also after a worker that has died', async () => {
    await claimOperation(store.tables, operation, now);
    await takeUpDue(deps(), now + 1e6);
    expect((await stored()).status).toBe('RUNNING');
    now += OPERATION_LEASE_MS;
    await takeUpDue(deps(), now + 1e6);
    expect((await stored()).status).toBe('SUCCEEDED');
  });
});
