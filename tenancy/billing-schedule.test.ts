import { describe, expect, it } from 'vitest';
import { type BillingDayRun, dueDays, isCountedOut } from './billing-schedule.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);
const ran = (day: string, startedAt: number, more: Partial<BillingDayRun> = {}): BillingDayRun => ({
  day,
  ran: { startedAt, endedAt: startedAt + 1, tenants: 1, settled: 1, quarantined: 0, writtenAgain: 0, corrected: 0 },
  ...more,
});
const SINCE = '2026-11-20';
const due = (runs: readonly BillingDayRun[], now: string, unfinished: readonly string[] = []) =>
  dueDays(runs, unfinished, { since: SINCE, now: at(now) });

describe('a day is due', () => {
  it('when what AWS writes down of it has come, and not while it lasts', () => {
    expect(due([], '2026-11-20T23:59')).toEqual([]);
    expect(due([], '2026-11-21T00:29')).toEqual([]);
    expect(due([], '2026-11-21T00:30')).toEqual(['2026-11-20']);
  });

  it('on three mornings, once on each', () => {
    const first = ran(SINCE, at('2026-11-21T00:30'));
    expect(due([first], '2026-11-22T00:29')).toEqual([]);
    expect(due([first], '2026-11-22T00:30')).toEqual([SINCE, '2026-11-21']);
    const second = ran(SINCE, at('2026-11-22T08:00'));
    expect(due([second, ran('2026-11-21', at('2026-11-22T08:00'))], '2026-11-22T23:00')).toEqual([]);
    const third = ran(SINCE, at('2026-11-23T00:30'));
    expect([first, second, third].map(isCountedOut)).toEqual([false, false, true]);
    expect(due([third], '2027-02-01T00:00')).not.toContain(SINCE);
  });

  it('when nobody ran it for days, from the first that there is something of', () => {
    expect(due([], '2026-11-25T12:00')).toEqual(['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24']);
  });

  it('while it waits for something, after ever longer pauses', () => {
    const pauses = (startedAt: string, hours: number) =>
      [hours * HOUR - 1, hours * HOUR].map((pause) => {
        const now = at(startedAt) + pause;
        return dueDays([ran('2026-11-01', at(startedAt))], ['2026-11-01'], { since: '2027-02-01', now });
      });
    expect(pauses('2026-11-02T12:00', 1)).toEqual([[], ['2026-11-01']]);
    expect(pauses('2026-12-27T00:00', 24)).toEqual([[], ['2026-11-01']]);
    // Nine days old when it was run: a twenty-fourth of its age at the next look.
    expect(pauses('2026-11-11T00:00', 9)).toEqual([[], []]);
    expect(pauses('2026-11-11T00:00', 10)[1]).toEqual(['2026-11-01']);
  });

  it('when somebody asks, however old it is, and once', () => {
    const asked = ran('2026-03-01', at('2026-03-09T00:00'), { askedAt: at('2026-11-22T08:00') });
    const now = '2026-11-20T01:00';
    expect(due([asked], now)).toEqual(['2026-03-01']);
    expect(due([{ ...asked, ...ran('2026-03-01', at('2026-11-22T08:01')) }], now)).toEqual([]);
    expect(due([{ day: '2026-11-20', askedAt: 1 }], now)).toEqual([]);
  });
});
