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
    keepLearntBeta: async (_, beta, until) => {
      stored.set(beta, until);
    },
    ...change,
  };
  return { learnt: keepLearntBetas(store, (error) => failures.push(error)), stored, loads, failures };
}

const away = () => Promise.reject(new Error('away'));

describe('what Bedrock was seen to refuse', () => {
  it('is not sent for a day, for nobody, with this model alone, and others can read it', async () => {
    const { learnt, stored } = started();
    await learnt.share('opus', 'a', NOW);
    for (const tenant of ['acme', 'globex']) expect([...learnt.rejected('opus', tenant, NOW)]).toEqual(['a']);
    expect([...learnt.rejected('opus', 'acme', NOW + 24 * HOUR - 1)]).toEqual(['a']);
    expect(learnt.rejected('opus', 'acme', NOW + 24 * HOUR).size).toBe(0);
    expect(learnt.rejected('haiku', 'acme', NOW).size).toBe(0);
    expect([...stored]).toEqual([['a', NOW + 24 * HOUR]]);
  });

  it('elsewhere is known here within 30 s, at one read in that time', async () => {
    const { learnt, stored, loads } = started();
    stored.set('a', NOW + HOUR);
    await Promise.all([learnt.load('opus', NOW), learnt.load('opus', NOW)]);
    expect([...learnt.rejected('opus', 'acme', NOW)]).toEqual(['a']);
    stored.set('b', NOW + HOUR);
    await learnt.load('opus', NOW + 29_999);
    expect(loads).toEqual(['opus']);
    await learnt.load('opus', NOW + 30_000);
    await Promise.resolve();
    expect([...learnt.rejected('opus', 'acme', NOW)]).toEqual(['a', 'b']);
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
    expect([...learnt.rejected('opus', 'acme', NOW)]).toEqual(['a']);
  });

  it('is nothing while the store is away, and no request fails of it', async () => {
    const { learnt, failures } = started({ learntBetas: away, keepLearntBeta: away });
    await learnt.load('opus', NOW);
    await learnt.share('opus', 'a', NOW);
    expect(learnt.rejected('opus', 'acme', NOW).size).toBe(0);
    expect(failures).toHaveLength(2);
  });

  it('is forgotten when the store forgets it', async () => {
    const { learnt, stored } = started();
    await learnt.share('opus', 'a', NOW);
    stored.clear();
    await learnt.load('opus', NOW);
    expect(learnt.rejected('opus', 'acme', NOW).size).toBe(0);
  });

  it('is not shared when it was seen to work: one word stands against another', async () => {
    const { learnt, stored } = started();
    expect(learnt.proven('opus').size).toBe(0);
    learnt.worked('opus', ['a']);
    await learnt.share('opus', 'a', NOW);
    expect([...learnt.proven('opus')]).toEqual(['a']);
    expect(stored.size).toBe(0);
    expect(learnt.rejected('opus', 'acme', NOW).size).toBe(0);
  });

  it('is at most what one read brings, so that invented names push no other out of it', async () => {
    const { learnt, stored } = started();
    stored.set('true-one', NOW + HOUR);
    await learnt.load('opus', NOW);
    for (let n = 0; n < 150; n++) await learnt.share('opus', `aaa-${n}`, NOW);
    expect(stored.size).toBe(100);
    expect(learnt.rejected('opus', 'acme', NOW)).toContain('true-one');
  });
});

describe('what is only suspected', () => {
  it('is not sent for an hour for the tenant that was refused, and for no other', () => {
    const { learnt, stored } = started();
    learnt.suspect('opus', 'acme', ['a', 'b'], NOW);
    expect([...learnt.rejected('opus', 'acme', NOW + HOUR - 1)]).toEqual(['a', 'b']);
    expect(learnt.rejected('opus', 'acme', NOW + HOUR).size).toBe(0);
    for (const other of ['globex', 'acm', 'acme-labs']) expect(learnt.rejected('opus', other, NOW).size).toBe(0);
    expect(learnt.rejected('haiku', 'acme', NOW).size).toBe(0);
    expect(stored.size).toBe(0);
  });

  it('fills no memory, whatever a client invents', () => {
    const { learnt } = started();
    for (let n = 0; n < 300; n++) learnt.suspect('opus', 'acme', [`junk-${n}`], NOW);
    expect(learnt.rejected('opus', 'acme', NOW).size).toBeLessThanOrEqual(200);
    const many = Array.from({ length: 300 }, (_, n) => `more-${n}`);
    learnt.suspect('opus', 'acme', many, NOW);
    expect(learnt.rejected('opus', 'acme', NOW).size).toBeLessThanOrEqual(200);
  });
});
