import type { TenantId } from './tenant.ts';

/** What happened to one model's shared quota in one window of time, in units (tokens, as they are reserved). */
export type ShareWindow = {
  readonly window: number;
  /** By tenant, all that it wanted. */
  readonly asked: ReadonlyMap<string, number>;
  /** By tenant, what it was let through with, beginning with what it owed; and what it paid for refusals. */
  readonly given: ReadonlyMap<string, number>;
  /** What all were let through with. */
  readonly sent: number;
  /** What Bedrock refused, each try of it counted. */
  readonly throttled: number;
  /** What of it was refused to the last try. */
  readonly refused: number;
  /** What was shared out; absent where everybody was let through, to see how much Bedrock takes. */
  readonly capacity?: number;
};

/** How long one window lasts, in ms. */
export const SHARE_WINDOW_MS = 4_000;

/** What is known when a window begins: that many windows before it. */
export const SHARE_HISTORY = 8;

/** Demands and what Bedrock takes are measured over so many of them: one alone may hold a single large request, or none. */
const MEASURED = 4;

/** The part of what is sent that Bedrock may refuse before it counts: a quota that is used to its end refuses some. */
const NOISE = 0.03;

/** The most that one window of refusals takes off, so that a fault that looks like a throttle does not stop everybody. */
const FALL = 0.6;

/** How much more is tried after 1, 2, 3 and more windows without refusals: little at first, but a quota may have grown tenfold. */
const RISE = [1.02, 1.03, 1.05, 1.1, 1.2, 1.4];

/** The shares of a quota in one window. */
export type Shares = {
  readonly window: number;
  readonly capacity: number;
  /** By tenant, what it asks for in a window. */
  readonly demands: ReadonlyMap<string, number>;
  readonly history: readonly ShareWindow[];
};

/** How much of a window a tenant may have used at some instant, before one request more goes through. */
export type Allowance = {
  readonly allowed: number;
  /** What it has taken too much of before: its window begins with that much used. */
  readonly owed: number;
  /** When it may come again, should it be refused, in ms. */
  readonly waitMs: number;
  /** Whose share pays for a try that Bedrock refuses: who wants more than its share makes room for who does not. */
  readonly payer?: string | undefined;
};

/** What everybody may use while nothing is shared out. */
export const UNSHARED: Allowance = { allowed: Number.MAX_SAFE_INTEGER, owed: 0, waitMs: 0 };

/** What one request of a tenant asks of a window. */
export type ShareAsk = {
  readonly bedrockModelId: string;
  readonly window: number;
  readonly tenantId: TenantId;
  readonly units: number;
  /** What the tenant has asked for besides, and was refused without being counted. */
  readonly unheard: number;
  readonly allowance: Pick<Allowance, 'allowed' | 'owed' | 'payer'>;
  /** What is shared out in the window; absent while everybody is let through. */
  readonly capacity?: number;
};

export function shareWindowOf(now: number): number {
  return Math.floor(now / SHARE_WINDOW_MS);
}

/**
 * The shares of a window by what happened before it.
 * @param history of the `SHARE_HISTORY` windows before it those in which something happened, the last one first
 * @returns null while it is not known how much there is to share: then everybody may try
 */
export function sharesIn(window: number, history: readonly ShareWindow[]): Shares | null {
  const oldest = history.at(-1);
  // The first throttle falls somewhere within its window: what was counted from then on is not a window's worth.
  const known = oldest?.capacity === undefined ? history.slice(0, -1) : history;
  const measured = known.filter((one) => one.window >= window - MEASURED);
  const from = measured.at(-1)?.window;
  if (from === undefined) return null;
  const capacity = capacityNow(known, measured, window - from);
  if (capacity === null) return null;
  const demands = new Map<string, number>();
  for (const { asked } of measured)
    for (const [tenant, units] of asked) demands.set(tenant, (demands.get(tenant) ?? 0) + units / (window - from));
  return { window, capacity, demands, history };
}

/** How much there is to share in a window; null when it cannot be told. `length`: of what was measured, in windows. */
function capacityNow(known: readonly ShareWindow[], measured: readonly ShareWindow[], length: number): number | null {
  const [last] = measured;
  if (!last) return null;
  const mean = measured.reduce((sum, one) => sum + takenIn(one), 0) / length;
  // The last window knows best, unless it is one of those that a large request leaves empty behind it.
  const taken = takenIn(last) > mean / 2 ? Math.min(mean, takenIn(last)) : mean;
  if (last.capacity === undefined) return measured.some(isPressed) && mean > 0 ? taken : null;
  // Where nothing passes, nothing can be measured, and nothing is won by sharing less.
  if (mean === 0) return last.capacity;
  if (isPressed(last)) return Math.max(taken, last.capacity * FALL);
  // Nobody was held back: what was not asked for says nothing of what there is.
  if (total(last.asked) <= last.sent) return last.capacity;
  const pressed = known.findIndex(isPressed);
  const quiet = pressed === -1 ? known.length : pressed;
  return last.capacity * (RISE[Math.min(quiet, RISE.length) - 1] ?? 1);
}

/**
 * What a tenant may use of a quota that is not enough for all: the max-min fair shares. Who wants less than an equal
 * part gets all that it wants; what it leaves is shared by the others. A tenant that was not there before is counted
 * with an equal part.
 */
export function shareOf(tenant: string, { capacity, demands }: Pick<Shares, 'capacity' | 'demands'>): number {
  const all = demands.has(tenant) ? [...demands] : [...demands, [tenant, Number.POSITIVE_INFINITY] as const];
  let left = capacity;
  let waiting = all.length;
  for (const [name, demand] of all.sort(([, a], [, b]) => a - b)) {
    const equal = left / waiting;
    // A tenant's demand may grow from window to window; up to an equal part that is its right.
    if (name === tenant) return equal;
    left -= Math.min(demand, equal);
    waiting -= 1;
  }
  return left;
}

/**
 * The share of a tenant that wants more is spread over the window, for a whole one taken in its first moment would
 * overrun the quota in that moment. One request may go past the end of a share, or one that is larger than a share would
 * never be sent; what went past is owed by the windows after it.
 */
export function allowanceAt(tenant: string, shares: Shares, now: number): Allowance {
  // Alone with the quota a tenant takes nobody's part: Bedrock says what there is, and may say it better.
  if (![...shares.demands.keys()].some((name) => name !== tenant)) return UNSHARED;
  const share = shareOf(tenant, shares);
  const owed = Math.ceil(owedBy(tenant, shares, share));
  const passed = (now % SHARE_WINDOW_MS) / SHARE_WINDOW_MS;
  const hungry = (shares.demands.get(tenant) ?? 0) > share;
  return {
    allowed: hungry ? share * passed : share,
    owed,
    waitMs: share > 0 ? Math.max(0, owed / share - passed) * SHARE_WINDOW_MS : 0,
    payer: hungry ? tenant : hungriest(shares),
  };
}

/** What went past a tenant's share when it was last there, less the shares that it has not used since. */
function owedBy(tenant: string, { window, demands, history }: Shares, share: number): number {
  const last = history.find(({ given }) => given.has(tenant));
  // What was let through while nothing was shared out yet was nobody's part.
  if (last?.capacity === undefined) return 0;
  const then = Math.max(share, shareOf(tenant, { capacity: last.capacity, demands }));
  return Math.max(0, (last.given.get(tenant) ?? 0) - then - share * (window - last.window - 1));
}

function hungriest({ demands }: Shares): string | undefined {
  return [...demands].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function isPressed({ sent, throttled }: ShareWindow): boolean {
  return throttled > sent * NOISE;
}

function takenIn({ sent, refused }: ShareWindow): number {
  return Math.max(0, sent - refused);
}

function total(units: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const one of units.values()) sum += one;
  return sum;
}
