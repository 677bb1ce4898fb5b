import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  Entity,
  EntityFormatter,
  isConditionCheckFailed,
  item,
  number,
  PutItemCommand,
  string,
} from 'dynamodb-toolbox';
import { parseIdentityId } from '../caller.ts';
import type { BudgetThreshold, GateId } from '../gate.ts';
import { parseTenantId } from '../tenant.ts';
import { gateKey } from './gates.ts';
import { key } from './keys.ts';
import { damaged, entityOf, type StoreTable, type Tables } from './tables.ts';

const thresholdEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BUDGET_THRESHOLD',
      table,
      timestamps: false,
      schema: item({
        pk: string().key().hidden(),
        sk: string().key().hidden(),
        tenantId: string(),
        subject: string().enum('tenant', 'user', 'key'),
        percent: number(),
        month: string(),
        budget: number().big(),
        spent: number().big(),
        at: number(),
      }),
    }),
);

/**
 * Notes that a budget's threshold was reached: one item, and so one event on the ledger's stream, per gate, month and
 * threshold. A budget that was changed tells anew.
 */
export async function noteThreshold(
  tables: Tables,
  { gate, percent, month, budget, spent, at }: BudgetThreshold,
): Promise<'noted' | 'known'> {
  try {
    await thresholdEntity(tables.ledger)
      .build(PutItemCommand)
      .item({
        pk: gateKey(gate).pk,
        sk: key`THRESHOLD#${month}#${String(percent)}#${String(budget)}`,
        tenantId: gate.tenantId,
        subject: gate.subject.kind,
        percent,
        month,
        budget,
        spent,
        at,
      })
      .options({ condition: { attr: 'percent', exists: false } })
      .send();
    return 'noted';
  } catch (error) {
    if (isConditionCheckFailed(error)) return 'known';
    throw error;
  }
}

/**
 * Reads the image of an item as the ledger's stream carries it.
 * @returns null when it is an item of another kind
 * @throws Error when it is a threshold and damaged
 */
export function readThresholdImage(tables: Tables, image: Readonly<Record<string, unknown>>): BudgetThreshold | null {
  const row = unmarshall(image as Record<string, AttributeValue>);
  const entity = thresholdEntity(tables.ledger);
  if (row['kind'] !== entity.entityName) return null;
  const { tenantId, subject, percent, month, budget, spent, at } = entity.build(EntityFormatter).format(row);
  const gate = toGateId(String(row['pk']), tenantId, subject);
  return { gate, percent, month, budget: BigInt(budget), spent: BigInt(spent), at };
}

/** Whose gate it is stands in its key alone. The id is parsed, and must give that very key again. */
function toGateId(pk: string, tenant: string, kind: 'tenant' | 'user' | 'key'): GateId {
  const tenantId = parseTenantId(tenant) ?? damaged('threshold of', tenant);
  const id = pk.split('#').at(-1) ?? '';
  const gate: GateId =
    kind === 'tenant'
      ? { tenantId, subject: { kind } }
      : kind === 'user'
        ? { tenantId, subject: { kind, identityId: parseIdentityId(id) ?? damaged('threshold at', pk) } }
        : { tenantId, subject: { kind, keyId: id } };
  return gateKey(gate).pk === pk ? gate : damaged('threshold at', pk);
}
