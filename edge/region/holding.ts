import {
  extending,
  type Gate,
  type GateId,
  type Hold,
  leaseEpochs,
  renewing,
  returning,
  spentAt,
  thresholdsPassed,
  type Used,
} from '../../tenancy/gate.ts';
import { windowKey } from '../../tenancy/limit.ts';
import type { TokenPrices } from '../../tenancy/price.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { type Estimate, outputCost, tokensToExtend, UNSEEN_TOKENS_PER_SECOND } from '../../tenancy/reservation.ts';
import type { Intent } from '../../tenancy/usage.ts';
import type { Admission, LimitedGate } from './admit.ts';
import { errorPlace } from './log.ts';
import { ask, giveBack, type Reserved, refusalAmong } from './reserve.ts';
import type { Stores } from './stores.ts';

/** How often a running request looks after its place, in ms. */
const TICK_MS = 1_000;
/** A process tells the book at least so often that it still works on a request, in ms. */
const RENEW_MS = 30_000;

type HoldingStores = Pick<Stores, 'extend' | 'updateGate' | 'noteThreshold'>;

/** What one gate surely holds for this request: what it may not have added is never given back, or it could go below what is spent. */
type Held = LimitedGate & { readonly gate: Gate; money: bigint; leases: readonly number[] };

/**
 * A running request's place in its limits: extended as output flows, counted in each further lease epoch, and given
 * back once at the end. When a gate gives no more, `onRefused` is told, once, and the request has to end.
 */
export class Holding {
  readonly #stores: HoldingStores;
  readonly #intent: Intent;
  readonly #estimate: Estimate;
  readonly #perToken: TokenPrices;
  readonly #now: () => number;
  readonly #onRefused: (refusal: Refusal) => void;
  readonly #hold: Hold;
  readonly #gates: readonly Held[];
  readonly #timer: NodeJS.Timeout;
  #outputTokens: number;
  #flowed = 0;
  #toldAt: number;
  #working: Promise<void> | undefined;
  #over = false;

  /** @param unseen whether output can be made that nobody sees flow: then the clock is believed as well */
  constructor(
    { intent, estimate, perToken, unseen }: Pick<Admission, 'intent' | 'estimate' | 'perToken' | 'unseen'>,
    { hold, leases, gates }: Reserved,
    stores: HoldingStores,
    now: () => number,
    onRefused: (refusal: Refusal) => void,
  ) {
    this.#stores = stores;
    this.#intent = intent;
    this.#estimate = estimate;
    this.#perToken = perToken;
    this.#now = now;
    this.#onRefused = onRefused;
    this.#hold = hold;
    this.#gates = gates.map((gate) => ({ ...gate, money: hold.money, leases }));
    this.#outputTokens = intent.reserved.outputTokens;
    this.#toldAt = intent.startedAt;
    this.#timer = setInterval(() => {
      if (unseen) this.flowed(((this.#now() - intent.startedAt) / 1000) * UNSEEN_TOKENS_PER_SECOND);
      this.#lookAfter();
    }, TICK_MS);
  }

  /** Tells how many output tokens have flowed so far, by estimate. Cheap enough for every read. */
  flowed(tokens: number): void {
    if (tokens <= this.#flowed) return;
    this.#flowed = tokens;
    if (this.#wanted() > 0) this.#lookAfter();
  }

  /** Stops looking after the place; what is under way is waited for. Comes before the settlement. */
  async stop(): Promise<void> {
    this.#end();
    await this.#working;
  }

  /** Gives the place back, less what was used. After the settlement: a crash in between holds too much, never too little. */
  async giveBack(used: Used): Promise<void> {
    const now = this.#now();
    await Promise.all(
      this.#gates.map(async ({ id, limits, gate, money, leases }) => {
        const update = returning(limits, { ...this.#hold, money }, leases, used, gate, now);
        const after = await giveBack(this.#stores, id, update);
        if (after && limits.budget) await this.#tellThresholds(id, limits.budget.nanoUsd, after, used.money, now);
      }),
    );
  }

  #wanted(): number {
    return tokensToExtend(this.#outputTokens, this.#flowed, this.#estimate.maxOutputTokens);
  }

  /** One change at a time: each begins from what the last one left. */
  #lookAfter(): void {
    if (this.#over || this.#working) return;
    this.#working = this.#keepUp().finally(() => {
      this.#working = undefined;
    });
  }

  async #keepUp(): Promise<void> {
    const now = this.#now();
    const tokens = this.#wanted();
    const money = outputCost(tokens, this.#perToken);
    if (tokens > 0 || now - this.#toldAt >= RENEW_MS) {
      // The book first: whoever has to settle this request after us must know all that it may hold.
      try {
        const told = await this.#stores.extend(this.#intent, { nanoUsd: money, outputTokens: tokens }, now);
        if (told === 'settled') return this.#refuse({ kind: 'internal', why: 'settled by another while it ran' });
        this.#toldAt = now;
      } catch (error) {
        // Output must not flow on without a reservation; a mere sign of life is given again at the next look.
        if (tokens > 0) this.#refuse({ kind: 'store_unavailable', what: errorPlace(error) });
        return;
      }
    }
    await Promise.all([this.#renew(now), tokens > 0 ? this.#extend(tokens, money, now) : null]);
  }

  async #renew(now: number): Promise<void> {
    await Promise.all(
      this.#gates.map(async (held) => {
        const epochs = leaseEpochs(now).filter((epoch) => !held.leases.includes(epoch));
        if (held.limits.streams === undefined || epochs.length === 0) return;
        const renewed = await giveBack(this.#stores, held.id, renewing(epochs));
        if (renewed) held.leases = [...held.leases, ...epochs];
      }),
    );
  }

  async #extend(tokens: number, money: bigint, now: number): Promise<void> {
    const answers = await Promise.all(
      this.#gates.map(async (held) => {
        const answer = await ask(this.#stores, held, this.#hold, extending(held.limits, this.#hold, money));
        if (answer.outcome === 'done') held.money += money;
        return answer;
      }),
    );
    this.#outputTokens += tokens;
    const refusal = refusalAmong(answers, now);
    if (refusal) this.#refuse(refusal);
  }

  #refuse(refusal: Refusal): void {
    if (this.#over) return;
    this.#end();
    this.#onRefused(refusal);
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#timer);
  }

  async #tellThresholds(gate: GateId, budget: bigint, after: Gate, used: bigint, now: number): Promise<void> {
    const month = windowKey('month', this.#hold.at);
    const nanoUsd = spentAt(after, this.#hold.at);
    for (const percent of thresholdsPassed(budget, nanoUsd - used, nanoUsd)) {
      await this.#stores.noteThreshold({ gate, percent, month, nanoUsd, at: now }).catch(() => undefined);
    }
  }
}
