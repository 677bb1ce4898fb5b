import { readFileSync } from 'node:fs';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { parseTenantId } from '../tenant.ts';
import { type Counting, countedAtOnce, countRequests } from './rollups.ts';
import { getUserUsage, listUsage, type UsageReading } from './usage-sums.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const acme = parseTenantId('acme')!;
const NOW = 1_795_312_352_000;
const counting: Counting = {
  intent: {
    requestId: '019aa8c1-7e01-7a10-8f02-0d4c9b7e6f22',
    tenantId: acme,
    identityId: 'usr_anna',
    callerType: 'api_key',
    keyId: 'k3jD8sQ0aZ',
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-1',
    stream: true,
    sessionId: '0b1f6a52-7c1e-4c55-9a53-0f6b8a2f9a11',
    startedAt: 1_795_312_345_678,
    reserved: { nanoUsd: 1n, inputTokens: 1, outputTokens: 1 },
  },
  settlement: {
    outcome: 'COMPLETED',
    tokens: { input: 12, output: 345, cacheRead: 20_480, cacheWrite5m: 1_024, cacheWrite1h: 0 },
    nanoUsd: 25_325_000n,
    costs: { input: 60_000n, output: 8_625_000n, cacheRead: 10_240_000n, cacheWrite5m: 6_400_000n, cacheWrite1h: 0n },
    flags: [],
    settledAt: 1_795_312_350_001,
  },
  before: null,
};

it('storage.md shows every item of a counted request exactly as it is stored', async () => {
  const page = readFileSync(new URL('storage.md', import.meta.url), 'utf8');
  const [ours = ''] = page.split('\n## Roll-ups\n')[1]?.split('\n## ') ?? [];
  const examples = [...ours.matchAll(/```json\n(.+?)```/gs)].map(([, json]) => JSON.parse(json!));
  expect(await countRequests(store.tables, [counting], NOW)).toEqual({ outcome: 'counted' });
  const { Items = [] } = await store.documents.send(new ScanCommand({ TableName: 'ledger' }));
  const inOrder = (items: Record<string, unknown>[]) =>
    items.sort((a, b) => (`${a['pk']} ${a['sk']}` < `${b['pk']} ${b['sk']}` ? -1 : 1));
  expect(inOrder(Items)).toEqual(inOrder(examples));
  expect(examples).toHaveLength(8);
});

it('a request that stands there is told with what was counted of it, and nothing is added', async () => {
  const { outcome, tokens, nanoUsd, costs } = counting.settlement;
  const again = { ...counting, settlement: { ...counting.settlement, nanoUsd: 1n } };
  const other = { ...counting, intent: { ...counting.intent, requestId: 'r-other' } };
  expect(await countRequests(store.tables, [other, again], NOW)).toEqual({
    outcome: 'known',
    counted: new Map([[counting.intent.requestId, { outcome, tokens, nanoUsd, costs }]]),
  });
  const reading = { sum: 'tenantDay', first: '2026-11-22', last: '2026-11-22' } as const;
  const [day] = (await listUsage(store.tables, acme, reading)) ?? [];
  expect(day?.counts).toMatchObject({ completed: 1n, nanoUsd });
});

it('a refusal is known by its name: the client that a function has throws no class of the SDK', async () => {
  const named = Object.assign(new Error('cancelled'), {
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'TransactionConflict' }],
  });
  const documents = { send: () => Promise.reject(named) };
  const ledger = { getName: () => 'ledger', getDocumentClient: () => documents };
  expect(await countRequests({ ...store.tables, ledger } as never, [counting], NOW)).toEqual({ outcome: 'busy' });
});

it('the truth takes the place of an estimate only while the estimate stands there', async () => {
  const before = { outcome: 'ORPHAN', tokens: counting.settlement.tokens, nanoUsd: 7n } as const;
  expect(await countRequests(store.tables, [{ ...counting, before }], NOW)).toMatchObject({ outcome: 'known' });
});

it('a full transaction passes, with every request in sums of its own', async () => {
  const requests = Array.from({ length: 100 }, (_, n) => ({
    ...counting,
    intent: { ...counting.intent, requestId: `r-${n}`, identityId: `usr_${n}` },
  }));
  // Each has its mark and five sums; two are their tenant's.
  const full = requests.slice(0, countedAtOnce(requests));
  expect(full).toHaveLength(16);
  expect(await countRequests(store.tables, full, NOW)).toEqual({ outcome: 'counted' });
  expect(await getUserUsage(store.tables, acme, 'usr_15', '2026-11-22')).toMatchObject({
    day: [{ model: 'claude-opus-5-5', counts: { completed: 1n } }],
    month: [{ model: 'claude-opus-5-5', counts: { completed: 1n } }],
    countedAt: NOW,
  });
});

it('sums are exact beyond what a number holds', async () => {
  const rich = { ...counting, intent: { ...counting.intent, identityId: 'usr_rich' } };
  const huge = 2n ** 62n + 1n;
  for (const requestId of ['r-rich-1', 'r-rich-2']) {
    const one = { ...rich, intent: { ...rich.intent, requestId }, settlement: { ...rich.settlement, nanoUsd: huge } };
    await countRequests(store.tables, [one], NOW);
  }
  const { month } = await getUserUsage(store.tables, acme, 'usr_rich', '2026-11-22');
  expect(month[0]?.counts.nanoUsd).toBe(2n * huge);
});

it("a user's usage is neither that of a longer name nor of another month, and nothing is never counted", async () => {
  expect(await getUserUsage(store.tables, acme, 'usr_ann', '2026-11-22')).toEqual({
    day: [],
    month: [],
    countedAt: null,
  });
  expect(await getUserUsage(store.tables, acme, 'usr_anna', '2026-12-22')).toEqual({
    day: [],
    month: [],
    countedAt: null,
  });
  expect(await getUserUsage(store.tables, acme, 'usr_anna', '2026-11-02')).toMatchObject({ day: [], countedAt: NOW });
});

it('damaged sums are an error, never zero', async () => {
  const Item = {
    pk: 'TENANT#acme#USAGE#MONTHS#2026-11',
    sk: 'USER#usr_bad#KEY#-#MODEL#m#REGION#eu-central-1',
    model: 'm',
    countedAt: 1,
    input: 'many',
  };
  await store.documents.send(new PutCommand({ TableName: 'ledger', Item }));
  await expect(getUserUsage(store.tables, acme, 'usr_bad', '2026-11-22')).rejects.toThrow('damaged');
});

it('those of one user share their sums: few transactions count many', async () => {
  const requests = Array.from({ length: 200 }, (_, n) => ({
    ...counting,
    intent: { ...counting.intent, tenantId: parseTenantId('globex')!, requestId: `r-${n}` },
  }));
  const full = requests.slice(0, countedAtOnce(requests));
  expect(full).toHaveLength(93);
  expect(await countRequests(store.tables, full, NOW)).toEqual({ outcome: 'counted' });
});

it('a question is answered from the sums that it names, of the users and days that it names', async () => {
  const initech = parseTenantId('initech')!;
  const use = async (requestId: string, identityId: string, at: string, sessionId?: string) => {
    const { sessionId: _, ...intent } = counting.intent;
    const own = { ...intent, tenantId: initech, requestId, identityId, startedAt: Date.parse(at) };
    const one = { ...counting, intent: { ...own, ...(sessionId ? { sessionId } : {}) } };
    expect(await countRequests(store.tables, [one], NOW)).toEqual({ outcome: 'counted' });
  };
  await use('r-1', 'usr_ann', '2026-11-21T23:59:59Z', 's-1');
  await use('r-2', 'usr_anna', '2026-11-22T00:00:00Z', 's-1');
  await use('r-3', 'usr_anna', '2026-11-22T23:59:59Z');
  await use('r-4', 'usr_bob', '2026-11-23T00:00:00Z');
  const requestsOf = async (reading: UsageReading) => {
    const sums = await listUsage(store.tables, initech, reading);
    return sums?.reduce((sum, { counts }) => sum + Number(counts.completed), 0);
  };
  const [first, last] = ['2026-11-22', '2026-11-22'];
  for (const sum of ['tenantHour', 'tenantDay'] as const) expect(await requestsOf({ sum, first, last }), sum).toBe(2);
  expect(await requestsOf({ sum: 'tenantDay', first: '2026-11-21', last: '2026-11-23' })).toBe(4);
  const range = { first: '2026-11-21', last: '2026-11-22' };
  expect(await requestsOf({ sum: 'userDay', users: ['usr_ann'], ...range })).toBe(1);
  expect(await requestsOf({ sum: 'userDay', users: ['usr_anna', 'usr_bob'], ...range })).toBe(2);
  expect(await requestsOf({ sum: 'userDay', users: [], ...range })).toBe(0);
  for (const sum of ['hour', 'day'] as const) {
    expect(await requestsOf({ sum, users: null, windows: ['2026-11-21', '2026-11-22'] }), sum).toBe(3);
    expect(await requestsOf({ sum, users: ['usr_ann'], windows: ['2026-11-21', '2026-11-22'] }), sum).toBe(1);
  }
  expect(await requestsOf({ sum: 'month', users: null, windows: ['2026-11'] })).toBe(4);
  expect(await requestsOf({ sum: 'month', users: ['usr_anna'], windows: ['2026-11', '2026-12'] })).toBe(2);
  expect(await requestsOf({ sum: 'session', users: null, windows: ['2026-11-21', '2026-11-22'] })).toBe(2);
  expect(await requestsOf({ sum: 'session', users: ['usr_anna'], windows: ['2026-11-21', '2026-11-22'] })).toBe(1);
});

it('what would take too many sums has no answer, rather than a part of one', async () => {
  const all = { sum: 'day', users: null, windows: ['2026-11-22'] } as const;
  const found = await listUsage(store.tables, acme, all);
  expect(found?.length).toBeGreaterThan(3);
  expect(await listUsage(store.tables, acme, all, found?.length)).toHaveLength(found?.length ?? 0);
  expect(await listUsage(store.tables, acme, all, (found?.length ?? 0) - 1)).toBeNull();
});
