import { type Price, type PriceBook, priceAt, priceIdOf } from './price.ts';
import type { Region } from './region.ts';
import { no, ok, type Result } from './result.ts';
import type { Tier } from './tenant.ts';
import { TOKEN_CLASSES, type TokenClass } from './usage.ts';
import { DAY_MS, startOfDay } from './utc-day.ts';

/** Tokens of many requests by class. Bigint, for a year of a busy tenant passes 2^53. */
export type TokenSums = Readonly<Record<TokenClass, bigint>>;

export const NO_TOKEN_SUMS: TokenSums = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n };

/** Requests of a tenant's day whose tokens have one price, counted together. */
export type UsageGroup = {
  readonly model: string;
  readonly region: Region;
  /** null: it was not noted when they started. */
  readonly tier: Tier | null;
  /** Which part of the day they started in: see `cutsOf`. */
  readonly epoch: number;
  /** False of what carries the flag `not_charged`. */
  readonly charged: boolean;
  readonly requests: bigint;
  readonly tokens: TokenSums;
};

/** What the tokens of one class cost by one price. `perToken` and `nanoUsd` in nano-USD. */
export type RatedLine = {
  readonly book: PriceBook;
  readonly model: string;
  readonly region: Region;
  readonly tier: Tier | null;
  readonly charged: boolean;
  readonly tokenClass: TokenClass;
  /** Of `priceIdOf`; `NOT_CHARGED` where the platform itself called. */
  readonly priceId: string;
  readonly perToken: number;
  readonly tokens: bigint;
  readonly nanoUsd: bigint;
};

/** In place of a price: such tokens are counted like all others, and nobody is charged for them. */
export const NOT_CHARGED = 'not_charged';

/** Tokens that no price was in force for. */
export type MissingPrice = Pick<UsageGroup, 'model' | 'region' | 'tier'> & {
  readonly book: PriceBook;
  /** From when on (ms since the epoch) nothing was in force: the beginning of that part of the day. */
  readonly at: number;
};

/**
 * The instants (ms since the epoch, ascending) within a day at which some price begins. They cut the day into epochs: 0
 * before the first, then one from each instant on; within one no price changes. So whoever counts requests by epoch, each by
 * its start, loses nothing that the price of a request depends on.
 */
export function cutsOf(prices: readonly Price[], day: string): readonly number[] {
  const start = startOfDay(day);
  const within = prices.map(({ from }) => from).filter((from) => from > start && from < start + DAY_MS);
  return [...new Set(within)].sort((a, b) => a - b);
}

/**
 * Prices a tenant's day by one book, exactly. Lines stand in one order whatever that of the groups, and say nothing of
 * epochs: a cut for the sake of another model changes no byte of them. Tokens there are none of make no line.
 * @param prices of all models of the groups, of both books
 * @returns every price that is missing, where one is: then nothing of the day is rated
 * @throws RangeError for a group that cannot have been counted: an epoch that the day has not, or less than no tokens
 */
export function rate(
  book: PriceBook,
  day: string,
  groups: readonly UsageGroup[],
  prices: readonly Price[],
): Result<readonly RatedLine[], readonly MissingPrice[]> {
  const begins = [startOfDay(day), ...cutsOf(prices, day)];
  const lines = new Map<string, RatedLine>();
  const missing = new Map<string, MissingPrice>();
  for (const group of groups) {
    const at = begins[group.epoch];
    if (at === undefined) throw new RangeError(`${day} has no epoch ${group.epoch}`);
    const used = TOKEN_CLASSES.filter((name) => group.tokens[name] !== 0n);
    // Of what used nothing nobody asks the price.
    if (used.length === 0) continue;
    const price = priceOf(book, group, prices, at);
    if (!price) {
      const { model, region, tier } = group;
      const one = { book, model, region, tier, at };
      missing.set(sortKey([model, region, tier ?? '', String(at)]), one);
      continue;
    }
    for (const tokenClass of used) addLine(lines, book, group, tokenClass, price);
  }
  return missing.size > 0 ? no(inOrder(missing)) : ok(inOrder(lines));
}

type Applied = { readonly id: string; readonly perToken: Readonly<Record<TokenClass, number>> };

const FREE: Applied = {
  id: NOT_CHARGED,
  perToken: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
};

/** What AWS charges, it charges for the platform's own calls as well. */
function priceOf(book: PriceBook, group: UsageGroup, prices: readonly Price[], at: number): Applied | null {
  if (book === 'charge' && !group.charged) return FREE;
  const { model, region, tier } = group;
  const ofModel = prices.filter(({ modelId }) => modelId === model);
  const price = priceAt(ofModel, book, at, { region, ...(tier === null ? {} : { tier }) });
  return price && { id: priceIdOf(price), perToken: price.perToken };
}

function addLine(
  lines: Map<string, RatedLine>,
  book: PriceBook,
  { model, region, tier, charged, tokens }: UsageGroup,
  tokenClass: TokenClass,
  { id: priceId, perToken: prices }: Applied,
): void {
  if (tokens[tokenClass] < 0n) throw new RangeError(`${tokens[tokenClass]} tokens of ${model} cannot be`);
  const place = String(TOKEN_CLASSES.indexOf(tokenClass));
  const at = sortKey([model, region, tier ?? '', priceId, String(charged), place]);
  const perToken = prices[tokenClass];
  const sum = (lines.get(at)?.tokens ?? 0n) + tokens[tokenClass];
  const nanoUsd = sum * BigInt(perToken);
  lines.set(at, { book, model, region, tier, charged, tokenClass, priceId, perToken, tokens: sum, nanoUsd });
}

/** Lower than everything that stands in a name: `a` comes before `a-b`, whatever follows. */
function sortKey(parts: readonly string[]): string {
  return parts.join('\u0000');
}

/** By code units: an order by a language would be another one on another machine. */
function inOrder<One>(all: ReadonlyMap<string, One>): readonly One[] {
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Tokens by class of any number of groups, or of the lines of one book. */
export function sumTokens(
  all: readonly (Pick<UsageGroup, 'tokens'> | Pick<RatedLine, 'tokenClass' | 'tokens'>)[],
): TokenSums {
  const sums: Record<TokenClass, bigint> = { ...NO_TOKEN_SUMS };
  for (const one of all) {
    if ('tokenClass' in one) sums[one.tokenClass] += one.tokens;
    else for (const name of TOKEN_CLASSES) sums[name] += one.tokens[name];
  }
  return sums;
}

/** What lines come to, in nano-USD. */
export function sumNanoUsd(lines: readonly Pick<RatedLine, 'nanoUsd'>[]): bigint {
  return lines.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
}
