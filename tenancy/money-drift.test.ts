import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeMoney, type MoneyReport, moneyDriftAllowed } from './money-drift.ts';
import { REGIONS } from './region.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

const ACME = parseTenantId('acme') as TenantId;
const HOME = 'eu-central-1';
const USD = 1_000_000_000n;
const CENT = 10_000_000n;

const report = (oursNanoUsd: bigint | null, theirsNanoUsd: bigint, change: Partial<MoneyReport> = {}): MoneyReport => ({
  tenantId: ACME,
  region: HOME,
  source: 'complete',
  oursNanoUsd,
  theirsNanoUsd,
  models: [],
  usageTypes: [],
  ...change,
});

/** Why a month is not closed, by region; empty where it is. */
function why(...reports: readonly MoneyReport[]): string[] {
  const verdict = judgeMoney(
    ACME,
    reports,
    reports.map(({ region }) => region),
  );
  return verdict.open ? [] : verdict.reasons.map(({ kind, region }) => `${region} ${kind}`);
}

describe('of a thousand dollars', () => {
  it.each([
    ['0.9 %', 9n * USD, []],
    ['1.0 %', 10n * USD, []],
    ['a millionth of a cent more', 10n * USD + 10n, ['eu-central-1 drift']],
    ['1.1 %', 11n * USD, ['eu-central-1 drift']],
    ['all but one cent', 1_000n * USD - CENT, ['eu-central-1 drift']],
    ['all', 1_000n * USD, ['eu-central-1 nothing_agrees']],
  ])('%s, missing on either side', (_, apart, closed) => {
    expect(why(report(1_000n * USD - apart, 1_000n * USD))).toEqual(closed);
    expect(why(report(1_000n * USD, 1_000n * USD - apart))).toEqual(closed);
  });
});

describe('of little', () => {
  it.each([
    [10n * CENT, []],
    [10n * CENT + 1n, ['eu-central-1 drift']],
  ])('%i nano-USD of two dollars may stray, or not', (apart, closed) => {
    expect(why(report(2n * USD, 2n * USD - apart))).toEqual(closed);
  });

  it('all of it may not, however little it is', () => {
    expect(why(report(1n, 0n))).toEqual(['eu-central-1 nothing_agrees']);
    expect(why(report(0n, 1n))).toEqual(['eu-central-1 nothing_agrees']);
    expect(why(report(0n, 0n))).toEqual([]);
  });
});

it('what is too much in one region does not make up for what is too little in another', () => {
  const other = { region: 'us-east-1' } as const;
  expect(why(report(110n * USD, 100n * USD), report(90n * USD, 100n * USD, other))).toEqual([
    'eu-central-1 drift',
    'us-east-1 drift',
  ]);
});

it.each(['late', 'absent'] as const)('a bill that is %s closes it, whatever agrees so far', (source) => {
  expect(why(report(USD, USD, { source }))).toEqual([`eu-central-1 source_${source}`]);
  expect(why(report(0n, 0n, { source }))).toEqual([`eu-central-1 source_${source}`]);
  expect(why(report(null, USD, { source }))).toEqual([`eu-central-1 source_${source}`]);
});

it('a cost that is not known agrees with nothing', () => {
  expect(why(report(null, 0n))).toEqual(['eu-central-1 cost_unknown']);
});

it('a region that was used and not compared closes it', () => {
  const another = report(USD, USD, { tenantId: parseTenantId('globex') as TenantId });
  for (const reports of [[], [another]]) {
    expect(judgeMoney(ACME, reports, [HOME])).toEqual({
      open: false,
      reasons: [
        {
          kind: 'not_compared',
          tenantId: ACME,
          region: HOME,
          text: 'acme, eu-central-1: nothing was compared with AWS’s bill',
        },
      ],
    });
  }
  expect(judgeMoney(ACME, [], [])).toEqual({ open: true });
});

it('a reason names the tenant, the region and both sums', () => {
  const texts = (one: MoneyReport) => {
    const verdict = judgeMoney(ACME, [one], []);
    return verdict.open ? [] : verdict.reasons.map(({ text }) => text);
  };
  expect(texts(report(12n * USD + 375_000n, 10n * USD))).toEqual([
    'acme, eu-central-1: our books have 12.000375 USD, AWS’s bill has 10.00 USD: 2.000375 USD apart; 0.12000375 may differ',
  ]);
  expect(texts(report(null, USD))).toEqual([
    'acme, eu-central-1: what it cost is not known, AWS’s bill has 1.00 USD: a price was missing in the book of costs',
  ]);
});

describe('whatever the sums are', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
  const sums = fc.record({ ours: amount, theirs: amount });

  it('a region is open when its sides are equal, or neither is nothing and at most 1 % or 0.10 USD lies between', () => {
    fc.assert(
      fc.property(fc.oneof(sums, near(amount)), ({ ours, theirs }) => {
        const [smaller, larger] = ours < theirs ? [ours, theirs] : [theirs, ours];
        const apart = larger - smaller;
        const little = apart * 100n <= larger || apart <= 10n * CENT;
        expect(why(report(ours, theirs)).length === 0).toBe(apart === 0n || (ours > 0n && theirs > 0n && little));
        expect(why(report(theirs, ours)).length).toBe(why(report(ours, theirs)).length);
        expect(moneyDriftAllowed(ours, theirs)).toBe(moneyDriftAllowed(theirs, ours));
      }),
      { seed: 17, numRuns: 1_000 },
    );
  });

  it('a month is open only when each of its regions is, in any order', () => {
    const month = fc.tuple(fc.oneof(sums, near(amount)), fc.oneof(sums, near(amount)), fc.oneof(sums, near(amount)));
    fc.assert(
      fc.property(month, (sides) => {
        const reports = sides.map(({ ours, theirs }, i) => report(ours, theirs, { region: REGIONS[i] ?? HOME }));
        const each = reports.flatMap((one) => why(one));
        expect(why(...reports)).toEqual(each);
        expect(why(...reports.toReversed()).toSorted()).toEqual(each.toSorted());
      }),
      { seed: 17, numRuns: 300 },
    );
  });
});

/** Two sums about as far apart as they may be. */
function near(amount: fc.Arbitrary<bigint>) {
  return fc.record({ ours: amount, apart: fc.bigInt({ min: -100n, max: 100n }) }).map(({ ours, apart }) => {
    const theirs = ours + (ours * apart) / 5_000n;
    return { ours, theirs: theirs < 0n ? 0n : theirs };
  });
}

it('a cost below zero is no cost', () => {
  expect(() => why(report(-1n, 0n))).toThrow(RangeError);
});
