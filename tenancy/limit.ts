/** A window that is counted in a store item of its own, so that no counter ever needs a reset. */
export const WINDOWS = ['minute', 'day', 'month'] as const;
export type Window = (typeof WINDOWS)[number];

/** What is counted in it. Money is in nano-USD. */
export const MEASURES = ['requests', 'tokens', 'money'] as const;
export type Measure = (typeof MEASURES)[number];

export type Limit = { readonly measure: Measure; readonly window: Window; readonly max: bigint };

/** The UTC window that an instant falls in, as it stands in a key: `2026-11-22T13:45`, `2026-11-22`, `2026-11`. */
export function windowKey(window: Window, now: number): string {
  const iso = new Date(now).toISOString();
  const length: Record<Window, number> = { minute: 16, day: 10, month: 7 };
  return iso.slice(0, length[window]);
}

/** Whole seconds until the window of `now` ends: an honest `retry-after`, never 0. */
export function secondsToNextWindow(window: Window, now: number): number {
  const at = new Date(now);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const next: Record<Window, number> = {
    minute: (Math.floor(now / 60_000) + 1) * 60_000,
    day: Date.UTC(year, month, day + 1),
    month: Date.UTC(year, month + 1, 1),
  };
  return Math.max(1, Math.ceil((next[window] - now) / 1000));
}

export type LimitDecision =
  | { readonly outcome: 'within' }
  /** The amount would fit once running requests settle: worth a retry. */
  | { readonly outcome: 'held' }
  /** What is already spent leaves no room in this window. */
  | { readonly outcome: 'spent' };

/**
 * Decides one reservation against one limit.
 * @param spent settled in this window @param held reserved by requests still running @param wanted this reservation
 */
export function decideLimit(limit: Limit, spent: bigint, held: bigint, wanted: bigint): LimitDecision {
  if (spent + held + wanted <= limit.max) return { outcome: 'within' };
  return spent + wanted > limit.max ? { outcome: 'spent' } : { outcome: 'held' };
}
