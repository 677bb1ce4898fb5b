import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BillingDay, toRatedDay } from '../../tenancy/billing-day.ts';
import type { BillingDayEvent } from '../../tenancy/billing-day-events.ts';
import { type Price, priceIdOf } from '../../tenancy/price.ts';
import { NO_TOKEN_SUMS, rate, type UsageGroup } from '../../tenancy/rating.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { putBillingLines } from '../../tenancy/table/billing-lines.ts';
import { recordAdjustment } from '../../tenancy/table/billing-periods.ts';
import { putPrice } from '../../tenancy/table/prices.ts';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import type { Intent, Settlement } from '../../tenancy/usage.ts';
import { type Api, SUPPORT, startApi } from './api.fixture.ts';
import { comparedDay, pushedDay, STRAYS, storeBillingDay } from './billing-days.fixture.ts';
import type { Principal } from './principal.ts';
import { type SeededTenant, seedTenant } from './tenant.fixture.ts';

const DAY = '2026-11-20';
const NOON = Date.parse(`${DAY}T12:00:00Z`);
const MODEL = 'claude-priced';
const perToken = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750, cacheWrite1h: 6_000 };
const MORNING: Price = { modelId: MODEL, book: 'charge', from: NOON - 1e9, perToken };
const AFTERNOON: Price = { ...MORNING, from: NOON, perToken: { ...perToken, input: 4_000 } };

let api: Api;
let tenant: SeededTenant;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
  for (const price of [MORNING, AFTERNOON]) await putPrice(api.tables, price);
});
afterAll(() => api.close());
beforeEach(async () => {
  api.now = NOON + 86_400_000;
  tenants += 1;
  tenant = await seedTenant(api, `own-${tenants}`);
});

let requests = 0;
async function settled(change: Partial<Settlement> = {}, startedAt = NOON - 1): Promise<string> {
  const intent: Intent = {
    requestId: mintRequestId(startedAt, new Uint8Array(10).fill(++requests)),
    tenantId: tenant.id,
    identityId: 'ann',
    callerType: 'user',
    model: MODEL,
    bedrockModelId: `eu.anthropic.${MODEL}`,
    region: 'eu-central-1',
    stream: true,
    tier: 'STANDARD',
    startedAt,
    reserved: { nanoUsd: 1n, inputTokens: 1, outputTokens: 1 },
  };
  await openRequest(api.tables, intent);
  const tokens = { input: 10, output: 2, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const settlement = { outcome: 'COMPLETED', tokens, nanoUsd: 60_000n, flags: [], settledAt: startedAt + 5 } as const;
  await settleRequest(api.tables, { tenantId: tenant.id, requestId: intent.requestId }, { ...settlement, ...change });
  return intent.requestId;
}

/** The day counted as one group before the price's change and one after it, with the events that follow. */
async function billed(...events: readonly BillingDayEvent[]): Promise<BillingDay> {
  const group: UsageGroup = {
    model: MODEL,
    region: 'eu-central-1',
    tier: 'STANDARD',
    epoch: 0,
    charged: true,
    requests: 3n,
    tokens: { ...NO_TOKEN_SUMS, input: 100n, output: 20n },
  };
  const groups = [group, { ...group, epoch: 1 }, { ...group, charged: false }];
  const lines = rate('charge', DAY, groups, [MORNING, AFTERNOON]);
  if (!lines.ok) throw new Error('no price');
  await putBillingLines(api.tables, { tenantId: tenant.id, day: DAY, inputsHash: 'ab' }, lines.value);
  const rated = toRatedDay(groups, lines.value, null, { inputsHash: 'ab', at: api.now });
  return storeBillingDay(api.tables, tenant.id, DAY, [{ kind: 'rated', rated }, ...events]);
}

const FIELDS = `billing { day { id state } amountUsd period { month }
  lines { tokens amountUsd line { tokenClass priceId charged tokens amountUsd } } }`;
const ask = async (who: Principal, id: string, slug: string = tenant.id) => {
  const { data } = await api.ask(who, `{ tenant(slug: "${slug}") { request(id: "${id}") { ${FIELDS} } } }`);
  return (data?.['tenant'] as { request: { billing: unknown } | null } | null)?.request?.billing;
};
const line = (tokenClass: string, price: Price, tokens: string, amountUsd: string) => {
  return { tokenClass, priceId: priceIdOf(price), charged: true, tokens, amountUsd };
};

describe('a request', () => {
  it('is its own part of the day’s lines, by the price that was in force when it began', async () => {
    const [before, after] = [await settled(), await settled({}, NOON)];
    await billed(comparedDay(api.now), ...pushedDay(api.now));
    // By hand: 10 x 3,000 + 2 x 15,000 nano-USD, and after noon 10 x 4,000 + 2 x 15,000.
    expect(await ask(tenant.admin, before)).toEqual({
      day: { id: `bil_${tenant.id}:${DAY}:1`, state: 'VERIFIED' },
      amountUsd: '0.00006',
      period: { month: '2026-11' },
      lines: [
        { tokens: '10', amountUsd: '0.00003', line: line('INPUT', MORNING, '100', '0.0003') },
        { tokens: '2', amountUsd: '0.00003', line: line('OUTPUT', MORNING, '20', '0.0003') },
      ],
    });
    expect(await ask(SUPPORT, after)).toMatchObject({
      amountUsd: '0.00007',
      lines: [{ line: line('INPUT', AFTERNOON, '100', '0.0004') }, { line: line('OUTPUT', AFTERNOON, '20', '0.0003') }],
    });
  });

  it('of the platform itself is counted, and costs nothing', async () => {
    const id = await settled({ flags: ['not_charged'] });
    await billed(comparedDay(api.now), ...pushedDay(api.now));
    expect(await ask(tenant.admin, id)).toMatchObject({
      amountUsd: '0.00',
      lines: [{ tokens: '10', line: { priceId: 'not_charged', charged: false } }, { tokens: '2' }],
    });
  });

  it('is billed with the month that its day is an adjustment of', async () => {
    const id = await settled();
    const day = await billed(comparedDay(api.now));
    await recordAdjustment(api.tables, day, { ...day, adjustedIn: '2026-12' }, null);
    expect(await ask(tenant.admin, id)).toMatchObject({ period: { month: '2026-12' } });
  });

  it('whose day is not billed yet shows it to staff alone', async () => {
    const id = await settled();
    expect(await ask(SUPPORT, id)).toBeNull();
    await billed(comparedDay(api.now, STRAYS));
    expect(await ask(tenant.admin, id)).toBeNull();
    expect(await ask(SUPPORT, id)).toMatchObject({ day: { state: 'DRIFT_BLOCKED' }, amountUsd: '0.00006' });
  });

  it('that no line can have, for it was refused, ended later or used more, is in none', async () => {
    const tokens = { input: 101, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    const ids = [
      await settled({ outcome: 'REFUSED' }),
      await settled({ settledAt: api.now + 1 }),
      await settled({ tokens }),
      await settled({ tokens: { ...tokens, input: 1, cacheRead: 1 } }),
    ];
    await billed(comparedDay(api.now), ...pushedDay(api.now));
    for (const id of ids) expect(await ask(SUPPORT, id)).toBeNull();
  });
});
