import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyUpdate,
  committedAt,
  explainRefusal,
  extending,
  type Gate,
  type GateUpdate,
  type Hold,
  leaseEpochs,
  NEW_GATE,
  remaining,
  renewing,
  reserving,
  returning,
  spentAt,
  thresholdsReached,
} from './gate.ts';
import type { Limits } from './limit.ts';

const NOON = Date.UTC(2026, 10, 22, 12, 0, 30);
const EPOCH = Math.floor(NOON / 60_000);
const HOLD: Hold = { at: NOON, money: 100n, tokens: 50 };
const ALL: Limits = {
  requestsPerMinute: 3,
  tokensPerMinute: 500,
  requestsPerDay: 10,
  streams: 4,
  budget: { nanoUsd: 1_000n, enforcement: 'hard' },
};

const gate = (counters: Record<string, bigint>, closed = false): Gate => ({
  closed,
  counters: new Map(Object.entries(counters)),
});
const counters = (one: Gate | null) => Object.fromEntries(one?.counters ?? []);
const apply = (one: Gate, update: GateUpdate): Gate => applyUpdate(one, update)!;

describe('taking a place', () => {
  it('counts in every window that has a limit, and in two lease epochs', () => {
    expect(counters(apply(NEW_GATE, reserving(ALL, HOLD)))).toEqual({
      'committed.2026-11': 100n,
      'requests.2026-11-22T12:00': 1n,
      'tokens.2026-11-22T12:00': 50n,
      'requests.2026-11-22': 1n,
      [`streams.${EPOCH}`]: 1n,
      [`streams.${EPOCH + 1}`]: 1n,
    });
  });

  it('without limits counts money alone', () => {
    expect(counters(apply(NEW_GATE, reserving({}, HOLD)))).toEqual({ 'committed.2026-11': 100n });
  });

  it.each<[string, Limits, Record<string, bigint>, Record<string, bigint>]>([
    ['a budget', { budget: ALL.budget! }, { 'committed.2026-11': 900n }, { 'committed.2026-11': 901n }],
    [
      'requests per minute',
      { requestsPerMinute: 3 },
      { 'requests.2026-11-22T12:00': 2n },
      { 'requests.2026-11-22T12:00': 3n },
    ],
    [
      'tokens per minute',
      { tokensPerMinute: 500 },
      { 'tokens.2026-11-22T12:00': 450n },
      { 'tokens.2026-11-22T12:00': 451n },
    ],
    ['requests per day', { requestsPerDay: 10 }, { 'requests.2026-11-22': 9n }, { 'requests.2026-11-22': 10n }],
    ['streams, now', { streams: 4 }, { [`streams.${EPOCH}`]: 3n }, { [`streams.${EPOCH}`]: 4n }],
    ['streams, next', { streams: 4 }, { [`streams.${EPOCH + 1}`]: 3n }, { [`streams.${EPOCH + 1}`]: 4n }],
  ])('is refused by %s exactly past the limit', (_, limits, room, full) => {
    expect(applyUpdate(gate(room), reserving(limits, HOLD))).not.toBeNull();
    expect(applyUpdate(gate(full), reserving(limits, HOLD))).toBeNull();
  });

  it.each<[string, Limits]>([
    ['requestsPerMinute', { requestsPerMinute: 0 }],
    ['tokensPerMinute', { tokensPerMinute: 49 }],
    ['requestsPerDay', { requestsPerDay: 0 }],
    ['streams', { streams: 0 }],
    ['budget', { budget: { nanoUsd: 99n, enforcement: 'hard' } }],
  ])('is refused by %s at a gate that is not there yet, and for good', (limit, limits) => {
    const update = reserving(limits, HOLD);
    expect(applyUpdate(NEW_GATE, update)).toBeNull();
    expect(explainRefusal(limits, HOLD, update, NEW_GATE)).toMatchObject({ limit, outcome: 'spent' });
  });

  it('is never refused by a soft budget, which counts all the same', () => {
    const soft: Limits = { budget: { nanoUsd: 1n, enforcement: 'soft' } };
    const after = applyUpdate(gate({ 'committed.2026-11': 5_000n }), reserving(soft, HOLD));
    expect(counters(after)).toEqual({ 'committed.2026-11': 5_100n });
    expect(applyUpdate(after!, extending(soft, HOLD, 10n))).not.toBeNull();
  });

  it.each([
    ['the minute', Date.UTC(2026, 10, 22, 12, 0, 59, 999)],
    ['the day', Date.UTC(2026, 10, 22, 23, 59, 59, 999)],
    ['the month', Date.UTC(2026, 10, 30, 23, 59, 59, 999)],
    ['the year', Date.UTC(2026, 11, 31, 23, 59, 59, 999)],
  ])('counts anew from the first instant after the end of %s', (window, last) => {
    const full = apply(NEW_GATE, reserving(ALL, { at: last, money: 1_000n, tokens: 500 }));
    const next = { at: last + 1, money: 1_000n, tokens: 500 };
    const names = (at: number) =>
      [...reserving({ ...ALL, streams: 9 }, { ...next, at }).add.keys()].filter((n) => !n.startsWith('streams'));
    const shared = names(last).filter((name) => names(last + 1).includes(name));
    const kinds = { 'the minute': 2, 'the day': 1, 'the month': 0, 'the year': 0 };
    expect(shared).toHaveLength(kinds[window as keyof typeof kinds]);
    expect(remaining(ALL, full, last + 1).requestsPerMinute).toEqual({ max: 3n, left: 3n });
    expect(remaining(ALL, full, last).requestsPerMinute).toEqual({ max: 3n, left: 2n });
  });
});

describe('a closed gate', () => {
  const closed = gate({ 'committed.2026-11': 500n, [`streams.${EPOCH}`]: 1n }, true);

  it('takes nobody in and extends nothing', () => {
    for (const update of [reserving({}, HOLD), extending({}, HOLD, 1n)]) {
      expect(applyUpdate(closed, update)).toBeNull();
      expect(explainRefusal({}, HOLD, update, closed)).toEqual({ limit: 'closed' });
    }
  });

  it('gives back, and lets a running request be counted until it is cut', () => {
    expect(applyUpdate(closed, returning({}, HOLD, [], { money: 1n, tokens: 1 }, closed, NOON))).not.toBeNull();
    expect(applyUpdate(closed, returning({}, HOLD, [], null, closed, NOON))).not.toBeNull();
    expect(applyUpdate(closed, renewing([EPOCH + 2]))).toMatchObject({ closed: true });
  });
});

describe('an extension', () => {
  it('takes money alone, of the month that the request began in', () => {
    expect(counters(apply(NEW_GATE, extending(ALL, HOLD, 7n)))).toEqual({ 'committed.2026-11': 7n });
  });

  it('is refused exactly past the budget', () => {
    expect(applyUpdate(gate({ 'committed.2026-11': 993n }), extending(ALL, HOLD, 7n))).not.toBeNull();
    expect(applyUpdate(gate({ 'committed.2026-11': 994n }), extending(ALL, HOLD, 7n))).toBeNull();
  });

  it('is out of money, not held by others, when what it holds itself is all there is', () => {
    const alone = gate({ 'committed.2026-11': 950n });
    const update = extending(ALL, HOLD, 60n);
    expect(explainRefusal(ALL, HOLD, update, alone, 950n)).toMatchObject({ left: 50n, outcome: 'spent' });
    expect(explainRefusal(ALL, HOLD, update, alone, 100n)).toMatchObject({ left: 900n, outcome: 'held' });
  });
});

describe('giving back', () => {
  const held = apply(NEW_GATE, reserving(ALL, HOLD));

  it('leaves what was used, and that the request was one', () => {
    const after = apply(held, returning(ALL, HOLD, leaseEpochs(NOON), { money: 30n, tokens: 20 }, held, NOON + 5_000));
    expect(counters(after)).toEqual({
      'committed.2026-11': 30n,
      'spent.2026-11': 30n,
      'requests.2026-11-22T12:00': 1n,
      'tokens.2026-11-22T12:00': 20n,
      'requests.2026-11-22': 1n,
      [`streams.${EPOCH}`]: 0n,
      [`streams.${EPOCH + 1}`]: 0n,
    });
  });

  it('of a refused request leaves nothing at all', () => {
    const after = apply(held, returning(ALL, HOLD, leaseEpochs(NOON), null, held, NOON));
    expect(Object.values(counters(after)).every((count) => count === 0n)).toBe(true);
    expect(counters(after)).not.toHaveProperty('spent.2026-11');
  });

  it('of more than was held counts all of it', () => {
    const after = apply(held, returning({}, HOLD, [], { money: 250n, tokens: 0 }, held, NOON));
    expect([committedAt(after, NOON), spentAt(after, NOON)]).toEqual([250n, 250n]);
  });

  it('touches no window that is over, but the month, which is billed', () => {
    const later = Date.UTC(2026, 11, 1, 0, 0, 10);
    const at = Date.UTC(2026, 10, 30, 23, 59, 50);
    const hold = { ...HOLD, at };
    const used = returning(ALL, hold, [...leaseEpochs(at)], { money: 30n, tokens: 20 }, NEW_GATE, later);
    expect(Object.fromEntries(used.add)).toEqual({
      'committed.2026-11': -70n,
      'spent.2026-11': 30n,
      [`streams.${Math.floor(later / 60_000)}`]: -1n,
    });
    const refused = returning(ALL, hold, [...leaseEpochs(at)], null, NEW_GATE, later + 120_000);
    expect(Object.fromEntries(refused.add)).toEqual({ 'committed.2026-11': -100n });
  });

  it('takes away the counters of windows before the last one, and no other', () => {
    const now = Date.UTC(2026, 11, 1, 0, 1, 30);
    const epoch = Math.floor(now / 60_000);
    const keep = {
      'committed.2026-12': 1n,
      'committed.2026-11': 1n,
      'spent.2026-11': 1n,
      'requests.2026-12-01': 1n,
      'requests.2026-11-30': 1n,
      'requests.2026-12-01T00:01': 1n,
      'requests.2026-12-01T00:00': 1n,
      'tokens.2026-12-01T00:00': 1n,
      [`streams.${epoch + 1}`]: 1n,
      [`streams.${epoch}`]: 1n,
      [`streams.${epoch - 1}`]: 1n,
    };
    const gone = {
      'committed.2026-10': 1n,
      'spent.2026-10': 1n,
      'spent.2025-12': 1n,
      'requests.2026-11-29': 1n,
      'requests.2026-11-30T23:59': 1n,
      'tokens.2026-11-30T23:59': 1n,
      [`streams.${epoch - 2}`]: 1n,
    };
    const { remove } = returning({}, { ...HOLD, at: now }, [], null, gate({ ...keep, ...gone }), now);
    expect([...remove].sort()).toEqual(Object.keys(gone).sort());
  });

  it('keeps a counter that it adds to, however old', () => {
    const seen = gate({ 'committed.2026-11': 500n });
    const after = apply(seen, returning({}, HOLD, [], null, seen, Date.UTC(2027, 5, 1)));
    expect(counters(after)).toEqual({ 'committed.2026-11': 400n });
  });
});

describe('a lease', () => {
  it('of a process that died counts for at most two minutes', () => {
    const died = apply(NEW_GATE, reserving({ streams: 1 }, HOLD));
    const refusedAt = (ms: number) => applyUpdate(died, reserving({ streams: 1 }, { ...HOLD, at: NOON + ms })) === null;
    expect([0, 60_000, 89_999].map(refusedAt)).toEqual([true, true, true]);
    expect([90_000, 120_000].map(refusedAt)).toEqual([false, false]);
  });

  it('that is renewed goes on counting', () => {
    const running = apply(apply(NEW_GATE, reserving({ streams: 1 }, HOLD)), renewing([EPOCH + 2]));
    expect(applyUpdate(running, reserving({ streams: 1 }, { ...HOLD, at: NOON + 90_000 }))).toBeNull();
  });

  it('is given back once, in each epoch that it counts in and that is not over', () => {
    const running = apply(apply(NEW_GATE, reserving({ streams: 2 }, HOLD)), renewing([EPOCH + 2]));
    const leases = [EPOCH, EPOCH + 1, EPOCH + 2];
    const after = apply(
      running,
      returning({ streams: 2 }, HOLD, leases, { money: 0n, tokens: 0 }, running, NOON + 60_000),
    );
    expect(counters(after)).toMatchObject({
      [`streams.${EPOCH}`]: 1n,
      [`streams.${EPOCH + 1}`]: 0n,
      [`streams.${EPOCH + 2}`]: 0n,
    });
  });
});

describe('a refusal', () => {
  const explain = (limits: Limits, one: Record<string, bigint>) =>
    explainRefusal(limits, HOLD, reserving(limits, HOLD), gate(one));

  it.each<[string, Record<string, bigint>, object]>([
    [
      'the budget, spent',
      { 'committed.2026-11': 950n, 'spent.2026-11': 901n },
      { limit: 'budget', max: 1_000n, left: 99n, outcome: 'spent' },
    ],
    [
      'the budget, held',
      { 'committed.2026-11': 950n, 'spent.2026-11': 900n },
      { limit: 'budget', max: 1_000n, left: 100n, outcome: 'held' },
    ],
    ['the day', { 'requests.2026-11-22': 10n }, { limit: 'requestsPerDay', max: 10n, outcome: 'window' }],
    ['the minute', { 'requests.2026-11-22T12:00': 3n }, { limit: 'requestsPerMinute', max: 3n, outcome: 'window' }],
    ['tokens', { 'tokens.2026-11-22T12:00': 500n }, { limit: 'tokensPerMinute', max: 500n, outcome: 'window' }],
    ['streams', { [`streams.${EPOCH + 1}`]: 4n }, { limit: 'streams', max: 4n, outcome: 'held' }],
  ])('names %s', (_, full, expected) => {
    expect(explain(ALL, full)).toEqual(expected);
  });

  it('of several limits names the one that waiting does not help', () => {
    const minute = { 'requests.2026-11-22T12:00': 3n };
    expect(explain(ALL, { ...minute, 'requests.2026-11-22': 10n })).toMatchObject({ limit: 'requestsPerDay' });
    const held = { 'committed.2026-11': 950n };
    expect(explain(ALL, { ...minute, ...held })).toMatchObject({ limit: 'budget', outcome: 'held' });
    expect(explain({ ...ALL, tokensPerMinute: 49 }, held)).toMatchObject({
      limit: 'tokensPerMinute',
      outcome: 'spent',
    });
  });

  it('that is none is an error', () => {
    expect(() => explain(ALL, {})).toThrow(/has room/);
  });
});

describe('what is left', () => {
  it('is told of each limit that there is, and never below nothing', () => {
    const used = gate({
      'committed.2026-11': 1_200n,
      'requests.2026-11-22T12:00': 1n,
      'tokens.2026-11-22T12:00': 100n,
      'requests.2026-11-22': 4n,
      [`streams.${EPOCH}`]: 1n,
    });
    expect(remaining(ALL, used, NOON)).toEqual({
      requestsPerMinute: { max: 3n, left: 2n },
      tokensPerMinute: { max: 500n, left: 400n },
      requestsPerDay: { max: 10n, left: 6n },
      streams: { max: 4n, left: 3n },
      budget: { max: 1_000n, left: 0n },
    });
    expect(remaining({}, used, NOON)).toEqual({});
  });
});

it('a threshold is reached with its very last nano-dollar, and stays reached', () => {
  expect(thresholdsReached(1_000n, 799n)).toEqual([]);
  expect(thresholdsReached(1_000n, 800n)).toEqual([80]);
  expect(thresholdsReached(1_000n, 899n)).toEqual([80]);
  expect(thresholdsReached(1_000n, 900n)).toEqual([80, 90]);
  expect(thresholdsReached(1_000n, 999n)).toEqual([80, 90]);
  expect(thresholdsReached(1_000n, 5_000n)).toEqual([80, 90, 100]);
  expect(thresholdsReached(1n, 0n)).toEqual([]);
  expect(thresholdsReached(0n, 0n)).toEqual([]);
});

describe('over any course of events', () => {
  const LIMITS = fc.record(
    {
      requestsPerMinute: fc.integer({ min: 0, max: 4 }),
      tokensPerMinute: fc.integer({ min: 0, max: 200 }),
      requestsPerDay: fc.integer({ min: 0, max: 8 }),
      streams: fc.integer({ min: 0, max: 3 }),
      budget: fc.record({
        nanoUsd: fc.bigInt({ min: 0n, max: 500n }),
        enforcement: fc.constantFrom('hard' as const, 'soft' as const),
      }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Limits>;
  const STEP = fc.record({
    wait: fc.integer({ min: 0, max: 40_000 }),
    act: fc.constantFrom('reserve', 'extend', 'settle', 'refuse', 'renew'),
    money: fc.bigInt({ min: 0n, max: 150n }),
    tokens: fc.integer({ min: 0, max: 90 }),
    which: fc.nat(20),
  });

  it('no limit is passed, every refusal has a reason in the numbers, and the end is what was used', () => {
    fc.assert(
      fc.property(LIMITS, fc.array(STEP, { maxLength: 60 }), (limits, steps) => {
        let now = Date.UTC(2026, 10, 30, 23, 55);
        let one: Gate = NEW_GATE;
        let spent = 0n;
        const running: { hold: Hold; leases: number[] }[] = [];
        for (const { wait, act, money, tokens, which } of steps) {
          now += wait;
          const index = running.length > 0 ? which % running.length : -1;
          const chosen = running[index];
          if (act === 'reserve') {
            const hold = { at: now, money, tokens };
            const update = reserving(limits, hold);
            const after = applyUpdate(one, update);
            if (after) {
              one = after;
              running.push({ hold, leases: [...leaseEpochs(now)] });
              for (const { left } of Object.values(remaining(limits, after, now))) expect(left >= 0n).toBe(true);
              if (limits.budget?.enforcement === 'hard')
                expect(committedAt(after, now) <= limits.budget.nanoUsd).toBe(true);
              if (limits.streams !== undefined)
                expect(after.counters.get(`streams.${Math.floor(now / 60_000)}`)! <= BigInt(limits.streams)).toBe(true);
            } else {
              const why = explainRefusal(limits, hold, update, one);
              expect(why.limit).not.toBe('closed');
              if (why.limit !== 'closed') expect(limits).toHaveProperty(why.limit);
            }
          } else if (chosen && act === 'extend') {
            const update = extending(limits, chosen.hold, money);
            const after = applyUpdate(one, update);
            if (after) {
              one = after;
              running[index] = { ...chosen, hold: { ...chosen.hold, money: chosen.hold.money + money } };
            } else {
              expect(explainRefusal(limits, chosen.hold, update, one, chosen.hold.money)).toMatchObject({
                limit: 'budget',
              });
            }
          } else if (chosen && act === 'renew') {
            const epochs = leaseEpochs(now).filter((epoch) => !chosen.leases.includes(epoch));
            one = apply(one, renewing(epochs));
            running[index] = { ...chosen, leases: [...chosen.leases, ...epochs] };
          } else if (chosen) {
            const used = act === 'refuse' ? null : { money: money % (chosen.hold.money + 1n), tokens };
            spent += used?.money ?? 0n;
            one = apply(one, returning(limits, chosen.hold, chosen.leases, used, one, now));
            running.splice(index, 1);
          }
          const sum = (kind: string) =>
            [...one.counters].reduce((all, [name, n]) => (name.startsWith(kind) ? all + n : all), 0n);
          const held = running.reduce((all, { hold }) => all + hold.money, 0n);
          expect(sum('committed.')).toBe(spent + held);
          expect(sum('spent.')).toBe(spent);
          for (const [name, n] of one.counters) expect([name, n >= 0n]).toEqual([name, true]);
        }
      }),
      { seed: 7, numRuns: 400 },
    );
  });

  it('a change that is refused changes nothing, and one that is made changes what it names alone', () => {
    const NAME = fc.constantFrom('a.1', 'b.1', 'c.1', 'd.1');
    const AMOUNTS = fc
      .dictionary(NAME, fc.bigInt({ min: -5n, max: 5n }))
      .map((o) => new Map<string, bigint>(Object.entries(o)));
    fc.assert(
      fc.property(
        AMOUNTS,
        AMOUNTS,
        AMOUNTS,
        fc.array(NAME),
        fc.boolean(),
        fc.boolean(),
        (have, add, atMost, remove, closed, refusedWhenClosed) => {
          const before = { closed, counters: have };
          const after = applyUpdate(before, { add, atMost, refusedWhenClosed, remove });
          const over = [...atMost].some(([name, most]) => (have.get(name) ?? 0n) > most);
          expect(after === null).toBe(over || (closed && refusedWhenClosed));
          for (const name of ['a.1', 'b.1', 'c.1', 'd.1'] as const) {
            if (!after) continue;
            const gone = remove.includes(name) && !add.has(name);
            const expected = add.has(name)
              ? (have.get(name) ?? 0n) + add.get(name)!
              : gone
                ? undefined
                : have.get(name);
            expect(after.counters.get(name)).toBe(expected);
          }
        },
      ),
      { seed: 8, numRuns: 500 },
    );
  });
});
