import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimalUsd, formatUsd } from './money.ts';

it.each([
  [0n, '0.00', '$0.00'],
  [1n, '0.000000001', '$0.00'],
  [375_000n, '0.000375', '$0.00'],
  [3_200_000_000n, '3.20', '$3.20'],
  [50_000_000_000n, '50.00', '$50.00'],
  [1_005_000_000n, '1.005', '$1.01'],
  [-1_500_000_000n, '-1.50', '-$1.50'],
  [2n ** 70n, '1180591620717.411303424', '$1180591620717.41'],
])('%s nano-USD are %s dollars, %s for people', (nanoUsd, decimal, text) => {
  expect(decimalUsd(nanoUsd)).toBe(decimal);
  expect(formatUsd(nanoUsd)).toBe(text);
});

it('decimal dollars are exact, whatever the amount', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 90n), 2n ** 90n), (nanoUsd) => {
      const text = decimalUsd(nanoUsd);
      expect(text).toMatch(/^-?(0|[1-9]\d*)\.\d{2}(\d{0,6}[1-9])?$/);
      const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)\.(\d+)$/.exec(text) ?? [];
      expect(BigInt(`${sign}${whole}${fraction.padEnd(9, '0')}`)).toBe(nanoUsd);
    }),
  );
});
