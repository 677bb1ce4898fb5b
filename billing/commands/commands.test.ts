import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BILLING_LEASE_MS, type BillingCommand, billingPauseMs } from '../../tenancy/billing-command.ts';
import { type BillingPeriod, openPeriod } from '../../tenancy/billing-period.ts';
import { startOperation } from '../../tenancy/operation.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { getBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { getBillingCommand, requestBilling, resumeBillingCommand } from '../../tenancy/table/billing-commands.ts';
import { askForDayRun, listDayRuns, recordDayRun } from '../../tenancy/table/billing-day-runs.ts';
import { recordBillingPeriod } from '../../tenancy/table/billing-periods.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { operationWrites } from '../../tenancy/table/operations.ts';
import { putTenant } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { NewCustomer, Payment } from '../payment.ts';
import { type Account, startAccount } from '../stripe/account.fixture.ts';
import { type CommandDeps, type CommandLine, carryOut } from './carry-out.ts';
import { takeUpBatch, takeUpDue } from './take-up.ts';

const HOUR = 3_600_000;
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
});

type Rerate = Extract<BillingCommand, { kind: 'RERATE' }>;

/** Asks for it, in place of the customer that each test begins with. */
async function ask(more: { readonly kind: 'FINAL_BILL' } | Pick<Rerate, 'kind' | 'days' | 'reason'>) {
  const id = mintRequestId(now, crypto.getRandomValues(new Uint8Array(10)));
  const asking = { ...command, id, requestedAt: now, ...more } as BillingCommand;
  await requestBilling(store.tables, asking);
  await carryOut(deps(), asking);
  return asking;
}
const next = async (asked: BillingCommand) => {
  now += 6 * HOUR;
  await carryOut(deps(), asked);
  return getBillingCommand(store.tables, asked);
};

describe('the last bill of a closed tenant', () => {
  const closed = (month: string, state: BillingPeriod['state'], version = 1) =>
    recordBillingPeriod(store.tables, version === 1 ? null : { ...openPeriod(tenantId, month), version: version - 1 }, {
      ...openPeriod(tenantId, month),
      state,
    });

  it('is that of its last month: the subscription ends when all its months are invoiced', async () => {
    await carryOut(deps(), command);
    const standing = await getBillingAccount(store.tables, tenantId);
    const status = async () => (await account.stripe().subscriptions.retrieve(standing?.subscriptionId ?? '')).status;
    const last = await ask({ kind: 'FINAL_BILL' });
    expect(await getBillingCommand(store.tables, last)).toMatchObject({
      state: 'PENDING',
      detail: 'waits until its last months are closed and invoiced: 2026-11',
    });
    await closed('2026-10', 'CLOSED');
    await closed('2026-11', 'INVOICED');
    expect(await next(last)).toMatchObject({ state: 'PENDING', detail: expect.stringMatching(/: 2026-10$/) });
    expect(await status()).toBe('active');
    await closed('2026-10', 'INVOICED', 2);
    expect(await next(last)).toMatchObject({ state: 'DONE' });
    expect(await status()).toBe('canceled');
    expect(await getBillingAccount(store.tables, tenantId)).toEqual({ ...standing, endedAt: now });
    expect(lines).toEqual([]);
  });

  it('of a tenant that drains past the end of the month is that of the next', async () => {
    await carryOut(deps(), command);
    now = Date.parse('2026-11-30T23:50:00Z');
    await closed('2026-11', 'INVOICED');
    const last = await ask({ kind: 'FINAL_BILL' });
    expect(await getBillingCommand(store.tables, last)).toMatchObject({
      state: 'PENDING',
      detail: expect.stringMatching(/: 2026-12$/),
    });
  });

  it('of a tenant that never was a customer is none', async () => {
    const last = await ask({ kind: 'FINAL_BILL' });
    expect(await getBillingCommand(store.tables, last)).toMatchObject({ state: 'DONE' });
  });

  it('goes on where the payment service gave no clear answer', async () => {
    await carryOut(deps(), command);
    await closed('2026-11', 'INVOICED');
    await account.fault('accept_then_500', 'DELETE /v1/subscriptions/:id', { times: 5 });
    const last = await ask({ kind: 'FINAL_BILL' });
    expect(await getBillingCommand(store.tables, last)).toMatchObject({ state: 'PENDING' });
    await account.noFaults();
    expect(await next(last)).toMatchObject({ state: 'DONE' });
  });
});

it('days that are to be counted again are asked of the job, and waited for', async () => {
  const days = { from: '2026-10-30', to: '2026-11-01' };
  const asking = await ask({ kind: 'RERATE', days, reason: 'a price was corrected' });
  const waits = (detail: RegExp) => ({ state: 'PENDING', detail: expect.stringMatching(detail) });
  expect(await getBillingCommand(store.tables, asking)).toMatchObject(waits(/3 of 3 days, from 2026-10-30/));
  expect(await listDayRuns(store.tables, days.from, days.to)).toMatchObject(
    ['2026-10-30', '2026-10-31', '2026-11-01'].map((day) => ({ day, askedAt: START })),
  );
  const counts = { tenants: 1, settled: 1, quarantined: 0, writtenAgain: 0, corrected: 0 };
  const ran = (day: string, startedAt: number) =>
    recordDayRun(store.tables, { day, ran: { startedAt, endedAt: startedAt, ...counts } });
  await ran('2026-10-30', START + 1);
  await ran('2026-10-31', START - 1);
  await ran('2026-11-01', START);
  expect(await next(asking)).toMatchObject(waits(/1 of 3 days, from 2026-10-31/));
  // Somebody asks for it once more: the earlier wish does not take the place of the later one.
  await askForDayRun(store.tables, '2026-10-31', now);
  await ran('2026-10-31', START + 2);
  expect(await next(asking)).toMatchObject({ state: 'DONE', detail: '3 days were counted and priced again' });
  expect(await listDayRuns(store.tables, '2026-10-31', '2026-10-31')).toMatchObject([{ askedAt: now - 6 * HOUR }]);
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
