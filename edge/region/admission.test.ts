import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Limits } from '../../tenancy/limit.ts';
import { OUTPUT_STEP_TOKENS } from '../../tenancy/reservation.ts';
import { explore, type Faults, Model, type Script } from './admission.fixture.ts';

const hard = (nanoUsd: number, rest: Limits = {}): Limits => ({
  ...rest,
  budget: { nanoUsd: BigInt(nanoUsd), enforcement: 'hard' },
});

/** Holds a prompt of 100 and 10 of output, and uses all of it. */
const SHORT: Script = { inputTokens: 100, flows: [10], maxOutputTokens: 10 };
/** Needs one extension on its way. */
const LONG: Script = { inputTokens: 100, flows: [3_000], maxOutputTokens: 128_000 };
const STEP = 100 + OUTPUT_STEP_TOKENS;

const nothing = (): void => undefined;
const all = (scripts: Script[], limits: Limits[], faults: Faults) => () => new Model(scripts, limits, faults);

describe('every course that the admission can take', () => {
  it('of two requests at two gates with room for one: never more than one passes, and both end in the book', async () => {
    const outcomes = new Set<string>();
    const found = await explore(
      all([SHORT, SHORT], [hard(1_000), hard(150)], { most: 0 }),
      (model) => {
        outcomes.add(`${model.admitted.size} passed, refused: ${model.refusals.join()}`);
        expect(model.book.size).toBe(2);
      },
      20_000,
    );
    // Both may be in each other's way at the narrow gate's side for a moment, but then one waits and the other is served.
    expect([...outcomes].sort()).toEqual(['1 passed, refused: limit_spent', '1 passed, refused: rate_limited']);
    expect(found.ends).toBeGreaterThan(0);
  });

  it('of three requests at one gate with room for two', async () => {
    let most = 0;
    await explore(
      all([SHORT, SHORT, SHORT], [hard(250)], { most: 0 }),
      (model) => {
        most = Math.max(most, model.admitted.size);
      },
      100_000,
    );
    // One after the other has used its part: 110, 220, and no room for a third.
    expect(most).toBe(2);
  });

  it('with an extension that only one of two can have', async () => {
    await explore(all([LONG, LONG], [hard(2 * STEP + OUTPUT_STEP_TOKENS)], { most: 0 }), nothing, 50_000);
  });

  it.each<[string, Script[], Limits[], Faults]>([
    ['one request, two gates, three faults', [LONG], [hard(100_000), hard(100_000)], { most: 3 }],
    ['two requests, one gate, two faults', [SHORT, SHORT], [hard(200)], { most: 2 }],
    ['two requests, two gates, one fault', [SHORT, SHORT], [hard(1_000), hard(200)], { most: 1 }],
    ['an extension and a fault', [LONG, SHORT], [hard(STEP + OUTPUT_STEP_TOKENS + 50)], { most: 1 }],
    ['a kill switch at any moment', [LONG, SHORT], [hard(100_000)], { most: 0, kill: true }],
    ['a kill switch and a fault', [SHORT, SHORT], [hard(200)], { most: 1, kill: true }],
    ['a sweeper that comes for a living request', [LONG], [hard(100_000)], { most: 2, sweep: true }],
    ['a sweeper that comes for one of two', [SHORT, SHORT], [hard(200)], { most: 1, sweep: true }],
  ])('with %s: what is committed never falls below what is spent', async (_, scripts, limits, faults) => {
    const { ends } = await explore(
      all(scripts, limits, faults),
      (model) => {
        model.sweepAll();
        expect([...model.wrong, ...model.rebuild()]).toEqual([]);
      },
      300_000,
    );
    expect(ends).toBeGreaterThan(1);
  });
});

describe('any course of many requests', () => {
  const script = fc.record({
    inputTokens: fc.integer({ min: 0, max: 500 }),
    flows: fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 8 }),
    maxOutputTokens: fc.constantFrom(100, 5_000, 128_000),
  });
  const course = fc.record({
    scripts: fc.array(script, { minLength: 20, maxLength: 30 }),
    budgets: fc.array(fc.integer({ min: 5_000, max: 150_000 }), { minLength: 1, maxLength: 3 }),
    streams: fc.integer({ min: 3, max: 30 }),
    most: fc.constantFrom(0, 3, 40),
    kill: fc.boolean(),
    sweep: fc.boolean(),
    steps: fc.infiniteStream(fc.nat()),
  });

  it('keeps committed money at or above what is spent, and returns to it when nothing went wrong', async () => {
    let [longest, ended] = [0, 0];
    await fc.assert(
      fc.asyncProperty(course, async ({ scripts, budgets, streams, steps, ...faults }) => {
        const limits = budgets.map((budget) =>
          hard(budget, { streams, requestsPerMinute: 40, tokensPerMinute: 90_000 }),
        );
        const model = new Model(scripts, limits, { ...faults, time: true });
        await model.take('wait');
        let taken = 0;
        for (const step of steps) {
          const choices = model
            .choices()
            .filter((choice) => taken < 2_000 || choice.endsWith(':ok') || /^(?!\d)/.test(choice) === false);
          const choice = choices[step % choices.length];
          if (choice === undefined) break;
          await model.take(choice);
          expect(model.wrong).toEqual([]);
          taken++;
        }
        expect(model.over).toBe(true);
        model.sweepAll();
        expect([...model.wrong, ...model.rebuild()]).toEqual([]);
        longest = Math.max(longest, taken);
        ended++;
      }),
      { seed: 20_261_122, numRuns: 60 },
    );
    expect(longest).toBeGreaterThan(200);
    expect(ended).toBe(60);
  });
});
