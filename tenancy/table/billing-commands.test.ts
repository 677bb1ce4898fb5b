import { readFileSync } from 'node:fs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { BillingCommand } from '../billing-command.ts';
import { BILLING_LEASE_MS } from '../billing-command.ts';
import { parseTenantId } from '../tenant.ts';
import { keepBillingAccount } from './billing-accounts.ts';
import {
  billingCommandWrite,
  claimBillingCommand,
  finishBillingCommand,
  getBillingCommand,
  listBillingCommands,
  listDueBillingCommands,
  postponeBillingCommand,
  requestBilling,
  resumeBillingCommand,
  resumeBillingWrite,
} from './billing-commands.ts';
import { commit } from './commit.ts';

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

const RERATE: BillingCommand = {
  ...COMMAND,
  id: '019aa8c1-7e05-7a10-8f02-0d4c9b7e6f23',
  kind: 'RERATE',
  requestedBy: 'stf_billing',
  days: { from: '2025-11-01', to: '2025-11-03' },
  reason: 'a price was entered too late',
};

it('storage.md shows a command exactly as it is stored, once, however often it is asked for', async () => {
  expect(await requestBilling(store.tables, COMMAND)).toBe('requested');
  // Billing may have carried it out by then.
  expect(await requestBilling(store.tables, { ...COMMAND, requestedBy: 'stf_other' })).toBe('known');
  const [, ours = ''] = readFileSync(new URL('storage.md', import.meta.url), 'utf8').split('\n## Billing commands\n');
  const examples = [...ours.split('\n## ')[0]!.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!));
  await commit([billingCommandWrite(store.tables, RERATE)]);
  expect(examples).toHaveLength(2);
  for (const example of examples) {
    const { pk, sk } = example;
    const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key: { pk, sk } }));
    expect(Item).toEqual(example);
  }
  expect(await getBillingCommand(store.tables, RERATE)).toEqual(RERATE);
});

it('are listed newest first, in pages', async () => {
  const tenantId = parseTenantId('listed')!;
  const last: BillingCommand = { ...COMMAND, tenantId, id: '019aa8c1-7e02-7a10-8f02-0d4c9b7e6f23', kind: 'FINAL_BILL' };
  for (const one of [{ ...COMMAND, tenantId }, last]) await requestBilling(store.tables, one);
  const first = await listBillingCommands(store.tables, tenantId, { limit: 1 });
  expect(first).toEqual({ items: [last], next: last.id });
  const { items } = await listBillingCommands(store.tables, tenantId, { limit: 5, after: first.next! });
  expect(items).toEqual([{ ...COMMAND, tenantId }]);
});

it('what else stands beside them is not one of them', async () => {
  const tenantId = parseTenantId('beside')!;
  const ids = { customerId: 'cus_1', subscriptionId: 'sub_1', startsAt: 1, createdAt: 1 };
  await keepBillingAccount(store.tables, { tenantId, provider: 'stripe', ...ids });
  await requestBilling(store.tables, { ...COMMAND, tenantId });
  expect(await listBillingCommands(store.tables, tenantId, { limit: 1 })).toEqual({
    items: [{ ...COMMAND, tenantId }],
    next: COMMAND.id,
  });
});

describe('a command', () => {
  const NOW = COMMAND.requestedAt;
  let one: BillingCommand;
  let tenants = 0;
  beforeEach(async () => {
    tenants += 1;
    one = { ...COMMAND, tenantId: parseTenantId(`tenant-${tenants}`)! };
    await requestBilling(store.tables, one);
  });
  const due = async (now: number) =>
    (await listDueBillingCommands(store.tables, now, 100)).filter(({ tenantId }) => tenantId === one.tenantId);

  it('is due at once, and belongs to the one who claims it for as long as his lease', async () => {
    expect(await due(NOW)).toEqual([{ tenantId: one.tenantId, id: one.id }]);
    expect(await claimBillingCommand(store.tables, one, NOW - 1)).toBeNull();
    const claims = await Promise.all([1, 2, 3].map(() => claimBillingCommand(store.tables, one, NOW)));
    expect(claims.filter((claim) => claim !== null)).toEqual([{ ...one, attempts: 1, firstTriedAt: NOW }]);
    expect(await due(NOW + BILLING_LEASE_MS - 1)).toEqual([]);
    expect(await claimBillingCommand(store.tables, one, NOW + BILLING_LEASE_MS - 1)).toBeNull();
    expect(await claimBillingCommand(store.tables, one, NOW + BILLING_LEASE_MS)).toMatchObject({
      attempts: 2,
      firstTriedAt: NOW,
    });
  });

  it('changes no more by the hand of one who was taken for dead', async () => {
    const dead = (await claimBillingCommand(store.tables, one, NOW))!;
    const alive = (await claimBillingCommand(store.tables, one, NOW + BILLING_LEASE_MS))!;
    const end = { state: 'FAILED', detail: 'late' } as const;
    expect(await finishBillingCommand(store.tables, dead, end, NOW)).toBe(false);
    expect(await postponeBillingCommand(store.tables, dead, 'late', NOW)).toBe(false);
    expect(await finishBillingCommand(store.tables, alive, { state: 'DONE', detail: 'made' }, NOW)).toBe(true);
    expect(await finishBillingCommand(store.tables, alive, end, NOW)).toBe(false);
    expect(await getBillingCommand(store.tables, one)).toMatchObject({ state: 'DONE', detail: 'made' });
  });

  it('waits until it is due again, and says why', async () => {
    const claimed = (await claimBillingCommand(store.tables, one, NOW))!;
    expect(await postponeBillingCommand(store.tables, claimed, 'busy', NOW + 5_000)).toBe(true);
    expect(await due(NOW + 4_999)).toEqual([]);
    expect(await due(NOW + 5_000)).toHaveLength(1);
    expect(await getBillingCommand(store.tables, one)).toMatchObject({ state: 'PENDING', detail: 'busy' });
  });

  it('that has failed is nobody’s until somebody makes it go on, once', async () => {
    const claimed = (await claimBillingCommand(store.tables, one, NOW))!;
    expect(await resumeBillingCommand(store.tables, one, NOW)).toBe(false);
    await finishBillingCommand(store.tables, claimed, { state: 'FAILED', detail: 'no' }, NOW);
    expect(await due(NOW * 2)).toEqual([]);
    expect(await claimBillingCommand(store.tables, one, NOW * 2)).toBeNull();
    const resumed = await Promise.all([1, 2].map(() => resumeBillingCommand(store.tables, one, NOW + 7)));
    expect(resumed.toSorted()).toEqual([false, true]);
    expect(await claimBillingCommand(store.tables, one, NOW + 7)).toEqual({
      ...one,
      attempts: 2,
      firstTriedAt: NOW,
      resumed: 1,
      detail: 'no',
    });
  });

  it('that has failed is made to go on as a part of a transaction, once', async () => {
    const claimed = (await claimBillingCommand(store.tables, one, NOW))!;
    await finishBillingCommand(store.tables, claimed, { state: 'FAILED', detail: 'no' }, NOW);
    const failed = (await getBillingCommand(store.tables, one))!;
    const resume = () => commit([resumeBillingWrite(store.tables, failed, NOW + 7)]);
    expect([await resume(), await resume()]).toEqual([{ outcome: 'done' }, { outcome: 'refused', index: 0 }]);
    expect(await getBillingCommand(store.tables, one)).toEqual({
      ...one,
      attempts: 1,
      firstTriedAt: NOW,
      resumed: 1,
      detail: 'no',
    });
    expect(await due(NOW + 7)).toHaveLength(1);
  });
});
