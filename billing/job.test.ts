import { expect, it } from 'vitest';
import { askForDayRun, listDayRuns, recordDayRun } from '../tenancy/table/billing-day-runs.ts';
import { getBillingPeriod } from '../tenancy/table/billing-periods.ts';
import { dayOf, startOfDay } from '../tenancy/utc-day.ts';
import { type JobDeps, type JobReport, runDue } from './job.ts';
import { bookRequests, DAY, depsOf, HOUR, latestOf, START, some, useWorld } from './run.fixture.ts';
import type { RunDeps } from './run.ts';

const DAY_MS = 24 * HOUR;
const w = useWorld();

const never = async (): Promise<never> => {
  throw new Error('nothing is closed here');
};
const listInvoices = async () => ({ outcome: 'read', invoices: [] }) as const;
/** Days were counted for the last time through this one: a run of nothing takes its time as well. */
async function countedThrough(through: string): Promise<void> {
  const counts = { tenants: 0, settled: 0, quarantined: 0, writtenAgain: 0, corrected: 0 };
  for (let n = 0, at = startOfDay(through); n < 40; n++, at -= DAY_MS) {
    const ran = { startedAt: at + 4 * DAY_MS, endedAt: at + 4 * DAY_MS, ...counts };
    await recordDayRun(w.store.tables, { day: dayOf(at), ran });
  }
}
const deps = (own: Partial<RunDeps> = {}, until = Number.POSITIVE_INFINITY): JobDeps => {
  const { payment, ...rest } = depsOf(w, own);
  const invoices = {
    listInvoices,
    holdInvoice: never,
    adjust: never,
    draftInvoice: never,
    finalizeInvoice: never,
  };
  return { ...rest, payment: { ...payment, ...invoices }, crossCheckMoney: never, until };
};
const job = async (own?: Partial<RunDeps>, until?: number): Promise<JobReport> => {
  const report = await runDue(deps(own, until));
  if (report === 'busy') throw new Error('busy');
  return report;
};
const daysOf = ({ days }: JobReport) => days.map(({ day }) => day);

it('does what is due and nothing else, as often as it is run', async () => {
  w.now = START + DAY_MS + HOUR;
  await countedThrough('2026-11-20');
  await bookRequests(w, some(w.acme, 1));
  await bookRequests(w, some(w.globex, 1), { seen: [] });
  const started = await job();
  expect(daysOf(started)).toEqual(['2026-11-21', DAY]);
  expect((await latestOf(w, w.acme)).state).toBe('VERIFIED');
  expect(await listDayRuns(w.store.tables, DAY, DAY)).toMatchObject([
    { day: DAY, ran: { startedAt: w.now, tenants: 2, settled: 1 } },
  ]);
  expect(daysOf(await job())).toEqual([]);
  // One that waits is looked at again, and every day on three mornings.
  w.now += HOUR;
  expect(daysOf(await job())).toEqual([DAY]);
  await askForDayRun(w.store.tables, '2026-11-02', w.now);
  w.now += 60_000;
  expect(daysOf(await job())).toEqual(['2026-11-02']);
  w.now = START + 2 * DAY_MS + HOUR;
  expect(daysOf(await job())).toEqual(['2026-11-21', DAY, '2026-11-23']);
});

it('leaves what there is no time for, and goes on where a day breaks off', async () => {
  w.now = Date.UTC(2027, 5, 2, 12);
  await countedThrough('2027-05-29');
  const deaf = {
    ...w.lake,
    list: async (prefix: string) => {
      if (prefix.includes('2027-05-30')) throw new Error('the lake is out of order');
      return w.lake.list(prefix);
    },
  };
  const before = await job({}, w.now);
  expect(before.days).toEqual([]);
  expect(before.left).toContain('2027-06-01');
  const report = await job({ lake: deaf });
  expect(report.broken).toEqual([{ day: '2027-05-30', why: 'the lake is out of order' }]);
  expect(daysOf(report)).toContain('2027-06-01');
  expect(daysOf(await job())).toEqual(['2027-05-30']);
});

it('begins to close the month that is over, of those who have a subscription or used something', async () => {
  w.now = Date.UTC(2026, 11, 1, 1);
  const report = await job({}, 0);
  const ours = report.months.filter(({ tenantId }) => tenantId === w.acme);
  expect(ours).toMatchObject([{ month: '2026-11', state: 'CLOSING', why: expect.stringMatching(/^not counted/) }]);
  expect(await getBillingPeriod(w.store.tables, w.acme, '2026-11')).toMatchObject({ state: 'CLOSING' });
});
