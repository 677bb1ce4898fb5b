import { expect, it } from 'vitest';
import { chargeLine } from './billed-month.fixture.ts';
import { type MarginDay, marginOf, marginsBy, sumMargins } from './margin.ts';

const of = (model: string, charge: bigint, cost: bigint | null): MarginDay => ({
  lines: [chargeLine(charge, 1, { model }), ...(cost === null ? [] : [chargeLine(cost, 1, { model, book: 'cost' })])],
  isCostKnown: cost !== null,
});

it('is charge less cost, by name, in the order of names', () => {
  const margins = marginsBy([of('b', 10n, 4n), of('a', 7n, 9n), of('b', 1n, 1n)], ({ model }) => model);
  expect(margins).toEqual([
    { name: 'a', chargeNanoUsd: 7n, costNanoUsd: 9n },
    { name: 'b', chargeNanoUsd: 11n, costNanoUsd: 5n },
  ]);
  expect(margins.map(marginOf)).toEqual([-2n, 6n]);
  expect(sumMargins(margins)).toEqual({ chargeNanoUsd: 18n, costNanoUsd: 14n });
});

it('is not known, and never the whole charge, where a cost is not', () => {
  const margins = marginsBy([of('a', 7n, 9n), of('b', 10n, null), of('b', 10n, 4n)], ({ model }) => model);
  expect(margins.map(marginOf)).toEqual([-2n, null]);
  expect(marginOf(sumMargins(margins))).toBeNull();
  expect(sumMargins([])).toEqual({ chargeNanoUsd: 0n, costNanoUsd: 0n });
});
