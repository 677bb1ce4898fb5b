import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseForm } from './stripe/form.ts';
import { type StripeStandIn, startStripe } from './stripe.ts';

const KEY = 'sk_test_x';
const METER = {
  display_name: 'Usage',
  event_name: 'usage',
  default_aggregation: { formula: 'sum' },
  event_time_window: 'day',
} as const;
const NOW = Date.parse('2026-11-22T10:00:00Z');
const S = NOW / 1000;

let folder: string;
let standIn: StripeStandIn;
let now: number;
const start = () => startStripe({ folder, apiKey: KEY, webhookSecret: 'whsec_x', machineNow: () => now });
beforeEach(async () => {
  now = NOW;
  folder = mkdtempSync(join(tmpdir(), 'agent-runner-stripe-'));
  standIn = await start();
});
afterEach(async () => {
  await standIn.close();
  rmSync(folder, { recursive: true });
});
const client = (key = KEY) => {
  const { hostname: host, port } = new URL(standIn.url);
  return new Stripe(key, { host, port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
};
const raw = (path: string, init: RequestInit = {}) =>
  fetch(`${standIn.url}${path}`, { ...init, headers: { authorization: `Bearer ${KEY}`, ...init.headers } });
const form = (text: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: text,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
});

describe('a key', () => {
  it('is asked for, as Bearer or as Basic', async () => {
    expect(
      await client('sk_test_other')
        .customers.list()
        .catch((error: Stripe.errors.StripeError) => error.type),
    ).toBe('StripeAuthenticationError');
    const basic = { authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}` };
    expect((await raw('/v1/customers', { headers: basic })).status).toBe(200);
    expect((await raw('/v1/customers', { headers: { authorization: '' } })).status).toBe(401);
  });
});

describe('an Idempotency-Key', () => {
  const post = (text: string, key = 'k1') => raw('/v1/customers', form(text, { 'idempotency-key': key }));

  it('brings the same answer, and says so, for 24 hours', async () => {
    const first = await (await post('name=A')).json();
    const again = await post('name=A');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(first);
    now += 24 * 3_600_000;
    expect(await (await post('name=A')).json()).not.toEqual(first);
  });

  it('with other parameters is refused', async () => {
    await post('name=A');
    const other = await post('name=B');
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ error: { type: 'idempotency_error' } });
  });

  it('forgets parameters that were refused', async () => {
    expect((await post('nonsense=1')).status).toBe(400);
    expect((await post('name=A')).status).toBe(200);
  });
});

it('what it does not serve it refuses by name, in Stripe’s envelope', async () => {
  const unknown = await raw('/v1/customers', form('name=A&phone=1'));
  expect(unknown.status).toBe(400);
  expect(unknown.headers.get('request-id')).toMatch(/^req_/);
  expect(unknown.headers.get('stripe-should-retry')).toBe('false');
  expect(await unknown.json()).toEqual({
    error: {
      type: 'invalid_request_error',
      code: 'parameter_unknown',
      param: 'phone',
      message: 'Received unknown parameter: phone',
      doc_url: 'https://stripe.com/docs/error-codes/parameter-unknown',
    },
  });
  expect((await raw('/v1/charges')).status).toBe(404);
});

describe('a meter event', () => {
  const send = (more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) =>
    client().billing.meterEvents.create({
      event_name: 'usage',
      identifier: 'one',
      timestamp: S - 3_600,
      payload: { stripe_customer_id: 'cus_x', value: '5' },
      ...more,
    });
  let customer: string;
  let meter: string;
  beforeEach(async () => {
    customer = (await client().customers.create({ name: 'A' })).id;
    meter = (await client().billing.meters.create(METER)).id;
  });
  const day = { start_time: S - 36_000, end_time: S - 36_000 + 86_400 } as const;
  const read = async (more: object = {}) =>
    (
      await client().billing.meters.listEventSummaries(meter, {
        customer,
        ...day,
        value_grouping_window: 'day',
        ...more,
      })
    ).data.map((one) => one.aggregated_value);
  const payload = (value: string) => ({ stripe_customer_id: customer, value });

  it('is counted 300 ms later, and the last of a day counts', async () => {
    await send({ payload: payload('5') });
    expect(await read()).toEqual([]);
    now += 300;
    expect(await read()).toEqual([5]);
    await send({ payload: payload('3'), identifier: 'two', timestamp: S - 7_200 });
    now += 300;
    expect(await read()).toEqual([3]);
    await send({ payload: payload('4'), identifier: 'three', timestamp: S - 86_400 });
    now += 300;
    expect(await read()).toEqual([3]);
    expect(await read({ start_time: day.start_time - 86_400 })).toEqual([3, 4]);
    expect(await read({ start_time: day.start_time - 86_400, value_grouping_window: undefined })).toEqual([7]);
  });

  it('has an identifier of its own for 24 hours', async () => {
    await send();
    await expect(send()).rejects.toThrow('An event already exists with identifier one.');
    now += 24 * 3_600_000;
    await send();
  });

  it.each<[string, Partial<Stripe.Billing.MeterEventCreateParams>, RegExp]>([
    ['35 days ago', { timestamp: S - 35 * 86_400 - 1 }, /within the past 35/],
    ['6 minutes ahead', { timestamp: S + 301 }, /5 minutes in the future/],
    ['of another meter', { event_name: 'other' }, /No active meter/],
    ['with a long name', { identifier: 'x'.repeat(101) }, /longer than 100/],
  ])('%s is refused', async (_, more, message) => {
    await expect(send(more)).rejects.toThrow(message);
  });

  it('at the edges of its time is taken', async () => {
    await send({ timestamp: S - 35 * 86_400 });
    await send({ timestamp: S + 300, identifier: 'two' });
  });

  it.each([
    { start_time: day.start_time + 1 },
    { start_time: day.start_time + 60 },
    { start_time: day.start_time + 1, value_grouping_window: undefined },
    { end_time: day.start_time },
  ])('summaries are of whole windows: not %j', async (more) => {
    await expect(read(more)).rejects.toThrow(/aligned with|must be after/);
  });
});

it('knows everything again after a restart', async () => {
  const { id } = await client().customers.create({ name: 'A', metadata: { tenant_id: 'acme' } });
  await raw('/control/clock', { method: 'POST', body: '{"advanceMs":86400000}' });
  await standIn.close();
  standIn = await start();
  expect(await client().customers.retrieve(id)).toMatchObject({ name: 'A', metadata: { tenant_id: 'acme' } });
  expect((await client().customers.create({})).created).toBe(S + 86_400);
});

it('lists come in pages, newest first', async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n++) made.push((await client().customers.create({ name: String(n) })).id);
  const seen: string[] = [];
  for await (const { id } of client().customers.list({ limit: 2 })) seen.push(id);
  expect(seen).toEqual(made.toReversed());
});

describe('a form', () => {
  it('is read as Stripe’s library writes it', () => {
    expect(parseForm('a=1&b[c]=2&b[d][e]=3&f[0][g]=4&f[1][g]=5&h[]=6&h[]=7')).toEqual({
      a: '1',
      b: { c: '2', d: { e: '3' } },
      f: [{ g: '4' }, { g: '5' }],
      h: ['6', '7'],
    });
  });

  it('never reaches outside of itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype'), (value, name) => {
        parseForm(`${name}[x]=${encodeURIComponent(value)}&a[${name}][x]=1`);
        expect(({} as Record<string, unknown>)['x']).toBeUndefined();
      }),
    );
  });
});
