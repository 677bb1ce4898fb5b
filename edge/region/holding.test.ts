import { describe, expect, it } from 'vitest';
import {
  applyUpdate,
  type BudgetThreshold,
  committedAt,
  type Gate,
  type GateAnswer,
  type GateUpdate,
  leaseEpochs,
  NEW_GATE,
} from '../../tenancy/gate.ts';
import type { Limits } from '../../tenancy/limit.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { firstReservation } from '../../tenancy/reservation.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { Holding, type HoldingStores } from './holding.ts';
import { ask, type Passed, refusalAmong, reserve } from './reserve.ts';
import { ACME, NOW } from './serve.fixture.ts';

const PRICES = { input: 1, output: 1, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 };
const ESTIMATE = { inputTokens: 100, maxOutputTokens: 128_000 };
const FIRST = firstReservation(ESTIMATE, PRICES);
const INTENT: Intent = {
  requestId: 'r-1',
  tenantId: ACME,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'm',
  bedrockModelId: 'b',
  region: 'eu-central-1',
  stream: true,
  startedAt: NOW,
  reserved: { nanoUsd: FIRST.money, inputTokens: 100, outputTokens: FIRST.outputTokens },
};
const hold = { at: NOW, money: FIRST.money, tokens: 0 };
const id = { tenantId: ACME, subject: { kind: 'tenant' } } as const;

/** A holding over one gate, whose answers the test decides; `tick` is its look after the place. */
function makeHolding(limits: Limits, { unseen = false, counters = {} as Record<string, bigint> } = {}) {
  const all = new Map(Object.entries({ 'committed.2026-11': FIRST.money, ...counters }));
  const state = {
    now: NOW,
    gate: { closed: false, counters: all } as Gate,
    book: [] as { nanoUsd: bigint; outputTokens: number }[],
    refused: [] as Refusal[],
    thresholds: [] as BudgetThreshold[],
    updates: [] as GateUpdate[],
    answer: null as (() => GateAnswer) | null,
    extend: (): 'extended' | 'settled' => 'extended',
    ticking: true,
    tick: () => {},
  };
  const stores: HoldingStores = {
    extend: async (_, more) => {
      const told = state.extend();
      if (told === 'extended') state.book.push(more);
      return told;
    },
    updateGate: async (_, update) => {
      state.updates.push(update);
      if (state.answer) return state.answer();
      const after = applyUpdate(state.gate, update);
      if (!after) return { outcome: 'refused', gate: state.gate };
      state.gate = after;
      return { outcome: 'done', gate: after };
    },
    noteThreshold: async (event) => {
      state.thresholds.push(event);
      return 'noted';
    },
  };
  const reserved = { hold, leases: leaseEpochs(NOW), gates: [{ id, limits, gate: state.gate }] };
  const holding = new Holding(
    { intent: INTENT, estimate: ESTIMATE, perToken: PRICES, unseen },
    reserved,
    stores,
    () => state.now,
    (refusal) => state.refused.push(refusal),
    (everyMs, run) => {
      expect(everyMs).toBe(1_000);
      state.tick = run;
      return () => {
        state.ticking = false;
      };
    },
  );
  const looked = () => new Promise((later) => setImmediate(later));
  const tick = async (ms = 1_000) => {
    state.now += ms;
    if (state.ticking) state.tick();
    await looked();
  };
  const flowed = async (tokens: number) => {
    holding.flowed(tokens);
    await looked();
  };
  return { state, holding, tick, flowed, committed: () => committedAt(state.gate, NOW) };
}
const hard = (nanoUsd: bigint): Limits => ({ budget: { nanoUsd, enforcement: 'hard' } });

describe('a running request', () => {
  it('extends in the book and at its gates by a step, when less than half of one is left ahead', async () => {
    const { state, flowed, committed, holding } = makeHolding(hard(1_000_000n));
    await flowed(2_048);
    expect(state.book).toEqual([]);
    await flowed(2_049);
    expect(state.book).toEqual([{ nanoUsd: 4_096n, outputTokens: 4_096 }]);
    expect(committed()).toBe(FIRST.money + 4_096n);
    expect(holding.held).toEqual({ money: FIRST.money + 4_096n, outputTokens: FIRST.outputTokens + 4_096 });
    await flowed(2_000);
    expect(state.book).toHaveLength(1);
  });

  it('is believed by the clock where its output is not seen', async () => {
    const { state, tick } = makeHolding(hard(1_000_000n), { unseen: true });
    await tick(17_000);
    expect(state.book).toEqual([]);
    await tick(1_000);
    expect(state.book).toHaveLength(1);
    const seen = makeHolding(hard(1_000_000n));
    await seen.tick(25_000);
    expect(seen.state.book).toEqual([]);
  });

  it('tells the book every half minute that it is worked on, and asks nothing of its gates for it', async () => {
    const { state, tick } = makeHolding({});
    await tick(29_999);
    expect(state.book).toEqual([]);
    await tick(1);
    await tick(1_000);
    expect(state.book).toEqual([{ nanoUsd: 0n, outputTokens: 0 }]);
    expect(state.updates).toEqual([]);
  });

  it('is counted in each further lease epoch, once, and only where streams are limited', async () => {
    const { state, tick } = makeHolding({ streams: 4 });
    const [epoch = 0] = leaseEpochs(NOW);
    for (let n = 0; n < 130; n++) await tick(1_000);
    const added = state.updates.flatMap(({ add }) => [...add.keys()]);
    expect(added).toEqual([`streams.${epoch + 2}`, `streams.${epoch + 3}`]);
    const unlimited = makeHolding({});
    await unlimited.tick(130_000);
    expect(unlimited.state.updates).toEqual([]);
  });

  it('ends, once, when its budget gives no more, and asks for nothing from then on', async () => {
    const { state, flowed, tick, holding } = makeHolding(hard(FIRST.money));
    await flowed(3_000);
    expect(state.refused).toMatchObject([{ kind: 'limit_spent' }]);
    // The book has the step that the gate refused; nobody may be charged for it.
    expect(holding.held).toEqual({ money: FIRST.money, outputTokens: FIRST.outputTokens });
    expect(state.ticking).toBe(false);
    await flowed(9_000);
    await tick(40_000);
    expect(state.refused).toHaveLength(1);
    expect(state.book).toHaveLength(1);
  });

  it('ends when somebody else has settled it', async () => {
    const { state, tick } = makeHolding({});
    state.extend = () => 'settled';
    await tick(30_000);
    expect(state.refused).toMatchObject([{ kind: 'internal' }]);
    expect(state.updates).toEqual([]);
  });

  it('goes on while the book does not answer and half a step is ahead; then it ends', async () => {
    const { state, flowed, tick } = makeHolding(hard(1_000_000n));
    state.extend = () => {
      throw new Error('away');
    };
    await flowed(3_000);
    await tick();
    expect(state.refused).toEqual([]);
    await flowed(4_096);
    expect(state.refused).toEqual([]);
    await flowed(4_097);
    expect(state.refused).toMatchObject([{ kind: 'place_lost' }]);
    await flowed(5_000);
    expect(state.refused).toHaveLength(1);
  });

  it('catches up when the book answers again', async () => {
    const { state, flowed, tick, committed } = makeHolding(hard(1_000_000n));
    state.extend = () => {
      throw new Error('away');
    };
    await flowed(3_000);
    state.extend = () => 'extended';
    await tick();
    await flowed(4_500);
    expect(state.refused).toEqual([]);
    expect(committed()).toBe(FIRST.money + 4_096n);
  });

  it('asks a gate without capacity again at the next look, and not with each read', async () => {
    const { state, flowed, tick, committed } = makeHolding(hard(1_000_000n));
    state.answer = () => ({ outcome: 'busy' });
    await flowed(3_000);
    await flowed(3_100);
    await flowed(3_200);
    expect(state.updates).toHaveLength(1);
    state.answer = null;
    await tick();
    expect(state.refused).toEqual([]);
    expect(committed()).toBe(FIRST.money + 4_096n);
    // The book was told once.
    expect(state.book).toHaveLength(1);
  });

  it('ends when a gate has had no capacity for half a step', async () => {
    const { state, flowed } = makeHolding(hard(1_000_000n));
    state.answer = () => ({ outcome: 'busy' });
    await flowed(3_000);
    await flowed(4_097);
    expect(state.refused).toMatchObject([{ kind: 'rate_limited' }]);
  });

  it('ends when a gate does not answer, and does not give back what that gate may not have', async () => {
    const { state, flowed, holding, committed } = makeHolding(hard(1_000_000n));
    state.answer = () => {
      throw new Error('no answer');
    };
    await flowed(3_000);
    expect(state.refused).toMatchObject([{ kind: 'place_lost' }]);
    state.answer = null;
    await holding.stop();
    await holding.giveBack({ money: 500n, tokens: 500 });
    expect(committed()).toBe(500n);
  });
});

describe('at the end', () => {
  it('what is under way is waited for, nothing more is asked, and all of it given back', async () => {
    const { holding, committed, state } = makeHolding(hard(1_000_000n));
    holding.flowed(3_000);
    await holding.stop();
    expect(state.book).toHaveLength(1);
    expect(committed()).toBe(FIRST.money);
    await holding.giveBack({ money: 3_100n, tokens: 3_100 });
    expect(committed()).toBe(3_100n);
  });

  it('every threshold that is reached is told, of the month that the request began in', async () => {
    const counters = { 'committed.2026-11': 10_000n, 'spent.2026-11': 5_000n };
    const { holding, state } = makeHolding({ budget: { nanoUsd: 10_000n, enforcement: 'soft' } }, { counters });
    state.now = Date.UTC(2026, 11, 1, 0, 0, 5);
    await holding.stop();
    await holding.giveBack({ money: 4_000n, tokens: 1 });
    const event = { gate: id, month: '2026-11', budget: 10_000n, spent: 9_000n, at: state.now };
    expect(state.thresholds).toEqual([80, 90].map((percent) => ({ ...event, percent })));
  });
});

describe('a request that one gate refuses', () => {
  const user = { tenantId: ACME, subject: { kind: 'user', identityId: 'usr_anna' } } as const;
  const gates = [
    { id, limits: {} },
    { id: user, limits: hard(1n) },
  ];
  const refuse = async (settle: () => Promise<'settled' | 'already_settled'>) => {
    const stored = new Map<string, Gate>();
    const refused = await reserve(
      {
        open: async () => 'opened',
        settle,
        updateGate: async ({ subject }, update) => {
          const before = stored.get(subject.kind) ?? NEW_GATE;
          const after = applyUpdate(before, update);
          if (after) stored.set(subject.kind, after);
          return after ? { outcome: 'done', gate: after } : { outcome: 'refused', gate: before };
        },
      },
      { intent: INTENT, gates, estimate: ESTIMATE },
    );
    // Both answered, so the caller is told how both stand.
    expect(refused).toMatchObject({ ok: false, reason: { gates: [{ id }, { id: user }] } });
    return committedAt(stored.get('tenant') ?? NEW_GATE, NOW);
  };

  it('is given back by the others, once the book says that it was refused', async () => {
    expect(await refuse(async () => 'settled')).toBe(0n);
  });

  it('is left to whoever settles it, where the book does not say so', async () => {
    expect(await refuse(async () => 'already_settled')).toBe(FIRST.money);
    expect(await refuse(() => Promise.reject(new Error('away')))).toBe(FIRST.money);
  });
});

it('of a gate that did not answer a refusal tells nothing: it would seem to be empty', async () => {
  const refused = await reserve(
    { open: async () => 'opened', settle: async () => 'settled', updateGate: async () => ({ outcome: 'busy' }) },
    { intent: INTENT, gates: [{ id, limits: { requestsPerMinute: 5 } }], estimate: ESTIMATE },
  );
  expect(refused).toMatchObject({ ok: false, reason: { refusal: { kind: 'rate_limited' }, gates: [] } });
});

describe('what a caller is told of several gates', () => {
  const passed = (outcome: object): Passed => ({ id, limits: {}, gate: NEW_GATE, ...outcome }) as Passed;
  const window = passed({ outcome: 'refused', why: { limit: 'requestsPerMinute', max: 1n, outcome: 'window' } });
  const spent = passed({ outcome: 'refused', why: { limit: 'budget', max: 1n, left: 0n, outcome: 'spent' } });
  const closed = passed({ outcome: 'refused', why: { limit: 'closed' } });
  const unclear = passed({ outcome: 'unclear', error: new Error('x') });
  const busy = passed({ outcome: 'busy' });
  const done = passed({ outcome: 'done' });

  it.each<[string, Passed[], string | undefined]>([
    ['nothing when all took it in', [done, done], undefined],
    ['a final no before one that waiting helps', [window, spent], 'limit_spent'],
    ['a closed gate before one that waiting helps', [window, closed], 'stopped'],
    ['a no before a gate that does not answer', [unclear, window], 'rate_limited'],
    ['a gate that does not answer before a busy one', [busy, unclear], 'store_unavailable'],
    ['a busy gate', [done, busy], 'rate_limited'],
  ])('%s', (_, answers, kind) => {
    expect(refusalAmong(answers, NOW)?.kind).toBe(kind);
  });

  it('a refusal that nobody can explain is no answer', async () => {
    const stores = { updateGate: async () => ({ outcome: 'refused', gate: NEW_GATE }) as const };
    const update = { add: new Map(), atMost: new Map(), refusedWhenClosed: true, remove: [] };
    expect(await ask(stores, { id, limits: {} }, hold, update)).toMatchObject({ outcome: 'unclear' });
  });
});
