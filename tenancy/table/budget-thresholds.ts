import { Entity, isConditionCheckFailed, item, number, PutItemCommand, string } from 'dynamodb-toolbox';
import type { BudgetThreshold } from '../gate.ts';
import { gateKey } from './gates.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

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
