import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Listener, listen, readBody } from '../../local/listener.ts';
import { keepBillingAccount } from '../../tenancy/table/billing-accounts.ts';
import { getInvoice, listInvoices } from '../../tenancy/table/invoices.ts';
import { listMeterErrors } from '../../tenancy/table/meter-errors.ts';
import { isApplied } from '../../tenancy/table/stripe-events.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type Account, startAccount, WEBHOOK_SECRET } from '../stripe/account.fixture.ts';
import type { WebhookLine } from './apply-event.ts';
import { receive } from './receive.ts';

const NOW = Date.parse('2026-11-22T02:00:00Z');
const HOUR_MS = 3_600_000;
const { webhooks } = new Stripe('sk_test_x');

let store: TestTables;
let account: Account;
beforeAll(async () => {
  [store, account] = await Promise.all([startTables(), startAccount(NOW)]);
});
afterAll(() => Promise.all([store.close(), account.close()]));

let lines: WebhookLine[];
let tenantId: TenantId;
let customerId: string;
let tenants = 0;
beforeEach(async () => {
  lines = [];
  tenants += 1;
  tenantId = parseTenantId(`tenant-${tenants}`)!;
  const made = await account
    .payment()
    .createCustomer({ tenantId, name: 'T', email: 't@example.test', commandId: `c-${tenants}` });
  if (made.outcome !== 'accepted') throw new Error(JSON.stringify(made));
  const { outcome: _, ...ids } = made;
  customerId = ids.customerId;
  await keepBillingAccount(store.tables, { tenantId, provider: 'stripe', ...ids, createdAt: NOW });
});

const deps = (now = NOW) => ({
  tables: store.tables,
  payment: account.payment(),
  webhooks,
  secrets: ['whsec_older', WEBHOOK_SECRET],
  now: () => now,
  log: (line: WebhookLine) => void lines.push(line),
});
type Changes = {
  readonly header?: string;
  readonly method?: string;
  readonly secret?: string;
  readonly signedAt?: number;
};
/** As API Gateway brings it. */
async function post(
  payload: string,
  { header, method = 'POST', secret = WEBHOOK_SECRET, signedAt = NOW }: Changes = {},
) {
  const signature =
    header ?? webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(signedAt / 1000) });
  const headers = { 'Stripe-Signature': signature };
  const answer = await receive(deps(), { httpMethod: method, headers, body: payload, isBase64Encoded: false });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> };
}
let events = 0;
function invoiceEvent(type: string, invoice: object = {}, created = NOW / 1000): string {
  events += 1;
  return JSON.stringify({
    id: `evt_${tenants}x${events}`,
    object: 'event',
    type,
    created,
    data: {
      object: {
        id: `in_${tenants}`,
        object: 'invoice',
        customer: customerId,
        status: 'open',
        number: 'X-0001',
        total: 1_250,
        amount_due: 1_250,
        ending_balance: 0,
        period_start: 1,
        period_end: 2,
        parent: { type: 'subscription_details', subscription_details: { metadata: { tenant_id: tenantId } } },
        ...invoice,
      },
    },
  });
}
const known = () => getInvoice(store.tables, tenantId, `in_${tenants}`);

describe('a signature', () => {
  const payload = () => invoiceEvent('invoice.finalized');
  it.each<[string, () => Promise<{ status: number }>]>([
    ['of another secret', () => post(payload(), { secret: 'whsec_other' })],
    [
      'of another body',
      () =>
        post(payload(), {
          header: webhooks.generateTestHeaderString({ payload: '{}', secret: WEBHOOK_SECRET, timestamp: NOW / 1000 }),
        }),
    ],
    ['that is missing', () => post(payload(), { header: '' })],
    ['that is none', () => post(payload(), { header: 't=1,v1=00' })],
    [
      'of an old scheme',
      () =>
        post(payload(), {
          header: webhooks.generateTestHeaderString({
            payload: payload(),
            secret: WEBHOOK_SECRET,
            timestamp: NOW / 1000,
            scheme: 'v0',
          }),
        }),
    ],
    ['of 301 seconds ago, as a replay is', () => post(payload(), { signedAt: NOW - 301_000 })],
    ['of 301 seconds ahead', () => post(payload(), { signedAt: NOW + 301_000 })],
    ['without a time', () => post(payload(), { header: 't=,v1=00' })],
  ])('%s is refused, and nothing is kept', async (_, send) => {
    expect(await send()).toEqual({
      status: 400,
      body: { error: { message: 'the signature is not valid for this body at this time' } },
    });
    expect(await known()).toBeNull();
    expect(lines).toMatchObject([{ event: 'webhook_refused' }]);
  });

  it.each([-300_000, 300_000])('of %s ms away is taken', async (skew) => {
    expect(await post(payload(), { signedAt: NOW + skew })).toMatchObject({ status: 200, body: { effect: 'applied' } });
  });

  it('of any of the secrets is taken', async () => {
    expect(await post(payload(), { secret: 'whsec_older' })).toMatchObject({
      status: 200,
      body: { effect: 'applied' },
    });
  });

  it('is over the bytes, however they came', async () => {
    const text = invoiceEvent('invoice.finalized', { number: 'Größe' });
    const header = webhooks.generateTestHeaderString({ payload: text, secret: WEBHOOK_SECRET, timestamp: NOW / 1000 });
    const answer = await receive(deps(), {
      httpMethod: 'POST',
      headers: { 'stripe-signature': header },
      body: Buffer.from(text).toString('base64'),
      isBase64Encoded: true,
    });
    expect(answer.statusCode).toBe(200);
    expect(await known()).toMatchObject({ number: 'Größe' });
  });

  it.each([
    'no json',
    '[]',
    '{"id":"evt_#","object":"event","type":"x","created":1}',
    '{"object":"event","type":"x","created":1}',
  ])('over %j is refused as no event', async (text) => {
    expect(await post(text)).toEqual({ status: 400, body: { error: { message: 'the body is no event' } } });
  });
});

it('another method is refused, and an event that nobody knows is taken', async () => {
  expect(await post('{}', { method: 'GET' })).toMatchObject({ status: 405 });
  const unknown = JSON.stringify({
    id: 'evt_u',
    object: 'event',
    type: 'customer.created',
    created: 1,
    data: { object: {} },
  });
  expect(await post(unknown)).toEqual({ status: 200, body: { received: true, effect: 'ignored' } });
});

// F29.
describe('an invoice’s event', () => {
  it('is applied once, three times delivered', async () => {
    const event = invoiceEvent('invoice.finalized');
    const effects = [];
    for (let n = 0; n < 3; n++) effects.push((await post(event)).body['effect']);
    expect(effects).toEqual(['applied', 'known', 'known']);
    expect(await known()).toEqual({
      id: `in_${tenants}`,
      tenantId,
      customerId,
      state: 'OPEN',
      number: 'X-0001',
      totalCents: 1_250n,
      dueCents: 1_250n,
      balanceAfterCents: 0n,
      periodStart: 1_000,
      periodEnd: 2_000,
      at: NOW,
    });
  });

  it('that comes late, three days after the end, changes nothing', async () => {
    const [created, finalized, failed, paid] = [
      invoiceEvent('invoice.created', { status: 'draft', number: null, ending_balance: null }, NOW / 1000 - 300_000),
      invoiceEvent('invoice.finalized', {}, NOW / 1000 - 299_000),
      invoiceEvent('invoice.payment_failed', {}, NOW / 1000 - 298_000),
      invoiceEvent('invoice.paid', { status: 'paid', amount_due: 1_250 }, NOW / 1000 - 297_000),
    ];
    for (const [event, effect] of [
      [failed, 'applied'],
      [finalized, 'behind'],
      [paid, 'applied'],
      [failed, 'known'],
      [created, 'behind'],
    ]) {
      expect((await post(event!)).body['effect']).toBe(effect);
    }
    expect(await known()).toMatchObject({ state: 'PAID', at: NOW - 297_000_000 });
  });

  it('of a failed payment leaves it OPEN, and says since when', async () => {
    await post(invoiceEvent('invoice.payment_failed'));
    expect(await known()).toMatchObject({ state: 'OPEN', paymentFailedAt: NOW });
  });

  it.each([
    ['names another tenant’s customer', { customer: 'cus_other' }],
    ['names no tenant', { parent: null }],
    ['names a tenant that there is not', { parent: { subscription_details: { metadata: { tenant_id: 'nobody' } } } }],
    ['names what is no tenant', { parent: { subscription_details: { metadata: { tenant_id: 'a#b' } } } }],
  ])('that %s is taken, and nothing is kept', async (_, invoice) => {
    expect(await post(invoiceEvent('invoice.finalized', invoice))).toMatchObject({
      status: 200,
      body: { effect: 'ignored' },
    });
    expect(lines).toMatchObject([{ event: 'webhook_not_ours' }]);
    expect((await listInvoices(store.tables, tenantId, { limit: 5 })).items).toEqual([]);
  });
});

describe('as Stripe sends them', () => {
  let server: Listener;
  let failing = 0;
  let seen: string[] = [];
  beforeAll(async () => {
    server = await listen('webhook', 0, async (request, response) => {
      const body = (await readBody(request)).toString('utf8');
      const { 'stripe-signature': header = '' } = request.headers;
      // Signatures have this machine's time, which the fixture's account moves.
      const now = Number(/t=(\d+)/.exec(String(header))?.[1]) * 1000;
      const broken = failing > 0;
      failing -= broken ? 1 : 0;
      const tables = broken ? ({} as TestTables['tables']) : store.tables;
      const headers = { 'stripe-signature': String(header) };
      const answer = await receive(
        { ...deps(now), tables },
        { httpMethod: 'POST', headers, body, isBase64Encoded: false },
      );
      seen.push(`${(JSON.parse(body) as { type: string }).type} ${answer.statusCode}`);
      response.writeHead(answer.statusCode).end(answer.body);
    });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    seen = [];
    failing = 0;
    account.deliverTo(`${server.url}/stripe/webhook`);
  });

  // Fact 18.
  it('a value that is not counted for want of its customer is noted with its day', async () => {
    const push = { tenantId, day: '2026-11-21', revision: 3, customerId: 'cus_gone', microUsd: 5n, at: NOW };
    expect(await account.payment().pushDay(push)).toEqual({ outcome: 'accepted' });
    await account.advance(1_000);
    await vi.waitFor(async () => {
      expect(await listMeterErrors(store.tables, tenantId, '2026-11-21')).toEqual([
        {
          tenantId,
          day: '2026-11-21',
          revision: 3,
          code: 'meter_event_customer_not_found',
          message: 'No such customer: cus_gone',
          reportedAt: expect.any(Number),
        },
      ]);
    });
    expect(lines).toContainEqual(expect.objectContaining({ event: 'meter_errors', count: 1, tenants: [tenantId] }));
  });

  it('what could not be applied comes again, and is applied', async () => {
    failing = 1;
    await account.stripe().invoiceItems.create({ customer: customerId, amount: 100, currency: 'usd' });
    await account.advance(31 * 24 * HOUR_MS);
    await vi.waitFor(
      async () => {
        const { items } = await listInvoices(store.tables, tenantId, { limit: 5 });
        expect(items).toMatchObject([{ state: 'DRAFT', totalCents: 100n }]);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(seen.some((line) => line.endsWith(' 500'))).toBe(true);
    await account.advance(HOUR_MS);
    await vi.waitFor(
      async () => {
        const { items } = await listInvoices(store.tables, tenantId, { limit: 5 });
        expect(items).toMatchObject([{ state: 'OPEN', totalCents: 100n, dueCents: 100n, balanceAfterCents: 0n }]);
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  it('a report that cannot be fetched comes again', async () => {
    const thin = JSON.stringify({
      id: 'evt_test_none',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: '2026-11-22T01:00:00.000Z',
    });
    expect(await post(thin)).toMatchObject({ status: 500 });
    expect(await isApplied(store.tables, 'evt_test_none')).toBe(false);
  });
});
