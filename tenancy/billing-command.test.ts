import { expect, it } from 'vitest';
import { MAX_RERATED_DAYS, whyNoDays } from './billing-command.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

it.each([
  ['one day that is over', '2026-11-21', '2026-11-21', null],
  ['as many as there may be', '2026-09-21', '2026-11-21', null],
  ['one more', '2026-09-20', '2026-11-21', 'too_many'],
  ['today, which is not over', '2026-11-21', '2026-11-22', 'not_over'],
  ['the wrong way around', '2026-11-21', '2026-11-20', 'wrong_order'],
  ['a day that its month has not', '2026-02-29', '2026-03-01', 'no_day'],
  ['no day', '2026-11', '2026-11-21', 'no_day'],
])('days that may be counted again: %s', (_, from, to, why) => {
  expect(whyNoDays({ from, to }, NOW)).toBe(why);
  expect(MAX_RERATED_DAYS).toBe(62);
});

it('the day that has just ended may be counted again', () => {
  const days = { from: '2026-11-22', to: '2026-11-22' };
  expect(whyNoDays(days, Date.parse('2026-11-23T00:00:00Z') - 1)).toBe('not_over');
  expect(whyNoDays(days, Date.parse('2026-11-23T00:00:00Z'))).toBeNull();
});
