import type { DynamoDBRecord } from 'aws-lambda';
import { readTenantImage } from '../../tenancy/table/tenants.ts';
import { type EdgeTenant, type TenantId, toEdgeTenant } from '../../tenancy/tenant.ts';

/** What the edge must know after a batch: per tenant its entry, or null where the row is gone. */
export type Changes = ReadonlyMap<TenantId, EdgeTenant | null>;

/** A record that cannot be read; `key` is the item's and the only thing of it that may be told. */
export type Damaged = { readonly sequenceNumber: string; readonly key: string };

/**
 * Reads a batch of the directory's stream. Of several changes to one tenant the last counts; items of other kinds are
 * passed over. A closed tenant keeps its entry, because the edge must go on refusing it; only a removed row loses it.
 */
export function readChanges(records: readonly DynamoDBRecord[]): { changes: Changes; damaged: readonly Damaged[] } {
  const changes = new Map<TenantId, EdgeTenant | null>();
  const damaged: Damaged[] = [];
  for (const { eventName, dynamodb = {} } of records) {
    const { NewImage, OldImage, Keys = {}, SequenceNumber = '' } = dynamodb;
    const image = eventName === 'REMOVE' ? OldImage : NewImage;
    try {
      // Without its image a record tells nothing: the stream's view type is not the one that tenancy/table defines.
      if (!image) throw new Error('no image');
      const tenant = readTenantImage(image);
      if (tenant) changes.set(tenant.id, eventName === 'REMOVE' ? null : toEdgeTenant(tenant));
    } catch {
      damaged.push({
        sequenceNumber: SequenceNumber,
        key: Object.values(Keys)
          .map(({ S = '' }) => S)
          .join(' / '),
      });
    }
  }
  return { changes, damaged };
}
