import { readFileSync } from 'node:fs';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { parseTenantId } from '../tenant.ts';
import { type Counting, countRequests, getUserUsage, listUsageHours } from './rollups.ts';

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
    startedAt: 1_795_312_345_678,
    reserved: { nanoUsd: 1n, inputTokens: 1, outputTokens: 1 },
  },
  settlement: {
    outcome: 'COMPLETED',
    tokens: { input: 12, output: 345, cacheRead: 20_480, cacheWrite5m: 1_024, cacheWrite1h: 0 },
    nanoUsd: 25_325_000n,
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
  expect(examples).toHaveLength(4);
});

it('a request that stands there is told with what was counted of it, and nothing is added', async () => {
  const { outcome, tokens, nanoUsd } = counting.settlement;
  const again = { ...counting, settlement: { ...counting.settlement, nanoUsd: 1n } };
  const other = { ...counting, intent: { ...counting.intent, requestId: 'r-other' } };
  expect(await countRequests(store.tables, [other, again], NOW)).toEqual({
    outcome: 'known',
    counted: new Map([[counting.intent.requestId, { outcome, tokens, nanoUsd }]]),
  });
  const [hour] = await listUsageHours(store.tables, acme, '2026-11-22');
  expect(hour?.counts).toMatchObject({ completed: 1n, nanoUsd });
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
  const full = Array.from({ length: 25 }, (_, n) => ({
    ...counting,
    intent: { ...counting.intent, requestId: `r-${n}`, identityId: `usr_${n}` },
  }));
  expect(await countRequests(store.tables, full, NOW)).toEqual({ outcome: 'counted' });
  expect(await getUserUsage(store.tables, acme, 'usr_24', '2026-11-22')).toMatchObject({
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
  const Item = { pk: 'TENANT#acme#USAGE#USER#usr_bad', sk: '2026-11#MODEL#m', model: 'm', countedAt: 1, input: 'many' };
  await store.documents.send(new PutCommand({ TableName: 'ledger', Item }));
  await expect(getUserUsage(store.tables, acme, 'usr_bad', '2026-11-22')).rejects.toThrow('damaged');
});
