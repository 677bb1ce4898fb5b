import type { GrantSubject } from './grant.ts';
import { type Limits, windowKey } from './limit.ts';
import type { TenantId } from './tenant.ts';

/** Whose gate it is: every request passes its tenant's, its user's and, with an API key, its key's. */
export type GateId = { readonly tenantId: TenantId; readonly subject: GrantSubject };

/**
 * A gate as it is stored: its kill switch, and counters whose names end in the window they count. A window that is over
 * is another name's past, so nothing is ever reset. Money in nano-USD.
 *
 *   committed.2026-11          spent, and held by running requests: what a hard budget is compared with
 *   spent.2026-11              settled
 *   requests.2026-11-22        of a day
 *   requests.2026-11-22T13:45  of a minute; tokens.2026-11-22T13:45 likewise
 *   streams.29662845           running in this lease epoch (a minute, counted from 1970)
 */
export type Gate = { readonly closed: boolean; readonly counters: ReadonlyMap<string, bigint> };

export const NEW_GATE: Gate = { closed: false, counters: new Map() };

/** One change of a gate, all or nothing. */
export type GateUpdate = {
  /** What is added to each counter; one that is not there counts as 0. */
  readonly add: ReadonlyMap<string, bigint>;
  /** What each counter may be at most before the change; a higher one refuses it. */
  readonly atMost: ReadonlyMap<string, bigint>;
  /** Whether a closed gate refuses it. What gives back is never refused. */
  readonly refusedWhenClosed: boolean;
  /** Counters of windows long over, taken away in passing; not those that it adds to. */
  readonly remove: readonly string[];
};

/** What one request holds at each of its gates. */
export type Hold = {
  /** When it was admitted, in ms: the windows of this instant carry it, however long it runs. */
  readonly at: number;
  /** Nano-USD, with every extension. */
  readonly money: bigint;
  /** The estimate that the minute was charged with. */
  readonly tokens: number;
};

const LEASE_MS = 60_000;

/** The lease epochs in which a request that runs at `now` counts: this one and, ahead of time, the next. */
export function leaseEpochs(now: number): readonly number[] {
  const epoch = Math.floor(now / LEASE_MS);
  return [epoch, epoch + 1];
}

/**
 * Takes a request's place. Streams are counted by lease: in this epoch and the next, and again in each further one
 * while the request runs; what a dead process has counted is over with its epochs.
 */
export function reserving(limits: Limits, hold: Hold): GateUpdate {
  const [minute, day] = [windowKey('minute', hold.at), windowKey('day', hold.at)];
  const add = new Map<string, bigint>([[committed(hold.at), hold.money]]);
  const atMost = new Map<string, bigint>();
  const count = (name: string, amount: bigint, max: bigint | number | undefined): void => {
    if (max === undefined) return;
    add.set(name, amount);
    atMost.set(name, BigInt(max) - amount);
  };
  count(`requests.${minute}`, 1n, limits.requestsPerMinute);
  count(`tokens.${minute}`, BigInt(hold.tokens), limits.tokensPerMinute);
  count(`requests.${day}`, 1n, limits.requestsPerDay);
  for (const epoch of leaseEpochs(hold.at)) count(streams(epoch), 1n, limits.streams);
  if (limits.budget?.enforcement === 'hard') atMost.set(committed(hold.at), limits.budget.nanoUsd - hold.money);
  return { add, atMost, refusedWhenClosed: true, remove: [] };
}

/** Takes more money for a request that runs, under the same budget. */
export function extending(limits: Limits, hold: Hold, more: bigint): GateUpdate {
  const name = committed(hold.at);
  const hard = limits.budget?.enforcement === 'hard';
  return {
    add: new Map([[name, more]]),
    atMost: new Map(hard && limits.budget ? [[name, limits.budget.nanoUsd - more]] : []),
    refusedWhenClosed: true,
    remove: [],
  };
}

/** Counts a running request in further lease epochs. Never refused by number: it has its place already. */
export function renewing(epochs: readonly number[]): GateUpdate {
  return {
    add: new Map(epochs.map((epoch) => [streams(epoch), 1n])),
    atMost: new Map(),
    refusedWhenClosed: false,
    remove: [],
  };
}

/** What a request came to: in nano-USD, and in tokens that were not read from a cache. */
export type Used = {
  readonly money: bigint;
  readonly tokens: number;
  /** Nano-USD that a sweeper has counted as spent for it, by estimate: what was spent takes their place. */
  readonly swept?: bigint;
};

/**
 * Gives back what a request holds, less what it used. Also that of a request refused by another of its gates: null, and
 * it does not count as a request either.
 * @param leases the epochs that it is counted in @param seen the gate as it was last read, for its cleaning
 */
export function returning(
  limits: Limits,
  hold: Hold,
  leases: readonly number[],
  used: Used | null,
  seen: Gate,
  now: number,
): GateUpdate {
  const add = new Map<string, bigint>([[committed(hold.at), (used?.money ?? 0n) - hold.money]]);
  const moreSpent = (used?.money ?? 0n) - (used?.swept ?? 0n);
  if (moreSpent !== 0n) add.set(spent(hold.at), moreSpent);
  const [minute, day] = [windowKey('minute', hold.at), windowKey('day', hold.at)];
  // A window that is over counts for nothing, and its counter may be gone: adding to it would make it anew, below zero.
  if (minute === windowKey('minute', now)) {
    if (limits.tokensPerMinute !== undefined)
      add.set(`tokens.${minute}`, BigInt(used?.tokens ?? 0) - BigInt(hold.tokens));
    if (!used && limits.requestsPerMinute !== undefined) add.set(`requests.${minute}`, -1n);
  }
  if (!used && limits.requestsPerDay !== undefined && day === windowKey('day', now)) add.set(`requests.${day}`, -1n);
  if (limits.streams !== undefined) {
    const [current = 0] = leaseEpochs(now);
    for (const epoch of leases) if (epoch >= current) add.set(streams(epoch), -1n);
  }
  return { add, atMost: new Map(), refusedWhenClosed: false, remove: stale(seen, now) };
}

/** Counters of windows before the last one: nobody adds to them any more. */
export function stale({ counters }: Gate, now: number): string[] {
  const month = new Date(now);
  const lastMonth = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() - 1, 1);
  const [current = 0] = leaseEpochs(now);
  const oldest: Readonly<Record<string, string>> = {
    committed: windowKey('month', lastMonth),
    spent: windowKey('month', lastMonth),
    requests: windowKey('day', now - 86_400_000),
    tokens: windowKey('minute', now - 60_000),
    streams: String(current - 1),
  };
  return [...counters.keys()].filter((name) => {
    const [kind = '', window = ''] = name.split('.');
    // A minute's name is its day's and more, so of the requests the days are cleaned, with the minutes in them.
    if (kind === 'requests' && window.includes('T')) return window < windowKey('minute', now - 60_000);
    return window < (oldest[kind] ?? '');
  });
}

/** What a gate answers to a change. `busy`: its store had no capacity for it; nothing was changed, and that is sure. */
export type GateAnswer = { readonly outcome: 'done' | 'refused'; readonly gate: Gate } | { readonly outcome: 'busy' };

/**
 * Which limit refused a change of a gate. `spent`: waiting does not help, the request finds no room even alone; `held`:
 * running requests may give enough back; `window`: the window's end helps.
 */
export type GateRefusal =
  | { readonly limit: 'closed' }
  /** `left`: what the request could have of it alone, in nano-USD; below 0 where more than all is spent. */
  | { readonly limit: 'budget'; readonly max: bigint; readonly left: bigint; readonly outcome: 'spent' | 'held' }
  | {
      readonly limit: keyof Omit<Limits, 'budget'>;
      readonly max: bigint;
      readonly outcome: 'spent' | 'held' | 'window';
    };

/**
 * Explains a refusal, by the gate as it was that refused. Of several limits one that waiting does not help is told
 * first: a client that is sent away for a moment would only come back to the other.
 * @param held nano-USD that the request itself held before this change: nobody will give them back
 * @throws Error when this gate would not have refused this change
 */
export function explainRefusal(limits: Limits, hold: Hold, update: GateUpdate, gate: Gate, held = 0n): GateRefusal {
  if (gate.closed && update.refusedWhenClosed) return { limit: 'closed' };
  const { counters } = gate;
  const refuses = (name: string): boolean => {
    const most = update.atMost.get(name);
    return most !== undefined && (counters.get(name) ?? 0n) > most;
  };
  const [minute, day] = [windowKey('minute', hold.at), windowKey('day', hold.at)];
  const found: Exclude<GateRefusal, { limit: 'closed' }>[] = [];
  if (refuses(committed(hold.at))) {
    const max = limits.budget?.nanoUsd ?? 0n;
    const left = max - (counters.get(spent(hold.at)) ?? 0n) - held;
    const wanted = update.add.get(committed(hold.at)) ?? 0n;
    found.push({ limit: 'budget', max, left, outcome: wanted > left ? 'spent' : 'held' });
  }
  const note = (
    limit: keyof Omit<Limits, 'budget'>,
    name: string,
    alone: bigint,
    otherwise: 'held' | 'window',
  ): void => {
    const max = BigInt(limits[limit] ?? 0);
    if (refuses(name)) found.push({ limit, max, outcome: alone > max ? 'spent' : otherwise });
  };
  note('requestsPerDay', `requests.${day}`, 1n, 'window');
  note('requestsPerMinute', `requests.${minute}`, 1n, 'window');
  note('tokensPerMinute', `tokens.${minute}`, BigInt(hold.tokens), 'window');
  const full = leaseEpochs(hold.at).map(streams).find(refuses);
  if (full !== undefined) note('streams', full, 1n, 'held');
  const told = found.find(({ limit, outcome }) => limit === 'requestsPerDay' || outcome === 'spent') ?? found[0];
  if (!told) throw new Error('a gate refused what it has room for');
  return told;
}

/** What is left of one limit at a gate, never below 0. */
export type Remaining = { readonly max: bigint; readonly left: bigint };

/** What a gate has left at `now`, of each limit that it has. */
export function remaining(limits: Limits, { counters }: Gate, now: number): { [Kind in keyof Limits]?: Remaining } {
  const left = (max: bigint | number | undefined, name: string): Remaining | undefined => {
    if (max === undefined) return undefined;
    const rest = BigInt(max) - (counters.get(name) ?? 0n);
    return { max: BigInt(max), left: rest < 0n ? 0n : rest };
  };
  const [minute, day] = [windowKey('minute', now), windowKey('day', now)];
  const all = {
    requestsPerMinute: left(limits.requestsPerMinute, `requests.${minute}`),
    tokensPerMinute: left(limits.tokensPerMinute, `tokens.${minute}`),
    requestsPerDay: left(limits.requestsPerDay, `requests.${day}`),
    streams: left(limits.streams, streams(leaseEpochs(now)[0] ?? 0)),
    budget: left(limits.budget?.nanoUsd, committed(now)),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Nano-USD settled in the month of `now`. */
export function spentAt({ counters }: Gate, now: number): bigint {
  return counters.get(spent(now)) ?? 0n;
}

/** Nano-USD settled and held in the month of `now`. */
export function committedAt({ counters }: Gate, now: number): bigint {
  return counters.get(committed(now)) ?? 0n;
}

/** The budget thresholds, in percent, at which people are told. */
export const BUDGET_THRESHOLDS = [80, 90, 100] as const;

/** Something to tell people: a month's spending has reached a part of its budget. Money in nano-USD, `at` in ms. */
export type BudgetThreshold = {
  readonly gate: GateId;
  readonly percent: number;
  readonly month: string;
  readonly budget: bigint;
  readonly spent: bigint;
  readonly at: number;
};

/**
 * The thresholds that a month's spending has reached. Not those that it crossed with its last settlement: an answer that
 * was lost, or a note that could not be written, would lose the event with it.
 */
export function thresholdsReached(budget: bigint, spent: bigint): number[] {
  return BUDGET_THRESHOLDS.filter((percent) => budget > 0n && spent * 100n >= budget * BigInt(percent));
}

/**
 * Applies a change as the store does, in memory.
 * @returns null when the gate refuses it
 */
export function applyUpdate(gate: Gate, { add, atMost, refusedWhenClosed, remove }: GateUpdate): Gate | null {
  if (gate.closed && refusedWhenClosed) return null;
  for (const [name, most] of atMost) if ((gate.counters.get(name) ?? 0n) > most) return null;
  const counters = new Map(gate.counters);
  for (const [name, amount] of add) counters.set(name, (counters.get(name) ?? 0n) + amount);
  // What it adds to is in use, whatever was thought of it before.
  for (const name of remove) if (!add.has(name)) counters.delete(name);
  return { ...gate, counters };
}

function committed(at: number): string {
  return `committed.${windowKey('month', at)}`;
}

function spent(at: number): string {
  return `spent.${windowKey('month', at)}`;
}

function streams(epoch: number): string {
  return `streams.${epoch}`;
}
