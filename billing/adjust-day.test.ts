import { expect, it } from 'vitest';
import { openPeriod } from '../tenancy/billing-period.ts';
import { listAdjustments, recordBillingPeriod } from '../tenancy/table/billing-periods.ts';
import { applyMeterErrors } from '../tenancy/table/stripe-events.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import { requestOf } from './day.fixture.ts';
import {
  bookRequests,
  DAY,
  EACH,
  HOUR,
  latestOf,
  runOnce,
  START,
  some,
  statesOf,
  subscribe,
  tenantIdOf,
  useWorld,
  whyOf,
} from './run.fixture.ts';

const w = useWorld();
const DAY_MS = 24 * HOUR;
const close = (tenantId: TenantId, state: 'CLOSED' | 'CLOSING') =>
  recordBillingPeriod(w.store.tables, null, { ...openPeriod(tenantId, '2026-11'), state });
const adjustments = async (tenantId = w.acme) =>
  (await listAdjustments(w.store.tables, tenantId)).map(({ landsIn, nanoUsd, revision, reason }) => ({
    landsIn,
    nanoUsd,
    revision,
    reason,
  }));

it('a day before the subscription is billed with the month of today; the meter is not told of it', async () => {
  const [late, early] = [tenantIdOf(`late-${w.tests}`), tenantIdOf(`early-${w.tests}`)];
  const strangers = tenantIdOf(`strangers-${w.tests}`);
  await subscribe(w, late, START + DAY_MS);
  await subscribe(w, early, START + DAY_MS - 1);
  await bookRequests(w, [...some(late, 1), ...some(early, 1), ...some(strangers, 1)]);
  const tenants = async function* () {
    yield* [late, early, strangers];
  };
  const report = await runOnce(w, { tenants });
  expect(statesOf(report)).toEqual({ [late]: 'APPROVED', [early]: 'VERIFIED', [strangers]: 'FAILED' });
  expect(whyOf(report, strangers)).toMatch(/no customer yet/);
  expect(w.meter.told).toEqual([`${early}:${DAY}:r1=1300`]);
  expect(await latestOf(w, late)).toMatchObject({ adjustedIn: '2026-11' });
  const reason = 'the day ended before the subscription began';
  expect(await adjustments(late)).toEqual([{ landsIn: '2026-11', nanoUsd: EACH, revision: 1, reason }]);
  w.now += HOUR;
  const before = await latestOf(w, late);
  await runOnce(w, { tenants });
  expect(await latestOf(w, late)).toEqual(before);
});

it('a day that is too old for the meter is billed with the month of today', async () => {
  await bookRequests(w, some(w.acme, 2));
  w.now = START + 31 * DAY_MS - 1;
  expect(statesOf(await runOnce(w))).toEqual({ [w.acme]: 'VERIFIED' });
  await bookRequests(w, some(w.globex, 2));
  w.now = START + 31 * DAY_MS;
  await runOnce(w);
  expect(w.meter.told).toEqual([`${w.acme}:${DAY}:r1=2600`]);
  expect(await adjustments(w.globex)).toEqual([
    { landsIn: '2026-12', nanoUsd: 2n * EACH, revision: 1, reason: 'the day is too old for the meter' },
  ]);
});

it('what becomes known after its month was closed is billed with that of today, however often', async () => {
  await bookRequests(w, some(w.acme, 1));
  await runOnce(w);
  await close(w.acme, 'CLOSED');
  w.now = START + 10 * DAY_MS;
  await bookRequests(w, some(w.acme, 1));
  await runOnce(w);
  await runOnce(w);
  const first = { landsIn: '2026-12', nanoUsd: EACH, revision: 2, reason: '2026-11 was closed' };
  expect(await adjustments()).toEqual([first]);
  w.now = Date.UTC(2027, 0, 2);
  await bookRequests(w, some(w.acme, 3));
  await runOnce(w);
  expect(await adjustments()).toEqual([first, { ...first, landsIn: '2027-01', nanoUsd: 3n * EACH, revision: 3 }]);
  expect(w.meter.told).toEqual([`${w.acme}:${DAY}:r1=1300`]);
  expect(await latestOf(w, w.acme)).toMatchObject({ revision: 3, adjustedIn: '2027-01' });
});

it('a month that is being closed still takes its own days', async () => {
  await close(w.acme, 'CLOSING');
  await bookRequests(w, some(w.acme, 1));
  w.now = Date.UTC(2026, 11, 2);
  expect(statesOf(await runOnce(w))).toEqual({ [w.acme]: 'VERIFIED' });
  expect(await adjustments()).toEqual([]);
});

it('what was told before is read back before it is adjusted', async () => {
  await bookRequests(w, some(w.acme, 1));
  const deaf = { ...w.meter.payment, readDay: async () => ({ outcome: 'read', microUsd: 0n }) as const };
  await runOnce(w, { payment: deaf });
  // It is told again by the next run, which dies before it has read that back.
  const dies = async (): Promise<never> => {
    throw new Error('died');
  };
  await expect(runOnce(w, { payment: { ...w.meter.payment, readDay: dies } })).rejects.toThrow('died');
  expect(await latestOf(w, w.acme)).toMatchObject({ state: 'PUSHED' });
  await close(w.acme, 'CLOSED');
  w.now = Date.UTC(2026, 11, 2);
  await bookRequests(w, some(w.acme, 1));
  expect(whyOf(await runOnce(w, { payment: deaf }), w.acme)).toMatch(/the meter says 0 micro-USD/);
  expect(await adjustments()).toEqual([]);
  await runOnce(w);
  expect(await adjustments()).toMatchObject([{ nanoUsd: EACH, revision: 2 }]);
});

it('a value that the meter is known not to have is no reason for a smaller adjustment', async () => {
  await bookRequests(w, some(w.acme, 1));
  await runOnce(w);
  const said = { code: 'meter_event_customer_not_found', message: 'No such customer', reportedAt: w.now + 1 };
  const error = { tenantId: w.acme, day: DAY, revision: 1, ...said };
  await applyMeterErrors(w.store.tables, { id: `evt_${w.tests}`, type: 'x' }, [error], w.now + 1);
  await close(w.acme, 'CLOSED');
  await bookRequests(w, some(w.acme, 1));
  w.meter.values.clear();
  w.now = Date.UTC(2026, 11, 2);
  await runOnce(w, { payment: { ...w.meter.payment, pushDay: async () => ({ outcome: 'accepted' }) } });
  expect(await adjustments()).toEqual([]);
});

it('a correction that leaves less than nothing for the meter is a credit', async () => {
  // A day of 499 nano-USD, and one of 499 that tips the sum over half a micro-dollar, which so comes to 1.
  const one = (at: number, cacheRead: number) => requestOf(w.acme, at, { cacheRead });
  const [first, second] = [one(START - DAY_MS + HOUR, 1), one(START + HOUR, 1)];
  const odd = [{ modelId: 'claude-opus-5-5', book: 'charge', from: 0, perToken: perRead(499) }] as const;
  await bookRequests(w, [first, second]);
  await runOnce(w, { prices: async () => odd }, '2026-11-21');
  await runOnce(w, { prices: async () => odd });
  expect(w.meter.told).toEqual([`${w.acme}:2026-11-21:r1=0`, `${w.acme}:${DAY}:r1=1`]);
  const cheaper = [{ ...odd[0], perToken: perRead(0) }];
  await runOnce(w, { prices: async () => cheaper }, '2026-11-21');
  expect(await adjustments()).toEqual([
    {
      landsIn: '2026-11',
      nanoUsd: -499n,
      revision: 2,
      reason: 'a correction leaves less than nothing for the meter',
    },
  ]);
});

const perRead = (cacheRead: number) => ({ input: 1, output: 1, cacheRead, cacheWrite5m: 1, cacheWrite1h: 1 });
