import {
  $set,
  Entity,
  isConditionCheckFailed,
  item,
  map,
  number,
  QueryCommand,
  string,
  UpdateItemCommand,
} from 'dynamodb-toolbox';
import type { BillingDayRun } from '../billing-schedule.ts';
import { key } from './keys.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

const whole = () => number().validate(Number.isSafeInteger);

const PARTITION = 'BILLING_DAY_RUNS';

const runEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'BILLING_DAY_RUN',
      table,
      timestamps: false,
      schema: item({
        day: string().key(),
        askedAt: whole().optional(),
        ran: map({
          startedAt: whole(),
          endedAt: whole(),
          tenants: whole(),
          settled: whole(),
          quarantined: whole(),
          writtenAgain: whole(),
          corrected: whole(),
        }).optional(),
      }),
      computeKey: ({ day }) => ({ pk: PARTITION, sk: key`${day}` }),
    }),
);

/** Notes that a day was run to its end, and what that came to; what an earlier run came to is replaced. */
export async function recordDayRun(
  tables: Tables,
  { day, ran }: { readonly day: string; readonly ran: NonNullable<BillingDayRun['ran']> },
): Promise<void> {
  await runEntity(tables.ledger)
    .build(UpdateItemCommand)
    .item({ day, ran: $set({ ...ran }) })
    .send();
}

/** Asks for a day to be run once more, whatever has come of it. @param askedAt ms epoch */
export async function askForDayRun(tables: Tables, day: string, askedAt: number): Promise<void> {
  try {
    await runEntity(tables.ledger)
      .build(UpdateItemCommand)
      .item({ day, askedAt })
      .options({
        condition: {
          or: [
            { attr: 'askedAt', exists: false },
            { attr: 'askedAt', lt: askedAt },
          ],
        },
      })
      .send();
  } catch (error) {
    if (!isConditionCheckFailed(error)) throw error;
  }
}

/** What is known of the runs of days, from one day to another, both included, in their order. */
export async function listDayRuns(tables: Tables, from: string, through: string): Promise<readonly BillingDayRun[]> {
  const { Items = [] } = await tables.ledger
    .build(QueryCommand)
    .entities(runEntity(tables.ledger))
    .query({ partition: PARTITION, range: { between: [key`${from}`, key`${through}`] } })
    .options({ consistent: true, maxPages: Number.POSITIVE_INFINITY })
    .send();
  return Items.map(({ day, askedAt, ran }) => ({
    day,
    ...(askedAt === undefined ? {} : { askedAt }),
    ...(ran === undefined ? {} : { ran }),
  }));
}
