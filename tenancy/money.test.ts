import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimalUsd, formatUsd, parseUsd } from './money.ts';

it.each([
  [0n, '$0.00'],
  [4_999_999n, '$0.00'],
  [5_000_000n, '$0.01'],
  [14_999_999n, '$0.01'],
  [10_000_000n, '$0.01'],
  [1_000_000_000n, '$1.00'],
  [1_234_500_000_000n, '$1234.50'],
  [999_995_000_000n, '$1000.00'],
  [-5_000_000n, '-$0.01'],
  [-1_050_000_000n, '-$1.05'],
  [123_456_789_012_345_678_901_000_000_000n, '$123456789012345678901.00'],
])('%d nano-dollars read %s', (nanoUsd, text) => {
  expect(formatUsd(nanoUsd)).toBe(text);
});

it('is within half a cent of the amount, always with two places', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (nanoUsd) => {
      const [, sign, dollars, cents] = /^(-?)\$([0-9]+)\.([0-9]{2})$/.exec(formatUsd(nanoUsd))!;
      const read = (BigInt(dollars!) * 100n + BigInt(cents!)) * 10_000_000n * (sign ? -1n : 1n);
      const off = read - nanoUsd;
      expect(off <= 5_000_000n && off >= -5_000_000n).toBe(true);
    }),
    { seed: 5, numRuns: 500 },
  );
});

it.each([
  [0n, '0.00'],
  [1n, '0.000000001'],
  [375_000n, '0.000375'],
  [3_200_000_000n, '3.20'],
  [1_005_000_000n, '1.005'],
  [-1_500_000_000n, '-1.50'],
  [2n ** 70n, '1180591620717.411303424'],
])('%d nano-dollars are %s dollars', (nanoUsd, text) => {
  expect(decimalUsd(nanoUsd)).toBe(text);
});

it('decimal dollars are exact, whatever the amount', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), (nanoUsd) => {
      const text = decimalUsd(nanoUsd);
      expect(text).toMatch(/^-?(0|[1-9]\d*)\.\d{2}(\d{0,6}[1-9])?$/);
      const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)\.(\d+)$/.exec(text) ?? [];
      expect(BigInt(`${sign}${whole}${fraction.padEnd(9, '0')}`)).toBe(nanoUsd);
    }),
  );
});

it('decimal dollars are read back exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), (nanoUsd) => {
      expect(parseUsd(decimalUsd(nanoUsd))).toBe(nanoUsd);
    }),
  );
});

it.each([
  ['0', 0n],
  ['12', 12_000_000_000n],
  ['12.5', 12_500_000_000n],
  ['0.000000001', 1n],
  ['-0.5', -500_000_000n],
  // What a float would make another number of.
  ['9007199.254740993', 9_007_199_254_740_993n],
])('%s dollars are %d nano-dollars', (text, nanoUsd) => {
  expect(parseUsd(text)).toBe(nanoUsd);
});

it.each(['', '-', '.5', '5.', '1e3', '0x10', '01', '1,000', ' 1', '1.0000000001', '1\n', 'Infinity', '9'.repeat(31)])(
  '%j is no amount of dollars',
  (text) => {
    expect(parseUsd(text)).toBeNull();
  },
);
