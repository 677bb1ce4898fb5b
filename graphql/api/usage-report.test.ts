import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REGIONS } from '../../tenancy/region.ts';
import { COUNT_NAMES, type Counts, NO_COUNTS, sumOf } from '../../tenancy/rollup.ts';
import type { UsageSum } from '../../tenancy/table/usage-sums.ts';
import { DIMENSIONS, daysFrom } from './usage-plan.ts';
import { MAX_SERIES, passes, usageCounts, usageReport } from './usage-report.ts';

const counts = fc
  .tuple(...COUNT_NAMES.map(() => fc.bigInt({ min: 0n, max: 2n ** 80n })))
  .map((all) => Object.fromEntries(COUNT_NAMES.map((name, n) => [name, all[n]])) as Counts);
const two = (n: number) => String(n).padStart(2, '0');
const hour: fc.Arbitrary<UsageSum> = fc.record({
  slot: fc
    .record({
      window: fc
        .tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 23 }))
        .map(([day, at]) => `2026-02-${two(day)}T${two(at)}`),
      identityId: fc.constantFrom('anna', 'ben', 'cora'),
      keyId: fc.constantFrom('k1', 'k2', undefined),
      sessionId: fc.constantFrom('s1', 's2', undefined),
      model: fc.constantFrom('opus', 'haiku'),
      region: fc.constantFrom(...REGIONS),
    })
    .map(({ keyId, sessionId, ...rest }) => ({
      ...rest,
      ...(keyId === undefined ? {} : { keyId }),
      ...(sessionId === undefined ? {} : { sessionId }),
    })),
  counts,
});
const hours = fc.array(hour, { maxLength: 60 });
const groupBy = fc.subarray([...DIMENSIONS]).map((all) => new Set(all));
const grain = fc.constantFrom('hour' as const, 'day' as const, 'month' as const);

describe('a report', () => {
  it('has all of it in its series, and all of a series in its points', () => {
    fc.assert(
      fc.property(hours, groupBy, grain, (all, by, size) => {
        const { series, totals } = usageReport(all, by, size);
        expect(totals).toEqual(sumOf(all.map((one) => one.counts)));
        expect(sumOf(series.map((one) => one.totals))).toEqual(totals);
        for (const { points, totals: ofSeries } of series) {
          expect(sumOf(points.map((point) => point.counts))).toEqual(ofSeries);
          const starts = points.map(({ start }) => start);
          expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
        }
        const names = series.map(({ name }) => JSON.stringify(name));
        expect(new Set(names).size).toBe(names.length);
        if (by.size === 0) expect(series.length).toBe(all.length === 0 ? 0 : 1);
        const costs = series.map((one) => one.totals.nanoUsd);
        expect(costs).toEqual([...costs].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)));
      }),
    );
  });

  it('of what a filter lets through and of what it does not are all of it', () => {
    const filter = fc.record(
      {
        users: fc.subarray(['anna', 'ben', 'cora']).map((all) => new Set(all)),
        keys: fc.subarray(['k1', 'k2']).map((all) => new Set(all)),
        models: fc.subarray(['opus', 'haiku']).map((all) => new Set(all)),
        regions: fc.subarray([...REGIONS]).map((all) => new Set(all)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(hours, filter, groupBy, (all, only, by) => {
        const among = all.filter((one) => passes(one, only));
        const rest = all.filter((one) => !passes(one, only));
        for (const { slot } of among) {
          expect(only.users?.has(slot.identityId ?? '') ?? true).toBe(true);
          expect(only.keys === undefined || only.keys.has(slot.keyId ?? '')).toBe(true);
          expect(only.models?.has(slot.model) ?? true).toBe(true);
          expect(only.regions?.has(slot.region) ?? true).toBe(true);
        }
        const totals = [among, rest].map((some) => usageReport(some, by, 'day').totals);
        expect(sumOf(totals)).toEqual(usageReport(all, by, 'day').totals);
      }),
    );
  });

  it('does not hang on the order of what it is made of', () => {
    fc.assert(
      fc.property(hours, groupBy, (all, by) => {
        expect(usageReport([...all].reverse(), by, 'day')).toEqual(usageReport(all, by, 'day'));
      }),
    );
  });

  it('has the dearest series, and totals of all', () => {
    const many = Array.from({ length: 300 }, (_, n) => ({
      slot: { window: '2026-02-01T00', identityId: `u${n}`, model: 'opus', region: REGIONS[0] },
      counts: { ...NO_COUNTS, nanoUsd: BigInt(n) },
    }));
    const { series, totals } = usageReport(many, new Set(['user']), 'day');
    expect(series).toHaveLength(MAX_SERIES);
    expect(series[0]?.name).toEqual({ user: 'u299' });
    expect(series.at(-1)?.name).toEqual({ user: 'u100' });
    expect(totals.nanoUsd).toBe((299n * 300n) / 2n);
  });
});

it('a sum that does not say whose it is passes no filter by user', () => {
  const slot = { window: '2026-02-01', model: 'opus', region: REGIONS[0] };
  expect(passes({ slot, counts: NO_COUNTS }, {})).toBe(true);
  expect(passes({ slot, counts: NO_COUNTS }, { users: new Set(['anna']) })).toBe(false);
});

it('a month begins with its first day', () => {
  const slot = { window: '2026-02', identityId: 'anna', model: 'opus', region: REGIONS[0] };
  const { series } = usageReport([{ slot, counts: NO_COUNTS }], new Set(['user']), 'month');
  expect(series[0]?.points[0]?.start).toBe(Date.UTC(2026, 1, 1));
});

it('what is told of money by token class is all of it', () => {
  const nano = (usd: string): bigint => BigInt(Math.round(Number(usd) * 1e9));
  const amount = fc.bigInt({ min: 0n, max: 1_000_000n });
  fc.assert(
    fc.property(fc.tuple(amount, amount, amount, amount, amount, amount), ([a, b, c, d, e, rest]) => {
      const told = usageCounts({
        ...NO_COUNTS,
        nanoUsd: a + b + c + d + e + rest,
        inputNanoUsd: a,
        outputNanoUsd: b,
        cacheReadNanoUsd: c,
        cacheWrite5mNanoUsd: d,
        cacheWrite1hNanoUsd: e,
      });
      const parts = [
        told.inputCostUsd,
        told.outputCostUsd,
        told.cacheReadCostUsd,
        told.cacheWrite5mCostUsd,
        told.cacheWrite1hCostUsd,
        told.unsplitCostUsd,
      ];
      expect(parts.reduce((sum, one) => sum + nano(one), 0n)).toBe(nano(told.costUsd));
    }),
    { seed: 21 },
  );
});

it('days are counted over months and leap days', () => {
  expect(daysFrom('2028-02-28', '2028-03-01')).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
  expect(daysFrom('2026-11-22', '2026-11-22')).toEqual(['2026-11-22']);
  expect(daysFrom('2026-11-22', '2026-11-21')).toEqual([]);
});
