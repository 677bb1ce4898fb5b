import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent, ScheduledEvent } from 'aws-lambda';
import { CONTROL_REGION } from '../../tenancy/region.ts';
import { readEnvironment } from '../../tenancy/table/function-environment.ts';
import type { RunDeps } from './run.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

const { region, tablesIn } = readEnvironment('graphql/operations', process.env, Date.now);
if (region !== CONTROL_REGION) throw new Error(`graphql/operations: runs in ${CONTROL_REGION} alone, not in ${region}`);

const deps: RunDeps = {
  tables: tablesIn(region),
  runbook: {},
  now: Date.now,
  log: (line) => void process.stdout.write(`${JSON.stringify({ level: 'error', ...line })}\n`),
};

/** A step that has begun must come to its end and be written down. */
const RESERVE_MS = 10_000;

/**
 * Consumer of the ledger's stream in the control region, whose event source may leave out every record that is no
 * operation; and by the clock, every minute. Its timeout of 30 s is below the
 * lease of an operation.
 */
export async function handler(
  event: DynamoDBStreamEvent | ScheduledEvent,
  context: Context,
): Promise<DynamoDBBatchResponse | { readonly taken: number }> {
  const until = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  return 'Records' in event ? takeUpBatch(deps, event, until) : takeUpDue(deps, until);
}
