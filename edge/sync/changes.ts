import type { DynamoDBRecord } from 'aws-lambda';
import { providerKey } from '../../tenancy/edge-provider.ts';
import { readIdentityProviderImage } from '../../tenancy/table/identity-providers.ts';
import { readTenantImage } from '../../tenancy/table/tenants.ts';
import { toEdgeTenant } from '../../tenancy/tenant.ts';
import { type Entries, leaveProviderKey, setProvider, setTenant } from './entries.ts';

/** A record that cannot be read; `key` is the item's and the only thing of it that may be told. */
export type Damaged = { readonly sequenceNumber: string; readonly key: string };

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

/**
 * Reads a batch of the directory's stream. Of several changes to one tenant or provider the last counts; items of other
 * kinds are passed over. A closed tenant keeps its entry, because the edge must go on refusing it; only a removed row loses it.
 */
export function readChanges(records: readonly DynamoDBRecord[]): { entries: Entries; damaged: readonly Damaged[] } {
  const entries: Entries = new Map();
  const damaged: Damaged[] = [];
  for (const { eventName, dynamodb = {} } of records) {
    const { NewImage, OldImage, Keys = {}, SequenceNumber = '' } = dynamodb;
    const isGone = eventName === 'REMOVE';
    const image = isGone ? OldImage : NewImage;
    try {
      // Without its image a record tells nothing: the stream's view type is not the one that tenancy/table defines.
      if (!image) throw new Error('no image');
      readTenant(entries, image, isGone);
      readProvider(entries, image, OldImage, isGone);
    } catch {
      damaged.push({
        sequenceNumber: SequenceNumber,
        key: Object.values(Keys)
          .map(({ S = '' }) => S)
          .join(' / '),
      });
    }
  }
  return { entries, damaged };
}

function readTenant(entries: Entries, image: Image, isGone: boolean): void {
  const tenant = readTenantImage(image);
  if (tenant) setTenant(entries, tenant.id, isGone ? null : toEdgeTenant(tenant));
}

function readProvider(entries: Entries, image: Image, old: Image | undefined, isGone: boolean): void {
  const provider = readIdentityProviderImage(image);
  if (!provider) return;
  // First what it was: where the issuer and audience are as before, what it is now stands over that.
  const before = old && readIdentityProviderImage(old);
  if (before) leaveProviderKey(entries, before.tenantId, providerKey(before));
  setProvider(entries, provider.tenantId, isGone ? null : provider);
}
