import { expect, it } from 'vitest';
import { startBillingDay } from '../tenancy/billing-day.ts';
import { NO_TOKEN_SUMS } from '../tenancy/rating.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { isHeld, readCommand, reportJson, reportLines } from './command-line.ts';
import type { JobReport } from './job.ts';
import type { DayReport } from './run.ts';

const YESTERDAY = '2026-11-21';

it.each([
  [[], { json: false }],
  [['--date', '2026-11-02', '--json'], { day: '2026-11-02', json: true }],
  [['--platform', '/p.json'], { json: false, platform: '/p.json' }],
  [['-h'], 'help'],
])('%j is understood', (words, value) => {
  expect(readCommand(words)).toEqual({ ok: true, value });
});

it.each([
  [['--date', '2026-02-30'], /not a day: "2026-02-30"/],
  [['--date', 'yesterday'], /not a day/],
  [['2026-11-02'], /named by --date/],
  [['--force'], /--force/],
])('%j is told what is wrong', (words, why) => {
  const read = readCommand(words);
  expect(read.ok ? '' : read.reason).toMatch(why);
});

const acme = parseTenantId('acme')!;
const rated = {
  requests: 39n,
  tokens: NO_TOKEN_SUMS,
  nanoUsd: 15_385_499n,
  costNanoUsd: null,
  regions: [],
  lines: 4,
  inputsHash: 'x',
  at: 1,
};
const blocked = { ...startBillingDay(acme, YESTERDAY), state: 'DRIFT_BLOCKED' as const, rated };
const verified = {
  ...blocked,
  state: 'VERIFIED' as const,
  push: { microUsd: 15_385n, identifier: 'acme:2026-11-21:usage:r1', plannedAt: 1 },
};
const report = (day: DayReport['tenants'][number]['day'], why?: string): DayReport => ({
  day: YESTERDAY,
  quarantined: 2,
  writtenAgain: 0,
  corrected: 0,
  tenants: [{ tenantId: acme, day, ...(why ? { why } : {}) }],
});

const job = (days: readonly DayReport[], more: Partial<JobReport> = {}): JobReport => ({
  days,
  broken: [],
  left: [],
  months: [],
  ...more,
});

it('says how far each day came, in dollars, and whether the gate held', () => {
  expect(reportLines(job([report(blocked, '6 are only in our books')]))).toEqual([
    'DRIFT_BLOCKED acme r1  39 requests, $0.015385499  6 are only in our books',
    '2026-11-21: 0 of 1 tenants are billed; 2 lines in quarantine',
  ]);
  expect(reportLines(job([report(verified)]))[0]).toBe(
    'VERIFIED      acme r1  39 requests, $0.015385499, told $0.015385',
  );
  expect([blocked, verified].map((day) => isHeld(job([report(day)])))).toEqual([false, true]);
});

it('says what of the months waits, what broke off, and what is left', () => {
  const month = { tenantId: acme, month: '2026-10', state: 'CLOSING', isBlocked: true, why: '1 USD apart' } as const;
  const broken = [{ day: '2026-11-20', why: 'a request is damaged' }];
  expect(reportLines(job([], { broken, left: ['2026-11-21'], months: [month] }))).toEqual([
    '2026-11-20: its run broke off: a request is damaged',
    'CLOSING       acme 2026-10  1 USD apart',
    'left to the next run: 2026-11-21',
  ]);
  expect(reportLines(job([]))).toEqual(['nothing is due']);
  const empty = (day: string): DayReport => ({ day, quarantined: 0, writtenAgain: 0, corrected: 0, tenants: [] });
  const some = [empty('2026-11-19'), report(verified), empty('2026-11-22')];
  expect(reportLines(job(some))[0]).toBe('2026-11-19 to 2026-11-22: 2 days of nothing');
  expect(reportLines(job([empty('2026-11-19')]))).toEqual(['2026-11-19: 0 of 0 tenants are billed']);
  expect([{ broken }, { left: ['2026-11-21'] }, { months: [month] }].map((one) => isHeld(job([], one)))).toEqual([
    false,
    false,
    false,
  ]);
  expect(isHeld(job([], { months: [{ ...month, isBlocked: false }] }))).toBe(true);
  const adjusted = { ...verified, state: 'APPROVED', adjustedIn: '2026-12' } as const;
  expect(isHeld(job([report(adjusted)]))).toBe(true);
  expect(reportLines(job([report(adjusted)]))[0]).toMatch(/^ADJUSTED .*, billed with 2026-12$/);
});

it('gives programs money as decimal text', () => {
  expect(JSON.parse(reportJson(report(verified)))).toMatchObject({
    tenants: [{ day: { rated: { nanoUsd: '15385499' }, push: { microUsd: '15385' } } }],
  });
});
