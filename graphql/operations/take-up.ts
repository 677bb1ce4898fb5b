import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { listDueOperations, type OperationId, readOperationImage } from '../../tenancy/table/operations.ts';
import { type RunDeps, runOperation } from './run.ts';

/** So many are taken up by one run of the clock: the next one goes on. */
const AT_ONCE = 25;

/**
 * Takes up what a batch of the ledger's stream has started, or made to go on: whatever was due when it was written. An
 * operation that a worker holds, or that waits, is due later, and the clock's.
 */
export async function takeUpBatch(
  deps: RunDeps,
  { Records }: DynamoDBStreamEvent,
  until: number,
): Promise<DynamoDBBatchResponse> {
  const due: { id: OperationId; itemIdentifier: string }[] = [];
  for (const { dynamodb = {} } of Records) {
    const { NewImage, SequenceNumber: itemIdentifier = '' } = dynamodb;
    if (NewImage?.['kind']?.S !== 'OPERATION') continue;
    const id = readOperationImage(NewImage);
    if (!id) deps.log({ event: 'operation_image_damaged', operation: itemIdentifier });
    else if (id.dueAt !== undefined && id.dueAt <= deps.now()) due.push({ id, itemIdentifier });
  }
  // What cannot be taken up now stays due, and is the clock's: a stream that is held up would hold up all tenants.
  await Promise.all(due.map(({ id }) => runOne(deps, id, until)));
  return { batchItemFailures: [] };
}

/** Takes up what is due by the clock: what waited, what a dead worker left behind, what the stream did not bring. */
export async function takeUpDue(deps: RunDeps, until: number): Promise<{ readonly taken: number }> {
  const due = await listDueOperations(deps.tables, deps.now(), AT_ONCE);
  await Promise.all(due.map((id) => runOne(deps, id, until)));
  return { taken: due.length };
}

async function runOne(deps: RunDeps, id: OperationId, until: number): Promise<void> {
  try {
    await runOperation(deps, id, until);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    deps.log({ event: 'operation_lost', operation: id.id, tenant: id.tenantId, why });
  }
}
