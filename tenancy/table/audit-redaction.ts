import { QueryCommand, type QueryCommandOutput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import { partEntry, type Sha256, sealedForm } from '../audit-chain.ts';
import type { TenantId } from '../tenant.ts';
import { auditPartition, toStoredAudit } from './audit-entity.ts';
import type { Tables } from './tables.ts';

/**
 * Takes out of a trail what tells of people, entry by entry, and leaves the hash under which it was sealed: the chain
 * holds as before. An entry that has no salt cannot be parted, and stays as it is.
 * @param mayGoOn asked before each page @returns how many entries were changed, and whether it came to the end
 */
export async function redactTrail(
  { ledger }: Tables,
  tenantId: TenantId,
  sha256: Sha256,
  mayGoOn: () => boolean,
): Promise<{ readonly removed: number; readonly complete: boolean }> {
  const documents = ledger.getDocumentClient();
  const TableName = ledger.getName();
  let [removed, from]: [number, Record<string, unknown> | undefined] = [0, undefined];
  do {
    if (!mayGoOn()) return { removed, complete: false };
    const page: QueryCommandOutput = await documents.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: '#pk = :pk',
        FilterExpression: 'attribute_exists(#salt)',
        ExpressionAttributeNames: { '#pk': 'pk', '#salt': 'salt' },
        ExpressionAttributeValues: { ':pk': auditPartition(tenantId) },
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    for (const row of page.Items ?? []) {
      await documents.send(new UpdateCommand({ TableName, ...takingOut(row, sha256) })).catch(ignoreDone);
      removed += 1;
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return { removed, complete: true };
}

/** The chain's own mark may come at the same moment: no attribute is written but these. */
function takingOut(row: Readonly<Record<string, unknown>>, sha256: Sha256) {
  const { entry } = toStoredAudit(row);
  const { open } = partEntry(entry);
  const names = ['changes', 'target', 'personalSha256', 'salt', 'reason', 'sourceIp', 'userAgent'];
  return {
    Key: { pk: row['pk'], sk: row['sk'] },
    UpdateExpression:
      'SET #changes = :changes, #target = :target, #personalSha256 = :hash REMOVE #salt, #reason, #sourceIp, #userAgent',
    ConditionExpression: '#salt = :salt',
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ':changes': [],
      ':target': open.target,
      ':hash': sealedForm(entry, sha256).personalSha256,
      ':salt': entry.salt,
    },
  };
}

function ignoreDone(error: unknown): void {
  if (!isConditionCheckFailed(error)) throw error;
}
