import {
  allowanceAt,
  SHARE_WINDOW_MS,
  type ShareAsk,
  type Shares,
  sharesIn,
  shareWindowOf,
  UNSHARED,
} from '../../tenancy/fair-share.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Switches } from '../../tenancy/switches.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { keep } from './kept.ts';
import type { Stores } from './stores.ts';

/** A throttle makes a model's quota shared out for so long, in ms, and so does every request that got no share of it. */
const CONGESTED_MS = 15_000;
/** The note of it is written anew only when so much of it has passed, in ms: it is one item for all. */
const RENEW_MS = 5_000;

/** A tenant that was refused is refused for so long, in ms, without asking the store: its hot loop must not slow the others' counts. */
const HOLD_MS = 250;

/** How soon a refused request may come again, in ms: a share grows all the time; and at most, for one that owes much. */
const [SOONEST_MS, LATEST_MS] = [2_000, 20_000];

type ShareStores = Pick<Stores, 'shareWindows' | 'takeShare' | 'returnShare' | 'countThrottled' | 'setCongested'>;
type Asking = Pick<Intent, 'tenantId' | 'bedrockModelId' | 'model'>;

/** A request that may be sent. */
export type Share = {
  /** Told what Bedrock said to each try, or that it was not sent after all. Never rejects. */
  readonly told: (outcome: 'served' | 'refused' | 'unsent', now: number) => Promise<void>;
};

export type FairShare = {
  /** Asks for a share of a model's quota. Costs nothing while nobody is throttled. */
  take(asking: Asking, units: number, switches: Switches, now: number): Promise<Share | Refusal>;
};

/** A tenant that was refused a moment ago, and what it has asked for since, to be counted with its next request. */
type Held = { readonly until: number; readonly waitMs: number; units: number };

/**
 * Shares Bedrock's quota of a model among tenants while it is not enough for all: whoever asks for more than its share
 * is refused here, before it takes the others' part there. As long as Bedrock refuses nobody, everybody may use all.
 * Fairness is no limit: where its store fails, Bedrock itself decides.
 */
export function makeFairShare(stores: ShareStores): FairShare {
  const sharesOf = keep(
    async (model: string, window: number): Promise<Shares | null> =>
      sharesIn(window, await stores.shareWindows(model, window)),
    SHARE_WINDOW_MS,
  );
  const noted = new Map<string, number>();
  const held = new Map<string, Held>();

  async function noteCongested(model: string, now: number): Promise<void> {
    if ((noted.get(model) ?? 0) - now > CONGESTED_MS - RENEW_MS) return;
    noted.set(model, now + CONGESTED_MS);
    await stores.setCongested(model, now + CONGESTED_MS);
  }

  /** Without an ask the request was let through before anything was shared out: it only tells of the throttle. */
  function shared({ bedrockModelId }: Asking, ask?: ShareAsk): Share {
    let refusals = 0;
    return {
      async told(outcome, now) {
        const told: Promise<void>[] = [];
        if (outcome === 'refused') {
          refusals += 1;
          told.push(noteCongested(bedrockModelId, now));
          // What the second try gets through was served: the first came a moment too early.
          if (ask) told.push(stores.countThrottled(ask, refusals === 2 ? 'refused' : 'tried again'));
        }
        if (outcome === 'unsent' && ask) told.push(stores.returnShare(ask));
        // A count that is lost makes a share a little wrong for a few seconds, and nothing else.
        await Promise.allSettled(told);
      },
    };
  }

  return {
    async take(asking, units, switches, now) {
      const { bedrockModelId, tenantId, model } = asking;
      const told = switches.congested.get(bedrockModelId) ?? 0;
      const until = Math.max(told, noted.get(bedrockModelId) ?? 0);
      if (until <= now) return shared(asking);
      // Who has read that it goes on need not write it again.
      noted.set(bedrockModelId, until);

      const name = `${tenantId} ${bedrockModelId}`;
      const before = held.get(name);
      if (before && now < before.until) {
        before.units += units;
        return refusal(model, before.waitMs);
      }
      held.delete(name);
      const window = shareWindowOf(now);
      try {
        const shares = await sharesOf(now, bedrockModelId, window);
        const allowance = shares ? allowanceAt(tenantId, shares, now) : UNSHARED;
        const ask: ShareAsk = {
          bedrockModelId,
          window,
          tenantId,
          units,
          unheard: before?.units ?? 0,
          allowance,
          ...(shares ? { capacity: shares.capacity } : {}),
        };
        const outcome = await stores.takeShare(ask);
        if (outcome === 'given') return shared(asking, ask);
        held.set(name, { until: now + HOLD_MS, waitMs: allowance.waitMs, units: 0 });
        await noteCongested(bedrockModelId, now).catch(() => undefined);
        return refusal(model, allowance.waitMs);
      } catch {
        return shared(asking);
      }
    },
  };
}

function refusal(model: string, waitMs: number): Refusal {
  const retryAfterSeconds = Math.ceil(Math.min(LATEST_MS, Math.max(SOONEST_MS, waitMs)) / 1_000);
  return { kind: 'capacity_shared', model, retryAfterSeconds };
}
