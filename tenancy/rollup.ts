import { windowKey } from './limit.ts';
import type { Region } from './region.ts';
import type { TenantId } from './tenant.ts';
import type { Intent, Outcome, Settlement, TokenCounts } from './usage.ts';

/** What a roll-up counts: requests by how they ended, the five token classes, and nano-USD by the book of charges. */
export const COUNT_NAMES = [
  'completed',
  'partial',
  'upstreamErrors',
  'orphans',
  'refused',
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'nanoUsd',
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

/** Requests that are usage: those that reached Bedrock, however they ended. What a limit refused is in `refused` alone. */
export function requestsIn({ completed, partial, upstreamErrors, orphans }: Counts): bigint {
  return completed + partial + upstreamErrors + orphans;
}

/** A request that is in the book with its end. */
export type SettledRequest = { readonly intent: Intent; readonly settlement: Settlement };

/** What of a request stands in the roll-ups. */
export type Counted = { readonly outcome: Outcome; readonly tokens: TokenCounts; readonly nanoUsd: bigint };

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

function countsOf({ outcome, tokens, nanoUsd }: Counted): Counts {
  const classes = Object.fromEntries(Object.entries(tokens).map(([name, amount]) => [name, BigInt(amount)]));
  return { ...NO_COUNTS, ...classes, nanoUsd, [COUNTED_AS[outcome]]: 1n };
}

function combine(a: Counts, b: Counts, by: (a: bigint, b: bigint) => bigint): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, by(a[name], b[name])])) as Counts;
}

/** One hour (UTC, `2026-11-22T13`) of a tenant, by everything that people ask after. No key id: called with a token. */
export type HourSlot = {
  readonly kind: 'hour';
  readonly tenantId: TenantId;
  readonly window: string;
  readonly identityId: string;
  readonly keyId?: string;
  readonly model: string;
  readonly region: Region;
};

/** One day (`2026-11-22`) or month (`2026-11`) of one user, with all of the user's keys, by model. */
export type UserSlot = {
  readonly kind: 'day' | 'month';
  readonly tenantId: TenantId;
  readonly window: string;
  readonly identityId: string;
  readonly model: string;
};

export type Slot = HourSlot | UserSlot;

/** Every sum that a request stands in. It belongs to the windows of its start, as at the gates, however long it ran. */
export function slotsOf({ tenantId, identityId, keyId, model, region, startedAt }: Intent): readonly Slot[] {
  const user = { tenantId, identityId, model };
  const hour = windowKey('minute', startedAt).slice(0, -':00'.length);
  return [
    { kind: 'hour', ...user, window: hour, ...(keyId === undefined ? {} : { keyId }), region },
    { kind: 'day', ...user, window: windowKey('day', startedAt) },
    { kind: 'month', ...user, window: windowKey('month', startedAt) },
  ];
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
