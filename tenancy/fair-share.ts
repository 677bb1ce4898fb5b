/** What happened to one model's shared quota in one window of time, in units (tokens, as they are reserved). */
export type ShareWindow = {
  /** By tenant, all that it wanted. */
  readonly asked: ReadonlyMap<string, number>;
  /** By tenant, what it was let through with. */
  readonly given: ReadonlyMap<string, number>;
  /** What Bedrock took. */
  readonly served: number;
  /** What Bedrock refused for want of quota. */
  readonly refused: number;
};

export const NEW_WINDOW: ShareWindow = { asked: new Map(), given: new Map(), served: 0, refused: 0 };

/** How long one window lasts, in ms: the shares of a window are made of what happened in the one before. */
export const SHARE_WINDOW_MS = 4_000;

/** The part of a share that may be used at once when its window begins; the rest comes as the window passes. */
const AT_ONCE = 0.2;

/** How much more than was served is tried when Bedrock refused nothing: the quota may have grown, or be free again. */
const PROBE = 1.05;

export function shareWindowOf(now: number): number {
  return Math.floor(now / SHARE_WINDOW_MS);
}

/**
 * What each tenant may use of a quota that is not enough for all: the max-min fair shares. Who wants less than an equal
 * part gets all that it wants; what it leaves is shared by the others. A tenant that was not there before is counted
 * with an equal part.
 */
export function shareOf(tenant: string, before: ShareWindow): number {
  const capacity = before.refused > 0 ? before.served : before.served * PROBE;
  const demands = new Map(before.asked);
  if (!demands.has(tenant)) demands.set(tenant, Number.POSITIVE_INFINITY);
  let left = capacity;
  let waiting = [...demands].sort(([, a], [, b]) => a - b);
  while (waiting.length > 0) {
    const equal = left / waiting.length;
    const [[name, demand] = ['', 0], ...rest] = waiting;
    const share = Math.min(demand, equal);
    // A tenant's demand may grow from window to window; up to an equal part that is its right.
    if (name === tenant) return Math.max(share, equal);
    left -= share;
    waiting = rest;
  }
  return capacity;
}

/**
 * How much a tenant may have used of a window at `now`, before one request more goes through. Spread over the window,
 * for a whole share taken in its first moment would overrun the quota in that moment. One request may go past the end of
 * a share, or one that is larger than a share would never be sent; what went past is taken off the next window.
 */
export function allowedAt(tenant: string, before: ShareWindow, now: number): number {
  const share = shareOf(tenant, before);
  const overdrawn = Math.max(0, (before.given.get(tenant) ?? 0) - share);
  const passed = (now % SHARE_WINDOW_MS) / SHARE_WINDOW_MS;
  return share * Math.min(1, passed + AT_ONCE) - overdrawn;
}
