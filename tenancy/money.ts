const NANO_PER_CENT = 10_000_000n;

/** Nano-USD as dollars and cents for people, rounded to the nearest cent: `$1234.50`. */
export function formatUsd(nanoUsd: bigint): string {
  const sign = nanoUsd < 0n ? '-' : '';
  const amount = nanoUsd < 0n ? -nanoUsd : nanoUsd;
  const cents = (amount + NANO_PER_CENT / 2n) / NANO_PER_CENT;
  return `${sign}$${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

/** Nano-USD as decimal dollars, exactly and without a sign for the currency: `3.20`, `0.000375`. */
export function decimalUsd(nanoUsd: bigint): string {
  const sign = nanoUsd < 0n ? '-' : '';
  const digits = String(nanoUsd < 0n ? -nanoUsd : nanoUsd).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0{1,7}$/, '');
  return `${sign}${digits.slice(0, -9)}.${fraction}`;
}

/** Reads decimal dollars exactly; null for what is no number of at most nine decimals. Never by way of a float. */
export function parseUsd(text: string): bigint | null {
  const [, sign = '', whole, fraction = ''] = /^(-?)(0|[1-9]\d{0,29})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  return whole === undefined ? null : BigInt(`${sign}${whole}${fraction.padEnd(9, '0')}`);
}
