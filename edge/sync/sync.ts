import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readChanges } from './changes.ts';
import { type EdgeStore, writeChanges } from './edge-store.ts';

/** One line for the log: never an item's content. */
export type SyncLine = {
  readonly event: 'directory_image_damaged';
  readonly key: string;
  readonly sequenceNumber: string;
};

/**
 * Brings the edge's store up to a batch of the directory's stream. What can be read is written; what cannot is logged
 * and named as failed, so that Lambda offers it again and at last hands it to the failure destination.
 * @throws when the store cannot be written: the whole batch comes again
 */
export async function syncBatch(
  store: EdgeStore,
  { Records }: DynamoDBStreamEvent,
  log: (line: SyncLine) => void,
): Promise<DynamoDBBatchResponse> {
  const { changes, damaged } = readChanges(Records);
  await writeChanges(store, changes);
  for (const { key, sequenceNumber } of damaged) log({ event: 'directory_image_damaged', key, sequenceNumber });
  return { batchItemFailures: damaged.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
}
