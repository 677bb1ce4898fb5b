import type { DynamoDBRecord } from 'aws-lambda';
import type { SettledRequest } from '../../tenancy/rollup.ts';
import { readRequestImage } from '../../tenancy/table/requests.ts';
import type { Tables } from '../../tenancy/table/tables.ts';

/** A settled request of a batch, and the record that told of it. */
export type SettledRecord = { readonly request: SettledRequest; readonly sequenceNumber: string };

/** A record that cannot be read; `key` is the item's and the only thing of it that may be told. */
export type Damaged = { readonly sequenceNumber: string; readonly key: string };

/** Reads the settled requests out of a batch of the ledger's stream, in its order; everything else is passed over. */
export function readSettled(
  tables: Tables,
  records: readonly DynamoDBRecord[],
): { settled: readonly SettledRecord[]; damaged: readonly Damaged[] } {
  const settled: SettledRecord[] = [];
  const damaged: Damaged[] = [];
  for (const { eventName, dynamodb = {} } of records) {
    if (eventName === 'REMOVE') continue;
    const { NewImage, Keys = {}, SequenceNumber: sequenceNumber = '' } = dynamodb;
    try {
      // Without its image a record tells nothing: the stream's view type is not the one that tenancy/table defines.
      if (!NewImage) throw new Error('no image');
      const { intent, settlement = null } = readRequestImage(tables, NewImage) ?? {};
      if (intent && settlement) settled.push({ request: { intent, settlement }, sequenceNumber });
    } catch {
      const key = Object.values(Keys)
        .map(({ S = '' }) => S)
        .join(' / ');
      damaged.push({ sequenceNumber, key });
    }
  }
  return { settled, damaged };
}
