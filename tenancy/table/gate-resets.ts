import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionCheckFailed } from 'dynamodb-toolbox';
import type { TenantId } from '../tenant.ts';
import { gateKey, readGates } from './gates.ts';
import type { Tables } from './tables.ts';

/**
 * A tenant whose gate in this ledger has counted money in some of the months asked for; and when a reset of its gates last
 * began and last came to its end, in ms since the epoch, 0 for never.
 */
export type GateReset = {
  readonly tenantId: TenantId;
  readonly months: readonly string[];
  readonly begunAt: number;
  readonly doneAt: number;
};

/** Marks of the tenant's own gate, beside its counters; no request looks at them. */
const BEGUN = 'resetBegunAt';
const DONE = 'resetDoneAt';

/** Those of the tenants that have something to reset; who has made no request here in these months costs one read. */
export async function listGateResets(
  tables: Tables,
  tenantIds: readonly TenantId[],
  months: readonly string[],
): Promise<GateReset[]> {
  const gates = await readGates(tables, tenantIds.map(tenantGate));
  return tenantIds.flatMap((tenantId, index) => {
    const gate = gates[index] ?? {};
    const counted = months.filter((month) => `committed.${month}` in gate || `spent.${month}` in gate);
    if (counted.length === 0) return [];
    return [{ tenantId, months: counted, begunAt: Number(gate[BEGUN] ?? 0), doneAt: Number(gate[DONE] ?? 0) }];
  });
}

/** @returns false when somebody else has begun it since it was read, or the gate is gone */
export async function beginGateReset(
  tables: Tables,
  { tenantId, begunAt }: Pick<GateReset, 'tenantId' | 'begunAt'>,
  now: number,
): Promise<boolean> {
  return mark(tables, tenantId, BEGUN, now, begunAt);
}

/** A gate that is gone by now stays gone. */
export async function endGateReset(tables: Tables, tenantId: TenantId, now: number): Promise<void> {
  await mark(tables, tenantId, DONE, now);
}

/** Not counted in the gate's number of changes: it says nothing of money. @param since what it must have said */
async function mark(tables: Tables, tenantId: TenantId, name: string, at: number, since?: number): Promise<boolean> {
  const still = since === undefined ? '' : since === 0 ? ' AND attribute_not_exists(#mark)' : ' AND #mark = :since';
  try {
    await tables.ledger.getDocumentClient().send(
      new UpdateCommand({
        TableName: tables.ledger.getName(),
        Key: gateKey(tenantGate(tenantId)),
        UpdateExpression: 'SET #mark = :at',
        ConditionExpression: `attribute_exists(pk)${still}`,
        ExpressionAttributeNames: { '#mark': name },
        ExpressionAttributeValues: { ':at': at, ...(since ? { ':since': since } : {}) },
      }),
    );
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

function tenantGate(tenantId: TenantId) {
  return { tenantId, subject: { kind: 'tenant' } } as const;
}
