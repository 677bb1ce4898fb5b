import { sumOfCosts } from './price.ts';
import type { ThrottledBy } from './refusal.ts';
import {
  type Intent,
  type Outcome,
  type Settlement,
  TOKEN_CLASSES,
  type TokenClass,
  type TokenCosts,
  type TokenCounts,
} from './usage.ts';

/**
 * What a roll-up counts: requests by how they ended, those that were told to slow down by what was short, the five token
 * classes, and nano-USD by the book of charges, in all and by token class.
 */
export const COUNT_NAMES = [
  'completed',
  'partial',
  'upstreamErrors',
  'orphans',
  'refused',
  'throttledByOwnLimit',
  'throttledBySharedCapacity',
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'nanoUsd',
  'inputNanoUsd',
  'outputNanoUsd',
  'cacheReadNanoUsd',
  'cacheWrite5mNanoUsd',
  'cacheWrite1hNanoUsd',
] as const;
export type CountName = (typeof COUNT_NAMES)[number];

/** Sums, or changes of sums, which may be negative. Bigint, for a busy tenant's nano-USD pass 2^53 within a month. */
export type Counts = Readonly<Record<CountName, bigint>>;

export const NO_COUNTS: Counts = Object.fromEntries(COUNT_NAMES.map((name) => [name, 0n])) as Counts;

const COUNTED_AS: Readonly<Record<Outcome, CountName>> = {
  COMPLETED: 'completed',
  PARTIAL: 'partial',
  UPSTREAM_ERROR: 'upstreamErrors',
  ORPHAN: 'orphans',
  REFUSED: 'refused',
};

const THROTTLED_AS: Readonly<Record<ThrottledBy, CountName>> = {
  own_limit: 'throttledByOwnLimit',
  shared_capacity: 'throttledBySharedCapacity',
};

const costName = (tokenClass: TokenClass) => `${tokenClass}NanoUsd` as const;

/** Nano-USD of no token class: of requests whose settlement does not say it by class. */
export function unsplitNanoUsd(counts: Counts): bigint {
  return TOKEN_CLASSES.reduce((left, name) => left - counts[costName(name)], counts.nanoUsd);
}

/** Requests that are usage: those that reached Bedrock, however they ended. What a limit refused is in `refused` alone. */
export function requestsIn({ completed, partial, upstreamErrors, orphans }: Counts): bigint {
  return completed + partial + upstreamErrors + orphans;
}

/** A request that is in the book with its end. */
export type SettledRequest = { readonly intent: Intent; readonly settlement: Settlement };

/** What of a request stands in the roll-ups. */
export type Counted = {
  readonly outcome: Outcome;
  readonly tokens: TokenCounts;
  readonly nanoUsd: bigint;
  readonly costs?: TokenCosts;
  readonly throttledBy?: ThrottledBy;
};

/**
 * Whether a settlement still has to be counted, after what was counted of its request before. An ORPHAN's counts are
 * an estimate, which the truth may replace; nothing else is ever replaced, whatever comes twice or too late.
 */
export function mustBeCounted(before: Counted | null, { outcome }: Counted): boolean {
  return before === null || (before.outcome === 'ORPHAN' && outcome !== 'ORPHAN');
}

/** What a request adds to each sum that it stands in, in place of what was counted of it before. */
export function changeOf(before: Counted | null, after: Counted): Counts {
  return combine(countsOf(after), before ? countsOf(before) : NO_COUNTS, (now, then) => now - then);
}

export function sumOf(all: readonly Counts[]): Counts {
  return all.reduce((sum, one) => combine(sum, one, (a, b) => a + b), NO_COUNTS);
}

function countsOf({ outcome, tokens, nanoUsd, costs, throttledBy }: Counted): Counts {
  const classes = TOKEN_CLASSES.map((name) => [name, BigInt(tokens[name])]);
  // Classes that are not the whole would make a sum whose parts do not add up: then it is of no class.
  const split =
    costs && sumOfCosts(costs) === nanoUsd ? TOKEN_CLASSES.map((name) => [costName(name), costs[name]]) : [];
  return {
    ...NO_COUNTS,
    ...Object.fromEntries([...classes, ...split]),
    nanoUsd,
    [COUNTED_AS[outcome]]: 1n,
    ...(throttledBy ? { [THROTTLED_AS[throttledBy]]: 1n } : {}),
  };
}

function combine(a: Counts, b: Counts, by: (a: bigint, b: bigint) => bigint): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, by(a[name], b[name])])) as Counts;
}

/** What one model was used for. */
export type ModelUsage = { readonly model: string; readonly counts: Counts };

/** One user's day, and the month it is in. */
export type UserUsage = {
  readonly day: readonly ModelUsage[];
  readonly month: readonly ModelUsage[];
  /** When a request of this month was last counted, in ms; null when none was. */
  readonly countedAt: number | null;
};
