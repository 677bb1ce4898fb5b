import { describe, expect, it } from 'vitest';
import { SHARE_WINDOW_MS } from '../../tenancy/fair-share.ts';
import { NO_SWITCHES } from '../../tenancy/switches.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';
import {
  chance,
  type Demand,
  MODEL,
  type Scenario,
  type Simulated,
  shareStores,
  simulate,
} from './fair-share.fixture.ts';
import { makeFairShare, type Share } from './fair-share.ts';

const QUOTA = 20_000;
const quota = (perSecond = QUOTA, burst = perSecond * 4, from = 0) => ({ from, perSecond, burst });
/** 1,000 units a request, more or less. */
const demand = (tenant: string, perSecond: number, changes: Partial<Demand> = {}): Demand => ({
  tenant,
  perSecond,
  units: [900, 1_100],
  ...changes,
});
const [SMALL, LARGE] = ['small', 'large'];

async function play(scenario: Partial<Scenario> & Pick<Scenario, 'demands'>): Promise<Simulated> {
  return simulate({ seed: 7, seconds: 150, quota: [quota()], ...scenario });
}

/** What a tenant got from 30 s on, as a part of the smaller of what it wanted and `share`. */
function part(run: Simulated, tenant: string, share: number, [from, to] = [30, 150]): number {
  return run.served(tenant, from, to) / Math.min(run.wanted(tenant, from, to), share);
}

describe('while a quota throttles', () => {
  it.each<[string, Partial<Scenario> & Pick<Scenario, 'demands'>]>([
    ['that wants less than its share', { demands: [demand(LARGE, 50), demand(SMALL, 5)] }],
    ['that wants more than its share', { demands: [demand(LARGE, 150), demand(SMALL, 15)] }],
    [
      'whose store is slow and forgets',
      { demands: [demand(LARGE, 50), demand(SMALL, 5)], staleMs: 300, skewMs: 200, lost: 0.1 },
    ],
    [
      'of a quota that lets nothing gather',
      { demands: [demand(LARGE, 50), demand(SMALL, 5)], quota: [quota(QUOTA, 3_000)] },
    ],
    [
      'of a quota that lets a minute gather',
      { demands: [demand(LARGE, 80), demand(SMALL, 8)], quota: [quota(QUOTA, QUOTA * 20)] },
    ],
    [
      'with large requests that come again',
      { demands: [demand(LARGE, 50), demand(SMALL, 0.5, { units: [5_000, 15_000], tries: 8 })] },
    ],
  ])('a small tenant %s has 95 %% of it within 30 s', async (_, scenario) => {
    for (const seed of [1, 2, 3]) {
      const run = await play({ ...scenario, seed });
      expect(part(run, SMALL, QUOTA / 2), `seed ${seed}`).toBeGreaterThan(0.95);
    }
  });

  it('gives a small tenant that comes late 95 % of it within 30 s', async () => {
    const run = await play({ demands: [demand(LARGE, 80), demand(SMALL, 8, { from: 30 })] });
    expect(part(run, SMALL, QUOTA / 2, [60, 150])).toBeGreaterThan(0.95);
  });

  it('shares the rest to who wants more, and wastes little', async () => {
    for (const seed of [1, 2, 3]) {
      const run = await play({ seed, demands: [demand(LARGE, 50), demand(SMALL, 5)] });
      expect(run.served(LARGE, 30, 150) + run.served(SMALL, 30, 150)).toBeGreaterThan(QUOTA * 0.93);
    }
  });

  it('lets a tenant that is alone use all', async () => {
    const run = await play({ demands: [demand(LARGE, 100)] });
    expect(run.served(LARGE, 30, 150)).toBeGreaterThan(QUOTA * 0.95);
  });

  it('gives a tenant what another leaves when it goes', async () => {
    const run = await play({ demands: [demand(LARGE, 100), demand(SMALL, 30, { to: 60 })] });
    expect(run.served(LARGE, 30, 60)).toBeLessThan(QUOTA * 0.6);
    expect(run.served(LARGE, 90, 150)).toBeGreaterThan(QUOTA * 0.9);
  });

  it('sends requests larger than a share of a window, at the pace of the share', async () => {
    const huge = demand('huge', 0.4, { units: [100_000, 120_000], tries: 40 });
    const run = await play({ demands: [demand(LARGE, 50), huge], seconds: 300 });
    expect(run.served('huge', 30, 300)).toBeGreaterThan(QUOTA * 0.3);
    expect(run.served('huge', 30, 300)).toBeLessThan(QUOTA * 0.6);
    expect(run.served(LARGE, 30, 300)).toBeGreaterThan(QUOTA * 0.3);
  });

  it('finds a quota again that has grown tenfold, and one that has shrunk', async () => {
    const demands = [demand(LARGE, 400), demand(SMALL, 5)];
    const grown = await play({ demands, quota: [quota(), quota(QUOTA * 10, QUOTA * 10, 60)], seconds: 180 });
    expect(grown.served(LARGE, 130, 180)).toBeGreaterThan(QUOTA * 7);
    const shrunk = await play({ demands, quota: [quota(QUOTA * 10), quota(QUOTA, QUOTA, 60)], seconds: 180 });
    expect(part(shrunk, SMALL, QUOTA / 2, [100, 180])).toBeGreaterThan(0.95);
    expect(shrunk.served(LARGE, 100, 180)).toBeGreaterThan(QUOTA * 0.6);
  });

  it('is fair to ten small tenants whoever they are', async () => {
    const random = chance(11);
    const names = Array.from({ length: 10 }, (_, index) => `small-${index}`);
    const small = names.map((name) => demand(name, 0.5 + random()));
    const run = await play({ demands: [demand(LARGE, 150), ...small] });
    const [got, wanted] = [run.served, run.wanted].map((of) => names.reduce((sum, name) => sum + of(name, 30, 150), 0));
    expect((got ?? 0) / (wanted ?? 0)).toBeGreaterThan(0.95);
  });
});

describe('while nobody is throttled', () => {
  it('nobody is held back, and nothing is counted', async () => {
    const run = await play({ demands: [demand(LARGE, 15), demand(SMALL, 1)] });
    expect(run.heldBack(0, 150)).toBe(0);
    expect(run.windowAt(60)).toBeUndefined();
    expect(run.served(LARGE, 0, 140)).toBeCloseTo(run.wanted(LARGE, 0, 140), -3);
  });

  it('sharing ends by itself when the pressure has gone', async () => {
    const run = await play({ demands: [demand(LARGE, 50, { to: 60 }), demand(SMALL, 5)] });
    expect(run.congestedUntil()).toBeLessThan(85);
    expect(run.heldBack(62, 150)).toBe(0);
    expect(run.windowAt(120)).toBeUndefined();
  });
});

describe('one instance', () => {
  const now = 1_000 * SHARE_WINDOW_MS;
  const asking = { tenantId: parseTenantId('acme') as TenantId, bedrockModelId: MODEL, model: 'opus' };
  const congested = { ...NO_SWITCHES, congested: new Map([[MODEL, now + 15_000]]) };
  const sent = (answer: unknown) => answer as Share;

  /** Stores that keep a list of what they are told. */
  function told(changes: Partial<ReturnType<typeof shareStores>['stores']> = {}) {
    const calls: string[] = [];
    const { stores } = shareStores(() => now);
    const noting = Object.fromEntries(
      Object.entries({ ...stores, ...changes }).map(([name, store]) => [
        name,
        (...given: unknown[]) => {
          calls.push(name);
          return (store as (...given: unknown[]) => Promise<unknown>)(...given);
        },
      ]),
    ) as typeof stores;
    return { calls, share: makeFairShare(noting) };
  }

  it('asks no store while nobody is throttled, and notes the first throttle', async () => {
    const { calls, share } = told();
    const answer = sent(await share.take(asking, 10, NO_SWITCHES, now));
    await answer.told('served', now);
    expect(calls).toEqual([]);
    await answer.told('refused', now);
    expect(calls).toEqual(['setCongested']);
    await share.take(asking, 10, NO_SWITCHES, now);
    expect(calls).toEqual(['setCongested', 'shareWindows', 'takeShare']);
  });

  it('counts every refused try, and takes back what was not sent', async () => {
    const counted: string[] = [];
    const { calls, share } = told({ countThrottled: async (_, outcome) => void counted.push(outcome) });
    const answer = sent(await share.take(asking, 10, congested, now));
    await answer.told('refused', now);
    await answer.told('refused', now);
    expect(counted).toEqual(['tried again', 'refused']);
    await sent(await share.take(asking, 10, congested, now)).told('unsent', now);
    expect(calls.at(-1)).toBe('returnShare');
  });

  it('reads the windows before once in a window', async () => {
    const { calls, share } = told();
    for (const later of [0, 1_000, SHARE_WINDOW_MS - 1, SHARE_WINDOW_MS])
      await share.take(asking, 10, congested, now + later);
    expect(calls.filter((name) => name === 'shareWindows')).toHaveLength(2);
  });

  it('refuses a tenant again without asking, for a moment, and counts that with its next request', async () => {
    const asks: number[] = [];
    const { share } = told({
      takeShare: async ({ unheard }) => {
        asks.push(unheard);
        return 'refused';
      },
    });
    const take = (later: number) => share.take(asking, 10, congested, now + later);
    expect(await take(0)).toEqual({ kind: 'capacity_shared', model: 'opus', retryAfterSeconds: 2 });
    expect(await take(100)).toMatchObject({ kind: 'capacity_shared' });
    expect(await take(200)).toMatchObject({ kind: 'capacity_shared' });
    expect(asks).toEqual([0]);
    await take(260);
    expect(asks).toEqual([0, 20]);
  });

  it('lets Bedrock decide where a store fails', async () => {
    const away = () => Promise.reject(new Error('away'));
    for (const name of ['shareWindows', 'takeShare']) {
      const { share } = told({ [name]: away });
      expect(await share.take(asking, 10, congested, now), name).toHaveProperty('told');
    }
    const { share } = told({ countThrottled: away, setCongested: away, returnShare: away });
    const answer = sent(await share.take(asking, 10, congested, now));
    await expect(answer.told('refused', now)).resolves.toBeUndefined();
    await expect(answer.told('unsent', now)).resolves.toBeUndefined();
  });
});
