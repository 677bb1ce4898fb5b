import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { parseTenantId } from '../tenant.ts';
import type { Intent, Settlement } from '../usage.ts';
import { getRequest, openRequest, settleRequest } from './requests.ts';
import { tableDefinitions } from './tables.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const acme = parseTenantId('acme')!;

const intent = (requestId: string, change: Partial<Intent> = {}): Intent => ({
  requestId,
  tenantId: acme,
  identityId: 'usr_anna',
  callerType: 'user',
  model: 'claude-opus-5-5',
  bedrockModelId: 'eu.anthropic.claude-opus-5-5',
  region: 'eu-central-1',
  stream: true,
  startedAt: 1_795_312_345_678,
  reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
  ...change,
});

const settlement = (change: Partial<Settlement> = {}): Settlement => ({
  outcome: 'COMPLETED',
  nanoUsd: 12_345n,
  tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
  flags: [],
  settledAt: 1_795_312_350_000,
  ...change,
});

const times = <T>(count: number, run: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => run(n)));
const only = <T>(all: T[], one: T) => all.filter((each) => each === one).length;

describe('opening a request', () => {
  it('writes the intent, whole', async () => {
    const whole = intent('r-whole', { callerType: 'api_key', keyId: 'k3jD8sQ0aZ', sessionId: 's-1', stream: false });
    expect(await openRequest(store.tables, whole)).toBe('opened');
    expect(await getRequest(store.tables, acme, 'r-whole')).toEqual({ intent: whole, settlement: null });
  });

  it('happens once, however many come at the same time', async () => {
    const outcomes = await times(50, (n) => openRequest(store.tables, intent('r-race', { startedAt: n })));
    expect(only(outcomes, 'opened')).toBe(1);
    expect(only(outcomes, 'replayed')).toBe(49);
    const stored = await getRequest(store.tables, acme, 'r-race');
    expect(stored?.intent.startedAt).toBe(outcomes.indexOf('opened'));
  });

  it('again, when it is settled, is a replay and leaves the book as it is', async () => {
    await openRequest(store.tables, intent('r-again'));
    await settleRequest(store.tables, intent('r-again'), settlement());
    expect(await openRequest(store.tables, intent('r-again', { model: 'other' }))).toBe('replayed');
    expect(await getRequest(store.tables, acme, 'r-again')).toEqual({
      intent: intent('r-again'),
      settlement: settlement(),
    });
  });

  it('is apart for each tenant', async () => {
    const globex = parseTenantId('globex')!;
    expect(await openRequest(store.tables, intent('r-shared'))).toBe('opened');
    expect(await openRequest(store.tables, intent('r-shared', { tenantId: globex }))).toBe('opened');
    await settleRequest(store.tables, intent('r-shared'), settlement());
    expect((await getRequest(store.tables, globex, 'r-shared'))?.settlement).toBeNull();
  });

  it('refuses an id that would stand under another key', async () => {
    await expect(openRequest(store.tables, intent('r#1'))).rejects.toThrow(RangeError);
  });

  it('stands under a partition key that starts with its tenant: the wall around a tenant-scoped caller', async () => {
    await openRequest(store.tables, intent('r-key'));
    const Key = { pk: 'TENANT#acme#REQUEST#r-key', sk: 'REQUEST' };
    const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key }));
    expect(Item).toMatchObject({ ...Key, kind: 'REQUEST', status: 'OPEN' });
  });
});

describe('settling a request', () => {
  it('writes how it ended, whole', async () => {
    const whole = settlement({
      outcome: 'PARTIAL',
      tokens: { input: 0, output: Number.MAX_SAFE_INTEGER, cacheRead: 1, cacheWrite5m: 0, cacheWrite1h: 7 },
      costs: { input: 0n, output: 2n ** 62n + 1n, cacheRead: 1n, cacheWrite5m: 0n, cacheWrite1h: 7n },
      throttledBy: 'shared_capacity',
      bedrockRequestId: 'b-1',
      stopReason: 'max_tokens',
      flags: ['cache_split_missing', 'metrics_disagree'],
      firstByteAt: 1_795_312_346_000,
    });
    await openRequest(store.tables, intent('s-whole'));
    expect(await settleRequest(store.tables, intent('s-whole'), whole)).toBe('settled');
    expect(await getRequest(store.tables, acme, 's-whole')).toEqual({ intent: intent('s-whole'), settlement: whole });
  });

  it('happens once, however many come at the same time', async () => {
    await openRequest(store.tables, intent('s-race'));
    const outcomes = await times(50, (n) =>
      settleRequest(store.tables, intent('s-race'), settlement({ settledAt: n })),
    );
    expect(only(outcomes, 'settled')).toBe(1);
    expect(only(outcomes, 'already_settled')).toBe(49);
    const stored = await getRequest(store.tables, acme, 's-race');
    expect(stored?.settlement?.settledAt).toBe(outcomes.indexOf('settled'));
  });

  it('without an intent is an error and writes nothing', async () => {
    await expect(settleRequest(store.tables, intent('s-none'), settlement())).rejects.toThrow(/no intent/);
    expect(await getRequest(store.tables, acme, 's-none')).toBeNull();
  });

  it.each([
    ['a negative count', { input: -1 }],
    ['a fraction of a token', { output: 0.5 }],
    ['more than a number can hold', { cacheRead: 2 ** 53 }],
    ['no number', { cacheWrite1h: Number.NaN }],
  ])('refuses %s and leaves the request open', async (_, wrong) => {
    await openRequest(store.tables, intent('s-wrong'));
    const spoilt = settlement({ tokens: { ...settlement().tokens, ...wrong } });
    await expect(settleRequest(store.tables, intent('s-wrong'), spoilt)).rejects.toThrow();
    expect((await getRequest(store.tables, acme, 's-wrong'))?.settlement).toBeNull();
  });
});

it('a damaged request is an error, never half a request', async () => {
  await openRequest(store.tables, intent('damaged'));
  const Key = { pk: 'TENANT#acme#REQUEST#damaged', sk: 'REQUEST' };
  const { Item } = await store.documents.send(new GetCommand({ TableName: 'ledger', Key }));
  await store.documents.send(new PutCommand({ TableName: 'ledger', Item: { ...Item, tenantId: 'ACME' } }));
  await expect(getRequest(store.tables, acme, 'damaged')).rejects.toThrow(/damaged/);
});

it('both tables are made alike: by demand, with both images in their streams, and no index that nothing reads', () => {
  const definitions = tableDefinitions({ directory: 'd', ledger: 'l' });
  expect(definitions.map(({ TableName }) => TableName)).toEqual(['d', 'l']);
  for (const definition of definitions) {
    expect(definition).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  }
  const indexes = definitions.map(({ GlobalSecondaryIndexes }) =>
    GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName),
  );
  expect(indexes).toEqual([undefined, ['open', 'byDay']]);
});
