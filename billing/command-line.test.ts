import { expect, it } from 'vitest';
import { startBillingDay } from '../tenancy/billing-day.ts';
import { NO_TOKEN_SUMS } from '../tenancy/rating.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { isHeld, readCommand, reportJson, reportLines } from './command-line.ts';
import type { DayReport } from './run.ts';

const YESTERDAY = '2026-11-21';

it.each([
  [[], { day: YESTERDAY, json: false }],
  [['--date', '2026-11-02', '--json'], { day: '2026-11-02', json: true }],
  [['--platform', '/p.json'], { day: YESTERDAY, json: false, platform: '/p.json' }],
  [['-h'], 'help'],
])('%j is understood', (words, value) => {
  expect(readCommand(words, YESTERDAY)).toEqual({ ok: true, value });
});

it.each([
  [['--date', '2026-02-30'], /not a day: "2026-02-30"/],
  [['--date', 'yesterday'], /not a day/],
  [['2026-11-02'], /named by --date/],
  [['--force'], /--force/],
])('%j is told what is wrong', (words, why) => {
  const read = readCommand(words, YESTERDAY);
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

it('says how far each day came, in dollars, and whether the gate held', () => {
  expect(reportLines(report(blocked, '6 are only in our books'))).toEqual([
    'DRIFT_BLOCKED acme r1  39 requests, $0.015385499  6 are only in our books',
    '2026-11-21: 0 of 1 tenants are billed; 2 lines in quarantine',
  ]);
  expect(reportLines(report(verified))[0]).toBe('VERIFIED      acme r1  39 requests, $0.015385499, told $0.015385');
  expect([isHeld(report(blocked)), isHeld(report(verified))]).toEqual([false, true]);
});

it('gives programs money as decimal text', () => {
  expect(JSON.parse(reportJson(report(verified)))).toMatchObject({
    tenants: [{ day: { rated: { nanoUsd: '15385499' }, push: { microUsd: '15385' } } }],
  });
});
