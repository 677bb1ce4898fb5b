import { readFileSync } from 'node:fs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { BillingCommand } from '../billing-command.ts';
import { parseTenantId } from '../tenant.ts';
import { listBillingCommands, requestBilling } from './billing-commands.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const COMMAND: BillingCommand = {
  id: '019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23',
  tenantId: parseTenantId('acme')!,
  kind: 'CREATE_CUSTOMER',
  state: 'PENDING',
  requestedAt: 1_763_805_600_000,
  requestedBy: 'stf_admin',
};

it('storage.md shows a command exactly as it is stored, once, however often it is asked for', async () => {
  expect(await requestBilling(store.tables, COMMAND)).toBe('requested');
  // Billing may have carried it out by then.
  expect(await requestBilling(store.tables, { ...COMMAND, requestedBy: 'stf_other' })).toBe('known');
  const [, ours = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Billing commands\n');
  const [example] = [...ours.split('\n## ')[0]!.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!));
  const { Item } = await store.documents.send(
    new GetCommand({ TableName: 'ledger', Key: { pk: example.pk, sk: example.sk } }),
  );
  expect(Item).toEqual(example);
});

it('are listed newest first, in pages', async () => {
  const last: BillingCommand = { ...COMMAND, id: '019aa8c1-7e02-7a10-8f02-0d4c9b7e6f23', kind: 'FINAL_BILL' };
  await requestBilling(store.tables, last);
  const first = await listBillingCommands(store.tables, COMMAND.tenantId, { limit: 1 });
  expect(first).toEqual({ items: [last], next: last.id });
  const { items } = await listBillingCommands(store.tables, COMMAND.tenantId, { limit: 5, after: first.next! });
  expect(items).toEqual([COMMAND]);
});
