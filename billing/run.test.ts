import { describe, expect, it } from 'vitest';
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
import { callOf, requestOf, type TestRequest } from './day.fixture.ts';
import {
  bookRequests,
  DAY,
  depsOf,
  EACH,
  HOUR,
  latestOf,
  PER_TOKEN,
  PRICES,
  priceOf as price,
  runOnce,
  START,
  some,
  statesOf as states,
  useWorld,
  whyOf,
} from './run.fixture.ts';
import { type RunDeps, runDay } from './run.ts';

const w = useWorld();
const run = (own?: Partial<RunDeps>) => runOnce(w, own);
const latest = (tenantId: TenantId) => latestOf(w, tenantId);
const book = (requests: readonly TestRequest[], more?: Parameters<typeof bookRequests>[2]) =>
  bookRequests(w, requests, more);

describe('a day', () => {
  it('is counted, compared, priced, told and read back, and running again changes no byte', async () => {
    await book([...some(w.acme, 4), ...some(w.globex, 2)]);
    const first = await run();
    expect(states(first)).toEqual({ [w.acme]: 'VERIFIED', [w.globex]: 'VERIFIED' });
    const day = await latest(w.acme);
    expect(day).toMatchObject({
      revision: 1,
      rated: { requests: 4n, nanoUsd: 4n * EACH, costNanoUsd: 4n * EACH - 4n * 10n * 5_000n },
      push: { microUsd: 5_200n, identifier: `${w.acme}:${DAY}:usage:r1` },
    });
    expect(w.meter.told).toEqual([`${w.acme}:${DAY}:r1=5200`, `${w.globex}:${DAY}:r1=2600`]);
    const lines = await listBillingLines(w.store.tables, { tenantId: w.acme, day: DAY, ...day.rated! }, day.rated!);
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

    w.now += HOUR;
    await run();
    expect(await latest(w.acme)).toEqual(day);
    expect(w.meter.told).toHaveLength(2);
  });

  it('counts each record once, in whatever order and however often it arrives', async () => {
    const requests = some(w.acme, 30);
    await book(requests, { arrived: requests.slice(0, 20) });
    const records = requests.map(({ intent, settlement }) => usageRecord(intent, settlement));
    w.lake.arrive(DAY, records.toReversed());
    w.lake.arrive('2026-11-23', records.slice(5, 25));
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
    expect((await latest(w.acme)).rated).toMatchObject({ requests: 30n, nanoUsd: 30n * EACH });
  });

  it('has what the transport lost written again, and what is no record put aside', async () => {
    const requests = some(w.acme, 10);
    await book(requests, { arrived: requests.slice(0, 7) });
    const [, , , , , , , lost] = requests.map(({ intent, settlement }) => usageRecord(intent, settlement));
    w.lake.arrive(DAY, [
      '{"record":"usage"',
      JSON.stringify({ ...lost, input_tokens: -1 }),
      JSON.stringify({ ...lost, output_tokens: 1e9 }),
    ]);
    const report = await run();
    expect(report).toMatchObject({ writtenAgain: 3, quarantined: 3 });
    expect(states(report)).toEqual({ [w.acme]: 'VERIFIED' });
    expect((await latest(w.acme)).rated?.requests).toBe(10n);
    const [kept] = await w.lake.list('quarantine/');
    const lines: unknown[] = [];
    for await (const line of w.lake.read(kept!)) {
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
    await book([...some(w.acme, 2), ...some(w.globex, 2)]);
    const { intent } = requestOf(w.acme, START + HOUR, {});
    await openRequest(w.store.tables, intent);
    const report = await run();
    expect(states(report)).toEqual({ [w.acme]: 'FAILED', [w.globex]: 'VERIFIED' });
    expect(whyOf(report, w.acme)).toContain(intent.requestId);
    const { settlement } = requestOf(w.acme, START + HOUR, { input: 1 });
    await settleRequest(w.store.tables, intent, settlement);
    w.lake.aws([callOf({ intent, settlement })]);
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED', [w.globex]: 'VERIFIED' });
    expect((await latest(w.acme)).rated?.requests).toBe(3n);
  });

  it('does not bill what the book does not know', async () => {
    const [known, forged] = [some(w.acme, 5), some(w.acme, 1)];
    await book(known);
    w.lake.arrive(
      DAY,
      forged.map(({ intent, settlement }) => usageRecord(intent, settlement)),
    );
    const report = await run();
    expect(states(report)).toEqual({ [w.acme]: 'FAILED' });
    expect(whyOf(report, w.acme)).toMatch(/1 records in the lake are unknown to the book: /);
    expect(w.meter.told).toEqual([]);
  });

  it('is not rated without a price, and other tenants’ days go on', async () => {
    await book([...some(w.acme, 2, { model: 'claude-new-9' }), ...some(w.globex, 2)]);
    const report = await run();
    expect(states(report)).toEqual({ [w.acme]: 'FAILED', [w.globex]: 'VERIFIED' });
    expect(whyOf(report, w.acme)).toMatch(/no price .* was in force: claude-new-9 in eu-central-1/);
  });

  it('prices each request by the instant at which it began', async () => {
    const noon = START + 12 * HOUR;
    const at = (startedAt: number) => requestOf(w.acme, startedAt, { output: 10 });
    await book([
      at(noon - 1),
      at(noon),
      at(noon + 1),
      requestOf(w.acme, noon - 1_000, { output: 10 }, { settled: { settledAt: noon + 9_000 } }),
    ]);
    const dearer = price({ from: noon, perToken: { ...PER_TOKEN, output: 30_000 } });
    await run({ prices: async () => [...PRICES, dearer] });
    expect((await latest(w.acme)).rated?.nanoUsd).toBe(2n * 250_000n + 2n * 300_000n);
  });

  it('keeps the platform’s own calls in the count, and off the bill', async () => {
    await book([
      ...some(w.acme, 1),
      ...some(w.acme, 1, { callerType: 'provisioning', settled: { flags: ['not_charged'] } }),
    ]);
    await run();
    expect((await latest(w.acme)).rated).toMatchObject({ requests: 2n, nanoUsd: EACH });
  });

  it('is a new revision when it is counted anew after it was told, and the one before stays as it was', async () => {
    await book(some(w.acme, 4));
    await run();
    const first = await latest(w.acme);
    await book(some(w.acme, 1));
    w.now += 24 * HOUR;
    await run();
    const [stood, second] = await listBillingDays(w.store.tables, w.acme, '2026-11');
    expect(stood).toEqual({ ...first, supersededBy: 2, version: first.version + 1 });
    expect(second).toMatchObject({ revision: 2, state: 'VERIFIED', push: { microUsd: 6_500n } });
    expect(w.meter.told.at(-1)).toBe(`${w.acme}:${DAY}:r2=6500`);
  });

  it('belongs to the day on which a request began, by UTC', async () => {
    const edges = [START - 1, START, START + 24 * HOUR - 1, START + 24 * HOUR].map((at) =>
      requestOf(w.acme, at, { output: 1 }),
    );
    await book(edges);
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
    expect((await latest(w.acme)).rated?.requests).toBe(2n);
  });

  it('that is not over is not billed', async () => {
    w.now = START + 23 * HOUR;
    await expect(run()).rejects.toThrow('2026-11-22 is not over');
  });
});

describe('the gate', () => {
  it('stays closed where AWS knows of a call that the book has not', async () => {
    const requests = some(w.acme, 20);
    await book(requests.slice(0, 16), { seen: requests });
    const report = await run();
    expect(states(report)).toEqual({ [w.acme]: 'DRIFT_BLOCKED' });
    expect(whyOf(report, w.acme)).toMatch(/4 only in CloudTrail; 3 may differ/);
    expect((await latest(w.acme)).drift?.reports.find(({ leg }) => leg === 'requests')).toMatchObject({
      onlyTheirs: 4,
      sampleTheirs: requests
        .slice(16)
        .map((one) => one.settlement.bedrockRequestId)
        .sort(),
    });
    expect(w.meter.told).toEqual([]);
  });

  it('stays closed where as much is missing as is extra', async () => {
    const requests = some(w.acme, 105);
    await book(requests.slice(0, 100), { seen: requests.slice(5) });
    expect(states(await run())).toEqual({ [w.acme]: 'DRIFT_BLOCKED' });
  });

  it.each(['cloudtrail', 'invocations'] as const)(
    'stays closed without %s, and opens when that has come',
    async (source) => {
      const requests = some(w.acme, 3);
      await book(requests, { seen: [] });
      w.lake.aws(requests.map(callOf), [source === 'cloudtrail' ? 'invocations' : 'cloudtrail']);
      const report = await run();
      expect(states(report)).toEqual({ [w.acme]: 'DRIFT_BLOCKED' });
      expect(whyOf(report, w.acme)).toMatch(/nothing of the day at all/);
      w.lake.aws(requests.map(callOf), [source]);
      expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
    },
  );

  it('stays closed while a source lags behind', async () => {
    const early = some(w.acme, 400);
    const late = [requestOf(w.acme, START + 20 * HOUR, { output: 1 })];
    await book([...early, ...late], { seen: early });
    const report = await run();
    expect(whyOf(report, w.acme)).toMatch(/is not complete yet/);
    w.lake.aws(late.map(callOf));
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
  });

  it('opens where the day’s last request reached AWS after midnight', async () => {
    const [morning, last] = [some(w.acme, 5), requestOf(w.acme, START + 24 * HOUR - 200, { output: 1 })];
    await book([...morning, last], { seen: morning });
    w.lake.aws([{ ...callOf(last), at: START + 24 * HOUR + 300 }]);
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
  });

  it('stays closed where AWS counts other tokens', async () => {
    const requests = some(w.acme, 10);
    const cheaper = requests.map((one) => ({ ...callOf(one), tokens: { ...callOf(one).tokens, output: 9 } }));
    await book(requests, { seen: [] });
    w.lake.aws(cheaper);
    expect(whyOf(await run(), w.acme)).toMatch(/10 have other tokens there/);
  });

  it('takes CloudTrail’s copies for one, and what Bedrock refused for nothing', async () => {
    const requests = some(w.acme, 5);
    await book(requests);
    w.lake.aws(requests.map(callOf));
    const throttled = requests.map((one, n) => ({
      ...callOf(one),
      bedrockRequestId: `throttled-${n}`,
      errorCode: 'ThrottlingException',
    }));
    w.lake.aws(throttled, ['cloudtrail']);
    // Two strays, each of them twice: four would close the gate.
    const strays = some(w.acme, 2).map(callOf);
    w.lake.aws(strays);
    w.lake.aws(strays);
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
  });

  it('closes for a tenant of whose use nothing is left but what AWS knows', async () => {
    const lost = some(w.globex, 2);
    await book(some(w.acme, 1));
    w.lake.aws([...lost, ...some(parseTenantId('nobody')!, 1)].map(callOf));
    const report = await run();
    expect(states(report)).toEqual({ [w.acme]: 'VERIFIED', [w.globex]: 'DRIFT_BLOCKED' });
    expect(whyOf(report, w.globex)).toMatch(/of 2 requests 0 are only in our books, 2 only in CloudTrail/);
  });

  it('of one tenant is none of another’s', async () => {
    const [ours, theirs] = [some(w.acme, 10), some(w.globex, 10)];
    await book([...ours, ...theirs], { seen: ours });
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED', [w.globex]: 'DRIFT_BLOCKED' });
  });
});

it('an estimate gives way to what Bedrock’s log tells, once', async () => {
  const orphan = requestOf(
    w.acme,
    START + HOUR,
    { input: 100, output: 200 },
    { outcome: 'ORPHAN', settled: { flags: ['orphan', 'usage_unknown'] } },
  );
  const { bedrockRequestId: _, ...estimate } = orphan.settlement;
  await openRequest(w.store.tables, orphan.intent);
  await settleRequest(w.store.tables, orphan.intent, estimate);
  w.lake.arrive(DAY, [usageRecord(orphan.intent, estimate)]);
  w.lake.aws([{ ...callOf(orphan), tokens: { input: 90, output: 40, cacheRead: 5, cacheWrite: 6 } }]);
  const report = await run();
  expect(report).toMatchObject({ corrected: 1, tenants: [{ day: { state: 'VERIFIED', rated: { requests: 1n } } }] });
  const { settlement } = (await getRequest(w.store.tables, w.acme, orphan.intent.requestId))!;
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
      w.store.tables,
      { id: `evt_${w.tests}_${++reports}`, type: 'x' },
      [{ tenantId: w.acme, day: DAY, revision, ...REPORT, reportedAt }],
      reportedAt,
    );
  const SAID = 'the payment service does not count it: No such customer: cus_x (meter_event_customer_not_found)';

  it('fails the day with what it said, as soon as it has said it, and is told again by the next run', async () => {
    await book(some(w.acme, 1));
    const deaf = { ...w.meter.payment, readDay: async () => ({ outcome: 'read', microUsd: 0n }) as const };
    let pauses = 0;
    const first = await run({
      payment: deaf,
      pause: async () => {
        pauses += 1;
        await report(1, w.now + 1_000);
      },
    });
    expect(whyOf(first, w.acme)).toBe(SAID);
    expect(await latest(w.acme)).toMatchObject({ state: 'FAILED', failure: { step: 'verify', why: SAID } });
    expect(pauses).toBe(1);
    w.now += HOUR;
    expect(whyOf(await run({ payment: deaf }), w.acme)).toBe(
      `the meter says 0 micro-USD, and was told 1300; of an earlier try ${SAID}`,
    );
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED' });
    expect(new Set(w.meter.told)).toEqual(new Set([`${w.acme}:${DAY}:r1=1300`]));
  });

  it('is not VERIFIED by an earlier revision’s value that is the same', async () => {
    await book(some(w.acme, 1));
    await run();
    await book([requestOf(w.acme, START + HOUR, {})]);
    w.now += HOUR;
    await report(2, w.now);
    const pushDay: typeof w.meter.payment.pushDay = async () => ({ outcome: 'accepted' });
    expect(whyOf(await run({ payment: { ...w.meter.payment, pushDay } }), w.acme)).toBe(SAID);
  });

  it('fails a VERIFIED day, which the next run tells again', async () => {
    await book([...some(w.acme, 1), ...some(w.globex, 1)]);
    await run();
    const verified = await latest(w.acme);
    await report(1, w.now - 1);
    expect(await latest(w.acme)).toEqual(verified);
    await report(1, w.now + 1_000);
    expect(await latest(w.acme)).toMatchObject({
      state: 'FAILED',
      failure: { step: 'verify', why: SAID, at: w.now + 1_000 },
    });
    expect(await listUnfinishedBillingDays(w.store.tables, 100)).toContainEqual({
      tenantId: w.acme,
      day: DAY,
      revision: 1,
    });
    w.now += HOUR;
    expect(states(await run())).toEqual({ [w.acme]: 'VERIFIED', [w.globex]: 'VERIFIED' });
    expect(w.meter.told.filter((one) => one.startsWith(w.acme))).toEqual([
      `${w.acme}:${DAY}:r1=1300`,
      `${w.acme}:${DAY}:r1=1300`,
    ]);
  });
});

it('a day that somebody else writes in between is read anew, and stops no other’s', async () => {
  await book([...some(w.acme, 1), ...some(w.globex, 1)]);
  let written = 0;
  const pushDay: typeof w.meter.payment.pushDay = async (push) => {
    const day = await getLatestBillingDay(w.store.tables, push.tenantId, DAY);
    if (push.tenantId === w.acme && day && ++written === 1) await recordBillingDay(w.store.tables, day, day);
    return w.meter.payment.pushDay(push);
  };
  expect(states(await run({ payment: { ...w.meter.payment, pushDay } }))).toEqual({
    [w.acme]: 'VERIFIED',
    [w.globex]: 'VERIFIED',
  });
  expect(new Set(w.meter.told).size).toBe(2);
  expect(w.said).toContain(`${w.acme} ${DAY} was changed by somebody else; it is read anew`);
});

it('two runs do not work side by side', async () => {
  await book(some(w.acme, 1));
  const both = await Promise.all([runDay(depsOf(w), DAY), runDay(depsOf(w), DAY)]);
  expect(both.filter((one) => one === 'busy')).toHaveLength(1);
});
