import { expect, it } from 'vitest';
import { startBillingDay } from '../tenancy/billing-day.ts';
import { NO_TOKEN_SUMS } from '../tenancy/rating.ts';
import { alarmsOf } from './alarms.ts';
import type { JobReport } from './job.ts';
import { tenantIdOf } from './run.fixture.ts';

const ACME = tenantIdOf('acme');
const DAY = '2026-11-22';
const OVER = Date.UTC(2026, 10, 23);
const DAY_MS = 86_400_000;
const rated = {
  requests: 1n,
  regions: [],
  tokens: NO_TOKEN_SUMS,
  nanoUsd: 1n,
  costNanoUsd: 1n,
  lines: 0,
  inputsHash: 'x',
  at: 1,
};
const blocked = { ...startBillingDay(ACME, DAY), state: 'DRIFT_BLOCKED' as const, rated };
const report = (more: Partial<JobReport['days'][number]> = {}, job: Partial<JobReport> = {}): JobReport => ({
  days: [{ day: DAY, quarantined: 0, writtenAgain: 0, corrected: 0, tenants: [], ...more }],
  broken: [],
  left: [],
  months: [],
  ...job,
});

it('lines in quarantine, a run that broke off and a price that is missing are somebody’s to look at', () => {
  const unpriced = { ...blocked, state: 'VERIFIED' as const, rated: { ...rated, costNanoUsd: null } };
  const broken = [{ day: '2026-11-20', why: 'damaged' }];
  const tenants = [{ tenantId: ACME, day: unpriced }];
  expect(alarmsOf(report({ quarantined: 2, tenants }, { broken }), OVER)).toEqual([
    { event: 'billing_day_broken', day: '2026-11-20', why: 'damaged' },
    { event: 'billing_lines_quarantined', day: DAY, count: 2 },
    { event: 'billing_cost_unknown', day: DAY, tenants: [ACME] },
  ]);
  expect(alarmsOf(report(), OVER + 90 * DAY_MS)).toEqual([]);
});

it('a day that is not billed a day after it was over is late, and not before', () => {
  const one = report({ tenants: [{ tenantId: ACME, day: blocked, why: 'CloudTrail is not complete yet' }] });
  expect(alarmsOf(one, OVER + DAY_MS - 1)).toEqual([]);
  expect(alarmsOf(one, OVER + DAY_MS)).toEqual([
    { event: 'billing_day_late', day: DAY, tenant: ACME, why: 'CloudTrail is not complete yet' },
  ]);
  const settled = report({ tenants: [{ tenantId: ACME, day: { ...blocked, adjustedIn: '2026-11' } }] });
  expect(alarmsOf(settled, OVER + DAY_MS)).toEqual([]);
});

it('a month that waits a week after it was over is late', () => {
  const month = { tenantId: ACME, month: '2026-10', state: 'CLOSING', isBlocked: false, why: 'it waits' } as const;
  const week = Date.UTC(2026, 10, 8);
  expect(alarmsOf(report({}, { months: [month] }), week - 1)).toEqual([]);
  expect(alarmsOf(report({}, { months: [month] }), week)).toEqual([
    { event: 'billing_month_late', month: '2026-10', tenant: ACME, why: 'it waits' },
  ]);
});
