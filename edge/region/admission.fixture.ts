import { setImmediate as turn } from 'node:timers/promises';
import { applyUpdate, type Gate, type GateUpdate, NEW_GATE } from '../../tenancy/gate.ts';
import { book, NOTHING_BOOKED, rebuilding, standing } from '../../tenancy/gate-rebuild.ts';
import type { Limits } from '../../tenancy/limit.ts';
import { windowKey } from '../../tenancy/limit.ts';
import { orphanSettlement, returningOrphan } from '../../tenancy/orphan.ts';
import { firstReservation, outputCost } from '../../tenancy/reservation.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import { type Intent, NO_TOKENS, type Settlement, sameSettlement } from '../../tenancy/usage.ts';
import type { LimitedGate } from './admit.ts';
import { Holding } from './holding.ts';
import { reserve } from './reserve.ts';
import { settle } from './settle.ts';
import type { Stores } from './stores.ts';

/** One nano-USD a token: money can be read as tokens. */
const PRICES = { input: 1, output: 1, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 };
const ACME = parseTenantId('acme') as TenantId;
export const START = Date.UTC(2026, 10, 22, 12);

/** What a request of the model does: so many output tokens, one flow after the other. */
export type Script = {
  readonly inputTokens: number;
  readonly flows: readonly number[];
  readonly maxOutputTokens: number;
};

export type Faults = {
  /** Calls that fail, before or after they happened; gates that are busy; processes that die. */
  readonly most: number;
  /** Whether the kill switch may be thrown at any moment. */
  readonly kill?: boolean;
  /** Whether the sweeper may come for any request at any moment, as if its process had slept too long. */
  readonly sweep?: boolean;
  /** Whether the clock may be advanced and running requests look after their places. */
  readonly time?: boolean;
};

type Booked = { readonly intent: Intent; held: bigint; settlement: Settlement | null };

type Pending = {
  readonly who: number;
  readonly what: string;
  /** `null`: a wait for Bedrock, which cannot fail here. */
  readonly effect: (() => unknown) | null;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly canBeBusy: boolean;
};

/**
 * The admission as a state machine: the real code, over a store whose every call waits until it is told what becomes of
 * it. `choices` are what can happen next; `take` makes one happen and lets the code run on to its next call.
 */
export class Model {
  readonly book = new Map<number, Booked>();
  readonly gates: Gate[];
  readonly faultsLeft: { count: number };
  now = START;
  /** What has been seen to go wrong. */
  readonly wrong: string[] = [];
  readonly admitted = new Set<number>();
  readonly refusals: string[] = [];
  /** Whether anything happened that leaves a gate with more than it should have, until it is rebuilt. */
  blurred = false;

  readonly #limits: readonly Limits[];
  readonly #faults: Faults;
  readonly #pending: Pending[] = [];
  readonly #histories: string[];
  readonly #dead = new Set<number>();
  readonly #ticks = new Map<number, () => void>();
  /** What the model has made for each request that reached it, in nano-USD. */
  readonly #made = new Map<number, bigint>();
  #closed = false;
  #swept = false;
  #running: number;

  constructor(scripts: readonly Script[], limits: readonly Limits[], faults: Faults) {
    this.#limits = limits;
    this.#faults = faults;
    this.faultsLeft = { count: faults.most };
    this.gates = limits.map(() => NEW_GATE);
    this.#histories = scripts.map(() => '');
    this.#running = scripts.length;
    for (const [who, script] of scripts.entries()) {
      void this.#live(who, script).finally(() => {
        this.#running--;
        this.#ticks.delete(who);
        this.#histories[who] += '!';
      });
    }
  }

  /** Nothing runs, and nothing is under way. */
  get over(): boolean {
    return this.#pending.length === 0 && this.#running - this.#dead.size === 0;
  }

  /** What can happen next. */
  choices(): string[] {
    const all: string[] = [];
    const faults = this.faultsLeft.count > 0;
    for (const [n, { who, what, effect, canBeBusy }] of this.#pending.entries()) {
      const name = `${n}:${who}:${what}`;
      if (this.#dead.has(who)) {
        if (effect) all.push(`${name}:happens`);
        all.push(`${name}:vanishes`);
        continue;
      }
      // Output flows when the request's own calls are done: how far it may run ahead of them is another test's matter.
      if (!effect && this.#pending.some((one) => one.who === who && one.effect)) continue;
      all.push(`${name}:ok`);
      if (!faults) continue;
      if (effect) all.push(`${name}:before`, `${name}:after`);
      if (canBeBusy) all.push(`${name}:busy`);
    }
    if (faults) {
      for (const who of new Set(this.#pending.map((one) => one.who))) if (!this.#dead.has(who)) all.push(`die:${who}`);
    }
    if (this.#faults.kill && !this.#closed && all.length > 0) all.push('kill');
    if (this.#faults.sweep) {
      for (const [who, { settlement }] of this.book) if (!settlement) all.push(`sweep:${who}`);
    }
    if (this.#faults.time && all.length > 0) {
      all.push('wait');
      for (const who of this.#ticks.keys()) if (!this.#dead.has(who)) all.push(`tick:${who}`);
    }
    return all;
  }

  async take(choice: string): Promise<void> {
    const [first = '', second = '', what = '', outcome = ''] = choice.split(':');
    if (first === 'die') {
      this.#dead.add(Number(second));
      this.#ticks.delete(Number(second));
      this.#fault();
    } else if (first === 'kill') {
      this.#closed = true;
      this.gates[0] = { ...(this.gates[0] ?? NEW_GATE), closed: true };
    } else if (first === 'sweep') {
      this.#sweep(Number(second));
    } else if (first === 'wait') {
      this.now += 25_000;
    } else if (first === 'tick') {
      this.#ticks.get(Number(second))?.();
    } else {
      const [one] = this.#pending.splice(Number(first), 1);
      if (!one) throw new Error(`no such choice: ${choice}`);
      this.#answer(one, outcome);
      this.#histories[one.who] += `${what}=${outcome};`;
    }
    await turn();
    this.#check();
  }

  /** All that decides what can still happen: two paths that lead to one state need be followed from it once. */
  get state(): string {
    const gates = this.gates.map(({ closed, counters }) => [closed, [...counters].map(String).sort()]);
    const book = [...this.book].map(([who, { held, settlement }]) => [
      who,
      String(held),
      settlement?.outcome,
      String(settlement?.nanoUsd),
    ]);
    return JSON.stringify([
      gates,
      book.sort(),
      this.#histories,
      [...this.#dead].sort(),
      this.faultsLeft.count,
      this.now,
    ]);
  }

  /** What the model has truly been paid for requests of a month that are settled, whatever an estimate says of them. */
  #paid(month: string): bigint {
    return [...this.book].reduce((sum, [who, { intent, settlement }]) => {
      if (!settlement || windowKey('month', intent.startedAt) !== month) return sum;
      return sum + (settlement.outcome === 'ORPHAN' ? (this.#made.get(who) ?? 0n) : settlement.nanoUsd);
    }, 0n);
  }

  /** Makes every gate say what the book says, as a rebuild does, and returns what is off then: nothing. */
  rebuild(): string[] {
    const months = new Set([...this.book.values()].map(({ intent }) => windowKey('month', intent.startedAt)));
    return [...months].flatMap((month) => {
      const requests = [...this.book.values()]
        .filter(({ intent }) => windowKey('month', intent.startedAt) === month)
        .map(({ intent, held, settlement }) => ({
          intent: { ...intent, reserved: { ...intent.reserved, nanoUsd: held } },
          settlement,
        }));
      const booked = requests.reduce(book, NOTHING_BOOKED);
      const paid = this.#paid(month);
      return this.gates.flatMap((gate, n) => {
        const change = rebuilding(gate, month, booked, this.now);
        const rebuilt = { ...gate, counters: new Map([...gate.counters, ...(change?.set ?? [])]) };
        const { committed, spent } = standing(rebuilt, month);
        const right = committed === spent && spent === booked.spent && spent >= paid;
        return right ? [] : [`gate ${n}: rebuilt to ${committed} committed, ${spent} spent, ${paid} paid`];
      });
    });
  }

  /** Settles whatever nobody works on any more, as the sweeper does. */
  sweepAll(): void {
    for (const [who, { settlement }] of this.book) if (!settlement) this.#sweep(who);
    this.#check();
  }

  async #live(who: number, { inputTokens, flows, maxOutputTokens }: Script): Promise<void> {
    const estimate = { inputTokens, maxOutputTokens };
    const { money, outputTokens } = firstReservation(estimate, PRICES);
    const intent: Intent = {
      requestId: `r-${who}`,
      tenantId: ACME,
      identityId: 'usr_anna',
      callerType: 'user',
      model: 'm',
      bedrockModelId: 'b',
      region: 'eu-central-1',
      stream: true,
      startedAt: this.now,
      reserved: { nanoUsd: money, inputTokens, outputTokens },
    };
    const gates = this.#limits.map(
      (limits, n): LimitedGate => ({ id: { tenantId: ACME, subject: { kind: 'user', identityId: `g${n}` } }, limits }),
    );
    const stores = this.#stores(who);
    const reserved = await reserve(stores, { intent, gates, estimate });
    if (!reserved.ok) {
      this.refusals.push(reserved.reason.refusal.kind);
      return;
    }
    if (this.gates.some(({ closed }) => closed) && !this.#closedAfter.has(who))
      this.wrong.push(`${who} passed a closed gate`);
    this.admitted.add(who);
    let cutOff = (): void => undefined;
    const cut = new Promise<'cut'>((resolve) => {
      cutOff = () => resolve('cut');
    });
    const holding = new Holding(
      { intent, estimate, perToken: PRICES, unseen: false },
      reserved.value,
      stores,
      () => this.now,
      cutOff,
      (_, run) => {
        this.#ticks.set(who, run);
        return () => this.#ticks.delete(who);
      },
    );
    let [flowed, made] = [0, 0];
    this.#made.set(who, BigInt(inputTokens));
    for (const more of flows) {
      flowed = Math.min(flowed + more, maxOutputTokens);
      holding.flowed(flowed);
      const went = await Promise.race([this.#wait<'flowed'>(who, 'bedrock', null), cut]);
      if (went === 'cut') {
        const waiting = this.#pending.findIndex((one) => one.who === who && one.effect === null);
        if (waiting >= 0) this.#pending.splice(waiting, 1);
        break;
      }
      made = flowed;
      this.#made.set(who, BigInt(inputTokens + made));
    }
    await holding.stop();
    const nanoUsd = BigInt(inputTokens) + outputCost(made, PRICES);
    const settlement: Settlement = {
      outcome: 'COMPLETED',
      tokens: { ...NO_TOKENS, input: inputTokens, output: made },
      nanoUsd,
      flags: [],
      settledAt: this.now,
    };
    const ours = await settle({ stores, emit: () => undefined }, intent, settlement);
    if (ours) await holding.giveBack({ money: nanoUsd, tokens: inputTokens + made, ...ours });
  }

  /** Requests whose place was complete before the gate was closed. */
  readonly #closedAfter = new Set<number>();

  #stores(who: number): Pick<Stores, 'open' | 'settle' | 'extend' | 'updateGate' | 'noteThreshold'> {
    return {
      open: (intent) =>
        this.#wait(who, 'open', () => {
          if (this.book.has(who)) return 'replayed';
          this.book.set(who, { intent, held: intent.reserved.nanoUsd, settlement: null });
          return 'opened';
        }),
      extend: (_, { nanoUsd }) =>
        this.#wait(who, 'extend', () => {
          const entry = this.book.get(who);
          if (!entry || entry.settlement) return 'settled';
          entry.held += nanoUsd;
          return 'extended';
        }),
      settle: (_, settlement) => this.#wait(who, 'settle', () => this.#settle(who, settlement)),
      updateGate: ({ subject }, update) => {
        const n = Number(subject.kind === 'user' ? subject.identityId.slice(1) : 0);
        return this.#wait(who, `gate${n}`, () => this.#update(who, n, update), true);
      },
      noteThreshold: async () => 'noted',
    };
  }

  #settle(who: number, settlement: Settlement): 'settled' | 'already_settled' | { replaced: bigint } {
    const entry = this.book.get(who);
    if (!entry) throw new Error('no intent to settle');
    const { settlement: stood } = entry;
    if (!stood) {
      entry.settlement = settlement;
      return 'settled';
    }
    if (stood.outcome === 'ORPHAN' && settlement.outcome !== 'REFUSED') {
      const { nanoUsd: replaced } = stood;
      entry.settlement = { ...settlement, replaced };
      return { replaced };
    }
    const { replaced, ...rest } = stood;
    if (!sameSettlement(rest, settlement)) return 'already_settled';
    return replaced === undefined ? 'settled' : { replaced };
  }

  #update(who: number, n: number, update: GateUpdate): { outcome: 'done' | 'refused'; gate: Gate } {
    const before = this.gates[n] ?? NEW_GATE;
    const after = applyUpdate(before, update);
    if (!after) return { outcome: 'refused', gate: before };
    if (before.closed) {
      for (const [name, amount] of update.add)
        if (name.startsWith('committed.') && amount > 0n) this.wrong.push(`${who} took ${amount} at a closed gate`);
    } else if (update.refusedWhenClosed && n === 0) {
      this.#closedAfter.add(who);
    }
    this.gates[n] = after;
    return { outcome: 'done', gate: after };
  }

  /** The sweeper's settlement, at all that the book says is held: nobody can tell what was used. */
  #sweep(who: number): void {
    const entry = this.book.get(who);
    if (!entry || entry.settlement) return;
    const intent = { ...entry.intent, reserved: { ...entry.intent.reserved, nanoUsd: entry.held } };
    entry.settlement = orphanSettlement(intent, -1);
    this.#swept = true;
    this.blurred = true;
    const update = returningOrphan(intent, entry.settlement, this.now);
    this.gates.forEach((gate, n) => {
      this.gates[n] = applyUpdate(gate, update) ?? gate;
    });
  }

  #wait<Value>(who: number, what: string, effect: (() => unknown) | null, canBeBusy = false): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#pending.push({ who, what, effect, resolve: resolve as (value: never) => void, reject, canBeBusy });
    });
  }

  #answer({ who, effect, resolve, reject }: Pending, outcome: string): void {
    if (outcome !== 'ok' && !this.#dead.has(who)) this.#fault();
    let value: unknown = outcome === 'busy' ? { outcome } : 'flowed';
    let error = outcome === 'before' || outcome === 'after' ? new Error('no answer') : undefined;
    if (effect && ['ok', 'after', 'happens'].includes(outcome)) {
      try {
        value = effect();
      } catch (thrown) {
        error ??= thrown as Error;
      }
    }
    // Nobody is told any more what became of a dead process's calls.
    if (this.#dead.has(who)) return;
    if (error) reject(error);
    else resolve(value as never);
  }

  #fault(): void {
    this.faultsLeft.count--;
    this.blurred = true;
  }

  /** What holds at every moment. */
  #check(): void {
    for (const [n, gate] of this.gates.entries()) {
      const budget = this.#limits[n]?.budget;
      for (const name of gate.counters.keys()) {
        if (!name.startsWith('committed.')) continue;
        const month = name.slice('committed.'.length);
        const { committed, spent } = standing(gate, month);
        const paid = this.#paid(month);
        if (committed < paid) this.wrong.push(`gate ${n}: committed ${committed} is below the ${paid} that was paid`);
        // An estimate counts all that the book promised, of which a gate may have been asked for less.
        if (committed < spent && !this.#swept)
          this.wrong.push(`gate ${n}: committed ${committed} is below spent ${spent}`);
        if (budget?.enforcement === 'hard' && committed > budget.nanoUsd)
          this.wrong.push(`gate ${n}: committed ${committed} is over the budget of ${budget.nanoUsd}`);
        if (this.over && !this.blurred && (committed !== spent || spent !== paid))
          this.wrong.push(`gate ${n}: at the end ${committed} is committed, ${spent} spent, ${paid} paid`);
      }
    }
  }
}

/** Follows every path from the start, each state once. @returns how many states there are, and how many paths ended */
export async function explore(
  start: () => Model,
  atEnd: (model: Model) => void,
  mostStates: number,
): Promise<{ states: number; ends: number }> {
  const seen = new Set<string>();
  const open: string[][] = [[]];
  let ends = 0;
  for (let path = open.pop(); path; path = open.pop()) {
    const model = start();
    await turn();
    for (const choice of path) await model.take(choice);
    for (;;) {
      if (model.wrong.length > 0) throw new Error(`${model.wrong.join('; ')}\nafter ${path.join(' ')}`);
      if (seen.has(model.state)) break;
      seen.add(model.state);
      if (seen.size > mostStates) throw new Error(`more than ${mostStates} states`);
      const [next, ...others] = model.choices();
      if (next === undefined) {
        if (!model.over) throw new Error(`stuck after ${path.join(' ')}`);
        ends++;
        atEnd(model);
        break;
      }
      for (const other of others) open.push([...path, other]);
      path = [...path, next];
      await model.take(next);
    }
  }
  return { states: seen.size, ends };
}
