import {
  extending,
  type Gate,
  type GateId,
  type Hold,
  leaseEpochs,
  renewing,
  returning,
  spentAt,
  thresholdsReached,
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

export type HoldingStores = Pick<Stores, 'extend' | 'updateGate' | 'noteThreshold'>;

/** Runs something every so many ms until the function that it returns is called. */
export type Repeat = (everyMs: number, run: () => void) => () => void;

const repeat: Repeat = (everyMs, run) => {
  const timer = setInterval(run, everyMs);
  return () => clearInterval(timer);
};

/** What one gate surely holds for this request: what it may not have added is never given back, or it could go below what is spent. */
type Held = LimitedGate & { gate: Gate; money: bigint; leases: readonly number[] };

/** Nano-USD, and the output tokens that they are for. */
export type HeldUse = { readonly money: bigint; readonly outputTokens: number };

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
  readonly #stopRepeating: () => void;
  /** What the book has, and every gate is to have. */
  #money: bigint;
  #outputTokens: number;
  /** Output that every gate surely holds. */
  #covered: number;
  /** Why the last look could not bring every gate up to the book, when the next one may. */
  #late: Refusal | null = null;
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
    every: Repeat = repeat,
  ) {
    this.#stores = stores;
    this.#intent = intent;
    this.#estimate = estimate;
    this.#perToken = perToken;
    this.#now = now;
    this.#onRefused = onRefused;
    this.#hold = hold;
    this.#gates = gates.map(({ id, limits, gate }) => ({ id, limits, gate, money: hold.money, leases }));
    this.#money = hold.money;
    this.#outputTokens = this.#covered = intent.reserved.outputTokens;
    this.#toldAt = intent.startedAt;
    this.#stopRepeating = every(TICK_MS, () => {
      if (unseen) this.flowed(((this.#now() - intent.startedAt) / 1000) * UNSEEN_TOKENS_PER_SECOND);
      this.#lookAfter();
    });
  }

  /**
   * The most that it may have used, as far as nobody told: what every gate surely holds for it. The book may say more, of
   * an extension that a gate then refused.
   */
  get held(): HeldUse {
    let money = this.#money;
    for (const held of this.#gates) if (held.money < money) money = held.money;
    return { money, outputTokens: money === this.#money ? this.#outputTokens : this.#covered };
  }

  /** Tells how many output tokens have flowed so far, by estimate. Cheap enough for every read. */
  flowed(tokens: number): void {
    if (tokens <= this.#flowed) return;
    this.#flowed = tokens;
    // What could not be extended is tried again at the next look, not with each read.
    if (this.#late) this.#checkMargin();
    else if (this.#wanted() > 0) this.#lookAfter();
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
        if (after && limits.budget) await this.#tellThresholds(id, limits.budget.nanoUsd, after, now);
      }),
    );
  }

  #wanted(): number {
    return tokensToExtend(this.#outputTokens, this.#flowed, this.#estimate.maxOutputTokens);
  }

  /** One look at a time: each begins from what the last one left. */
  #lookAfter(): void {
    if (this.#over || this.#working) return;
    this.#working = this.#keepUp().finally(() => {
      this.#working = undefined;
    });
  }

  async #keepUp(): Promise<void> {
    const now = this.#now();
    this.#late = null;
    const tokens = this.#wanted();
    if (tokens > 0 || now - this.#toldAt >= RENEW_MS) await this.#tellBook(tokens, now);
    if (!this.#over) await Promise.all([this.#renew(now), this.#extend()]);
    this.#checkMargin();
  }

  /** The book first: whoever has to settle this request after us must know all that it may hold. */
  async #tellBook(tokens: number, now: number): Promise<void> {
    const money = outputCost(tokens, this.#perToken);
    try {
      const told = await this.#stores.extend(this.#intent, { nanoUsd: money, outputTokens: tokens }, now);
      if (told === 'settled') return this.#refuse({ kind: 'internal', why: 'settled by another while it ran' });
      this.#toldAt = now;
      this.#outputTokens += tokens;
      this.#money += money;
    } catch (error) {
      // A mere sign of life is given again at the next look.
      if (tokens > 0) this.#late = { kind: 'place_lost', what: errorPlace(error) };
    }
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

  /** Brings every gate up to what the book says. */
  async #extend(): Promise<void> {
    const [money, tokens] = [this.#money, this.#outputTokens];
    const answers = await Promise.all(
      this.#gates
        .filter((held) => held.money < money)
        .map(async (held) => {
          const more = money - held.money;
          const answer = await ask(
            this.#stores,
            held,
            this.#hold,
            extending(held.limits, this.#hold, more),
            held.money,
          );
          if (answer.outcome === 'done') {
            held.money = money;
            held.gate = answer.gate;
          }
          return answer;
        }),
    );
    const refusal = refusalAmong(answers, this.#hold.at);
    if (!refusal) this.#covered = tokens;
    else if (refusal.kind === 'store_unavailable') this.#refuse({ ...refusal, kind: 'place_lost' });
    else if (answers.some(({ outcome }) => outcome === 'refused')) this.#refuse(refusal);
    else this.#late = refusal;
  }

  /** Half a step is held ahead, so one failure need not end the request; output without a reservation does. */
  #checkMargin(): void {
    if (this.#late && this.#flowed > this.#covered) this.#refuse(this.#late);
  }

  #refuse(refusal: Refusal): void {
    if (this.#over) return;
    this.#end();
    this.#onRefused(refusal);
  }

  #end(): void {
    this.#over = true;
    this.#stopRepeating();
  }

  async #tellThresholds(gate: GateId, budget: bigint, after: Gate, now: number): Promise<void> {
    const month = windowKey('month', this.#hold.at);
    const spent = spentAt(after, this.#hold.at);
    for (const percent of thresholdsReached(budget, spent)) {
      await this.#stores.noteThreshold({ gate, percent, month, budget, spent, at: now }).catch(() => undefined);
    }
  }
}
