import { type ShareAsk, type ShareWindow, shareWindowOf } from '../../tenancy/fair-share.ts';
import { NO_SWITCHES } from '../../tenancy/switches.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { makeFairShare } from './fair-share.ts';
import type { Stores } from './stores.ts';

export const MODEL = 'eu.anthropic.claude-opus-5-5';

/** Reproducible chance: the same seed, the same simulation. Numbers from 0 up to 1. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type ShareStores = Pick<Stores, 'shareWindows' | 'takeShare' | 'returnShare' | 'countThrottled' | 'setCongested'>;
type Mutable = {
  asked: Map<string, number>;
  given: Map<string, number>;
  sent: number;
  throttled: number;
  refused: number;
};

/**
 * The store of shares in memory. Reads are as old as `staleMs`; a write fails, changing nothing, by chance.
 * @param clock ms
 */
export function shareStores(clock: () => number, staleMs = 0, lost: () => boolean = () => false) {
  const windows = new Map<number, { at: number; seen: ShareWindow }[]>();
  const congested = new Map<string, number>();
  function change(window: number, capacity: number | undefined, by: (draft: Mutable) => void): void {
    if (lost()) throw new Error('the store is away');
    const versions = windows.get(window) ?? [];
    windows.set(window, versions);
    const last = versions.at(-1)?.seen;
    const draft = {
      window,
      asked: new Map(last?.asked),
      given: new Map(last?.given),
      sent: last?.sent ?? 0,
      throttled: last?.throttled ?? 0,
      refused: last?.refused ?? 0,
    };
    by(draft);
    const shared = last?.capacity ?? capacity;
    versions.push({ at: clock(), seen: { ...draft, ...(shared === undefined ? {} : { capacity: shared }) } });
  }
  const add = (counts: Map<string, number>, name: string, units: number) =>
    counts.set(name, (counts.get(name) ?? 0) + units);
  const stores: ShareStores = {
    shareWindows: async (_, before) =>
      [1, 2, 3, 4, 5, 6, 7, 8].flatMap((back) => {
        const seen = windows.get(before - back)?.findLast(({ at }) => at <= clock() - staleMs)?.seen;
        return seen ? [seen] : [];
      }),
    takeShare: async ({ window, tenantId, units, unheard, allowance, capacity }) => {
      let outcome: 'given' | 'refused' = 'refused';
      change(window, capacity, (draft) => {
        add(draft.asked, tenantId, units + unheard);
        const used = draft.given.get(tenantId) ?? allowance.owed;
        outcome = used < Math.ceil(allowance.allowed) ? 'given' : 'refused';
        draft.given.set(tenantId, used + (outcome === 'given' ? units : 0));
        if (outcome === 'given') draft.sent += units;
      });
      return outcome;
    },
    returnShare: async ({ window, tenantId, units }: ShareAsk) =>
      change(window, undefined, (draft) => {
        add(draft.asked, tenantId, -units);
        add(draft.given, tenantId, -units);
        draft.sent -= units;
      }),
    countThrottled: async ({ window, units, allowance: { payer } }, outcome) =>
      change(window, undefined, (draft) => {
        draft.throttled += units;
        if (payer !== undefined) add(draft.given, payer, units);
        if (outcome === 'refused') draft.refused += units;
      }),
    setCongested: async (model, until) => {
      congested.set(model, until);
    },
  };
  return {
    stores,
    windows: (window: number) => windows.get(window)?.at(-1)?.seen,
    switches: () => ({ ...NO_SWITCHES, congested: new Map(congested) }),
  };
}

/** What a tenant does from second `from` to second `to`. */
export type Demand = {
  readonly tenant: string;
  readonly from?: number;
  readonly to?: number;
  /** Requests per second, at random times. */
  readonly perSecond: number;
  /** Units of a request: between these two. */
  readonly units: readonly [number, number];
  /** How often a refused request comes again, after its `retry-after`. */
  readonly tries?: number;
};

/** A quota from second `from` on: units per second and what may gather. */
export type SimulatedQuota = { readonly from: number; readonly perSecond: number; readonly burst: number };

export type Scenario = {
  readonly seed: number;
  readonly seconds: number;
  readonly demands: readonly Demand[];
  readonly quota: readonly SimulatedQuota[];
  readonly instances?: number;
  readonly staleMs?: number;
  /** The part of writes that fail. */
  readonly lost?: number;
  /** Instances' clocks differ by up to this, in ms. */
  readonly skewMs?: number;
};

export type Simulated = {
  /** Units of a tenant that Bedrock served between two seconds, per second. */
  served(tenant: string, from: number, to: number): number;
  /** Units of a tenant that it wanted (each request once), per second. */
  wanted(tenant: string, from: number, to: number): number;
  /** Requests refused between two seconds for want of a share. */
  heldBack(from: number, to: number): number;
  /** When the last note of congestion ends, in seconds. */
  congestedUntil(): number;
  windowAt(second: number): ShareWindow | undefined;
};

const START = Math.floor(Date.UTC(2026, 10, 22, 12) / 4_000) * 4_000 + 1_700;

/** Plays a scenario over the true code, many instances and a token bucket, on a clock of its own. */
export async function simulate(scenario: Scenario): Promise<Simulated> {
  const { seed, seconds, demands, quota, instances = 8, staleMs = 40, lost = 0, skewMs = 40 } = scenario;
  const random = chance(seed);
  let now = START;
  const { stores, windows, switches } = shareStores(
    () => now,
    staleMs,
    () => random() < lost,
  );
  const fleet = Array.from({ length: instances }, () => ({
    share: makeFairShare(stores),
    skew: Math.round((random() * 2 - 1) * skewMs),
  }));
  const queue = new EventQueue();
  const served: [tenant: string, second: number, units: number][] = [];
  const wanted: typeof served = [];
  const heldBack: number[] = [];
  const second = () => (now - START) / 1_000;

  let level = quota[0]?.burst ?? 0;
  let filledAt = now;
  /** Bedrock's bucket: passes while something is left, and may go below zero. */
  function passes(units: number): boolean {
    const { perSecond = 0, burst = 0 } = quota.findLast(({ from }) => from <= second()) ?? {};
    level = Math.min(burst, level + ((now - filledAt) / 1_000) * perSecond);
    filledAt = now;
    if (level < 1) return false;
    level -= units;
    return true;
  }

  async function arrive(tenant: string, units: number, tries: number): Promise<void> {
    const { share, skew } = fleet[Math.floor(random() * fleet.length)] ?? { share: makeFairShare(stores), skew: 0 };
    const asking = { tenantId: parseTenantId(tenant) as TenantId, bedrockModelId: MODEL, model: 'opus' };
    const given = await share.take(asking, units, switches(), now + skew);
    if ('kind' in given) {
      heldBack.push(second());
      const wait = given.kind === 'capacity_shared' ? given.retryAfterSeconds * 1_000 : 0;
      if (tries > 0) queue.add(now + wait * (1 + random() / 4), () => arrive(tenant, units, tries - 1));
      return;
    }
    const attempt = async (number: number): Promise<void> => {
      const passed = passes(units);
      await given.told(passed ? 'served' : 'refused', now + skew);
      if (passed) served.push([tenant, second(), units]);
      else if (number === 1) queue.add(now + 200 * (1 + random()), () => attempt(2));
      else if (tries > 0) queue.add(now + 2_000 * (1 + random() / 4), () => arrive(tenant, units, tries - 1));
    };
    queue.add(now + 20 + random() * 60, () => attempt(1));
  }

  for (const { tenant, from = 0, to = seconds, perSecond, units, tries = 0 } of demands) {
    const next = async (): Promise<void> => {
      if (second() >= to) return;
      const size = Math.round(units[0] + random() * (units[1] - units[0]));
      wanted.push([tenant, second(), size]);
      queue.add(now + (-Math.log(1 - random()) / perSecond) * 1_000, next);
      await arrive(tenant, size, tries);
    };
    queue.add(START + from * 1_000 + (random() / perSecond) * 1_000, next);
  }
  for (let event = queue.next(); event && event.at <= START + seconds * 1_000; event = queue.next()) {
    now = event.at;
    await event.happen();
  }

  const per = (list: typeof served, name: string, from: number, to: number) =>
    list.reduce((sum, [tenant, at, units]) => sum + (tenant === name && at >= from && at < to ? units : 0), 0) /
    (to - from);
  return {
    served: (tenant, from, to) => per(served, tenant, from, to),
    wanted: (tenant, from, to) => per(wanted, tenant, from, to),
    heldBack: (from, to) => heldBack.filter((at) => at >= from && at < to).length,
    congestedUntil: () => ((switches().congested.get(MODEL) ?? START) - START) / 1_000,
    windowAt: (at) => windows(shareWindowOf(START + at * 1_000)),
  };
}

/** What happens when, in order of time. */
class EventQueue {
  readonly #heap: { at: number; happen: () => Promise<void> }[] = [];

  add(at: number, happen: () => Promise<void>): void {
    const heap = this.#heap;
    let place = heap.push({ at: Math.round(at), happen }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#at(parent) <= this.#at(place)) break;
      this.#swap(parent, place);
      place = parent;
    }
  }

  next(): { at: number; happen: () => Promise<void> } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    heap[0] = last;
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (this.#at(left) < this.#at(least)) least = left;
      if (this.#at(right) < this.#at(least)) least = right;
      if (least === place) return first;
      this.#swap(least, place);
      place = least;
    }
  }

  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    const [first, second] = [heap[one], heap[other]];
    if (first && second) [heap[one], heap[other]] = [second, first];
  }
}
