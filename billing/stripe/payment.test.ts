import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen, readBody } from '../../local/listener.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { Payment } from '../payment.ts';
import { type Account, startAccount } from './account.fixture.ts';

const NOW = Date.parse('2026-11-22T02:00:00Z');
const DAY = '2026-11-21';
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ACME = parseTenantId('acme')!;
const EVENTS = 'POST /v1/billing/meter_events';
/** For an answer that never comes. */
const IMPATIENT = { timeoutMs: 500 };
const NEW = { tenantId: ACME, name: 'Acme', email: 'billing@acme.example', commandId: 'command-1' };

let account: Account;
beforeEach(async () => {
  // Before the days that are pushed.
  account = await startAccount(NOW - 10 * DAY_MS);
});
afterEach(() => account.close());

async function customer(payment: Payment = account.payment()): Promise<string> {
  const made = await payment.createCustomer(NEW);
  if (made.outcome !== 'accepted') throw new Error(JSON.stringify(made));
  await account.advance(10 * DAY_MS);
  return made.customerId;
}
const push = (customerId: string, microUsd: bigint, revision = 1, more: object = {}) => ({
  tenantId: ACME,
  day: DAY,
  revision,
  customerId,
  microUsd,
  at: NOW,
  ...more,
});
/** What is counted, as soon as Stripe has caught up. */
async function counted(customerId: string, day = DAY): Promise<bigint> {
  await account.advance(1_000);
  const read = await account.payment().readDay({ customerId, day });
  if (read.outcome !== 'read') throw new Error(JSON.stringify(read));
  return read.microUsd;
}

describe('what all tenants share', () => {
  it('is made once, whoever asks and however often, and found again when no key is remembered', async () => {
    expect(await account.payment().setUp()).toEqual({ outcome: 'accepted' });
    await account.advance(25 * HOUR_MS);
    expect(await account.payment().setUp()).toEqual({ outcome: 'accepted' });
    const [meters, prices] = await Promise.all([
      account.stripe().billing.meters.list(),
      account.stripe().prices.list(),
    ]);
    expect(meters.data).toMatchObject([
      { event_name: 'agent_runner_usage_micro_usd', event_time_window: 'day', default_aggregation: { formula: 'sum' } },
    ]);
    expect(prices.data).toMatchObject([
      { currency: 'usd', recurring: { usage_type: 'metered', meter: meters.data[0]!.id } },
    ]);
    expect(String(prices.data[0]!.unit_amount_decimal)).toBe('0.0001');
  });

  it('is still one when the answer to its making was lost', async () => {
    await account.fault('accept_then_reset', 'POST /v1/billing/meters');
    expect((await account.payment().setUp()).outcome).toBe('unclear');
    await account.fault('accept_then_reset', 'POST /v1/prices');
    expect((await account.payment().setUp()).outcome).toBe('unclear');
    expect(await account.payment().setUp()).toEqual({ outcome: 'accepted' });
    expect((await account.stripe().billing.meters.list()).data).toHaveLength(1);
    expect((await account.stripe().prices.list()).data).toHaveLength(1);
  });
});

describe('a customer', () => {
  const all = async () => (await account.stripe().customers.list()).data;

  it('has a subscription to the metered price by months of the calendar, and the tenant’s id', async () => {
    const made = await account.payment().createCustomer(NEW);
    expect(made).toEqual({
      outcome: 'accepted',
      customerId: expect.stringMatching(/^cus_/),
      subscriptionId: expect.stringMatching(/^sub_/),
      startsAt: expect.any(Number),
    });
    expect(await all()).toMatchObject([
      { name: 'Acme', email: 'billing@acme.example', metadata: { tenant_id: 'acme' } },
    ]);
    const { data } = await account.stripe().subscriptions.list();
    expect(data).toMatchObject([
      {
        collection_method: 'send_invoice',
        metadata: { tenant_id: 'acme' },
        items: { data: [{ current_period_end: Date.parse('2026-12-01T00:00:00Z') / 1000 }] },
      },
    ]);
  });

  it.each(['POST /v1/customers', 'POST /v1/subscriptions'])(
    'is one when the answer to %s was lost, at once and after 25 hours',
    async (call) => {
      await account.payment().setUp();
      for (const [command, hours] of [
        ['at-once', 0],
        ['later', 25],
      ] as const) {
        const one = { ...NEW, tenantId: parseTenantId(`tenant-${command}`)!, commandId: command };
        const triedSince = Number((await account.advance(0))['now']);
        await account.fault('accept_then_hang', call);
        expect((await account.payment(1, IMPATIENT).createCustomer(one)).outcome).toBe('unclear');
        await account.advance(hours * HOUR_MS);
        expect((await account.payment().createCustomer({ ...one, triedSince })).outcome).toBe('accepted');
        expect((await all()).filter((found) => found.metadata['tenant_id'] === one.tenantId)).toHaveLength(1);
      }
      expect((await account.stripe().subscriptions.list()).data).toHaveLength(2);
    },
  );

  it('without an address is sent no invoices', async () => {
    const { email: _, ...nameless } = NEW;
    expect((await account.payment().createCustomer(nameless)).outcome).toBe('accepted');
    expect((await account.stripe().subscriptions.list()).data[0]).toMatchObject({
      collection_method: 'charge_automatically',
    });
  });

  it('of the same command with another content is refused', async () => {
    await account.payment().createCustomer(NEW);
    expect(await account.payment().createCustomer({ ...NEW, name: 'Other' })).toMatchObject({
      outcome: 'refused',
      reason: 'conflict',
    });
  });
});

describe('a day', () => {
  it('is accepted, counted a moment later, and counted once when it is sent again', async () => {
    const id = await customer();
    expect(await account.payment().pushDay(push(id, 1_234_567n))).toEqual({ outcome: 'accepted' });
    expect(await account.payment().readDay({ customerId: id, day: DAY })).toEqual({ outcome: 'read', microUsd: 0n });
    expect(await counted(id)).toBe(1_234_567n);
    expect(await account.payment().pushDay(push(id, 1_234_567n))).toEqual({ outcome: 'duplicate' });
    expect(await counted(id)).toBe(1_234_567n);
  });

  it('is replaced by a later revision, upwards and downwards, and the days beside it are not', async () => {
    const id = await customer();
    const before = push(id, 500n, 1, { day: '2026-11-20' });
    expect(await account.payment().pushDay(before)).toEqual({ outcome: 'accepted' });
    for (const [revision, value] of [
      [1, 100n],
      [2, 250n],
      [3, 0n],
      [70, 7n],
      [71, 8n],
    ] as const) {
      expect(await account.payment().pushDay(push(id, value, revision))).toEqual({ outcome: 'accepted' });
      expect(await counted(id)).toBe(value);
    }
    expect(await counted(id, '2026-11-20')).toBe(500n);
  });

  it('is of its customer alone', async () => {
    const id = await customer();
    const other = await account
      .payment()
      .createCustomer({ ...NEW, tenantId: parseTenantId('globex')!, commandId: 'two' });
    await account.payment().pushDay(push(id, 5n));
    expect(await counted((other as { customerId: string }).customerId)).toBe(0n);
  });

  // Fact 3: the answer was lost after it was accepted.
  it.each(['accept_then_hang', 'accept_then_reset', 'accept_then_500'])(
    'that was accepted, then %s, is unclear; read back it is there, and sent again it is the same',
    async (kind) => {
      const id = await customer();
      await account.fault(kind, EVENTS);
      expect((await account.payment(1, IMPATIENT).pushDay(push(id, 42n))).outcome).toBe('unclear');
      expect(await counted(id)).toBe(42n);
      expect(await account.payment().pushDay(push(id, 42n))).toEqual({ outcome: 'duplicate' });
      expect(await counted(id)).toBe(42n);
    },
  );

  // Fact 4, F20: nothing at Stripe remembers the identifier any more.
  it('that is sent again after 25 hours is taken a second time, and still counted once', async () => {
    const id = await customer();
    await account.fault('accept_then_hang', EVENTS);
    expect((await account.payment(1, IMPATIENT).pushDay(push(id, 42n))).outcome).toBe('unclear');
    await account.advance(25 * HOUR_MS);
    // Whoever reads back first knows that nothing is to be sent.
    expect(await counted(id)).toBe(42n);
    expect(await account.payment().pushDay(push(id, 42n, 1, { at: NOW + 25 * HOUR_MS }))).toEqual({
      outcome: 'accepted',
    });
    expect(await counted(id)).toBe(42n);
  });

  it('whose try came to nothing may be sent', async () => {
    const id = await customer();
    await account.fault('reset', EVENTS);
    expect((await account.payment(1, IMPATIENT).pushDay(push(id, 42n))).outcome).toBe('unclear');
    expect(await counted(id)).toBe(0n);
    expect(await account.payment().pushDay(push(id, 42n))).toEqual({ outcome: 'accepted' });
    expect(await counted(id)).toBe(42n);
  });

  it('is not sent when it is older than 30 days, nor when it is not over', async () => {
    const id = await customer();
    const pushed = (day: string) => account.payment().pushDay(push(id, 1n, 1, { day }));
    expect(await pushed('2026-10-23')).toEqual({ outcome: 'accepted' });
    expect(await pushed('2026-10-22')).toEqual({ outcome: 'too_old' });
    expect(await pushed('2026-11-22')).toMatchObject({ outcome: 'refused', why: '2026-11-22 is not over yet' });
    expect(await counted(id, '2026-10-22')).toBe(0n);
  });

  it.each([-1n, 10n ** 15n])('of %s micro-USD is none', async (value) => {
    expect(await account.payment().pushDay(push('cus_x', value))).toMatchObject({
      outcome: 'refused',
      reason: 'invalid',
    });
  });

  it('is read back to the micro-USD, whatever was pushed in whatever order', async () => {
    const id = await customer();
    const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.bigInt({ min: 0n, max: 10n ** 15n - 1n })), {
      minLength: 1,
      maxLength: 6,
    });
    let revision = 0;
    await fc.assert(
      fc.asyncProperty(values, async (pushes) => {
        const last = new Map<string, bigint>();
        for (const [n, value] of pushes) {
          const day = `2026-11-${String(n).padStart(2, '0')}`;
          revision += 1;
          expect((await account.payment().pushDay(push(id, value, revision, { day }))).outcome).toBe('accepted');
          last.set(day, value);
        }
        for (const [day, value] of last) expect(await counted(id, day)).toBe(value);
      }),
      { numRuns: 8 },
    );
  });
});

// F21: how each fault looks to whoever called, and what is tried again.
describe('a fault', () => {
  it('429 waits as long as it says, and more; then it goes on', async () => {
    const id = await customer();
    await account.fault('429', EVENTS, { times: 2, retryAfter: 3 });
    expect(await account.payment(3).pushDay(push(id, 9n))).toEqual({ outcome: 'accepted' });
    expect(account.waits).toEqual([3_250, 3_500]);
    expect(await counted(id)).toBe(9n);
  });

  it('429 to the end is busy: nothing was done', async () => {
    const id = await customer();
    await account.fault('429', EVENTS, { times: 9, retryAfter: 3 });
    expect(await account.payment(2).pushDay(push(id, 9n))).toMatchObject({ outcome: 'busy', afterMs: 3_000 });
    expect(await counted(id)).toBe(0n);
  });

  it.each(['500', 'reset', 'accept_then_500', 'accept_then_reset', 'accept_then_hang'])(
    '%s is tried again under the same key, and done once',
    async (kind) => {
      const id = await customer();
      await account.fault(kind, EVENTS);
      expect(await account.payment(5, IMPATIENT).pushDay(push(id, 9n))).toEqual({ outcome: 'accepted' });
      expect(await counted(id)).toBe(9n);
    },
  );

  it('an unclear try is not made clear by one that is turned away', async () => {
    const id = await customer();
    await account.fault('accept_then_reset', EVENTS);
    await account.fault('429', EVENTS);
    expect((await account.payment(2).pushDay(push(id, 9n))).outcome).toBe('unclear');
  });

  it('an account that cannot be reached is busy, and one that is not ours refuses', async () => {
    await account.payment().setUp();
    expect(await account.payment(1, { apiKey: 'sk_test_other' }).setUp()).toMatchObject({
      outcome: 'refused',
      reason: 'credentials',
    });
    const gone = await startAccount(NOW);
    await gone.close();
    expect((await gone.payment().setUp()).outcome).toBe('busy');
  });

  it('what only reads is never unclear', async () => {
    const id = await customer();
    await account.payment().setUp();
    const { data } = await account.stripe().billing.meters.list();
    await account.fault('500', `GET /v1/billing/meters/${data[0]!.id}/event_summaries`);
    expect((await account.payment().readDay({ customerId: id, day: DAY })).outcome).toBe('busy');
    expect(await account.payment().readDay({ customerId: 'cus_none', day: DAY })).toMatchObject({
      outcome: 'refused',
      reason: 'missing',
    });
  });
});

const month = 31 * DAY_MS;

async function draftOf(customerId: string): Promise<string> {
  const read = await account.payment().listInvoices(customerId);
  const draft = read.outcome === 'read' ? read.invoices.find(({ state }) => state === 'DRAFT') : undefined;
  if (!draft) throw new Error('no draft');
  return draft.id;
}

describe('an adjustment', () => {
  const adjustment = (customerId: string, invoiceId: string, cents: bigint) => ({
    customerId,
    tenantId: ACME,
    invoiceId,
    adjustmentId: `acme:${cents}`,
    cents,
    description: 'Adjustments of earlier days',
  });

  it('is one line, when its answer was lost as well, and after 25 hours', async () => {
    const id = await customer();
    await account.advance(month);
    const draft = await draftOf(id);
    await account.payment().holdInvoice(draft);
    await account.fault('accept_then_hang', 'POST /v1/invoiceitems');
    const one = adjustment(id, draft, 150n);
    expect((await account.payment(1, IMPATIENT).adjust(one)).outcome).toBe('unclear');
    expect(await account.payment().adjust(one)).toEqual({ outcome: 'accepted' });
    await account.advance(25 * HOUR_MS);
    expect(await account.payment().adjust({ ...one, triedSince: NOW })).toEqual({ outcome: 'duplicate' });
    expect((await account.stripe().invoiceItems.list()).data).toMatchObject([
      { amount: 150, invoice: draft, metadata: { adjustment_id: 'acme:150', tenant_id: 'acme' } },
    ]);
    expect(await account.payment().listInvoices(id)).toMatchObject({ invoices: [{ totalCents: 150n }] });
  });

  it('of nothing is none, and what was sent takes none', async () => {
    const id = await customer();
    await account.advance(month);
    const draft = await draftOf(id);
    expect(await account.payment().adjust(adjustment(id, draft, 0n))).toMatchObject({ outcome: 'refused' });
    await account.payment().finalizeInvoice(draft);
    expect(await account.payment().adjust(adjustment(id, draft, 5n))).toMatchObject({
      outcome: 'refused',
      reason: 'invalid',
    });
  });

  // Fact 17.
  it('greater than the invoice leaves a credit, which the next ones use up to the cent', async () => {
    const id = await customer();
    await account.payment().pushDay(push(id, 2_000_000n));
    await account.advance(month);
    const first = await draftOf(id);
    await account.payment().adjust(adjustment(id, first, -500n));
    expect(await account.payment().listInvoices(id)).toMatchObject({
      invoices: [{ state: 'DRAFT', totalCents: -300n, month: '2026-11' }],
    });
    await account.advance(HOUR_MS);
    expect(await account.payment().listInvoices(id)).toMatchObject({
      invoices: [{ state: 'PAID', totalCents: -300n, dueCents: 0n, balanceAfterCents: -300n }],
    });
    await account.advance(month);
    await account.payment().adjust(adjustment(id, await draftOf(id), 1_000n));
    await account.advance(HOUR_MS);
    const later = await account.payment().listInvoices(id);
    expect(later).toMatchObject({
      invoices: expect.arrayContaining([
        expect.objectContaining({ state: 'OPEN', totalCents: 1_000n, dueCents: 700n, balanceAfterCents: 0n }),
      ]),
    });
  });
});

describe('a draft', () => {
  it('that is held is sent by nobody but us', async () => {
    const id = await customer();
    await account.payment().pushDay(push(id, 2_000_000n));
    await account.advance(month);
    const draft = await draftOf(id);
    expect(await account.payment().holdInvoice(draft)).toEqual({ outcome: 'accepted' });
    expect(await account.payment().holdInvoice(draft)).toEqual({ outcome: 'duplicate' });
    await account.advance(5 * DAY_MS);
    expect(await draftOf(id)).toBe(draft);
    expect(await account.payment().finalizeInvoice(draft)).toEqual({ outcome: 'accepted' });
    expect(await account.stripe().invoices.retrieve(draft)).toMatchObject({ status: 'open', auto_advance: true });
    expect(await account.payment().holdInvoice(draft)).toEqual({ outcome: 'duplicate' });
  });

  it('of a month that no subscription bills is made once, when its answer was lost as well', async () => {
    const id = await customer();
    const one = { customerId: id, tenantId: ACME, month: '2027-03' };
    await account.fault('accept_then_hang', 'POST /v1/invoices');
    expect((await account.payment(1, IMPATIENT).draftInvoice(one)).outcome).toBe('unclear');
    await account.advance(25 * HOUR_MS);
    const made = await account.payment().draftInvoice(one);
    expect(await account.payment().draftInvoice(one)).toEqual(made);
    const all = await account.payment().listInvoices(id);
    const ours = all.outcome === 'read' ? all.invoices.filter(({ month: of }) => of === '2027-03') : [];
    expect(ours).toMatchObject([{ state: 'DRAFT', totalCents: 0n }]);
  });
});

it('a subscription ends once, and bills nothing from then on', async () => {
  const made = await account.payment().createCustomer({ tenantId: ACME, name: 'Acme', commandId: 'c9' });
  if (made.outcome !== 'accepted') throw new Error('no customer');
  expect(await account.payment().endSubscription(made.subscriptionId)).toEqual({ outcome: 'accepted' });
  expect(await account.payment().endSubscription(made.subscriptionId)).toEqual({ outcome: 'duplicate' });
  await account.advance(month);
  expect(await account.payment().listInvoices(made.customerId)).toEqual({ outcome: 'read', invoices: [] });
});

describe('an invoice', () => {
  it('is the sum of its days to the cent, and is finalized once', async () => {
    const id = await customer();
    await account.payment().pushDay(push(id, 1_234_999n));
    await account.payment().pushDay(push(id, 4n, 1, { day: '2026-11-20' }));
    await account.advance(10 * DAY_MS);
    const read = await account.payment().listInvoices(id);
    if (read.outcome !== 'read') throw new Error('no invoices');
    const [draft] = read.invoices;
    expect(draft).toMatchObject({
      state: 'DRAFT',
      totalCents: 124n,
      periodEnd: Date.parse('2026-12-01T00:00:00Z'),
    });
    expect(await account.payment().finalizeInvoice(draft!.id)).toEqual({ outcome: 'accepted' });
    expect(await account.payment().finalizeInvoice(draft!.id)).toEqual({ outcome: 'duplicate' });
    expect(await account.payment().listInvoices(id)).toMatchObject({ invoices: [{ state: 'OPEN', dueCents: 124n }] });
    expect(await account.payment().finalizeInvoice('in_none')).toMatchObject({ outcome: 'refused', reason: 'missing' });
  });
});

it('the reports of values that were not counted name them', async () => {
  await customer();
  await account.payment().pushDay(push('cus_none', 5n));
  let id: string | undefined;
  await account.advance(1_000);
  const sent: { id: string; type: string }[] = [];
  const server = await listen('webhook', 0, async (request, response) => {
    sent.push(JSON.parse((await readBody(request)).toString('utf8')));
    response.end();
  });
  account.deliverTo(server.url);
  await vi.waitFor(() => {
    id = sent.find(({ type }) => type === 'v1.billing.meter.error_report_triggered')?.id;
    expect(id).toBeDefined();
  });
  await server.close();
  expect(await account.payment().readMeterErrors(id!)).toEqual({
    outcome: 'read',
    count: 1,
    errors: [
      {
        code: 'meter_event_customer_not_found',
        message: 'No such customer: cus_none',
        identifier: 'acme:2026-11-21:usage:r1',
      },
    ],
  });
});
