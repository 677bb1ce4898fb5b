import type { GrantSubject } from './grant.ts';
import type { Tier } from './tenant.ts';

/** Windows in which something is counted, by UTC. */
export const WINDOWS = ['minute', 'day', 'month'] as const;
export type Window = (typeof WINDOWS)[number];

/** Money that may be spent in a calendar month (UTC). A hard one refuses, a soft one only tells. */
export type Budget = { readonly nanoUsd: bigint; readonly enforcement: 'hard' | 'soft' };

/** What one tenant, user or key may use. Absent = no limit of that kind. */
export type Limits = {
  readonly requestsPerMinute?: number;
  /** Tokens that are not read from a cache: input, cache writes and output. */
  readonly tokensPerMinute?: number;
  readonly requestsPerDay?: number;
  /** Requests that run at the same time. */
  readonly streams?: number;
  readonly budget?: Budget;
};

/** Changes to limits: a value replaces, null lifts, absent leaves as it is. */
export type LimitChanges = { readonly [Kind in keyof Limits]?: Limits[Kind] | null };

/** The limits of the three subjects that every request counts on. */
export const LIMITED = ['tenant', 'user', 'key'] as const;
export type Limited = (typeof LIMITED)[number];

/** What a tenant's own row says in place of its tier's defaults; `user` and `key` speak of each user and each key. */
export type LimitOverrides = { readonly [Subject in Limited]?: LimitChanges };

/** Limits of one user or one key, in place of those that each of the tenant's has. */
export type LimitRule = { readonly subject: GrantSubject; readonly limits: LimitChanges };

/** What a tier gives, until a tenant's row, or a rule for one user or key, says otherwise. */
export const TIER_LIMITS: Readonly<Record<Tier, Readonly<Record<Limited, Limits>>>> = {
  TRIAL: {
    tenant: {
      requestsPerMinute: 60,
      tokensPerMinute: 2_000_000,
      requestsPerDay: 2_000,
      streams: 10,
      budget: { nanoUsd: 50_000_000_000n, enforcement: 'hard' },
    },
    user: { streams: 5 },
    key: {},
  },
  STANDARD: {
    tenant: { requestsPerMinute: 1_000, tokensPerMinute: 40_000_000, requestsPerDay: 200_000, streams: 200 },
    user: { requestsPerMinute: 200, streams: 40 },
    key: {},
  },
  PREMIUM: {
    tenant: { requestsPerMinute: 10_000, tokensPerMinute: 400_000_000, streams: 1_000 },
    user: {},
    key: {},
  },
};

/** The limits in force for one subject: the tier's, changed by the tenant's row, changed by the subject's own rule. */
export function limitsInForce(
  tier: Tier,
  subject: Limited,
  overrides: LimitOverrides = {},
  rule: LimitChanges = {},
): Limits {
  const merged = { ...TIER_LIMITS[tier][subject], ...defined(overrides[subject] ?? {}), ...defined(rule) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as Limits;
}

function defined(changes: LimitChanges): LimitChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

const KEY_LENGTH: Readonly<Record<Window, number>> = { minute: 16, day: 10, month: 7 };

/** The minute that was asked for last: one request asks for its own some thirty times, and writing it out costs 1 us. */
let latest = { minute: Number.NaN, iso: '' };

/** The UTC window that an instant falls in, by name: `2026-11-22T13:45`, `2026-11-22`, `2026-11`. */
export function windowKey(window: Window, now: number): string {
  const minute = Math.floor(now / 60_000);
  if (minute !== latest.minute) latest = { minute, iso: new Date(minute * 60_000).toISOString() };
  return latest.iso.slice(0, KEY_LENGTH[window]);
}

/** When the window of `now` ends: ms since the epoch. */
export function windowEnd(window: Window, now: number): number {
  const at = new Date(now);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const end: Record<Window, number> = {
    minute: (Math.floor(now / 60_000) + 1) * 60_000,
    day: Date.UTC(year, month, day + 1),
    month: Date.UTC(year, month + 1, 1),
  };
  return end[window];
}

/** Whole seconds until the window of `now` ends: an honest `retry-after`, never 0. */
export function secondsToNextWindow(window: Window, now: number): number {
  return Math.max(1, Math.ceil((windowEnd(window, now) - now) / 1000));
}
