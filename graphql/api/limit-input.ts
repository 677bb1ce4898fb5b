import type { LimitChanges, Limits } from '../../tenancy/limit.ts';
import { parseUsd } from '../../tenancy/money.ts';
import { type UserError, userError } from './errors.ts';
import type { LimitChangesInput, LimitName } from './resolver-types.ts';

const MAX_COUNT = 1_000_000_000;
/** A counter is a number in the store's own arithmetic, and its limit a number in ours. */
const MAX_TOKENS = BigInt(Number.MAX_SAFE_INTEGER);

export type ReadLimits =
  | {
      readonly ok: true;
      readonly changes: LimitChanges;
      /** Those that are to be as the tier, or the tenant, has them. */
      readonly reset: readonly (keyof Limits)[];
    }
  | { readonly ok: false; readonly error: UserError };

/** Reads changes to limits: a value sets, null lifts, what is reset or absent is not in them. */
export function readLimitChanges(input: LimitChangesInput): ReadLimits {
  const { tokensPerMinute, budget } = input;
  const counts = { requestsPerMinute: input.requestsPerMinute, requestsPerDay: input.requestsPerDay };
  const whole = { ...counts, concurrentStreams: input.concurrentStreams };
  for (const [field, value] of Object.entries(whole)) {
    if (typeof value === 'number' && (value < 1 || value > MAX_COUNT)) {
      return wrong(field, `must be 1 to ${MAX_COUNT}, or null for no limit`);
    }
  }
  if (typeof tokensPerMinute === 'bigint' && (tokensPerMinute < 1n || tokensPerMinute > MAX_TOKENS)) {
    return wrong('tokensPerMinute', `must be 1 to ${MAX_TOKENS}, or null for no limit`);
  }
  const nanoUsd = budget ? parseUsd(budget.monthlyUsd) : null;
  if (budget && (nanoUsd === null || nanoUsd <= 0n)) {
    return wrong(
      'budget.monthlyUsd',
      'must be more than 0; to stop all requests, suspend the tenant or disable the user',
    );
  }
  const enforcement = budget?.enforcement === 'SOFT' ? 'soft' : 'hard';
  const all = {
    ...counts,
    tokensPerMinute: typeof tokensPerMinute === 'bigint' ? Number(tokensPerMinute) : tokensPerMinute,
    streams: input.concurrentStreams,
    budget: nanoUsd === null ? (budget as null | undefined) : { nanoUsd, enforcement },
  };
  const changes: LimitChanges = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const reset = (input.reset ?? []).map((name) => NAMES[name]);
  const both = reset.find((name) => name in changes);
  if (both) return wrong('reset', `${FIELDS[both].split('.')[0]} is set or lifted as well: do one of the two`);
  return { ok: true, changes, reset };
}

/** What was set before, with what is changed, and without what is reset. */
export function changedLimits(
  before: LimitChanges,
  { changes, reset }: Extract<ReadLimits, { ok: true }>,
): LimitChanges {
  const kept = Object.entries(before).filter(([name]) => !reset.some((one) => one === name));
  return { ...Object.fromEntries(kept), ...changes };
}

const NAMES = {
  REQUESTS_PER_MINUTE: 'requestsPerMinute',
  TOKENS_PER_MINUTE: 'tokensPerMinute',
  REQUESTS_PER_DAY: 'requestsPerDay',
  CONCURRENT_STREAMS: 'streams',
  BUDGET: 'budget',
} as const satisfies Record<LimitName, keyof Limits>;

/**
 * What of the changes is more than the tenant itself has, by the input's name; null when nothing is. Lifting is nothing:
 * the tenant's own limit holds for each of its users and keys whatever theirs are.
 */
export function whyBeyond(changes: LimitChanges, own: Limits): UserError | null {
  const amounts = (limits: LimitChanges) => ({ ...limits, budget: limits.budget?.nanoUsd });
  const [asked, most] = [amounts(changes), amounts(own)];
  for (const [kind, field] of Object.entries(FIELDS) as [keyof Limits, string][]) {
    const [value, max] = [asked[kind], most[kind]];
    if (value === undefined || value === null || max === undefined || max === null || value <= max) continue;
    return userError('BEYOND_OWN', `limits.${field}`, 'is more than the tenant itself has; give at most that');
  }
  return null;
}

const FIELDS: Readonly<Record<keyof Limits, string>> = {
  requestsPerMinute: 'requestsPerMinute',
  tokensPerMinute: 'tokensPerMinute',
  requestsPerDay: 'requestsPerDay',
  streams: 'concurrentStreams',
  budget: 'budget.monthlyUsd',
};

function wrong(field: string, message: string): ReadLimits {
  return { ok: false, error: userError('INVALID', `limits.${field}`, message) };
}
