import type { TokenCounts } from './usage.ts';

/** The two books: what AWS charges the platform, and what the platform charges its tenants. Budgets count the second. */
export const PRICE_BOOKS = ['cost', 'charge'] as const;
export type PriceBook = (typeof PRICE_BOOKS)[number];

/** Whole nano-USD per token, of each class that is priced apart: $3 per million tokens is 3,000. */
export type TokenPrices = TokenCounts;

/** What a model's tokens cost from an instant on (ms since the epoch, UTC). Never changed once in force: the next one follows. */
export type Price = {
  readonly modelId: string;
  readonly book: PriceBook;
  readonly from: number;
  readonly perToken: TokenPrices;
};

/** The price in force at an instant, or null: nothing is ever rated at zero for want of a price. */
export function priceAt(prices: readonly Price[], book: PriceBook, at: number): Price | null {
  return prices
    .filter((price) => price.book === book && price.from <= at)
    .reduce<Price | null>((latest, price) => (latest && latest.from >= price.from ? latest : price), null);
}

/** What tokens cost, exactly, in nano-USD. */
export function costOf(tokens: TokenCounts, perToken: TokenPrices): bigint {
  const classes = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
  return classes.reduce((sum, name) => sum + BigInt(tokens[name]) * BigInt(perToken[name]), 0n);
}

/** The most that one token of a prompt can cost, whatever becomes of it: read, or written to a cache. */
export function dearestInput({ input, cacheRead, cacheWrite5m, cacheWrite1h }: TokenPrices): number {
  return Math.max(input, cacheRead, cacheWrite5m, cacheWrite1h);
}
