import { Entity, GetItemCommand, isConditionCheckFailed, item, number, PutItemCommand, string } from 'dynamodb-toolbox';
import { BILLING_STEPS, type BillingStep } from '../billing-day.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);

const runEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_RUN',
      table,
      timestamps: false,
      schema: item({
        holder: string(),
        day: string(),
        step: string().enum(...BILLING_STEPS),
        detail: string(),
        startedAt: whole(),
        heldUntil: whole(),
      }),
      computeKey: () => ({ pk: 'BILLING_RUN', sk: 'CURRENT' }),
    }),
);

/** The daily run as it goes, or as it ended. Times: ms since the epoch. */
export type BillingRun = {
  /** Whose it is: another name for each run. */
  readonly holder: string;
  /** The day that is billed: `2026-11-22`, UTC. */
  readonly day: string;
  readonly step: BillingStep;
  /** How far that step is, for people. */
  readonly detail: string;
  readonly startedAt: number;
  /** Nobody else may run until then; 0 when it has ended. */
  readonly heldUntil: number;
};

/**
 * Takes the one place that there is for a run, or keeps it, and tells how far it is: of two that plan a tenant's days side by
 * side neither would know of the other's.
 * @returns false when another run has it: then nothing more may be done
 */
export async function holdBillingRun(tables: Tables, run: BillingRun, now: number): Promise<boolean> {
  try {
    await runEntity(tables.ledger)
      .build(PutItemCommand)
      .item({ ...run })
      .options({
        condition: {
          or: [
            { attr: 'holder', exists: false },
            { attr: 'holder', eq: run.holder },
            { attr: 'heldUntil', lte: now },
          ],
        },
      })
      .send();
    return true;
  } catch (error) {
    if (isConditionCheckFailed(error)) return false;
    throw error;
  }
}

/** The run that goes on, or the last one; null before the first. */
export async function getBillingRun(tables: Tables): Promise<BillingRun | null> {
  const { Item } = await runEntity(tables.ledger).build(GetItemCommand).key({}).options({ consistent: true }).send();
  return Item ?? null;
}
