import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { applyUpdate, type Gate, type GateId, type GateUpdate, NEW_GATE, reserving } from '../gate.ts';
import type { GrantSubject } from '../grant.ts';
import type { Price } from '../price.ts';
import { parseTenantId, type Tenant } from '../tenant.ts';
import { noteThreshold } from './budget-thresholds.ts';
import { gateKey, getGate, getGates, updateGate } from './gates.ts';
import { listLimitRules, putLimitRule } from './limit-rules.ts';
import { listPrices, putPrice } from './prices.ts';
import { getSwitches, setCongested, setGateStop, setSwitch } from './switches.ts';
import { getTenant, putTenant } from './tenants.ts';

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const tenantId = parseTenantId('acme')!;
const STOP = { reason: 'a test', by: 'staff:mira', at: 1 };
let gates = 0;
const freshGate = (): GateId => ({ tenantId, subject: { kind: 'user', identityId: `u-${++gates}` } });
const adding = (add: Record<string, bigint>, change: Partial<GateUpdate> = {}): GateUpdate => ({
  add: new Map(Object.entries(add)),
  atMost: new Map(),
  refusedWhenClosed: false,
  remove: [],
  ...change,
});
const counters = ({ counters: all }: Gate) => Object.fromEntries(all);

describe('a change of a gate', () => {
  it('does in the table what it does in memory: any change, of any gate, with any answer', async () => {
    const NAME = fc.constantFrom(
      'committed.2026-11',
      'spent.2026-11',
      'requests.2026-11-22T13:45',
      'requests.2026-11-22',
      'streams.29662845',
    );
    const AMOUNT = fc.oneof(
      fc.bigInt({ min: -3n, max: 3n }),
      fc.constantFrom(9_007_199_254_740_993n, -9_007_199_254_740_993n, 10n ** 30n, 0n),
    );
    const AMOUNTS = fc.dictionary(NAME, AMOUNT).map((all) => new Map<string, bigint>(Object.entries(all)));
    const CHANGE = fc.record({
      add: AMOUNTS,
      atMost: fc.oneof(fc.constant(new Map<string, bigint>()), AMOUNTS),
      refusedWhenClosed: fc.boolean(),
      remove: fc.array(NAME, { maxLength: 3 }).map((names) => [...new Set(names)]),
    });
    const STEP = fc.oneof({ weight: 8, arbitrary: CHANGE }, { weight: 1, arbitrary: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 1, maxLength: 8 }), async (steps) => {
        const id = freshGate();
        let expected: Gate = NEW_GATE;
        for (const step of steps) {
          if (typeof step === 'boolean') {
            await setGateStop(store.tables, id, step ? STOP : null);
            expected = { ...expected, closed: step };
            continue;
          }
          const after = applyUpdate(expected, step);
          const answer = await updateGate(store.tables, id, step);
          expect(answer).toEqual(after ? { outcome: 'done', gate: after } : { outcome: 'refused', gate: expected });
          expected = after ?? expected;
        }
        expect(await getGate(store.tables, id)).toEqual(expected);
      }),
      { seed: 22, numRuns: 80 },
    );
  });

  it.each([
    ['a budget', { budget: { nanoUsd: 700n, enforcement: 'hard' as const } }, 7],
    ['requests per minute', { requestsPerMinute: 9 }, 9],
    ['requests per day', { requestsPerDay: 5 }, 5],
    ['tokens per minute', { tokensPerMinute: 120 }, 12],
    ['streams', { streams: 3 }, 3],
    ['nothing at all', { streams: 0 }, 0],
  ])('never lets more pass than %s has room for, however many come at once', async (_, limits, room) => {
    const id = freshGate();
    const update = reserving(limits, { at: Date.UTC(2026, 10, 22, 12), money: 100n, tokens: 10 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => updateGate(store.tables, id, update)));
    expect(answers.filter(({ outcome }) => outcome === 'done')).toHaveLength(room);
    expect(answers.filter(({ outcome }) => outcome === 'refused')).toHaveLength(60 - room);
    expect(counters(await getGate(store.tables, id))['committed.2026-11'] ?? 0n).toBe(BigInt(room) * 100n);
  });

  it('counts each of many that come at once', async () => {
    const id = freshGate();
    const update = adding({ 'spent.2026-11': 3n, 'committed.2026-11': -2n });
    await Promise.all(Array.from({ length: 50 }, () => updateGate(store.tables, id, update)));
    expect(counters(await getGate(store.tables, id))).toEqual({ 'spent.2026-11': 150n, 'committed.2026-11': -100n });
  });

  it('stands under its tenant, and each subject has a gate of its own', async () => {
    const subjects: GrantSubject[] = [
      { kind: 'tenant' },
      { kind: 'user', identityId: 'k3jD8sQ0aZ' },
      { kind: 'key', keyId: 'k3jD8sQ0aZ' },
    ];
    const places = subjects.map((subject) => gateKey({ tenantId, subject }).pk);
    expect(places).toEqual([
      'TENANT#acme#GATE#TENANT',
      'TENANT#acme#GATE#USER#k3jD8sQ0aZ',
      'TENANT#acme#GATE#KEY#k3jD8sQ0aZ',
    ]);
    const id = freshGate();
    await updateGate(store.tables, id, adding({ 'spent.2026-11': 1n }));
    const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key: gateKey(id) }));
    expect(Item).toEqual({ ...gateKey(id), kind: 'GATE', tenantId: 'acme', 'spent.2026-11': 1, changes: 1 });
    expect(() => gateKey({ tenantId, subject: { kind: 'user', identityId: 'a#b' } })).toThrow(RangeError);
  });

  it('reads no other attribute as a counter, and no damaged counter as a number', async () => {
    const id = freshGate();
    const put = (more: object) =>
      store.documents.send(new PutCommand({ TableName: 'ledger', Item: { ...gateKey(id), kind: 'GATE', ...more } }));
    await put({ changes: 7, 'spent.2026-11': 5, closed: 'yes' });
    expect(await getGate(store.tables, id)).toEqual({ closed: false, counters: new Map([['spent.2026-11', 5n]]) });
    await put({ 'spent.2026-11': 'five' });
    await expect(getGate(store.tables, id)).rejects.toThrow(/damaged/);
  });
});

describe('a closed gate', () => {
  it('is closed before it was ever passed, and open again as if nothing had been', async () => {
    const id = freshGate();
    const update = reserving({}, { at: Date.UTC(2026, 10, 22), money: 1n, tokens: 1 });
    await setGateStop(store.tables, id, STOP);
    await setGateStop(store.tables, id, STOP);
    expect(await updateGate(store.tables, id, update)).toEqual({
      outcome: 'refused',
      gate: { closed: true, counters: new Map() },
    });
    await setGateStop(store.tables, id, null);
    expect(await updateGate(store.tables, id, update)).toMatchObject({ outcome: 'done' });
  });

  it('keeps what it has counted', async () => {
    const id = freshGate();
    await updateGate(store.tables, id, adding({ 'committed.2026-11': 5n }));
    await setGateStop(store.tables, id, STOP);
    expect(await getGate(store.tables, id)).toEqual({ closed: true, counters: new Map([['committed.2026-11', 5n]]) });
  });
});

describe('many gates', () => {
  it('are read in the order asked for, also more than one batch, also twice, also those that are not there', async () => {
    const ids = Array.from({ length: 130 }, freshGate);
    await Promise.all(
      ids.map((id, n) => (n % 2 ? updateGate(store.tables, id, adding({ 'spent.2026-11': BigInt(n) })) : null)),
    );
    const asked = [...ids, ids[1]!, ids[129]!];
    const read = await getGates(store.tables, asked);
    expect(read.map((one) => one.counters.get('spent.2026-11') ?? 0n)).toEqual([
      ...ids.map((_, n) => (n % 2 ? BigInt(n) : 0n)),
      1n,
      129n,
    ]);
    expect(await getGates(store.tables, [])).toEqual([]);
  });
});

describe('limit rules', () => {
  const tenant: Tenant = {
    id: parseTenantId('umbrella')!,
    name: 'Umbrella',
    status: 'ACTIVE',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
  };
  const anna = { kind: 'user', identityId: 'usr_anna' } as const;
  const key = { kind: 'key', keyId: 'k3jD8sQ0aZ' } as const;
  const list = (...subjects: GrantSubject[]) => listLimitRules(store.tables, tenant.id, subjects);

  it('come back as they were stored, for exactly the subjects asked for, and tell the tenant of the change', async () => {
    await putTenant(store.tables, tenant);
    const one = {
      subject: anna,
      limits: { requestsPerMinute: 5, streams: null, budget: { nanoUsd: 10n ** 20n, enforcement: 'hard' } },
    } as const;
    const other = { subject: key, limits: { tokensPerMinute: 0, requestsPerDay: 7, budget: null } };
    await putLimitRule(store.tables, tenant.id, one);
    await putLimitRule(store.tables, tenant.id, other);
    expect(await list({ kind: 'tenant' }, anna, key)).toEqual([one, other]);
    expect(await list(key)).toEqual([other]);
    expect(await list({ kind: 'user', identityId: 'usr_ann' })).toEqual([]);
    expect((await getTenant(store.tables, tenant.id))?.rulesVersion).toBe(2);
  });

  it('are replaced whole', async () => {
    await putLimitRule(store.tables, tenant.id, { subject: anna, limits: { streams: 1 } });
    await putLimitRule(store.tables, tenant.id, { subject: anna, limits: { requestsPerDay: 2 } });
    expect(await list(anna)).toEqual([{ subject: anna, limits: { requestsPerDay: 2 } }]);
  });

  it.each([
    ['a negative limit', { streams: -1 }],
    ['half a request', { requestsPerMinute: 0.5 }],
    ['a budget below nothing', { budget: { nanoUsd: -1n, enforcement: 'hard' } }],
  ] as const)('are not stored with %s', async (_, limits) => {
    await expect(putLimitRule(store.tables, tenant.id, { subject: anna, limits })).rejects.toThrow();
  });

  it('are not for a tenant, whose limits stand in its row, nor for one that is not there', async () => {
    await expect(putLimitRule(store.tables, tenant.id, { subject: { kind: 'tenant' }, limits: {} })).rejects.toThrow(
      RangeError,
    );
    const nobody = parseTenantId('nobody')!;
    await expect(putLimitRule(store.tables, nobody, { subject: anna, limits: {} })).rejects.toThrow();
    expect(await listLimitRules(store.tables, nobody, [anna])).toEqual([]);
  });

  it("in a tenant's row come back as they were stored, and outlive its next version", async () => {
    const limits = {
      tenant: { budget: { nanoUsd: 5n, enforcement: 'soft' } },
      user: { streams: null },
      key: {},
    } as const;
    expect(await putTenant(store.tables, { ...tenant, version: 2, limits })).toBe('stored');
    expect(await getTenant(store.tables, tenant.id)).toMatchObject({ limits, version: 2 });
    expect(await putTenant(store.tables, { ...tenant, version: 3 })).toBe('stored');
    expect(await getTenant(store.tables, tenant.id)).not.toHaveProperty('limits');
    expect((await getTenant(store.tables, tenant.id))?.rulesVersion).toBeGreaterThan(0);
  });
});

describe('prices', () => {
  const price = (from: number, change: Partial<Price> = {}): Price => ({
    modelId: 'nova',
    book: 'charge',
    from,
    perToken: { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite5m: 3_750, cacheWrite1h: 6_000 },
    ...change,
  });

  it('are listed for their model, of both books; one that stands is never changed', async () => {
    const all = [
      price(Date.UTC(2026, 0, 1)),
      price(Date.UTC(2027, 0, 1)),
      price(Date.UTC(2026, 0, 1), { book: 'cost' }),
    ];
    for (const one of all) expect(await putPrice(store.tables, one)).toBe('stored');
    const dearer = price(Date.UTC(2026, 0, 1), { perToken: { ...all[0]!.perToken, input: 9_999 } });
    expect(await putPrice(store.tables, dearer)).toBe('exists');
    await putPrice(store.tables, price(0, { modelId: 'nova-2' }));
    const found = await listPrices(store.tables, 'nova');
    expect(found).toHaveLength(3);
    expect(found).toEqual(expect.arrayContaining(all));
    expect(await listPrices(store.tables, 'unheard-of')).toEqual([]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('of %s for a token are not stored', async (input) => {
    const wrong = price(5, { perToken: { ...price(0).perToken, input } });
    await expect(putPrice(store.tables, wrong)).rejects.toThrow();
  });
});

it('a threshold is noted once for each gate, month, threshold and budget, however many reach it', async () => {
  const event = { gate: freshGate(), percent: 80, month: '2026-11', budget: 1_000n, spent: 812n, at: 5 };
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => noteThreshold(store.tables, { ...event, at: n })),
  );
  expect(outcomes.filter((one) => one === 'noted')).toHaveLength(1);
  for (const other of [{ percent: 90 }, { month: '2026-12' }, { budget: 2_000n }, { gate: freshGate() }])
    expect(await noteThreshold(store.tables, { ...event, ...other })).toBe('noted');
  expect(await noteThreshold(store.tables, { ...event, spent: 900n })).toBe('known');
});

it('switches are thrown and taken back one by one, beside each other', async () => {
  expect(await getSwitches(store.tables)).toMatchObject({ stopped: new Set() });
  const targets = ['platform', 'region:eu-central-1', 'model:claude-opus-5-5'] as const;
  await Promise.all(targets.map((target) => setSwitch(store.tables, target, STOP)));
  await setCongested(store.tables, 'eu.anthropic.claude-opus-5-5', 7);
  expect(await getSwitches(store.tables)).toEqual({
    stopped: new Set(targets),
    congested: new Map([['eu.anthropic.claude-opus-5-5', 7]]),
  });
  await setSwitch(store.tables, 'platform', null);
  await setSwitch(store.tables, 'platform', null);
  expect((await getSwitches(store.tables)).stopped).toEqual(new Set(targets.slice(1)));
});
