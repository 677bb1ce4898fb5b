import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COLUMNS, type LineItem, lineItemsOf } from '../local/bedrock/evidence/cost-and-usage.ts';
import { openDataExport } from '../local/bedrock/evidence/data-export.ts';
import { type Evidence, openEvidence } from '../local/bedrock/evidence.ts';
import { startBillingDay } from '../tenancy/billing-day.ts';
import { judgeMoney, type MoneyReport } from '../tenancy/money-drift.ts';
import type { Price } from '../tenancy/price.ts';
import { startingPrices } from '../tenancy/price-list.ts';
import { createBillingDay } from '../tenancy/table/billing-days.ts';
import { putBillingLines } from '../tenancy/table/billing-lines.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { usageRecord } from '../tenancy/usage.ts';
import { dayOf } from '../tenancy/utc-day.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { countDay } from './count.ts';
import { crossCheckMoney } from './cross-check-money.ts';
import { invocationOf, requestOf, type TestRequest } from './day.fixture.ts';
import { gatherUsage } from './gather.ts';
import { openTestLake, type TestLake } from './lake.fixture.ts';
import { billedSql } from './month-sql.ts';
import { rowsOf } from './query.ts';
import { rateDay } from './rate-day.ts';

const MONTH = '2026-11';
const START = Date.parse('2026-11-01T00:00:00Z');
const [HOUR, DAY, USD] = [3_600_000, 86_400_000, 1_000_000_000n];
const [HOME, OTHER] = ['eu-central-1', 'us-east-1'] as const;
const PRICES = startingPrices('claude-opus-5-5');
/** A dollar's worth of input. */
const DOLLAR = { input: 200_000 };

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

let lake: TestLake;
let aws: Evidence;
let said: string[];
let acme: TenantId;
let globex: TenantId;
let tests = 0;
beforeEach(async () => {
  tests += 1;
  lake = await openTestLake();
  aws = openEvidence(lake.folder, () => START + 31 * DAY);
  said = [];
  [acme, globex] = [parseTenantId(`acme-${tests}`)!, parseTenantId(`globex-${tests}`)!];
});
afterEach(async () => {
  await aws.close();
  await lake.close();
});

/** Counts and prices requests into the books, as runs of their days do; AWS sees them, unless the test says otherwise. */
async function use(
  requests: readonly TestRequest[],
  {
    seen = requests,
    prices = PRICES,
    revision = 1,
  }: {
    readonly seen?: readonly TestRequest[];
    readonly prices?: readonly Price[];
    readonly revision?: number;
  } = {},
): Promise<void> {
  for (const [day, ofDay] of Map.groupBy(requests, ({ intent }) => dayOf(intent.startedAt))) {
    const records = ofDay.map(({ intent, settlement }) => usageRecord(intent, settlement));
    lake.arrive(day, records);
    await lake.put(
      `book/day=${day}/region=${HOME}/part-00001.json`,
      records.map((one) => JSON.stringify(one)),
    );
    await gatherUsage(lake, { day, through: day });
    for (const [tenantId, groups] of await countDay(lake, { day, through: day }, [])) {
      const options = { sha256: (text: string) => createHash('sha256').update(text).digest('hex'), at: START };
      const rated = rateDay(day, groups, prices, options);
      if (!rated.ok) throw new Error('no price');
      await putBillingLines(store.tables, { tenantId, day, ...rated.value.rated }, rated.value.lines);
      const first = startBillingDay(tenantId, day);
      await createBillingDay(store.tables, { ...first, revision, state: 'RATED', rated: rated.value.rated });
    }
  }
  for (const one of seen) aws.invoked(invocationOf(one));
}

const check = async () => {
  await aws.flush();
  return crossCheckMoney(
    {
      lake,
      tables: store.tables,
      tenants: async function* () {
        yield* [acme, globex];
      },
      progress: (line) => void said.push(line),
    },
    MONTH,
  );
};
/** Why the tenant's month is not closed, by region; empty where it is. */
const why = async (tenantId: TenantId): Promise<string[]> => {
  const reports = (await check()).get(tenantId) ?? [];
  const verdict = judgeMoney(
    tenantId,
    reports,
    reports.map(({ region }) => region),
  );
  return verdict.open ? [] : verdict.reasons.map(({ kind, region }) => `${region} ${kind}`);
};
/** `count` calls of a dollar each, an hour apart. */
const calls = (tenantId: TenantId, count: number, more: Parameters<typeof requestOf>[3] = {}, from = START) =>
  Array.from({ length: count }, (_, n) => requestOf(tenantId, from + n * 60_000, DOLLAR, more));

describe('a month that AWS bills as we have counted it', () => {
  it('agrees to the nano-USD, by tenant and region', async () => {
    const odd = { input: 12, output: 345, cacheRead: 20_481, cacheWrite5m: 1_023, cacheWrite1h: 701 };
    const requests = [acme, globex].flatMap((tenantId) =>
      [HOME, OTHER].flatMap((region) =>
        [0, 11, 29].map((day) => requestOf(tenantId, START + day * DAY + 5 * HOUR, odd, { region })),
      ),
    );
    await use(requests);
    const found = await check();
    expect([...found.keys()]).toEqual([acme, globex]);
    const nanoUsd = 3n * (12n * 5_000n + 345n * 25_000n + 20_481n * 500n + 1_023n * 6_250n + 701n * 10_000n);
    const [first, second] = found.get(acme) ?? [];
    expect(first).toEqual({
      tenantId: acme,
      region: HOME,
      source: 'complete',
      oursNanoUsd: nanoUsd,
      theirsNanoUsd: nanoUsd,
      models: [{ name: 'claude-opus-5-5', nanoUsd }],
      usageTypes: [
        { name: 'EUC1-Claude5.5Opus-cache-read-input-token-count', nanoUsd: 3n * 20_481n * 500n },
        { name: 'EUC1-Claude5.5Opus-cache-write-1h-input-token-count', nanoUsd: 3n * 701n * 10_000n },
        { name: 'EUC1-Claude5.5Opus-cache-write-input-token-count', nanoUsd: 3n * 1_023n * 6_250n },
        { name: 'EUC1-Claude5.5Opus-input-tokens', nanoUsd: 3n * 12n * 5_000n },
        { name: 'EUC1-Claude5.5Opus-output-tokens', nanoUsd: 3n * 345n * 25_000n },
      ],
    });
    expect(second).toMatchObject({ region: OTHER, oursNanoUsd: nanoUsd, theirsNanoUsd: nanoUsd });
    expect([await why(acme), await why(globex)]).toEqual([[], []]);
    expect(said).toEqual([]);
  });

  it('has the last revision of each day alone', async () => {
    await use(calls(acme, 20), { seen: [] });
    const more = requestOf(acme, START + 6 * HOUR, DOLLAR);
    await use([more], { revision: 2, seen: [...calls(acme, 20), more] });
    expect(await why(acme)).toEqual([]);
    expect((await check()).get(acme)).toMatchObject([{ oursNanoUsd: 21n * USD, theirsNanoUsd: 21n * USD }]);
  });

  it('has what is of other months in neither', async () => {
    await use(calls(acme, 20));
    await use([...calls(acme, 9, {}, START - HOUR), ...calls(acme, 9, {}, START + 30 * DAY)]);
    expect((await check()).get(acme)).toMatchObject([{ oursNanoUsd: 20n * USD, theirsNanoUsd: 20n * USD }]);
  });
});

describe('what is not on the bill', () => {
  it.each([
    ['0.9', 9, []],
    ['1.0', 10, []],
    ['1.1', 11, ['eu-central-1 drift']],
  ])('%s % of it', async (_, lost, closed) => {
    const requests = calls(acme, 1_000);
    await use(requests, { seen: requests.slice(lost) });
    expect(await why(acme)).toEqual(closed);
  });

  it('does not make up for what is on it twice, in another region', async () => {
    aws.faults.set('cur', HOME, { hold: false, dropPercent: 50, duplicate: false });
    await use([...calls(acme, 40), ...calls(acme, 40, { region: OTHER })]);
    for (const one of calls(acme, 20, { region: OTHER })) aws.invoked(invocationOf(one));
    const reports = (await check()).get(acme) ?? [];
    const sum = (side: 'oursNanoUsd' | 'theirsNanoUsd') => reports.reduce((all, one) => all + (one[side] ?? 0n), 0n);
    expect(sum('oursNanoUsd')).toBe(sum('theirsNanoUsd'));
    expect(await why(acme)).toEqual(['eu-central-1 drift', 'us-east-1 drift']);
  });

  it('does not make up for what another tenant has too much of', async () => {
    await use([...calls(acme, 40), ...calls(globex, 40)], { seen: [...calls(acme, 30), ...calls(globex, 50)] });
    expect([await why(acme), await why(globex)]).toEqual([['eu-central-1 drift'], ['eu-central-1 drift']]);
  });

  it('stops a tenant however little it was, when it is all', async () => {
    await use([...calls(acme, 40), requestOf(globex, START, { input: 1 })], { seen: calls(acme, 40) });
    expect([await why(acme), await why(globex)]).toEqual([[], ['eu-central-1 nothing_agrees']]);
  });

  it('is looked for in no month that nobody used', async () => {
    expect(await check()).toEqual(new Map());
  });
});

describe('a bill', () => {
  it('that is absent in a region closes it there, and comes in the end', async () => {
    aws.faults.set('cur', OTHER, { hold: true, dropPercent: 0, duplicate: false });
    await use([...calls(acme, 20), ...calls(acme, 20, { region: OTHER })]);
    expect(await why(acme)).toEqual(['us-east-1 source_absent']);
    aws.faults.clear();
    expect(await why(acme)).toEqual([]);
  });

  it('that is late closes it, though all but nothing is there', async () => {
    await use(calls(acme, 600));
    await aws.flush();
    aws.faults.set('cur', undefined, { hold: true, dropPercent: 0, duplicate: false });
    await use([requestOf(globex, START + 20 * DAY, DOLLAR), requestOf(acme, START + 20 * DAY, DOLLAR)]);
    expect(await why(acme)).toEqual(['eu-central-1 source_late']);
    aws.faults.clear();
    expect([await why(acme), await why(globex)]).toEqual([[], []]);
  });

  it('that ends with the hour of our last request is not late', async () => {
    const last = requestOf(acme, START + 20 * DAY, DOLLAR);
    const early = requestOf(acme, START + 20 * DAY - 1, DOLLAR);
    await use([...calls(acme, 300), last, early], { seen: [...calls(acme, 301), early] });
    expect(await why(acme)).toEqual(['eu-central-1 source_late']);
    aws.invoked(invocationOf(requestOf(globex, START + 20 * DAY + HOUR - 1, { input: 1 })));
    expect(await why(acme)).toEqual([]);
  });

  it('that has the month’s last second with the next month is not late', async () => {
    const last = requestOf(acme, START + 30 * DAY - 1_000, { input: 1_000 });
    const next = requestOf(acme, START + 30 * DAY, { input: 1_000 });
    await use([...calls(acme, 20), last], { seen: [...calls(acme, 20), next] });
    expect(await why(acme)).toEqual([]);
  });

  it('is not asked for what never reached a model', async () => {
    const failed = requestOf(acme, START + 9 * HOUR, {}, { outcome: 'UPSTREAM_ERROR' });
    await use([...calls(acme, 5), failed], { seen: calls(acme, 5) });
    expect(await why(acme)).toEqual([]);
  });

  it('takes the place of the one before', async () => {
    await use(calls(acme, 20));
    for (let n = 0; n < 3; n += 1) expect(await why(acme)).toEqual([]);
    aws.invoked(invocationOf(requestOf(acme, START, DOLLAR)));
    expect((await check()).get(acme)).toMatchObject([{ oursNanoUsd: 20n * USD, theirsNanoUsd: 21n * USD }]);
  });

  it('is compared with no cost that is not known', async () => {
    const charges = PRICES.filter(({ book }) => book === 'charge');
    await use(calls(acme, 20));
    await use(calls(acme, 20, {}, START + DAY), { prices: charges });
    expect(await why(acme)).toEqual(['eu-central-1 cost_unknown']);
    expect((await check()).get(acme)).toMatchObject([{ oursNanoUsd: null, theirsNanoUsd: 40n * USD }]);
  });
});

describe('what else is on the bill', () => {
  const line = (change: Partial<LineItem>): LineItem => ({
    ...(Object.fromEntries(COLUMNS.map((column) => [column, ''])) as LineItem),
    bill_billing_period_start_date: '2026-11-01T00:00:00.000Z',
    line_item_line_item_type: 'Usage',
    line_item_usage_end_date: '2026-11-01T01:00:00.000Z',
    line_item_product_code: 'AmazonBedrock',
    line_item_usage_type: 'EUC1-x',
    line_item_currency_code: 'USD',
    line_item_usage_amount: '0.0000000000',
    line_item_unblended_cost: '1000.0000000000',
    product_region_code: HOME,
    ...change,
  });
  const bill = async (...lines: readonly Partial<LineItem>[]) => {
    await aws.flush();
    const found = openDataExport(lake.folder, () => false);
    for (const one of lines) found.add(line(one));
    await found.flush();
  };

  it('for calls without a tag is the platform’s own: it is told, and blocks nobody', async () => {
    await use(calls(acme, 20));
    await bill({ tags: '' }, { tags: '{}' }, { tags: '{"iamPrincipal/tenant_id":""}' });
    await bill({ tags: '{"iamPrincipal/tenant_id":"Not A Tenant"}', line_item_unblended_cost: '0.5000000000' });
    expect(await why(acme)).toEqual([]);
    expect(said).toEqual([
      '2026-11: AWS bills 3000.00 USD in eu-central-1 for calls without a tenant: the platform’s own',
      '2026-11: AWS bills 0.50 USD in eu-central-1 for calls of Not A Tenant, which is no tenant',
    ]);
  });

  it('is no use: taxes, credits and refunds are told apart; another product’s is not', async () => {
    await use(calls(acme, 20));
    const tags = `{"iamPrincipal/tenant_id":"${acme}"}`;
    await bill(
      { tags, line_item_line_item_type: 'Tax', line_item_unblended_cost: '19.0000000001' },
      { tags, line_item_line_item_type: 'Tax', line_item_unblended_cost: '1.0000000000', line_item_usage_type: 'y' },
      { tags, line_item_product_code: 'AmazonS3' },
      { tags, line_item_product_code: 'AmazonS3', line_item_line_item_type: 'Tax' },
    );
    expect(await why(acme)).toEqual([]);
    expect(said).toEqual(['2026-11: AWS bills 20.00 USD of Tax for Bedrock, which is no tenant’s cost here']);
  });

  it('for a tenant that our books do not have is that tenant’s difference', async () => {
    await use(calls(acme, 20));
    const stranger = parseTenantId('stranger')!;
    await bill({ tags: '{"iamPrincipal/tenant_id":"stranger"}' });
    expect([await why(acme), await why(stranger)]).toEqual([[], ['eu-central-1 nothing_agrees']]);
  });

  it('under Bedrock’s other names counts, and what is in another currency does not', async () => {
    const tags = `{"iamPrincipal/team":"x","iamPrincipal/tenant_id": "${acme}"}`;
    await bill(
      { tags, line_item_product_code: 'AmazonBedrockService' },
      { tags, line_item_product_code: 'AmazonBedrockFoundationModels' },
      { tags, line_item_currency_code: 'EUR' },
    );
    expect((await check()).get(acme)).toMatchObject([{ oursNanoUsd: 0n, theirsNanoUsd: 2_000n * USD }]);
    expect(said).toEqual(['2026-11: AWS bills 1000.00 EUR of Usage for Bedrock, which is no tenant’s cost here']);
  });

  it('adds up exactly, whatever its decimals are, and is rounded once', async () => {
    const units = fc.array(fc.bigInt({ min: 0n, max: 10n ** 19n }), { minLength: 1, maxLength: 30 });
    let month = 1;
    await fc.assert(
      fc.asyncProperty(units, async (costs) => {
        month += 1;
        const year = `${2026 + Math.floor(month / 10)}-0${(month % 9) + 1}`;
        await bill(
          ...costs.map((cost, n) => {
            const digits = String(cost).padStart(11, '0');
            return {
              bill_billing_period_start_date: `${year}-01T00:00:00.000Z`,
              line_item_iam_principal: String(n),
              line_item_unblended_cost: `${digits.slice(0, -10)}.${digits.slice(-10)}`,
            };
          }),
        );
        const sum = costs.reduce((all, cost) => all + cost, 0n);
        const rows = await rowsOf(lake.query(billedSql(year)));
        expect(rows).toMatchObject([{ nano_usd: String((sum + 5n) / 10n) }]);
      }),
      { seed: 23, numRuns: 8 },
    );
  });
});

it('reads no month that is none', () => {
  expect(() => billedSql("2026-11' or true --")).toThrow(RangeError);
  expect(() => billedSql('2026-13')).toThrow(RangeError);
});

it('makes of every line of a call a part of one sum', async () => {
  const one = requestOf(acme, START, { input: 3, output: 5, cacheRead: 7, cacheWrite5m: 11, cacheWrite1h: 13 });
  await use([one]);
  const [report] = (await check()).get(acme) ?? [];
  expect((report as MoneyReport).usageTypes).toHaveLength(lineItemsOf(invocationOf(one)).length);
});
