import { allowedAt, SHARE_WINDOW_MS, type ShareWindow, shareWindowOf } from '../../tenancy/fair-share.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Switches } from '../../tenancy/switches.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { keep } from './kept.ts';
import type { Stores } from './stores.ts';

/** A throttle makes a model's quota shared out for so long, in ms, and so does every request that got no share of it. */
const CONGESTED_MS = 15_000;
/** The note of it is written anew only when so much of it has passed, in ms: it is one item for all. */
const RENEW_MS = 5_000;

/** A share grows with every second of its window. */
const RETRY_SECONDS = 2;

type ShareStores = Pick<Stores, 'shareWindow' | 'takeShare' | 'countServed' | 'setCongested'>;
type Asking = Pick<Intent, 'tenantId' | 'bedrockModelId' | 'model'>;

/** A request that may be sent. `told` is called with what Bedrock said to it. */
export type Share = { readonly told: (outcome: 'served' | 'refused', now: number) => Promise<void> };

export type FairShare = {
  /** Asks for a share of a model's quota. Costs nothing while nobody is throttled. */
  take(asking: Asking, units: number, switches: Switches, now: number): Promise<Share | Refusal>;
};

/**
 * Shares Bedrock's quota of a model among tenants while it is not enough for all: whoever asks for more than its share
 * is refused here, before it takes the others' part there. As long as Bedrock refuses nobody, everybody may use all.
 */
export function makeFairShare(stores: ShareStores): FairShare {
  const windows = keep((model: string, window: number) => stores.shareWindow(model, window), SHARE_WINDOW_MS);
  const noted = new Map<string, number>();

  async function noteCongested(model: string, now: number): Promise<void> {
    if ((noted.get(model) ?? 0) - now > CONGESTED_MS - RENEW_MS) return;
    noted.set(model, now + CONGESTED_MS);
    await stores.setCongested(model, now + CONGESTED_MS);
  }

  function shared({ bedrockModelId }: Asking, units: number): Share {
    return {
      async told(outcome, now) {
        const counted = stores.countServed(bedrockModelId, shareWindowOf(now), outcome, units);
        // A count that is lost makes a share a little wrong for a few seconds, and nothing else.
        await Promise.allSettled([counted, outcome === 'refused' ? noteCongested(bedrockModelId, now) : null]);
      },
    };
  }

  return {
    async take(asking, units, switches, now) {
      const { bedrockModelId, tenantId, model } = asking;
      const until = Math.max(switches.congested.get(bedrockModelId) ?? 0, noted.get(bedrockModelId) ?? 0);
      if (until <= now) {
        return {
          told: async (outcome, at) => {
            if (outcome === 'refused') await shared(asking, units).told(outcome, at);
          },
        };
      }
      const window = shareWindowOf(now);
      try {
        const before: ShareWindow = await windows(now, bedrockModelId, window - 1);
        // The first window after the first throttle: nothing is known yet of who wants how much.
        const allowed = before.asked.size === 0 ? Number.MAX_SAFE_INTEGER : allowedAt(tenantId, before, now);
        const outcome = await stores.takeShare(bedrockModelId, window, tenantId, units, allowed);
        if (outcome === 'given') return shared(asking, units);
        await noteCongested(bedrockModelId, now).catch(() => undefined);
        return { kind: 'capacity_shared', model, retryAfterSeconds: RETRY_SECONDS };
      } catch {
        // Fairness is no limit: without its store Bedrock itself decides.
        return shared(asking, units);
      }
    },
  };
}
