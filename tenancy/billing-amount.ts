/**
 * Money is kept in whole nano-USD, the payment service's meter counts whole micro-USD, and an invoice is in whole cents.
 * Each is rounded once, half to even, from the one before it: so the cents are those that the payment service makes of
 * what its meter counted.
 */
const NANO_PER_MICRO = 1_000n;
export const MICRO_PER_CENT = 10_000n;

/** Divides and rounds to the nearest whole number; what lies half-way between two goes to the even one. @param unit above 0 */
export function roundHalfEven(amount: bigint, unit: bigint): bigint {
  const down = amount / unit - (amount % unit < 0n ? 1n : 0n);
  const twice = 2n * (amount - down * unit);
  if (twice === unit) return down + (down % 2n === 0n ? 0n : 1n);
  return twice > unit ? down + 1n : down;
}

export function microUsdOf(nanoUsd: bigint): bigint {
  return roundHalfEven(nanoUsd, NANO_PER_MICRO);
}

/** What a line of an invoice says, in cents, of an amount in micro-USD. The total is the sum of its lines. */
export function centsOf(microUsd: bigint): bigint {
  return roundHalfEven(microUsd, MICRO_PER_CENT);
}

/** What a day costs exactly, and what the meter has of it. */
export type MeteredDay = { readonly nanoUsd: bigint; readonly microUsd: bigint };

/**
 * What the meter is told of a day, in micro-USD: what the month so far comes to, rounded, less what it has of the month's
 * other days. So the month's values always add up to the month rounded once, in whatever order days are told and however
 * often one is corrected; and a correction tells one day anew, never its neighbours.
 *
 * Told for the first time, a day is never negative. A correction may be, by the micro-dollars that rounding had moved
 * between days, where it leaves the day with next to nothing.
 * @param others every other day of the month that the meter was told of, each by what it was told last
 */
export function meterValue(nanoUsd: bigint, others: readonly MeteredDay[]): bigint {
  const month = others.reduce((sum, day) => sum + day.nanoUsd, nanoUsd);
  const told = others.reduce((sum, day) => sum + day.microUsd, 0n);
  return microUsdOf(month) - told;
}
