import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BillingDay } from '../tenancy/billing-day.ts';
import type { Price } from '../tenancy/price.ts';
import { keepBillingAccount } from '../tenancy/table/billing-accounts.ts';
import {
  getLatestBillingDay,
  listBillingDays,
  listUnfinishedBillingDays,
  recordBillingDay,
} from '../tenancy/table/billing-days.ts';
import { listBillingLines } from '../tenancy/table/billing-lines.ts';
import { getRequest, openRequest, settleRequest } from '../tenancy/table/requests.ts';
import { applyMeterErrors } from '../tenancy/table/stripe-events.ts';
import { parseTenantId, type TenantId } from '../tenancy/tenant.ts';
import { usageRecord } from '../tenancy/usage.ts';
import { startTables, type TestTables } from '../tests/tables.ts';
import { callOf, memoryMeter, requestOf, type TestRequest } from './day.fixture.ts';
import { openTestLake, type TestLake } from './lake.fixture.ts';
import { type DayReport, type RunDeps, runDay } from './run.ts';

const DAY = '2026-11-22';
const START = Date.parse(`${DAY}T00:00:00Z`);
const HOUR = 3_600_000;
const NEXT = Date.parse('2026-11-23T06:00:00Z');

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

let lake: TestLake;
let meter: ReturnType<typeof memoryMeter>;
let now: number;
let said: string[];
let acme: TenantId;
let globex: TenantId;
let tests = 0;
beforeEach(async () => {
  tests += 1;
  [lake, meter, now, said] = [await openTestLake(), memoryMeter(), NEXT, []];
  [acme, globex] = [parseTenantId(`acme-${tests}`)!, parseTenantId(`globex-${tests}`)!];
  for (const tenantId of [acme, globex]) {
    await keepBillingAccount(store.tables, {
      tenantId,
      provider: 'stripe',
      customerId: `cus_${tenantId}`,
      subscriptionId: `sub_${tenantId}`,
      startsAt: START - 30 * 24 * HOUR,
      createdAt: START - 30 * 24 * HOUR,
    });
  }
});
afterEach(() => lake.close());

const PER_TOKEN = { input: 5_000, output: 25_000, cacheRead: 500, cacheWrite5m: 6_250, cacheWrite1h: 10_000 };
const price = (change: Partial<Price> = {}): Price => ({
  modelId: 'claude-opus-5-5',
  book: 'charge',
  from: Date.UTC(2026, 0, 1),
  perToken: PER_TOKEN,
  ...change,
});
const PRICES = [price(), price({ book: 'cost', perToken: { ...PER_TOKEN, output: 20_000 } })];

const deps = (own: Partial<RunDeps> = {}): RunDeps => ({
  tables: store.tables,
  ledgers: new Map([['eu-central-1', store.tables]]),
  tenants: async function* () {
    yield* [acme, globex];
  },
  lake,
  prices: async () => PRICES,
  chargeOf: async () => 7n,
  payment: meter.payment,
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  holder: crypto.randomUUID(),
  now: () => now,
  pause: async () => {},
  progress: (line) => void said.push(line),
  ...own,
});
const run = async (own?: Partial<RunDeps>): Promise<DayReport> => {
  const report = await runDay(deps(own), DAY);
  if (report === 'busy') throw new Error('busy');
  return report;
};
const states = ({ tenants }: DayReport) =>
  Object.fromEntries(tenants.map(({ tenantId, day }) => [tenantId, day.state]));
const whyOf = ({ tenants }: DayReport, tenantId: TenantId) => tenants.find((one) => one.tenantId === tenantId)?.why;
const latest = async (tenantId: TenantId): Promise<BillingDay> =>
  (await getLatestBillingDay(store.tables, tenantId, DAY))!;

/** Books requests, and lets their records arrive and AWS write them down, unless the test says otherwise. */
async function book(
  requests: readonly TestRequest[],
  {
    arrived = requests,
    seen = requests,
  }: { readonly arrived?: readonly TestRequest[]; readonly seen?: readonly TestRequest[] } = {},
): Promise<void> {
  for (const { intent, settlement } of requests) {
    await openRequest(store.tables, intent);
    await settleRequest(store.tables, intent, settlement);
  }
  if (arrived.length > 0)
    lake.arrive(
      DAY,
      arrived.map(({ intent, settlement }) => usageRecord(intent, settlement)),
    );
  if (seen.length > 0) lake.aws(seen.map(callOf));
}
const some = (tenantId: TenantId, count: number, more: Parameters<typeof requestOf>[3] = {}) =>
  Array.from({ length: count }, (_, n) =>
    requestOf(
      tenantId,
      START + 8 * HOUR + n * 1_000,
      { input: 100, output: 10, cacheRead: 1_000, cacheWrite5m: 8 },
      more,
    ),
  );
/** 100 x 5,000 + 10 x 25,000 + 1,000 x 500 + 8 x 6,250 nano-USD. */
const EACH = 1_300_000n;

describe('a day', () => {
  it('is counted, compared, priced, told and read back, and running again changes no byte', async () => {
    await book([...some(acme, 4), ...some(globex, 2)]);
    const first = await run();
    expect(states(first)).toEqual({ [acme]: 'VERIFIED', [globex]: 'VERIFIED' });
    const day = await latest(acme);
    expect(day).toMatchObject({
      revision: 1,
      rated: { requests: 4n, nanoUsd: 4n * EACH, costNanoUsd: 4n * EACH - 4n * 10n * 5_000n },
      push: { microUsd: 5_200n, identifier: `${acme}:${DAY}:usage:r1` },
    });
    expect(meter.told).toEqual([`${acme}:${DAY}:r1=5200`, `${globex}:${DAY}:r1=2600`]);
    const lines = await listBillingLines(store.tables, { tenantId: acme, day: DAY, ...day.rated! }, day.rated!);
    expect(
      lines
        .filter(({ book: of }) => of === 'charge')
        .map(({ tokenClass, tokens, nanoUsd }) => [tokenClass, tokens, nanoUsd]),
    ).toEqual([
      ['input', 400n, 2_000_000n],
      ['output', 40n, 1_000_000n],
      ['cacheRead', 4_000n, 2_000_000n],
      ['cacheWrite5m', 32n, 200_000n],
    ]);

    now += HOUR;
    await run();
    expect(await latest(acme)).toEqual(day);
    expect(meter.told).toHaveLength(2);
  });

  it('counts each record once, in whatever order and however often it arrives', async () => {
    const requests = some(acme, 30);
    await book(requests, { arrived: requests.slice(0, 20) });
    const records = requests.map(({ intent, settlement }) => usageRecord(intent, settlement));
    lake.arrive(DAY, records.toReversed());
    lake.arrive('2026-11-23', records.slice(5, 25));
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED' });
    expect((await latest(acme)).rated).toMatchObject({ requests: 30n, nanoUsd: 30n * EACH });
  });

  it('has what the transport lost written again, and what is no record put aside', async () => {
    const requests = some(acme, 10);
    await book(requests, { arrived: requests.slice(0, 7) });
    const [, , , , , , , lost] = requests.map(({ intent, settlement }) => usageRecord(intent, settlement));
    lake.arrive(DAY, [
      '{"record":"usage"',
      JSON.stringify({ ...lost, input_tokens: -1 }),
      JSON.stringify({ ...lost, output_tokens: 1e9 }),
    ]);
    const report = await run();
    expect(report).toMatchObject({ writtenAgain: 3, quarantined: 3 });
    expect(states(report)).toEqual({ [acme]: 'VERIFIED' });
    expect((await latest(acme)).rated?.requests).toBe(10n);
    const [kept] = await lake.list('quarantine/');
    const lines: unknown[] = [];
    for await (const line of lake.read(kept!)) {
      const { line: at, why } = JSON.parse(line) as { line: number; why: string };
      lines.push([at, why]);
    }
    expect(lines).toEqual([
      [1, 'it is no JSON object'],
      [2, 'input_tokens is -1'],
      [3, 'output_tokens is 1000000000: no request uses so many'],
    ]);
  });

  it('waits for requests that have not ended, while other tenants’ days go on', async () => {
    await book([...some(acme, 2), ...some(globex, 2)]);
    const { intent } = requestOf(acme, START + HOUR, {});
    await openRequest(store.tables, intent);
    const report = await run();
    expect(states(report)).toEqual({ [acme]: 'FAILED', [globex]: 'VERIFIED' });
    expect(whyOf(report, acme)).toContain(intent.requestId);
    const { settlement } = requestOf(acme, START + HOUR, { input: 1 });
    await settleRequest(store.tables, intent, settlement);
    lake.aws([callOf({ intent, settlement })]);
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED', [globex]: 'VERIFIED' });
    expect((await latest(acme)).rated?.requests).toBe(3n);
  });

  it('does not bill what the book does not know', async () => {
    const [known, forged] = [some(acme, 5), some(acme, 1)];
    await book(known);
    lake.arrive(
      DAY,
      forged.map(({ intent, settlement }) => usageRecord(intent, settlement)),
    );
    const report = await run();
    expect(states(report)).toEqual({ [acme]: 'FAILED' });
    expect(whyOf(report, acme)).toMatch(/1 records in the lake are unknown to the book: /);
    expect(meter.told).toEqual([]);
  });

  it('is not rated without a price, and other tenants’ days go on', async () => {
    await book([...some(acme, 2, { model: 'claude-new-9' }), ...some(globex, 2)]);
    const report = await run();
    expect(states(report)).toEqual({ [acme]: 'FAILED', [globex]: 'VERIFIED' });
    expect(whyOf(report, acme)).toMatch(/no price .* was in force: claude-new-9 in eu-central-1/);
  });

  it('prices each request by the instant at which it began', async () => {
    const noon = START + 12 * HOUR;
    const at = (startedAt: number) => requestOf(acme, startedAt, { output: 10 });
    await book([
      at(noon - 1),
      at(noon),
      at(noon + 1),
      requestOf(acme, noon - 1_000, { output: 10 }, { settled: { settledAt: noon + 9_000 } }),
    ]);
    const dearer = price({ from: noon, perToken: { ...PER_TOKEN, output: 30_000 } });
    await run({ prices: async () => [...PRICES, dearer] });
    expect((await latest(acme)).rated?.nanoUsd).toBe(2n * 250_000n + 2n * 300_000n);
  });

  it('keeps the platform’s own calls in the count, and off the bill', async () => {
    await book([
      ...some(acme, 1),
      ...some(acme, 1, { callerType: 'provisioning', settled: { flags: ['not_charged'] } }),
    ]);
    await run();
    expect((await latest(acme)).rated).toMatchObject({ requests: 2n, nanoUsd: EACH });
  });

  it('is a new revision when it is counted anew after it was told, and the one before stays as it was', async () => {
    await book(some(acme, 4));
    await run();
    const first = await latest(acme);
    await book(some(acme, 1));
    now += 24 * HOUR;
    await run();
    const [stood, second] = await listBillingDays(store.tables, acme, '2026-11');
    expect(stood).toEqual({ ...first, supersededBy: 2, version: first.version + 1 });
    expect(second).toMatchObject({ revision: 2, state: 'VERIFIED', push: { microUsd: 6_500n } });
    expect(meter.told.at(-1)).toBe(`${acme}:${DAY}:r2=6500`);
  });

  it('belongs to the day on which a request began, by UTC', async () => {
    const edges = [START - 1, START, START + 24 * HOUR - 1, START + 24 * HOUR].map((at) =>
      requestOf(acme, at, { output: 1 }),
    );
    await book(edges);
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED' });
    expect((await latest(acme)).rated?.requests).toBe(2n);
  });

  it('that nobody would be invoiced for is not told to the meter', async () => {
    const [late, early] = [`late-${tests}`, `early-${tests}`].map((slug) => parseTenantId(slug)!) as [
      TenantId,
      TenantId,
    ];
    for (const [tenantId, startsAt] of [
      [late, START + 24 * HOUR],
      [early, START + 24 * HOUR - 1],
    ] as const) {
      await keepBillingAccount(store.tables, {
        tenantId,
        provider: 'stripe',
        customerId: `cus_${tenantId}`,
        subscriptionId: `sub_${tenantId}`,
        startsAt,
        createdAt: startsAt,
      });
    }
    const strangers = parseTenantId(`strangers-${tests}`)!;
    await book([...some(late, 1), ...some(early, 1), ...some(strangers, 1)]);
    const report = await run({
      tenants: async function* () {
        yield* [late, early, strangers];
      },
    });
    expect(states(report)).toEqual({ [late]: 'FAILED', [early]: 'VERIFIED', [strangers]: 'FAILED' });
    expect(whyOf(report, late)).toMatch(/before the tenant’s subscription began/);
    expect(whyOf(report, strangers)).toMatch(/no customer yet/);
    expect(meter.told).toEqual([`${early}:${DAY}:r1=1300`]);
  });

  it('that is not over is not billed', async () => {
    now = START + 23 * HOUR;
    await expect(run()).rejects.toThrow('2026-11-22 is not over');
  });
});

describe('the gate', () => {
  it('stays closed where AWS knows of a call that the book has not', async () => {
    const requests = some(acme, 20);
    await book(requests.slice(0, 16), { seen: requests });
    const report = await run();
    expect(states(report)).toEqual({ [acme]: 'DRIFT_BLOCKED' });
    expect(whyOf(report, acme)).toMatch(/4 only in CloudTrail; 3 may differ/);
    expect((await latest(acme)).drift?.reports.find(({ leg }) => leg === 'requests')).toMatchObject({
      onlyTheirs: 4,
      sampleTheirs: requests
        .slice(16)
        .map((one) => one.settlement.bedrockRequestId)
        .sort(),
    });
    expect(meter.told).toEqual([]);
  });

  it('stays closed where as much is missing as is extra', async () => {
    const requests = some(acme, 105);
    await book(requests.slice(0, 100), { seen: requests.slice(5) });
    expect(states(await run())).toEqual({ [acme]: 'DRIFT_BLOCKED' });
  });

  it.each(['cloudtrail', 'invocations'] as const)(
    'stays closed without %s, and opens when that has come',
    async (source) => {
      const requests = some(acme, 3);
      await book(requests, { seen: [] });
      lake.aws(requests.map(callOf), [source === 'cloudtrail' ? 'invocations' : 'cloudtrail']);
      const report = await run();
      expect(states(report)).toEqual({ [acme]: 'DRIFT_BLOCKED' });
      expect(whyOf(report, acme)).toMatch(/nothing of the day at all/);
      lake.aws(requests.map(callOf), [source]);
      expect(states(await run())).toEqual({ [acme]: 'VERIFIED' });
    },
  );

  it('stays closed while a source lags behind', async () => {
    const early = some(acme, 400);
    const late = [requestOf(acme, START + 20 * HOUR, { output: 1 })];
    await book([...early, ...late], { seen: early });
    const report = await run();
    expect(whyOf(report, acme)).toMatch(/is not complete yet/);
    lake.aws(late.map(callOf));
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED' });
  });

  it('stays closed where AWS counts other tokens', async () => {
    const requests = some(acme, 10);
    const cheaper = requests.map((one) => ({ ...callOf(one), tokens: { ...callOf(one).tokens, output: 9 } }));
    await book(requests, { seen: [] });
    lake.aws(cheaper);
    expect(whyOf(await run(), acme)).toMatch(/10 have other tokens there/);
  });

  it('takes CloudTrail’s copies for one, and what Bedrock refused for nothing', async () => {
    const requests = some(acme, 5);
    await book(requests);
    lake.aws(requests.map(callOf));
    const throttled = requests.map((one, n) => ({
      ...callOf(one),
      bedrockRequestId: `throttled-${n}`,
      errorCode: 'ThrottlingException',
    }));
    lake.aws(throttled, ['cloudtrail']);
    // Two strays, each of them twice: four would close the gate.
    const strays = some(acme, 2).map(callOf);
    lake.aws(strays);
    lake.aws(strays);
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED' });
  });

  it('of one tenant is none of another’s', async () => {
    const [ours, theirs] = [some(acme, 10), some(globex, 10)];
    await book([...ours, ...theirs], { seen: ours });
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED', [globex]: 'DRIFT_BLOCKED' });
  });
});

it('an estimate gives way to what Bedrock’s log tells, once', async () => {
  const orphan = requestOf(
    acme,
    START + HOUR,
    { input: 100, output: 200 },
    { outcome: 'ORPHAN', settled: { flags: ['orphan', 'usage_unknown'] } },
  );
  const { bedrockRequestId: _, ...estimate } = orphan.settlement;
  await openRequest(store.tables, orphan.intent);
  await settleRequest(store.tables, orphan.intent, estimate);
  lake.arrive(DAY, [usageRecord(orphan.intent, estimate)]);
  lake.aws([{ ...callOf(orphan), tokens: { input: 90, output: 40, cacheRead: 5, cacheWrite: 6 } }]);
  const report = await run();
  expect(report).toMatchObject({ corrected: 1, tenants: [{ day: { state: 'VERIFIED', rated: { requests: 1n } } }] });
  const { settlement } = (await getRequest(store.tables, acme, orphan.intent.requestId))!;
  expect(settlement).toMatchObject({
    outcome: 'PARTIAL',
    tokens: { input: 90, output: 40, cacheRead: 5, cacheWrite5m: 6 },
    nanoUsd: 7n,
    flags: ['orphan', 'from_invocation_log', 'cache_split_missing'],
    bedrockRequestId: `aws-${orphan.intent.requestId}`,
  });
  expect(await run()).toMatchObject({ corrected: 0, writtenAgain: 0 });
});

describe('a value that the payment service took, and does not count', () => {
  const REPORT = { code: 'meter_event_customer_not_found', message: 'No such customer: cus_x' };
  let reports = 0;
  const report = (revision: number, reportedAt: number) =>
    applyMeterErrors(
      store.tables,
      { id: `evt_${tests}_${++reports}`, type: 'x' },
      [{ tenantId: acme, day: DAY, revision, ...REPORT, reportedAt }],
      reportedAt,
    );
  const SAID = 'the payment service does not count it: No such customer: cus_x (meter_event_customer_not_found)';

  it('fails the day with what it said, as soon as it has said it, and is told again by the next run', async () => {
    await book(some(acme, 1));
    const deaf = { ...meter.payment, readDay: async () => ({ outcome: 'read', microUsd: 0n }) as const };
    let pauses = 0;
    const first = await run({
      payment: deaf,
      pause: async () => {
        pauses += 1;
        await report(1, now + 1_000);
      },
    });
    expect(whyOf(first, acme)).toBe(SAID);
    expect(await latest(acme)).toMatchObject({ state: 'FAILED', failure: { step: 'verify', why: SAID } });
    expect(pauses).toBe(1);
    now += HOUR;
    expect(whyOf(await run({ payment: deaf }), acme)).toBe(
      `the meter says 0 micro-USD, and was told 1300; of an earlier try ${SAID}`,
    );
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED' });
    expect(new Set(meter.told)).toEqual(new Set([`${acme}:${DAY}:r1=1300`]));
  });

  it('is not VERIFIED by an earlier revision’s value that is the same', async () => {
    await book(some(acme, 1));
    await run();
    await book([requestOf(acme, START + HOUR, {})]);
    now += HOUR;
    await report(2, now);
    const pushDay: typeof meter.payment.pushDay = async () => ({ outcome: 'accepted' });
    expect(whyOf(await run({ payment: { ...meter.payment, pushDay } }), acme)).toBe(SAID);
  });

  it('fails a VERIFIED day, which the next run tells again', async () => {
    await book([...some(acme, 1), ...some(globex, 1)]);
    await run();
    const verified = await latest(acme);
    await report(1, now - 1);
    expect(await latest(acme)).toEqual(verified);
    await report(1, now + 1_000);
    expect(await latest(acme)).toMatchObject({
      state: 'FAILED',
      failure: { step: 'verify', why: SAID, at: now + 1_000 },
    });
    expect(await listUnfinishedBillingDays(store.tables, 100)).toContainEqual({
      tenantId: acme,
      day: DAY,
      revision: 1,
    });
    now += HOUR;
    expect(states(await run())).toEqual({ [acme]: 'VERIFIED', [globex]: 'VERIFIED' });
    expect(meter.told.filter((one) => one.startsWith(acme))).toEqual([
      `${acme}:${DAY}:r1=1300`,
      `${acme}:${DAY}:r1=1300`,
    ]);
  });
});

it('a day that somebody else writes in between is read anew, and stops no other’s', async () => {
  await book([...some(acme, 1), ...some(globex, 1)]);
  let written = 0;
  const pushDay: typeof meter.payment.pushDay = async (push) => {
    const day = await getLatestBillingDay(store.tables, push.tenantId, DAY);
    if (push.tenantId === acme && day && ++written === 1) await recordBillingDay(store.tables, day, day);
    return meter.payment.pushDay(push);
  };
  expect(states(await run({ payment: { ...meter.payment, pushDay } }))).toEqual({
    [acme]: 'VERIFIED',
    [globex]: 'VERIFIED',
  });
  expect(new Set(meter.told).size).toBe(2);
  expect(said).toContain(`${acme} ${DAY} was changed by somebody else; it is read anew`);
});

it('two runs do not work side by side', async () => {
  await book(some(acme, 1));
  const both = await Promise.all([runDay(deps(), DAY), runDay(deps(), DAY)]);
  expect(both.filter((one) => one === 'busy')).toHaveLength(1);
});
