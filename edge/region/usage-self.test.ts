import { describe, expect, it, vi } from 'vitest';
import type { Gate } from '../../tenancy/gate.ts';
import type { LimitRule } from '../../tenancy/limit.ts';
import { type Counts, NO_COUNTS } from '../../tenancy/rollup.ts';
import { ACME, API_KEY, makeStores, NOW, passport, request, run, seal, TENANT } from './serve.fixture.ts';
import type { Stores } from './stores.ts';
import { keepSpending, type UsageSelf, usageSelf } from './usage-self.ts';

const ANNA = { tenantId: ACME, identityId: 'usr_anna', callerType: 'user' } as const;
const WITH_KEY = { ...ANNA, callerType: 'api_key', keyId: API_KEY.keyId } as const;
const dollars = (amount: number) => BigInt(amount * 100) * 10_000_000n;

const gate = (spent: number, held = 0): Gate => ({
  closed: false,
  counters: new Map([
    ['spent.2026-11', dollars(spent)],
    ['committed.2026-11', dollars(spent + held)],
    // Another month's is nobody's business now.
    ['spent.2026-10', dollars(1_000)],
    ['committed.2026-10', dollars(1_000)],
  ]),
});

const budget = (subject: LimitRule['subject'], limit: number, enforcement: 'hard' | 'soft' = 'hard'): LimitRule => ({
  subject,
  limits: { budget: { nanoUsd: dollars(limit), enforcement } },
});
const OF_ANNA = { kind: 'user', identityId: 'usr_anna' } as const;
const OF_KEY = { kind: 'key', keyId: API_KEY.keyId } as const;

const counts = (some: Partial<Counts>): Counts => ({ ...NO_COUNTS, ...some });
const USAGE = {
  day: [
    { model: 'claude-opus-5-5', counts: counts({ completed: 46n, partial: 1n, input: 10n, nanoUsd: 1_200_000_001n }) },
  ],
  month: [
    { model: 'claude-haiku-4-5', counts: counts({ completed: 3n, refused: 2n, output: 7n, nanoUsd: 375_000n }) },
    {
      model: 'claude-opus-5-5',
      counts: counts({
        completed: 60n,
        partial: 1n,
        orphans: 1n,
        upstreamErrors: 1n,
        input: 20n,
        cacheRead: 3n,
        cacheWrite5m: 4n,
        cacheWrite1h: 5n,
        nanoUsd: 3_200_000_000n,
      }),
    },
  ],
  countedAt: NOW - 2_000,
};

type Given = {
  caller?: typeof ANNA | typeof WITH_KEY;
  tenant?: Partial<typeof TENANT>;
  gates?: readonly Gate[];
  limits?: readonly LimitRule[];
  stores?: Partial<Stores>;
};

async function ask({ caller = ANNA, tenant = {}, gates, limits = [], stores = {} }: Given = {}): Promise<UsageSelf> {
  const spending = keepSpending({
    gates: async (ids) => gates ?? ids.map(() => gate(0)),
    userUsage: async () => USAGE,
    ...stores,
  });
  const rules = async () => ({ grants: [], limits });
  const deps = { region: 'eu-central-1', rules, ...spending } as const;
  const result = await usageSelf({ caller, tenant: { ...TENANT, ...tenant } }, deps, NOW);
  if (!result.ok) throw new Error(result.reason.kind);
  return result.value;
}

describe('what a caller is told', () => {
  it('is who it is, and what it used today and this month, by model', async () => {
    const { usage, ...about } = await ask({ caller: WITH_KEY });
    expect(about).toMatchObject({
      as_of: '2026-11-22T12:00:00.000Z',
      tenant: 'acme',
      region: 'eu-central-1',
      user: 'usr_anna',
      api_key: 'abcdefghij',
    });
    expect(usage?.as_of).toBe('2026-11-22T11:59:58.000Z');
    expect(usage?.today).toEqual({
      period: '2026-11-22',
      requests: 47,
      refused: 0,
      tokens: { input: 10, output: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0 },
      spend: { usd: '1.200000001', nano_usd: '1200000001' },
      models: [expect.objectContaining({ model: 'claude-opus-5-5', requests: 47 })],
    });
    expect(usage?.this_month).toMatchObject({
      period: '2026-11',
      requests: 66,
      refused: 2,
      tokens: { input: 20, output: 7, cache_read: 3, cache_write_5m: 4, cache_write_1h: 5 },
      spend: { usd: '3.200375', nano_usd: '3200375000' },
      models: [
        { model: 'claude-haiku-4-5', requests: 3, refused: 2, spend: { usd: '0.000375', nano_usd: '375000' } },
        { model: 'claude-opus-5-5', requests: 63 },
      ],
    });
  });

  it('with a token names no key', async () => {
    expect((await ask()).api_key).toBeNull();
  });

  it('is its own budgets in full, as its gates have them', async () => {
    const gates = [gate(500), gate(3.2, 1), gate(2)];
    const limits = [budget(OF_ANNA, 50), budget(OF_KEY, 10, 'soft')];
    const { budgets } = await ask({ caller: WITH_KEY, gates, limits });
    const money = (usd: string, nano_usd: string) => ({ usd, nano_usd });
    expect(budgets).toEqual([
      {
        of: 'user',
        month: '2026-11',
        enforcement: 'hard',
        percent: 6,
        limit: money('50.00', '50000000000'),
        spent: money('3.20', '3200000000'),
        held: money('1.00', '1000000000'),
        remaining: money('45.80', '45800000000'),
      },
      expect.objectContaining({ of: 'key', enforcement: 'soft', percent: 20, remaining: money('8.00', '8000000000') }),
    ]);
  });

  it("is of the tenant's budget how much is left, and not what its other users spent", async () => {
    const tenant = { limits: { tenant: { budget: { nanoUsd: dollars(600), enforcement: 'hard' as const } } } };
    const { budgets } = await ask({ tenant, gates: [gate(511), gate(1)] });
    expect(budgets).toEqual([
      {
        of: 'tenant',
        month: '2026-11',
        enforcement: 'hard',
        percent: 85,
        remaining: { usd: '89.00', nano_usd: '89000000000' },
      },
    ]);
  });

  it('never goes below nothing left, and a budget of nothing is spent', async () => {
    const { budgets } = await ask({ gates: [gate(0), gate(51, 2)], limits: [budget(OF_ANNA, 50, 'soft')] });
    expect(budgets[0]).toMatchObject({ percent: 102, remaining: { usd: '0.00' } });
    const none = await ask({ limits: [budget(OF_ANNA, 0)] });
    expect(none.budgets[0]).toMatchObject({ percent: 100, remaining: { usd: '0.00' } });
  });

  it('away from its home region is no usage: zero would be wrong', async () => {
    const { usage, status_line } = await ask({ tenant: { homeRegion: 'eu-central-2' } });
    expect(usage).toBeNull();
    expect(status_line).toBe('acme');
  });

  it('is never a guess: a store that is away is said to be', async () => {
    const away = async () => {
      throw new Error('away');
    };
    await expect(ask({ stores: { gates: away } })).rejects.toThrow('store_unavailable');
    await expect(ask({ stores: { userUsage: away } })).rejects.toThrow('store_unavailable');
  });
});

describe('the status line', () => {
  const tenantBudget = { limits: { tenant: { budget: { nanoUsd: dollars(600), enforcement: 'hard' as const } } } };

  it.each<[string, Given, string]>([
    [
      'a budget',
      { gates: [gate(500), gate(3.2, 1)], limits: [budget(OF_ANNA, 50)] },
      'acme · $3.20 of $50.00 · 47 requests today',
    ],
    ['no budget', {}, 'acme · $3.20 this month · 47 requests today'],
    [
      'a key with less than its owner',
      { caller: WITH_KEY, gates: [gate(0), gate(3.2), gate(2)], limits: [budget(OF_ANNA, 50), budget(OF_KEY, 10)] },
      'acme · $2.00 of $10.00 of this key · 47 requests today',
    ],
    [
      'a tenant with less than the user',
      { tenant: tenantBudget, gates: [gate(590), gate(3.2)], limits: [budget(OF_ANNA, 50)] },
      "acme · $10.00 left, 98% of the tenant's budget spent · 47 requests today",
    ],
    [
      'a first request',
      { stores: { userUsage: async () => ({ ...USAGE, day: [{ model: 'm', counts: counts({ completed: 1n }) }] }) } },
      'acme · $3.20 this month · 1 request today',
    ],
  ])('of %s', async (_, given, line) => {
    const { status_line } = await ask(given);
    expect(status_line).toBe(line);
    // A shell script cuts it out of the answer by its quotes.
    expect(JSON.stringify(status_line)).toBe(`"${status_line}"`);
  });
});

describe('a caller who asks every second', () => {
  it('costs one look in three, and is told nothing of another', async () => {
    const gates = vi.fn<Stores['gates']>(async (ids) => ids.map(() => gate(1)));
    const userUsage = vi.fn<Stores['userUsage']>(async () => USAGE);
    const { stores } = makeStores({ gates, userUsage });
    const deps = {
      region: 'eu-central-1',
      rules: async () => ({ grants: [], limits: [] }),
      ...keepSpending(stores),
    } as const;
    const BOB = { ...ANNA, identityId: 'usr_bob' } as const;
    const at = (ms: number, caller: typeof ANNA | typeof WITH_KEY | typeof BOB) =>
      usageSelf({ caller, tenant: TENANT }, deps, NOW + ms);
    for (const ms of [0, 1_000, 2_000]) await at(ms, ANNA);
    expect([gates, userUsage].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    await at(3_000, ANNA);
    await at(3_000, BOB);
    await at(3_000, WITH_KEY);
    expect(userUsage.mock.calls.map(([tenantId, identityId, day]) => [tenantId, identityId, day])).toEqual([
      ['acme', 'usr_anna', '2026-11-22'],
      ['acme', 'usr_anna', '2026-11-22'],
      ['acme', 'usr_bob', '2026-11-22'],
      ['acme', 'usr_anna', '2026-11-22'],
    ]);
    expect(gates.mock.calls.at(-1)?.[0].map(({ subject }) => subject.kind)).toEqual(['tenant', 'user', 'key']);
  });

  it('sees a new day at midnight', async () => {
    const { stores } = makeStores();
    const userUsage = vi.fn<Stores['userUsage']>(async () => USAGE);
    const deps = {
      region: 'eu-central-1',
      rules: async () => ({ grants: [], limits: [] }),
      ...keepSpending({ ...stores, userUsage }),
    } as const;
    const midnight = Date.UTC(2026, 11, 1);
    for (const now of [midnight - 1, midnight]) await usageSelf({ caller: ANNA, tenant: TENANT }, deps, now);
    expect(userUsage.mock.calls.map(([, , day]) => day)).toEqual(['2026-11-30', '2026-12-01']);
  });
});

describe('GET /v1/usage/self, in the region', () => {
  const get = (stores: Partial<Stores> = {}) => {
    const sealed = passport({ route: 'usage_self', method: 'GET' });
    const nobody = async () => {
      throw new Error('Bedrock was called');
    };
    return run({ ...request(seal(sealed), ''), method: 'GET' }, nobody, { stores });
  };

  it('answers with JSON that no cache keeps, and writes nothing into the book', async () => {
    const { reader, book } = await get({ userUsage: async () => USAGE });
    expect([reader.statusCode, reader.headers['content-type'], reader.headers['cache-control']]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(JSON.parse(reader.text)).toMatchObject({
      tenant: 'acme',
      user: 'usr_anna',
      usage: { today: { requests: 47 } },
    });
    expect(book.intents).toEqual([]);
    expect(book.gates.size).toBe(0);
  });

  it('is refused in shape when a store is away', async () => {
    const away = async () => {
      throw new Error('away');
    };
    const { reader } = await get({ userUsage: away });
    expect(reader.statusCode).toBe(503);
    expect(JSON.parse(reader.text)).toMatchObject({ type: 'error' });
  });
});
