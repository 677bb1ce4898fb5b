import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { readThresholdImage } from '../../tenancy/table/budget-thresholds.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { type TellDeps, tell } from './tell.ts';

/** One line for the log: never an item's content or an address. */
export type NoticeLine =
  | { readonly event: 'threshold_image_damaged'; readonly key: string; readonly sequenceNumber: string }
  | { readonly event: 'notice_without_reader'; readonly tenantId: TenantId }
  | { readonly event: 'notice_failed'; readonly tenantId: TenantId; readonly why: string };

export type NoticeDeps = TellDeps & { readonly log: (line: NoticeLine) => void };

/**
 * Tells people of the budget thresholds in a batch of the ledger's stream. What could not be sent is named as failed, so
 * that Lambda offers it again; what was sent is not sent again.
 */
export async function tellBudgets(deps: NoticeDeps, { Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const failed: string[] = [];
  for (const record of Records) {
    if (!(await tellRecord(deps, record))) failed.push(record.dynamodb?.SequenceNumber ?? '');
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** @returns whether it need not come again */
async function tellRecord(deps: NoticeDeps, { eventName, dynamodb = {} }: DynamoDBRecord): Promise<boolean> {
  if (eventName !== 'INSERT') return true;
  const { NewImage, Keys = {}, SequenceNumber: sequenceNumber = '' } = dynamodb;
  let threshold: ReturnType<typeof readThresholdImage>;
  try {
    // Without its image a record tells nothing: the stream's view type is not the one that tenancy/table defines.
    if (!NewImage) throw new Error('no image');
    threshold = readThresholdImage(deps.tables, NewImage);
  } catch {
    const key = Object.values(Keys)
      .map(({ S = '' }) => S)
      .join(' / ');
    deps.log({ event: 'threshold_image_damaged', key, sequenceNumber });
    return false;
  }
  if (!threshold) return true;
  const { tenantId } = threshold.gate;
  try {
    const told = await tell(deps, { kind: 'budget_threshold', threshold });
    if (told === 'nobody') deps.log({ event: 'notice_without_reader', tenantId });
    return told !== 'held';
  } catch (error) {
    deps.log({ event: 'notice_failed', tenantId, why: error instanceof Error ? error.name : 'unknown' });
    return false;
  }
}
