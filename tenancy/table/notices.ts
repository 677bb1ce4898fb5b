import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { type Notice, tenantOf } from '../notification.ts';
import { key } from './keys.ts';
import type { Tables } from './tables.ts';

/** Whoever has claimed a notice and has not said for so long (ms) that it was sent, has died: the next one sends it. */
export const CLAIM_MS = 60_000;

/** How long a mark is kept, in seconds: longer than the stream and the days before a key's end can bring it again. */
const MARK_LIFE_SECONDS = 40 * 86_400;

/**
 * Claims a notice for sending. `sent`: nobody has to. `held`: somebody is at it; ask again after CLAIM_MS.
 * Whoever dies between sending and `markSent` lets it be sent a second time: at least once, and hardly ever twice.
 */
export async function claimNotice(tables: Tables, notice: Notice, now: number): Promise<'claimed' | 'sent' | 'held'> {
  const tenantId = tenantOf(notice);
  try {
    await update(tables, notice, {
      UpdateExpression: 'SET #kind = :kind, #tenantId = :tenantId, #claimedAt = :now, #expiresAt = :expiresAt',
      ConditionExpression:
        'attribute_not_exists(#sentAt) AND (attribute_not_exists(#claimedAt) OR #claimedAt <= :dead)',
      ExpressionAttributeNames: {
        '#kind': 'kind',
        '#tenantId': 'tenantId',
        '#claimedAt': 'claimedAt',
        '#sentAt': 'sentAt',
        '#expiresAt': 'expiresAt',
      },
      ExpressionAttributeValues: {
        ':kind': 'NOTICE',
        ':tenantId': tenantId,
        ':now': now,
        ':dead': now - CLAIM_MS,
        ':expiresAt': Math.floor(now / 1000) + MARK_LIFE_SECONDS,
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return 'claimed';
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
    const { Item = {} } = error as { Item?: Readonly<Record<string, unknown>> };
    return 'sentAt' in Item ? 'sent' : 'held';
  }
}

/** The claimed notice was sent, for good. */
export async function markSent(tables: Tables, notice: Notice, now: number): Promise<void> {
  await update(tables, notice, {
    UpdateExpression: 'SET #sentAt = :now',
    ExpressionAttributeNames: { '#sentAt': 'sentAt' },
    ExpressionAttributeValues: { ':now': now },
  });
}

/** The claimed notice could not be sent: whoever tries next need not wait. */
export async function releaseNotice(tables: Tables, notice: Notice): Promise<void> {
  await update(tables, notice, {
    UpdateExpression: 'REMOVE #claimedAt',
    ExpressionAttributeNames: { '#claimedAt': 'claimedAt' },
  });
}

type Update = Omit<UpdateCommand['input'], 'TableName' | 'Key'>;

async function update(tables: Tables, notice: Notice, how: Update): Promise<void> {
  const Key = { pk: key`TENANT#${tenantOf(notice)}#NOTICE`, sk: nameOf(notice) };
  await tables.ledger.getDocumentClient().send(new UpdateCommand({ TableName: tables.ledger.getName(), Key, ...how }));
}

/** One name for what is told once: a budget that was changed, and a key that was rotated, are told of anew. */
function nameOf(notice: Notice): string {
  if (notice.kind === 'key_expiry') {
    const { keyId, endsAt, daysBefore } = notice;
    return key`KEY#${keyId}#${String(endsAt)}#${String(daysBefore)}`;
  }
  const { gate, percent, month, budget } = notice.threshold;
  const { subject } = gate;
  const end = key`${month}#${String(percent)}#${String(budget)}`;
  switch (subject.kind) {
    case 'tenant':
      return `BUDGET#TENANT#${end}`;
    case 'user':
      return key`BUDGET#USER#${subject.identityId}#` + end;
    case 'key':
      return key`BUDGET#KEY#${subject.keyId}#` + end;
  }
}
