import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import {
  type BillingCommandId,
  listDueBillingCommands,
  readBillingCommandImage,
} from '../../tenancy/table/billing-commands.ts';
import { type CommandDeps, carryOut } from './carry-out.ts';

/** So many are taken up by one run of the clock: the next one goes on. */
const AT_ONCE = 25;

/** Takes up what a batch of the ledger's stream has asked for, or made PENDING again. What waits is the clock's. */
export async function takeUpBatch(deps: CommandDeps, { Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const due: BillingCommandId[] = [];
  for (const { dynamodb = {} } of Records) {
    const { NewImage, SequenceNumber = '' } = dynamodb;
    if (NewImage?.['kind']?.S !== 'BILLING_COMMAND') continue;
    const id = readBillingCommandImage(NewImage);
    if (!id) deps.log({ event: 'billing_image_damaged', command: SequenceNumber });
    else if (id.dueAt !== undefined && id.dueAt <= deps.now()) due.push(id);
  }
  // What cannot be carried out now stays due, and is the clock's: a stream that is held up would hold up all tenants.
  await Promise.all(due.map((id) => carryOutOne(deps, id)));
  return { batchItemFailures: [] };
}

/** Takes up what is due by the clock: what waited, what a dead worker left behind, what the stream did not bring. */
export async function takeUpDue(deps: CommandDeps): Promise<{ readonly taken: number }> {
  const due = await listDueBillingCommands(deps.tables, deps.now(), AT_ONCE);
  await Promise.all(due.map((id) => carryOutOne(deps, id)));
  return { taken: due.length };
}

async function carryOutOne(deps: CommandDeps, id: BillingCommandId): Promise<void> {
  try {
    await carryOut(deps, id);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    deps.log({ event: 'billing_command_lost', command: id.id, tenant: id.tenantId, why });
  }
}
