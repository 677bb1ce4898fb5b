const NANO_PER_CENT = 10_000_000n;

/** Nano-USD as dollars and cents for people, rounded to the nearest cent: `$1234.50`. */
export function formatUsd(nanoUsd: bigint): string {
  const sign = nanoUsd < 0n ? '-' : '';
  const amount = nanoUsd < 0n ? -nanoUsd : nanoUsd;
  const cents = (amount + NANO_PER_CENT / 2n) / NANO_PER_CENT;
  return `${sign}$${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}
