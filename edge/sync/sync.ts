import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readChanges } from './changes.ts';
import { type EdgeStore, writeEntries } from './edge-store.ts';
import type { SyncLine } from './log.ts';

/**
 * Brings the edge's store up to a batch of the directory's stream. What can be read is written; what cannot is logged
 * and named as failed, so that Lambda offers it again and at last hands it to the failure destination. Whom a full store
 * has no room for is logged and done with: to offer it again would hold up every change behind it, suspensions too.
 * @throws when the store cannot be written: the whole batch comes again
 */
export async function syncBatch(
  store: EdgeStore,
  { Records }: DynamoDBStreamEvent,
  log: (line: SyncLine) => void,
): Promise<DynamoDBBatchResponse> {
  const { entries, damaged } = readChanges(Records);
  const { leftOut, size } = await writeEntries(store, entries);
  for (const [key, { tenant, served }] of leftOut) {
    log({ event: 'edge_store_full', tenant, what: key === tenant ? 'tenant' : 'identity_provider', served });
  }
  if (size) log({ event: 'edge_store_written', ...size, leftOut: leftOut.size });
  for (const { key, sequenceNumber } of damaged) log({ event: 'directory_image_damaged', key, sequenceNumber });
  return { batchItemFailures: damaged.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
}
