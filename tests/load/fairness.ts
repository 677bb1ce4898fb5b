import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Door } from './door.ts';

export type FairnessPlan = {
  /** Requests per second that the quota lets through. */
  readonly quota: number;
  /** Requests per second that B offers; A offers ten times as much. */
  readonly offered: number;
  /** How long B's share may take to come, and how long it is then judged, in seconds. */
  readonly settleSeconds: number;
  readonly seconds: number;
};

/** Requests of one tenant that were wanted in a slice of time, and what became of them. */
export type Slice = { readonly fromSecond: number; wanted: number; served: number };

export type FairnessResult = {
  readonly plan: FairnessPlan;
  readonly slices: readonly { readonly a: Slice; readonly b: Slice }[];
  /** What B got while it was judged, as a part of min(its demand, half of the quota). */
  readonly bPart: number;
  /** Served to both then, as a part of the quota. */
  readonly used: number;
  /** Of A's requests, when it was alone and nothing throttled, the part that was served. */
  readonly aAlone: number;
  /** Answers that were neither served nor a 429. */
  readonly errors: number;
};

const SLICE_SECONDS = 5;
/** How often a refused request comes again: Claude Code would ten times. */
const TRIES = 4;

/** A offers ten times what B offers against a quota that is not enough; before it, A alone against none. */
export async function measureFairness(door: Door, plan: FairnessPlan, tell: (line: string) => void) {
  const [a, b] = (await door.addTenants('load-big', 'load-small')) as [TenantId, TenantId];
  await door.setQuota(null);
  const total = plan.settleSeconds + plan.seconds;
  const errors = { count: 0 };
  // The function loads at its first request.
  await Promise.all([door.ask(a, 'hello'), door.ask(b, 'hello')]);
  const alone = slicesOf(5);
  await offer(door, a, plan.offered * 10, alone, errors);
  const aAlone = sum(alone, 'served') / sum(alone, 'wanted');
  tell(`A alone, unthrottled: ${(aAlone * 100).toFixed(0)} % of its requests served`);

  await door.setQuota({ requestsPerMinute: plan.quota * 60, burst: plan.quota * 2 });
  const [ofA, ofB] = [slicesOf(total), slicesOf(total)];
  try {
    const offers = [offer(door, a, plan.offered * 10, ofA, errors), offer(door, b, plan.offered, ofB, errors)];
    await Promise.all(offers);
  } finally {
    await door.setQuota(null);
  }
  const judged = (slices: readonly Slice[]) => slices.filter(({ fromSecond }) => fromSecond >= plan.settleSeconds);
  const bWanted = sum(judged(ofB), 'wanted');
  const bServed = sum(judged(ofB), 'served');
  const result: FairnessResult = {
    plan,
    slices: ofA.map((slice, index) => ({ a: slice, b: ofB[index] ?? slice })),
    bPart: bServed / Math.min(bWanted, (plan.quota / 2) * plan.seconds),
    used: (bServed + sum(judged(ofA), 'served')) / (plan.quota * plan.seconds),
    aAlone,
    errors: errors.count,
  };
  return result;
}

/** Offers requests at a steady rate for as long as there are slices; each refused one comes again after its `retry-after`. */
async function offer(
  door: Door,
  tenant: TenantId,
  perSecond: number,
  slices: Slice[],
  errors: { count: number },
): Promise<void> {
  const startedAt = performance.now();
  const count = slices.length * SLICE_SECONDS * perSecond;
  const running: Promise<void>[] = [];
  const sliceNow = () => slices[Math.floor((performance.now() - startedAt) / 1_000 / SLICE_SECONDS)];
  const one = async (): Promise<void> => {
    const wantedIn = sliceNow();
    if (wantedIn) wantedIn.wanted += 1;
    for (let tries = TRIES; tries >= 0; tries--) {
      const { status, whole, retryAfterMs } = await door.ask(tenant, 'hello [[deltas:3]]');
      if (whole) {
        const servedIn = sliceNow() ?? slices.at(-1);
        if (servedIn) servedIn.served += 1;
        return;
      }
      if (status !== 429) {
        // A machine that is too busy says nothing of shares.
        errors.count += 1;
        if (wantedIn) wantedIn.wanted -= 1;
      }
      // What comes after the end would be waited for and count for nothing.
      if (status !== 429 || performance.now() - startedAt > slices.length * SLICE_SECONDS * 1_000) return;
      await sleep(retryAfterMs * (1 + Math.random() / 4));
    }
  };
  for (let index = 0; index < count; index++) {
    const due = startedAt + (index / perSecond) * 1_000;
    if (due > performance.now()) await sleep(due - performance.now());
    running.push(
      one().catch(() => {
        errors.count += 1;
      }),
    );
  }
  await Promise.all(running);
}

function slicesOf(seconds: number): Slice[] {
  const count = Math.ceil(seconds / SLICE_SECONDS);
  return Array.from({ length: count }, (_, index) => ({ fromSecond: index * SLICE_SECONDS, wanted: 0, served: 0 }));
}

function sum(slices: readonly Slice[], of: 'wanted' | 'served'): number {
  return slices.reduce((total, slice) => total + slice[of], 0);
}
