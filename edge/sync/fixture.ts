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

/** The row of a tenant's own identity provider. */
export function providerRow(id: string, fields: object = {}) {
  const issuer = `https://${id}.okta.com/oauth2/aus1`;
  return {
    pk: `TENANT#${id}`,
    sk: 'IDENTITY_PROVIDER',
    kind: 'IDENTITY_PROVIDER',
    tenantId: id,
    issuer,
    audience: 'api://gateway',
    jwksUri: `${issuer}/v1/keys`,
    verifiedAt: 1,
    version: 1,
    ...fields,
  };
}

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

let sequence = 0;
/** A record of the directory's stream. @param before what the item was */
export function change(
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE',
  item: Record<string, unknown>,
  before?: Record<string, unknown>,
): DynamoDBRecord {
  const image = marshall(item) as Image;
  return {
    eventName,
    dynamodb: {
      Keys: Object.fromEntries(Object.entries(image).filter(([name]) => name === 'pk' || name === 'sk')),
      SequenceNumber: String(++sequence),
      ...(eventName === 'REMOVE' ? { OldImage: image } : { NewImage: image }),
      ...(before ? { OldImage: marshall(before) as Image } : {}),
    },
  };
}
