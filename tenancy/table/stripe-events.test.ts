import { GetCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STORAGE_PAGE } from '../../tests/storage-examples.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { BillingAccount } from '../billing-account.ts';
import type { Invoice, InvoiceState } from '../invoice.ts';
import type { MeterError } from '../meter-event.ts';
import { parseTenantId } from '../tenant.ts';
import { endBillingAccount, getBillingAccount, keepBillingAccount } from './billing-accounts.ts';
import { getInvoice, listInvoices } from './invoices.ts';
import { listMeterErrors } from './meter-errors.ts';
import { applyInvoice, applyMeterErrors, isApplied } from './stripe-events.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const ACME = parseTenantId('acme')!;
const ACCOUNT: BillingAccount = {
  tenantId: ACME,
  provider: 'stripe',
  customerId: 'cus_SzQ1mB7vQn2kLd',
  subscriptionId: 'sub_1S3pQbLkdIwHu7ix',
  startsAt: 1_763_805_605_000,
  createdAt: 1_763_805_605_400,
};
const INVOICE: Invoice = {
  tenantId: ACME,
  id: 'in_1S7rTtLkdIwHu7ix',
  customerId: ACCOUNT.customerId,
  state: 'OPEN',
  month: '2025-11',
  number: 'A1B2C3D4-0001',
  totalCents: -250n,
  dueCents: 0n,
  balanceAfterCents: -250n,
  periodStart: 1_763_805_605_000,
  periodEnd: 1_764_547_200_000,
  at: 1_764_550_800_000,
  paymentFailedAt: 1_764_554_400_000,
};
const ERROR: MeterError = {
  tenantId: ACME,
  day: '2025-11-22',
  revision: 1,
  code: 'meter_event_customer_not_found',
  message: 'No such customer: cus_SzQ1mB7vQn2kLd',
  reportedAt: 1_763_899_200_000,
};
const MARK = { id: 'evt_1S7rTuLkdIwHu7ix', type: 'invoice.finalized' };
const NOW = 1_764_550_801_000;

it('storage.md shows an account, an invoice, an error and an event exactly as they are stored', async () => {
  const [, ours = ''] = STORAGE_PAGE.split('\n## Payment\n');
  const examples = [...ours.split('\n## ')[0]!.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!));
  await keepBillingAccount(store.tables, ACCOUNT);
  const endedAt = 1_764_633_600_000;
  await endBillingAccount(store.tables, ACME, endedAt);
  await endBillingAccount(store.tables, ACME, endedAt + 1);
  expect(await applyInvoice(store.tables, MARK, INVOICE, NOW)).toBe('applied');
  await applyMeterErrors(store.tables, { id: 'evt_other', type: 'x' }, [ERROR], NOW);
  expect(examples).toHaveLength(4);
  for (const { pk, sk, ...rest } of examples) {
    const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key: { pk, sk } }));
    expect(Item).toEqual({ pk, sk, ...rest });
  }
  expect(await getBillingAccount(store.tables, ACME)).toEqual({ ...ACCOUNT, endedAt });
  expect(await getInvoice(store.tables, ACME, INVOICE.id)).toEqual(INVOICE);
  expect(await listInvoices(store.tables, ACME, { limit: 5 })).toEqual({ items: [INVOICE] });
  expect(await listMeterErrors(store.tables, ACME, ERROR.day)).toEqual([ERROR]);
  expect(await listMeterErrors(store.tables, ACME, '2025-11-2')).toEqual([]);
});

it('a tenant has one customer, and never another', async () => {
  const tenantId = parseTenantId('globex')!;
  expect(await getBillingAccount(store.tables, tenantId)).toBeNull();
  const first = { ...ACCOUNT, tenantId };
  expect(await keepBillingAccount(store.tables, first)).toEqual(first);
  expect(await keepBillingAccount(store.tables, { ...first, customerId: 'cus_other' })).toEqual(first);
  expect(await getBillingAccount(store.tables, tenantId)).toEqual(first);
});

it('an event that comes again changes nothing, even where it tells something else by now', async () => {
  const [mark, one] = [
    { id: 'evt_again', type: 'invoice.finalized' },
    { ...INVOICE, id: 'in_again' },
  ];
  expect(await isApplied(store.tables, mark.id)).toBe(false);
  expect(await applyInvoice(store.tables, mark, one, NOW)).toBe('applied');
  expect(await isApplied(store.tables, mark.id)).toBe(true);
  expect(await applyInvoice(store.tables, mark, { ...one, at: one.at + 1, totalCents: 9n }, NOW)).toBe('known');
  expect(await getInvoice(store.tables, ACME, one.id)).toEqual(one);
});

it('events of one invoice at the same time, in any order and several times each, end at its end', async () => {
  const life: InvoiceState[] = ['DRAFT', 'OPEN', 'PAID'];
  await fc.assert(
    fc.asyncProperty(fc.uuid(), fc.shuffledSubarray([0, 0, 1, 1, 2, 2], { minLength: 6 }), async (id, order) => {
      const told = (n: number): Invoice => ({ ...INVOICE, id: `in_${id}`, state: life[n]!, at: INVOICE.at + n });
      const mark = (n: number) => ({ id: `evt_${id}_${n}`, type: 'x' });
      const effects = await Promise.all(
        order.map((n) => applyInvoice(store.tables, mark(n), told(n), NOW).catch(() => 'again' as const)),
      );
      // What was too much at once, Stripe brings again.
      for (const [at, n] of order.entries())
        if (effects[at] === 'again') await applyInvoice(store.tables, mark(n), told(n), NOW);
      expect(await getInvoice(store.tables, ACME, `in_${id}`)).toEqual(told(2));
    }),
    { numRuns: 20 },
  );
});
