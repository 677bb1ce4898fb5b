import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  ASSUMED,
  costLines,
  PRICES,
  SHAPES,
  streamSeconds,
  tokenBill,
  totalCost,
  writeCostModel,
} from '../bench/cost-model.ts';
import { between } from '../bench/marks.ts';

it('docs/cost-model.md has the tables that `npm run cost` prints', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/cost-model.md'), 'utf8');
  expect(text).toBe(between(text, 'cost', writeCostModel()));
});

it('adds up by hand for the long answer', () => {
  const [, , long] = SHAPES;
  if (!long) throw new Error('no such shape');
  expect(streamSeconds(long)).toBeCloseTo(2.5 + 10_000 / 60);
  const of = (part: string) => costLines(long).find(({ item }) => item.startsWith(part))?.usdPerMillion;
  expect(of('GB-s while')).toBeCloseTo(169.1667 * 0.5 * 13.3334, 1);
  expect(of('gates extended')).toBeCloseTo(3 * 2 * 0.7625);
  expect(of('switches and gates')).toBeCloseTo(56 * 4 * 0.1525);
  expect(of('REST requests')).toBeCloseTo(3.7);
  expect(tokenBill(long, 'Claude Sonnet 4.5')).toBe(3_000 + 21_000 + 15_000 + 150_000);
  expect(totalCost(long)).toBeCloseTo(costLines(long).reduce((sum, { usdPerMillion }) => sum + usdPerMillion, 0));
});

it('has a source for every price, and no price or assumption that is not positive', () => {
  for (const { usd, per, of } of Object.values(PRICES)) {
    expect(usd).toBeGreaterThan(0);
    expect(per && of).toBeTruthy();
  }
  expect(Object.values(ASSUMED).every((value) => value > 0)).toBe(true);
});
