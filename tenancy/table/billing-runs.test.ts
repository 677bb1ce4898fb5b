import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLATFORMS } from '../../tests/storage-examples.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type BillingRun, getBillingRun, holdBillingRun } from './billing-runs.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const NOW = 1_763_877_660_000;
const run: BillingRun = {
  holder: '6c1f8f0e-1d7c-4a53-9a39-0f4c0d6b7c11',
  day: '2025-11-22',
  step: 'push',
  detail: '12 of 50 tenants',
  startedAt: NOW - 60_000,
  heldUntil: NOW + 600_000,
};

it('there is one at a time, which tells how far it is, and the next when it has ended or died', async () => {
  expect(await getBillingRun(store.tables)).toBeNull();
  expect(await holdBillingRun(store.tables, { ...run, step: 'complete' }, NOW)).toBe(true);
  expect(await holdBillingRun(store.tables, run, NOW)).toBe(true);
  const { Item } = await store.documents.send(
    new GetCommand({ TableName: 'ledger', Key: { pk: 'BILLING_RUN', sk: 'CURRENT' } }),
  );
  expect(Item).toEqual(PLATFORMS.find(({ kind }) => kind === 'BILLING_RUN'));

  const other = { ...run, holder: 'other', heldUntil: run.heldUntil + 600_000 };
  expect(await holdBillingRun(store.tables, other, run.heldUntil - 1)).toBe(false);
  expect(await getBillingRun(store.tables)).toEqual(run);
  expect(await holdBillingRun(store.tables, other, run.heldUntil)).toBe(true);
  // It was taken for dead, and writes nothing any more.
  expect(await holdBillingRun(store.tables, run, run.heldUntil)).toBe(false);
  expect(await holdBillingRun(store.tables, { ...other, heldUntil: 0 }, NOW)).toBe(true);
  expect(await holdBillingRun(store.tables, run, NOW)).toBe(true);
});
