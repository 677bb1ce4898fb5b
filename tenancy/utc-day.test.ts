import { expect, it } from 'vitest';
import { dayOf, daysOf, monthAfter, startOfDay } from './utc-day.ts';

it.each(['2026-02-29', '2026-11-31', '2026-13-01', '2026-1-1', '', '2026-11-22T00', '+02026-11-22'])(
  '%j is no day',
  (day) => {
    expect(() => startOfDay(day)).toThrow(RangeError);
  },
);

it.each<[string, number, string]>([
  ['2024-02', 29, '2024-03'],
  ['2026-02', 28, '2026-03'],
  ['2100-02', 28, '2100-03'],
  // Clocks are put forward and back in these, elsewhere.
  ['2026-03', 31, '2026-04'],
  ['2026-10', 31, '2026-11'],
  ['2026-12', 31, '2027-01'],
])('%s has %i days', (month, count, next) => {
  const days = daysOf(month);
  expect(days).toHaveLength(count);
  expect(days.map((day) => dayOf(startOfDay(day)))).toEqual(days);
  expect(days.map((day) => dayOf(startOfDay(day) + 86_399_999))).toEqual(days);
  expect(monthAfter(month)).toBe(next);
});
