import { windowKey } from './limit.ts';
import type { Region } from './region.ts';
import type { TenantId } from './tenant.ts';
import type { Intent } from './usage.ts';

/**
 * How long sums by the hour are kept, in days: the 92 that one may ask for by day, so that each of them can be looked at
 * by the hour, and a week to do so.
 */
export const HOURS_KEPT_DAYS = 100;

/**
 * How long sums by session are kept, in days: a month to look back over, and a week. There are as many as people begin
 * conversations, and a client may make them up; nothing else that is kept grows so.
 */
export const SESSIONS_KEPT_DAYS = 40;

type SumRule = {
  readonly window: 'hour' | 'day' | 'month';
  /** `tenant`: by model and region alone; `key`: by user and key as well; `session`: by all of these and the session. */
  readonly by: 'tenant' | 'key' | 'session';
  /** Days after its own until it ends; absent: never. */
  readonly keptDays?: number;
};

/**
 * The sums that a request stands in. The finest answers every question, and costs a read for each user, key, model,
 * region and hour; the others answer one kind of question each, at a cost that does not grow with what it is not about.
 */
export const SUMS = {
  /** The tenant's chart by the hour, however many users it has. */
  tenantHour: { window: 'hour', by: 'tenant', keptDays: HOURS_KEPT_DAYS },
  /** The tenant's chart by the day. */
  tenantDay: { window: 'day', by: 'tenant' },
  hour: { window: 'hour', by: 'key', keptDays: HOURS_KEPT_DAYS },
  /** All users of a day. */
  day: { window: 'day', by: 'key' },
  /** All days of a user. */
  userDay: { window: 'day', by: 'key' },
  /** All users of a month, or one. */
  month: { window: 'month', by: 'key' },
  session: { window: 'day', by: 'session', keptDays: SESSIONS_KEPT_DAYS },
} as const satisfies Record<string, SumRule>;
export type SumName = keyof typeof SUMS;

/**
 * What a sum is of. `window`: an hour (UTC, `2026-11-22T13`), a day (`2026-11-22`) or a month (`2026-11`). A sum by key
 * without a key: called with a token.
 */
export type SumSlot = {
  readonly sum: SumName;
  readonly tenantId: TenantId;
  readonly window: string;
  readonly identityId?: string;
  readonly keyId?: string;
  readonly sessionId?: string;
  readonly model: string;
  readonly region: Region;
};

const SUM_NAMES = Object.keys(SUMS) as SumName[];

/**
 * Every sum that a request stands in; what names no session stands in none of a session. It belongs to the windows of its
 * start, as at the gates, however long it ran.
 */
export function slotsOf(intent: Intent): readonly SumSlot[] {
  const { tenantId, identityId, keyId, sessionId, model, region, startedAt } = intent;
  return SUM_NAMES.filter((sum) => SUMS[sum].by !== 'session' || sessionId !== undefined).map((sum) => {
    const { by } = SUMS[sum];
    return {
      sum,
      tenantId,
      window: windowOf(SUMS[sum].window, startedAt),
      ...(by === 'tenant' ? {} : { identityId }),
      ...(by === 'tenant' || keyId === undefined ? {} : { keyId }),
      ...(by === 'session' && sessionId !== undefined ? { sessionId } : {}),
      model,
      region,
    };
  });
}

function windowOf(window: SumRule['window'], at: number): string {
  return window === 'hour' ? windowKey('minute', at).slice(0, -':00'.length) : windowKey(window, at);
}

const DAY_MS = 86_400_000;

/** When a sum may be forgotten, in ms since the epoch: the end of its last day; null: never. All of a day end together. */
export function endOf({ sum, window }: Pick<SumSlot, 'sum' | 'window'>): number | null {
  const { keptDays }: SumRule = SUMS[sum];
  return keptDays === undefined ? null : Date.parse(window.slice(0, '2026-11-22'.length)) + (keptDays + 1) * DAY_MS;
}
