import { Entity, GetItemCommand, item, number, PutTransaction, string } from 'dynamodb-toolbox';
import { advance } from '../billing-day-events.ts';
import type { Invoice } from '../invoice.ts';
import { supersedes } from '../invoice.ts';
import { type MeterError, whyNotCounted } from '../meter-event.ts';
import { billingDayWrite, getBillingDay } from './billing-days.ts';
import { commit, type Write } from './commit.ts';
import { getInvoice, invoiceWrite } from './invoices.ts';
import { key } from './keys.ts';
import { meterErrorWrite } from './meter-errors.ts';
import { entityOf, type StoreTable, type Tables } from './tables.ts';

/** Stripe brings an event again for three days; whoever sends one again by hand, for thirty. */
const MARK_LIFE_SECONDS = 90 * 86_400;

const whole = () => number().validate(Number.isSafeInteger);

const eventEntity = entityOf(
  (table: StoreTable) =>
    new Entity({
      name: 'STRIPE_EVENT',
      table,
      timestamps: false,
      schema: item({ id: string().key(), type: string(), appliedAt: whole(), expiresAt: whole() }),
      computeKey: ({ id }) => ({ pk: key`STRIPE_EVENT#${id}`, sk: 'STRIPE_EVENT' }),
    }),
);

/** An event of Stripe's, by its id there. */
export type StripeEventMark = { readonly id: string; readonly type: string };

/** `applied`: what it told is kept now. `known`: it was applied before. `behind`: what is known is newer than what it told. */
export type Applied = 'applied' | 'known' | 'behind';

/** Whether an event was applied already. */
export async function isApplied(tables: Tables, id: string): Promise<boolean> {
  const { Item } = await eventEntity(tables.ledger)
    .build(GetItemCommand)
    .key({ id })
    .options({ consistent: true })
    .send();
  return Item !== undefined;
}

/** Keeps what an event told of an invoice, unless newer is known; the mark that it was applied goes with it, or neither does. */
export async function applyInvoice(
  tables: Tables,
  mark: StripeEventMark,
  told: Invoice,
  now: number,
): Promise<Applied> {
  for (let tries = 1; ; tries++) {
    const known = await getInvoice(tables, told.tenantId, told.id);
    const newer = supersedes(told, known);
    const outcome = await apply(tables, mark, newer ? [invoiceWrite(tables, told, known)] : [], now);
    if (outcome === 'known') return 'known';
    if (outcome === 'applied') return newer ? 'applied' : 'behind';
    // Another event of the same invoice came in between.
    if (tries === CONTEST_TRIES) throw new Error('too many events change an invoice at this moment');
  }
}

/**
 * Keeps what an event told of values that are not counted, and that their days are FAILED, VERIFIED ones as well: else nobody
 * would look at them again. At most 49 of them.
 */
export async function applyMeterErrors(
  tables: Tables,
  mark: StripeEventMark,
  errors: readonly MeterError[],
  now: number,
): Promise<Applied> {
  for (let tries = 1; ; tries++) {
    const days = await Promise.all(errors.map((one) => failDay(tables, one)));
    const outcome = await apply(
      tables,
      mark,
      [...errors.map((one) => meterErrorWrite(tables, one)), ...days.flat()],
      now,
    );
    if (outcome !== 'contested') return outcome;
    // The daily run wrote one of the days in between.
    if (tries === CONTEST_TRIES) throw new Error('the store is busy with an event');
  }
}

async function failDay(tables: Tables, error: MeterError): Promise<Write[]> {
  const day = await getBillingDay(tables, error);
  if (!day) return [];
  const after = advance(day, { kind: 'not_counted', why: whyNotCounted(error), at: error.reportedAt });
  return after.ok && after.value !== day ? [billingDayWrite(tables, day, after.value)] : [];
}

const CONTEST_TRIES = 5;

async function apply(
  tables: Tables,
  mark: StripeEventMark,
  writes: readonly Write[],
  now: number,
): Promise<'applied' | 'known' | 'contested'> {
  const marked = eventEntity(tables.ledger)
    .build(PutTransaction)
    .item({ ...mark, appliedAt: now, expiresAt: Math.floor(now / 1000) + MARK_LIFE_SECONDS })
    .options({ condition: { attr: 'id', exists: false } });
  const done = await commit([marked, ...writes]);
  if (done.outcome === 'done') return 'applied';
  return done.outcome === 'refused' && done.index === 0 ? 'known' : 'contested';
}
