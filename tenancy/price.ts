import { decimalUsd, parseUsd } from './money.ts';
import type { Region } from './region.ts';
import type { Tier } from './tenant.ts';
import { TOKEN_CLASSES, type TokenCosts, type TokenCounts } from './usage.ts';

/** The two books: what AWS charges the platform, and what the platform charges its tenants. Budgets count the second. */
export const PRICE_BOOKS = ['cost', 'charge'] as const;
export type PriceBook = (typeof PRICE_BOOKS)[number];

/** Whole nano-USD per token, of each class that is priced apart: $3 per million tokens is 3,000. */
export type TokenPrices = TokenCounts;

/** Which calls a price is for: those from a region, those of a tenant's tier, or both. What is absent is not asked about. */
export type PriceScope = { readonly region?: Region; readonly tier?: Tier };

/** What a model's tokens cost from an instant on (ms since the epoch, UTC). Never changed once in force: the next one follows. */
export type Price = PriceScope & {
  readonly modelId: string;
  readonly book: PriceBook;
  readonly from: number;
  readonly perToken: TokenPrices;
};

/**
 * The scopes whose prices hold for a call, the most narrow one first: the first of them that has a price in force decides,
 * however old that is. So a narrow price, once in force, gives way to another of its own scope alone.
 */
export function scopesOf({ region, tier }: PriceScope): readonly PriceScope[] {
  return [
    ...(region !== undefined && tier !== undefined ? [{ region, tier }] : []),
    ...(region === undefined ? [] : [{ region }]),
    ...(tier === undefined ? [] : [{ tier }]),
    {},
  ];
}

export function isOfScope(price: PriceScope, { region, tier }: PriceScope): boolean {
  return price.region === region && price.tier === tier;
}

/** The price in force for a call at an instant, or null: nothing is ever rated at zero for want of a price. */
export function priceAt(prices: readonly Price[], book: PriceBook, at: number, call: PriceScope = {}): Price | null {
  for (const scope of scopesOf(call)) {
    let latest: Price | null = null;
    for (const price of prices) {
      if (price.book !== book || price.from > at || !isOfScope(price, scope)) continue;
      if (!latest || price.from > latest.from) latest = price;
    }
    if (latest) return latest;
  }
  return null;
}

/** Names a price for good, in a line of a bill: `claude-haiku-4-5/charge/eu-central-1/-/2026-01-01T00:00:00.000Z`. */
export function priceIdOf({ modelId, book, region, tier, from }: Omit<Price, 'perToken'>): string {
  return [modelId, book, region ?? '-', tier ?? '-', new Date(from).toISOString()].join('/');
}

/** What tokens cost, exactly, in nano-USD. */
export function costOf(tokens: TokenCounts, perToken: TokenPrices): bigint {
  return TOKEN_CLASSES.reduce((sum, name) => sum + BigInt(tokens[name]) * BigInt(perToken[name]), 0n);
}

/** What the tokens of each class cost, exactly, in nano-USD. */
export function costsOf(tokens: TokenCounts, perToken: TokenPrices): TokenCosts {
  return Object.fromEntries(
    TOKEN_CLASSES.map((name) => [name, BigInt(tokens[name]) * BigInt(perToken[name])]),
  ) as TokenCosts;
}

export function sumOfCosts(costs: TokenCosts): bigint {
  return TOKEN_CLASSES.reduce((sum, name) => sum + costs[name], 0n);
}

/** The most that one token of a prompt can cost, whatever becomes of it: read, or written to a cache. */
export function dearestInput({ input, cacheRead, cacheWrite5m, cacheWrite1h }: TokenPrices): number {
  return Math.max(input, cacheRead, cacheWrite5m, cacheWrite1h);
}

const TOKENS = 1_000_000n;

/** Nano-USD per token as people know prices: USD per million tokens, exactly. */
export function usdPerMillion(perToken: number): string {
  return decimalUsd(BigInt(perToken) * TOKENS);
}

/** The smallest difference between two prices, in USD per million tokens: one nano-USD per token. */
export const PRICE_STEP_USD = '0.001';

/** Reads USD per million tokens. @returns null for what is no whole number of nano-USD per token: a price is never rounded */
export function readPerToken(usd: string): number | null {
  const nanoUsd = parseUsd(usd);
  if (nanoUsd === null || nanoUsd < 0n || nanoUsd % TOKENS !== 0n) return null;
  const perToken = Number(nanoUsd / TOKENS);
  return Number.isSafeInteger(perToken) ? perToken : null;
}
