import { setTimeout as pause } from 'node:timers/promises';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { getBillingAccount } from '../tenancy/table/billing-accounts.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { dayOf } from '../tenancy/utc-day.ts';
import { ask, JSON_BODY, messages } from './ask.ts';
import { billDayLater } from './bill.ts';
import { inLedger, tablesOf } from './books.ts';
import { askOverHttp, billPlatform } from './month/http.ts';
import { type RunningPlatform, startPlatform } from './start-platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Of its own: Stripe's clock is moved, and the lake is damaged. */
let running: RunningPlatform;
beforeAll(async () => {
  running = await startPlatform();
});
afterAll(() => running.stop());

const ACME = parseTenantId('acme') as TenantId;
const DAY_MS = 86_400_000;

const bill = (...words: string[]) => billDayLater(running, ...words);

async function post(prompt: string) {
  const { loopbackUrl, apiKey } = running.json.tenants.acme;
  const headers = { ...JSON_BODY, 'x-api-key': apiKey };
  return ask(`${loopbackUrl}/v1/messages`, { headers, body: messages(prompt, { stream: true }) });
}

describe('a day of real requests', () => {
  const begun = Date.now();
  const today = dayOf(begun);

  it('is on Stripe’s meter, to the micro-dollar, when all books agree', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(String((await post(`hello ${n}`)).headers['request-id']));
    const { stripe } = running.json.standIns;
    if (!stripe) throw new Error('the account is a real one');
    const tables = tablesOf(running.json);
    const account = await vi.waitFor(async () => (await getBillingAccount(tables, ACME)) ?? Promise.reject(), 20_000);
    // What has come by now is what there is: the lake is written each second, AWS's own logs every two.
    await pause(4_000);
    await fetch(`${stripe.url}/control/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: DAY_MS }) });

    const billed = await bill('--date', today, '--json');
    expect(billed.code, billed.err + billed.out).toBe(0);
    const [acme] = (JSON.parse(billed.out) as { tenants: Billed[] }).tenants;
    const settled = await Promise.all(ids.map((id) => inLedger(running.json, 'acme', id)));
    const nanoUsd = settled.reduce((sum, row) => sum + row!.settlement!.nanoUsd, 0n);
    expect(acme).toMatchObject({
      tenantId: 'acme',
      day: { state: 'VERIFIED', rated: { requests: '5', nanoUsd: String(nanoUsd) } },
    });

    const api = new Stripe(stripe.apiKey, {
      host: '127.0.0.1',
      port: Number(new URL(stripe.url).port),
      protocol: 'http',
    });
    const [meter] = (await api.billing.meters.list()).data;
    const from = Date.parse(`${today}T00:00:00Z`) / 1_000;
    const { data } = await api.billing.meters.listEventSummaries(meter!.id, {
      customer: account.customerId,
      start_time: from,
      end_time: from + 86_400,
    });
    expect(data.map(({ aggregated_value }) => aggregated_value)).toEqual([Number((nanoUsd + 500n) / 1_000n)]);

    const again = await bill('--date', today, '--json');
    expect(JSON.parse(again.out)).toEqual(JSON.parse(billed.out));
  });

  it('of all tenants, streamed, whole, throttled and hung up on, comes to what AWS’s own logs come to', async () => {
    const asked = await askOverHttp(running.json, { requests: 40, seed: 1 }, () => {});
    expect(asked).toEqual({ answered: 38, hungUp: 2, throttled: 2, refused: 0 });
    const { compared, recomputed } = await billPlatform(running, begun);
    expect(compared).toMatchObject({ differences: [], days: expect.toSatisfy((days: number) => days >= 3) });
    expect(recomputed.calls).toBe(45);
  });

  it('that is named wrongly, or is not over, is told so', async () => {
    expect(await bill('--date', 'yesterday')).toMatchObject({ code: 2, err: expect.stringContaining('not a day') });
    expect(await bill('--date', dayOf(Date.now() + DAY_MS))).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not over'),
    });
  });
});

type Billed = { readonly tenantId: string; readonly day: { readonly state: string; readonly rated: object } };
