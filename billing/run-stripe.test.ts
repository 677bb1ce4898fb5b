import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Listener, listen, readBody } from '../local/listener.ts';
import type { Price } from '../tenancy/price.ts';
import { keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { getLatestBillingDay } from '../tenancy/table/billing-days.ts';
import { openRequest, settleRequest } from '../tenancy/table/requests.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { usageRecord } from '../tenancy/usage.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { callOf, requestOf } from './day.fixture.ts';
import { remembering, snapshot } from './faults.fixture.ts';
import { openTestLake, type TestLake } from './lake.fixture.ts';
import { runDay } from './run.ts';
import { type Account, startAccount, WEBHOOK_SECRET } from './stripe/account.fixture.ts';
import { receive } from './webhook/receive.ts';

const DAY = '2026-11-22';
const START = Date.parse(`${DAY}T00:00:00Z`);
const HOUR = 3_600_000;
const MORNING = START + 30 * HOUR;
const ACME = parseTenantId('acme')!;
const PRICE: Price = {
  modelId: 'claude-opus-5-5',
  book: 'charge',
  from: Date.UTC(2026, 0, 1),
  perToken: { input: 5_000, output: 25_000, cacheRead: 500, cacheWrite5m: 6_250, cacheWrite1h: 10_000 },
};
/** Three requests of 100 x 5,000 + 10 x 25,000 nano-USD. */
const OWED = 2_250n;

let store: TestTables;
let lake: TestLake;
let restore: () => Promise<void>;
beforeAll(async () => {
  [store, lake] = [await startTables(), remembering(await openTestLake())];
  const requests = [1, 2, 3].map((n) => requestOf(ACME, START + n * HOUR, { input: 100, output: 10 }));
  for (const { intent, settlement } of requests) {
    await openRequest(store.tables, intent);
    await settleRequest(store.tables, intent, settlement);
  }
  lake.arrive(
    DAY,
    requests.map(({ intent, settlement }) => usageRecord(intent, settlement)),
  );
  lake.aws(requests.map(callOf));
  restore = await snapshot(store, lake);
});
afterAll(async () => {
  await lake.close();
  await store.close();
});

let account: Account;
let customerId: string;
/** The account's clock, which the run and its pauses go by. */
const now = async () => Number((await account.advance(0))['now']);
beforeEach(async () => {
  await restore();
  account = await startAccount(MORNING);
  const made = await account.payment().createCustomer({ tenantId: ACME, name: 'Acme', commandId: 'command-1' });
  if (made.outcome !== 'accepted') throw new Error(JSON.stringify(made));
  ({ customerId } = made);
  const { subscriptionId } = made;
  // It was a customer before the day that is billed.
  const standing = { customerId, subscriptionId, startsAt: START, createdAt: START };
  await keepBillingAccount(store.tables, { tenantId: ACME, provider: 'stripe', ...standing });
});
afterEach(() => account.close());

let opened = 0;
/** @param timeoutMs each one has a connection of its own, which knows nothing of the meter yet */
const freshPayment = () => account.payment(1, { timeoutMs: 1_000 + ++opened });

async function run(prices: readonly Price[] = [PRICE], payment = freshPayment()) {
  const at = await now();
  const report = await runDay(
    {
      tables: store.tables,
      ledgers: new Map([['eu-central-1', store.tables]]),
      tenants: async function* () {
        yield ACME;
      },
      lake,
      prices: async () => prices,
      chargeOf: async () => null,
      payment,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      holder: crypto.randomUUID(),
      now: () => at,
      pause: async (ms) => void (await account.advance(ms)),
      progress: () => {},
    },
    DAY,
  );
  if (report === 'busy') throw new Error('busy');
  return report.tenants[0]!;
}

/** All that the meter has of the customer, whatever day it was told of. */
async function counted(): Promise<{ readonly day: bigint; readonly all: bigint }> {
  await account.advance(HOUR);
  const [meter] = (await account.stripe().billing.meters.list()).data;
  const sumOf = async (from: number, to: number) => {
    const window = { start_time: from / 1000, end_time: to / 1000, value_grouping_window: 'day' } as const;
    const { data } = await account
      .stripe()
      .billing.meters.listEventSummaries(meter!.id, { customer: customerId, ...window });
    return data.reduce((sum, one) => sum + BigInt(one.aggregated_value), 0n);
  };
  return { day: await sumOf(START, START + 24 * HOUR), all: await sumOf(START - 72 * HOUR, START + 96 * HOUR) };
}

const FAULTS = ['reset', '429', '500', 'accept_then_reset', 'accept_then_hang', 'accept_then_500'] as const;
const CALLS = [
  'GET /v1/billing/meters',
  'GET /v1/prices',
  'POST /v1/billing/meter_events',
  'GET /v1/billing/meters/:id/event_summaries',
] as const;

describe.each(CALLS)('%s', (call) => {
  it.each(FAULTS)('once broken by %s, changes nothing of the end', async (kind) => {
    await account.fault(kind, call, kind === '429' ? { retryAfter: 7 } : {});
    expect(await run()).toMatchObject({ day: { state: 'VERIFIED', push: { microUsd: OWED } } });
    expect(await counted()).toEqual({ day: OWED, all: OWED });
  });
});

const FOR_A_WHOLE_RUN = [
  ...FAULTS.map((kind) => ['POST /v1/billing/meter_events', kind] as const),
  ['GET /v1/billing/meters/:id/event_summaries', '429'] as const,
  ['GET /v1/billing/meters/:id/event_summaries', '500'] as const,
  ['GET /v1/prices', '500'] as const,
];

it.each(FOR_A_WHOLE_RUN)('%s, broken by %s for a whole run, is made good by the next', async (call, kind) => {
  await account.fault(kind, call, { times: 1_000, ...(kind === '429' ? { retryAfter: 7 } : {}) });
  // What was told is read back before it is told again.
  const isTold = kind.startsWith('accept');
  const broken = await run();
  expect(broken.day).toMatchObject(isTold ? { state: 'VERIFIED' } : { state: 'FAILED', push: { microUsd: OWED } });
  await account.noFaults();
  for (const hours of [1, 25]) {
    await account.advance(hours * HOUR);
    expect(await run()).toMatchObject({ day: { state: 'VERIFIED', revision: 1 } });
    expect(await counted()).toEqual({ day: OWED, all: OWED });
  }
});

it('a value that was told, and not noted as told, is told again 25 hours later: the sum is the same', async () => {
  // The meter takes it and cannot be read: the run ends not knowing.
  await account.fault('500', 'GET /v1/billing/meters/:id/event_summaries', { times: 1_000 });
  await account.fault('accept_then_reset', 'POST /v1/billing/meter_events', { times: 10 });
  expect(await run()).toMatchObject({ day: { state: 'FAILED', failure: { step: 'push' } } });
  await account.noFaults();
  await account.advance(25 * HOUR);
  expect(await run()).toMatchObject({ day: { state: 'VERIFIED', revision: 1 } });
  expect(await counted()).toEqual({ day: OWED, all: OWED });
});

it('a revision takes the place of what was told before, though each of its calls breaks once', async () => {
  await run();
  const dearer = { ...PRICE, from: START + HOUR, perToken: { ...PRICE.perToken, output: 35_000 } };
  for (const path of CALLS) {
    for (const kind of FAULTS) await account.fault(kind, path);
  }
  await run([PRICE, dearer]);
  await account.noFaults();
  expect(await run([PRICE, dearer])).toMatchObject({ day: { state: 'VERIFIED', revision: 2 } });
  expect(await counted()).toEqual({ day: OWED + 300n, all: OWED + 300n });
});

describe('a report by the webhook that a value is not counted', () => {
  let webhook: Listener;
  beforeAll(async () => {
    webhook = await listen('webhook', 0, async (request, response) => {
      const body = (await readBody(request)).toString('utf8');
      const { 'stripe-signature': header = '' } = request.headers;
      const headers = { 'stripe-signature': String(header) };
      const signedAt = Number(/t=(\d+)/.exec(String(header))?.[1]) * 1000;
      const answer = await receive(
        {
          tables: store.tables,
          payment: account.payment(),
          webhooks: account.stripe().webhooks,
          secrets: [WEBHOOK_SECRET],
          now: () => signedAt,
          log: () => {},
        },
        { httpMethod: 'POST', headers, body, isBase64Encoded: false },
      );
      response.writeHead(answer.statusCode).end(answer.body);
    });
  });
  afterAll(() => webhook.close());

  it('fails a day that was VERIFIED before it came, with what it says', async () => {
    // As it is where a customer is deleted between two revisions of the same value: what is read back is the first one's.
    const payment = freshPayment();
    const gone = {
      ...payment,
      pushDay: (push: Parameters<typeof payment.pushDay>[0]) => payment.pushDay({ ...push, customerId: 'cus_gone' }),
    };
    const equal = { ...gone, readDay: async () => ({ outcome: 'read', microUsd: OWED }) as const };
    expect(await run([PRICE], equal)).toMatchObject({ day: { state: 'VERIFIED' } });
    account.deliverTo(`${webhook.url}/stripe/webhook`);
    await account.advance(60_000);
    await vi.waitFor(
      async () => expect(await getLatestBillingDay(store.tables, ACME, DAY)).toMatchObject({ state: 'FAILED' }),
      {
        timeout: 10_000,
        interval: 50,
      },
    );
    expect((await getLatestBillingDay(store.tables, ACME, DAY))?.failure).toMatchObject({
      step: 'verify',
      why: 'the payment service does not count it: No such customer: cus_gone (meter_event_customer_not_found)',
    });
    expect((await run()).why).toMatch(
      /^the meter says 0 micro-USD, and was told 2250; of an earlier try the payment service/,
    );
    // A day later the name is forgotten, and the value is taken.
    await account.advance(25 * HOUR);
    expect(await run()).toMatchObject({ day: { state: 'VERIFIED', revision: 1 } });
    expect(await counted()).toEqual({ day: OWED, all: OWED });
  });
});
