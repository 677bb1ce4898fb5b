import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BILLING_LEASE_MS, type BillingCommand, billingPauseMs } from '../../tenancy/billing-command.ts';
import { startOperation } from '../../tenancy/operation.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { getBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { getBillingCommand, requestBilling, resumeBillingCommand } from '../../tenancy/table/billing-commands.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { operationWrites } from '../../tenancy/table/operations.ts';
import { putTenant } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { NewCustomer, Payment } from '../payment.ts';
import { type Account, startAccount } from '../stripe/account.fixture.ts';
import { type CommandDeps, type CommandLine, carryOut } from './carry-out.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

const START = Date.parse('2026-11-22T02:00:00Z');
let store: TestTables;
let account: Account;
beforeAll(async () => {
  [store, account] = await Promise.all([startTables(), startAccount(START)]);
});
afterAll(() => Promise.all([store.close(), account.close()]));

let now: number;
let lines: CommandLine[];
let asked: NewCustomer[];
let command: BillingCommand;
let tenantId: TenantId;
let tenants = 0;
beforeEach(async () => {
  [now, lines, asked] = [START, [], []];
  tenants += 1;
  tenantId = parseTenantId(`tenant-${tenants}`)!;
  const id = mintRequestId(now, crypto.getRandomValues(new Uint8Array(10)));
  command = {
    id,
    tenantId,
    kind: 'CREATE_CUSTOMER',
    state: 'PENDING',
    requestedAt: now,
    requestedBy: 'stf_admin',
  };
  await account.noFaults();
  // What other tests have left.
  await takeUpDue(deps());
  [asked, lines] = [[], []];
  await putTenant(store.tables, {
    id: tenantId,
    name: 'A tenant',
    status: 'PROVISIONING',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'region',
    version: 1,
  });
  const input = { adminEmail: `ada@${tenantId}.example` };
  await commit(
    operationWrites(
      store.tables,
      null,
      startOperation('ONBOARD', { id, tenantId, startedBy: 'stf_admin', startedAt: now, input }),
    ),
  );
  await requestBilling(store.tables, command);
});

function deps(payment: Pick<Payment, 'createCustomer'> = account.payment()): CommandDeps {
  return {
    tables: store.tables,
    payment: {
      endSubscription: (id) => account.payment().endSubscription(id),
      createCustomer: (one) => {
        asked.push(one);
        return payment.createCustomer(one);
      },
    },
    now: () => now,
    log: (line) => void lines.push(line),
  };
}
const answering = (outcome: Awaited<ReturnType<Payment['createCustomer']>>) =>
  deps({ createCustomer: async () => outcome });
const stored = () => getBillingCommand(store.tables, command);
const customers = async () =>
  (await account.stripe().customers.list({ limit: 100 })).data.filter(
    ({ metadata }) => metadata['tenant_id'] === tenantId,
  );

describe('a customer', () => {
  it('is made for the tenant, with the address of its admin, and kept', async () => {
    await carryOut(deps(), command);
    const [made] = await customers();
    expect(made).toMatchObject({ name: 'A tenant', email: `ada@${tenantId}.example` });
    expect(await stored()).toMatchObject({ state: 'DONE', detail: `customer ${made!.id}`, finishedAt: now });
    expect(await getBillingAccount(store.tables, tenantId)).toEqual({
      tenantId,
      provider: 'stripe',
      customerId: made!.id,
      subscriptionId: expect.stringMatching(/^sub_/),
      startsAt: expect.any(Number),
      createdAt: now,
    });
    expect(lines).toEqual([]);
  });

  it('is one, however many take the command up at once', async () => {
    await Promise.all([1, 2, 3].map(() => carryOut(deps(), command)));
    expect(asked).toHaveLength(1);
    expect(await customers()).toHaveLength(1);
  });

  it('is one when whoever made it died before he could say so', async () => {
    const dying = deps({
      createCustomer: async (one) => {
        await account.payment().createCustomer(one);
        throw new Error('killed');
      },
    });
    await expect(carryOut(dying, command)).rejects.toThrow('killed');
    now += BILLING_LEASE_MS;
    await carryOut(deps(), command);
    expect(asked.map(({ triedSince }) => triedSince)).toEqual([undefined, START]);
    expect(await stored()).toMatchObject({ state: 'DONE', attempts: 2 });
    expect(await customers()).toHaveLength(1);
  });

  it('is one when no answer was clear for 25 hours', async () => {
    await account.fault('accept_then_hang', 'POST /v1/subscriptions');
    await carryOut(deps(account.payment(1, { timeoutMs: 500 })), command);
    expect(await stored()).toMatchObject({ state: 'PENDING', detail: expect.stringContaining('no clear answer') });
    now += 25 * 3_600_000;
    await account.advance(25 * 3_600_000);
    await carryOut(deps(), command);
    expect(await stored()).toMatchObject({ state: 'DONE' });
    expect(await customers()).toHaveLength(1);
    const [made] = await customers();
    expect((await account.stripe().subscriptions.list({ customer: made!.id })).data).toHaveLength(1);
  });

  it('that stands is not made again, even if the command is', async () => {
    await carryOut(deps(), command);
    const again = { ...command, id: mintRequestId(now, crypto.getRandomValues(new Uint8Array(10))) };
    await requestBilling(store.tables, again);
    await carryOut(deps(), again);
    expect(asked).toHaveLength(1);
    expect(await getBillingCommand(store.tables, again)).toMatchObject({ state: 'DONE' });
  });
});

describe('a command', () => {
  it.each([
    [{ outcome: 'unclear', why: 'w' } as const, undefined],
    [{ outcome: 'busy', why: 'w' } as const, undefined],
    [{ outcome: 'busy', why: 'w', afterMs: 600_000 } as const, 600_000],
  ])('stays PENDING after %j, and comes again after a pause', async (outcome, afterMs) => {
    await carryOut(answering(outcome), command);
    expect(await stored()).toMatchObject({ state: 'PENDING', detail: expect.stringContaining('w') });
    now += (afterMs ?? billingPauseMs(1)) - 1;
    await carryOut(deps(), command);
    expect(asked).toHaveLength(1);
    now += 1;
    await carryOut(deps(), command);
    expect(await stored()).toMatchObject({ state: 'DONE' });
  });

  it('that comes to nothing again and again is told of, and goes on', async () => {
    for (let tries = 1; tries <= 8; tries++) {
      expect(lines).toEqual([]);
      await carryOut(answering({ outcome: 'busy', why: 'w' }), command);
      now += billingPauseMs(tries);
    }
    expect(lines).toMatchObject([{ event: 'billing_command_stuck', command: command.id, tenant: tenantId }]);
    await carryOut(deps(), command);
    expect(await stored()).toMatchObject({ state: 'DONE' });
  });

  it.each(['credentials', 'missing', 'conflict', 'invalid'] as const)(
    'that is refused (%s) is FAILED with what to do, and goes on under a new name when somebody says so',
    async (reason) => {
      await carryOut(answering({ outcome: 'refused', reason, why: 'no such thing' }), command);
      expect(await stored()).toMatchObject({
        state: 'FAILED',
        detail: expect.stringMatching(/no such thing\. .*[Rr]etry/),
      });
      expect(lines).toMatchObject([{ event: 'billing_command_failed' }]);
      now += 86_400_000;
      expect((await takeUpDue(deps())).taken).toBe(0);
      expect(await resumeBillingCommand(store.tables, command, now)).toBe(true);
      await carryOut(deps(), command);
      expect(asked.map(({ commandId }) => commandId)).toEqual([command.id, `${command.id}:1`]);
      expect(await stored()).toMatchObject({ state: 'DONE' });
    },
  );

  it('for the last bill waits', async () => {
    const last: BillingCommand = {
      ...command,
      id: mintRequestId(now, crypto.getRandomValues(new Uint8Array(10))),
      kind: 'FINAL_BILL',
    };
    await requestBilling(store.tables, last);
    await carryOut(deps(), last);
    expect(await getBillingCommand(store.tables, last)).toMatchObject({ state: 'PENDING' });
    expect(lines).toEqual([]);
  });
});

describe('commands are taken up', () => {
  const record = (image: object): DynamoDBRecord =>
    ({ dynamodb: { SequenceNumber: '1', NewImage: marshall(image) } }) as DynamoDBRecord;
  const image = (more: object = {}) => ({
    pk: `TENANT#${tenantId}#BILLING`,
    sk: command.id,
    kind: 'BILLING_COMMAND',
    deadline: now,
    ...more,
  });

  it('from the stream, those that are due alone', async () => {
    const notDue = [image({ deadline: now + 1 }), image({ kind: 'OPERATION' })].map(record);
    const { deadline: _, ...over } = image();
    const finished = record(over);
    expect(await takeUpBatch(deps(), { Records: [...notDue, finished] })).toEqual({ batchItemFailures: [] });
    expect(asked).toEqual([]);
    await takeUpBatch(deps(), { Records: [record(image())] });
    expect(await stored()).toMatchObject({ state: 'DONE' });
  });

  it('by the clock', async () => {
    expect(await takeUpDue(deps())).toEqual({ taken: 1 });
    expect(await stored()).toMatchObject({ state: 'DONE' });
    expect(await takeUpDue(deps())).toEqual({ taken: 0 });
  });

  it('and a fault in one holds up no other', async () => {
    const broken = deps({ createCustomer: () => Promise.reject(new RangeError('x')) });
    expect(await takeUpBatch(broken, { Records: [record(image({ sk: 'x' })), record(image())] })).toEqual({
      batchItemFailures: [],
    });
    expect(lines.map(({ event }) => event).toSorted()).toEqual(['billing_command_lost', 'billing_image_damaged']);
  });
});
