import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';

/** A tenant's row in the directory. */
export function row(id: string, fields: object = {}) {
  return {
    pk: `TENANT#${id}`,
    sk: 'TENANT',
    kind: 'TENANT',
    tenantId: id,
    name: id,
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'region',
    version: 1,
    ...fields,
  };
}

let sequence = 0;
/** A record of the directory's stream. */
export function change(eventName: 'INSERT' | 'MODIFY' | 'REMOVE', item: Record<string, unknown>): DynamoDBRecord {
  const image = marshall(item) as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;
  return {
    eventName,
    dynamodb: {
      Keys: Object.fromEntries(Object.entries(image).filter(([name]) => name === 'pk' || name === 'sk')),
      SequenceNumber: String(++sequence),
      ...(eventName === 'REMOVE' ? { OldImage: image } : { NewImage: image }),
    },
  };
}
