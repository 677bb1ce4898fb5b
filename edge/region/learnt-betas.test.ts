import { describe, expect, it } from 'vitest';
import { type BetaStore, keepLearntBetas } from './learnt-betas.ts';

const NOW = 1_795_312_345_678;
const HOUR = 3_600_000;

function started(change: Partial<BetaStore> = {}) {
  const stored = new Map<string, number>();
  const [loads, failures]: [string[], unknown[]] = [[], []];
  const store: BetaStore = {
    learntBetas: async (modelId) => {
      loads.push(modelId);
      return new Map(stored);
    },
    keepLearntBetas: async (_, betas, until) => {
      for (const beta of betas) stored.set(beta, until);
    },
    ...change,
  };
  return { learnt: keepLearntBetas(store, (error) => failures.push(error)), stored, loads, failures };
}

describe('what Bedrock was seen to refuse', () => {
  it('is not sent for a day, with this model alone, and others can read it', async () => {
    const { learnt, stored } = started();
    await learnt.learn('opus', ['a'], NOW);
    expect([...learnt.rejected('opus', NOW)]).toEqual(['a']);
    expect([...learnt.rejected('opus', NOW + 24 * HOUR - 1)]).toEqual(['a']);
    expect(learnt.rejected('opus', NOW + 24 * HOUR).size).toBe(0);
    expect(learnt.rejected('haiku', NOW).size).toBe(0);
    expect([...stored]).toEqual([['a', NOW + 24 * HOUR]]);
  });

  it('together with others is given up after an hour: all but one may be good', async () => {
    const { learnt } = started();
    await learnt.learn('opus', ['a', 'b'], NOW);
    expect([...learnt.rejected('opus', NOW + HOUR - 1)]).toEqual(['a', 'b']);
    expect(learnt.rejected('opus', NOW + HOUR).size).toBe(0);
  });

  it('elsewhere is known here within 30 s, at one read in that time', async () => {
    const { learnt, stored, loads } = started();
    stored.set('a', NOW + HOUR);
    await Promise.all([learnt.load('opus', NOW), learnt.load('opus', NOW)]);
    expect([...learnt.rejected('opus', NOW)]).toEqual(['a']);
    stored.set('b', NOW + HOUR);
    await learnt.load('opus', NOW + 29_999);
    expect(loads).toEqual(['opus']);
    await learnt.load('opus', NOW + 30_000);
    await Promise.resolve();
    expect([...learnt.rejected('opus', NOW)]).toEqual(['a', 'b']);
    await learnt.load('haiku', NOW);
    expect(loads).toEqual(['opus', 'opus', 'haiku']);
  });

  it('is waited for the first time alone: a slow store holds no later request up', async () => {
    const answers: (() => void)[] = [];
    const load = () =>
      new Promise<ReadonlyMap<string, number>>((done) => answers.push(() => done(new Map([['a', NOW + HOUR]]))));
    const { learnt } = started({ learntBetas: load });
    const first = learnt.load('opus', NOW);
    answers[0]?.();
    await first;
    await learnt.load('opus', NOW + 30_000);
    expect(answers).toHaveLength(2);
    expect([...learnt.rejected('opus', NOW)]).toEqual(['a']);
  });

  it('is nothing while the store is away, and no request fails of it; what is learnt here holds here', async () => {
    const away = () => Promise.reject(new Error('away'));
    const { learnt, failures } = started({ learntBetas: away, keepLearntBetas: away });
    await learnt.load('opus', NOW);
    expect(learnt.rejected('opus', NOW).size).toBe(0);
    await learnt.learn('opus', ['a'], NOW);
    await learnt.load('opus', NOW + 60_000);
    expect([...learnt.rejected('opus', NOW)]).toEqual(['a']);
    expect(failures).toHaveLength(3);
  });

  it('is forgotten when the store forgets it', async () => {
    const { learnt, stored } = started();
    await learnt.learn('opus', ['a'], NOW);
    stored.clear();
    await learnt.load('opus', NOW);
    expect(learnt.rejected('opus', NOW).size).toBe(0);
  });

  it('fills no memory, whatever a client invents', async () => {
    const { learnt } = started({ keepLearntBetas: () => Promise.reject(new Error('away')) });
    for (let n = 0; n < 300; n++) await learnt.learn('opus', [`junk-${n}`], NOW);
    expect(learnt.rejected('opus', NOW).size).toBeLessThanOrEqual(200);
    await learnt.learn('opus', [], NOW);
  });
});

it('what went through is proven, until Bedrock refuses it', async () => {
  const { learnt } = started();
  expect(learnt.proven('opus').size).toBe(0);
  learnt.worked('opus', ['a', 'b']);
  await learnt.learn('opus', ['b'], NOW);
  expect([...learnt.proven('opus')]).toEqual(['a']);
});
