import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { followStream } from '../../local/streams.ts';
import { windowKey } from '../../tenancy/limit.ts';
import { sumOfCosts } from '../../tenancy/price.ts';
import { type Counts, NO_COUNTS, type SettledRequest } from '../../tenancy/rollup.ts';
import { openRequest, settleRequest } from '../../tenancy/table/requests.ts';
import { openTables, type Tables } from '../../tenancy/table/tables.ts';
import { getUserUsage, listUsage, type UsageReading, type UsageSum } from '../../tenancy/table/usage-sums.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../tenancy/tenant.ts';
import { NO_TOKENS, type Settlement } from '../../tenancy/usage.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { findHomes } from './home.ts';
import { type RollupLine, rollUpBatch } from './rollup.ts';

const NOW = Date.UTC(2026, 10, 30, 23, 30);

let store: TestTables;
/** A client of its own, whose transactions fail as a test says. */
let faulty: Tables;
let dying: DynamoDBClient;
let database: string;
let fault: () => 'before' | 'after' | 'busy' | undefined = () => undefined;
let transactions = 0;
let lines: RollupLine[] = [];

beforeAll(async () => {
  store = await startTables();
  const { hostname, port } = (await store.client.config.endpoint?.())!;
  database = `http://${hostname}:${port}`;
  dying = new DynamoDBClient({
    endpoint: database,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const documents = DynamoDBDocumentClient.from(dying);
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] !== 'TransactWriteItemsCommand') return next(args);
      transactions++;
      const what = fault();
      if (what === 'before') throw new Error('the process died before it wrote');
      if (what === 'busy') {
        const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
        throw new TransactionCanceledException({ $metadata: {}, message: 'busy', CancellationReasons });
      }
      const answer = await next(args);
      if (what === 'after') throw new Error('the process died after it wrote');
      return answer;
    },
    { step: 'initialize' },
  );
  faulty = openTables(documents, { directory: 'directory', ledger: 'ledger' });
});
afterAll(() => {
  dying.destroy();
  return store.close();
});

let tenants = 0;
function newTenant(): TenantId {
  fault = () => undefined;
  transactions = 0;
  lines = [];
  return parseTenantId(`tenant-${++tenants}`)!;
}

let ids = 0;
function settled(
  tenantId: TenantId,
  settlement: Partial<Settlement> = {},
  intent: Partial<SettledRequest['intent']> = {},
): SettledRequest {
  return {
    intent: {
      requestId: `r-${++ids}`,
      tenantId,
      identityId: 'usr_anna',
      callerType: 'user',
      model: 'claude-opus-5-5',
      bedrockModelId: 'eu.anthropic.claude-opus-5-5',
      region: 'eu-central-1',
      stream: true,
      startedAt: NOW,
      reserved: { nanoUsd: 5n, inputTokens: 1, outputTokens: 1 },
      ...intent,
    },
    settlement: {
      outcome: 'COMPLETED',
      tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
      nanoUsd: 100n,
      flags: [],
      settledAt: NOW + 1,
      ...settlement,
    },
  };
}

let sequence = 0;
function recordOf(item: Record<string, unknown>, eventName: 'INSERT' | 'MODIFY' | 'REMOVE' = 'MODIFY'): DynamoDBRecord {
  const image = marshall(item) as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;
  const { pk, sk } = image;
  return {
    eventName,
    dynamodb: {
      Keys: { pk: pk!, sk: sk! },
      SequenceNumber: String(++sequence),
      ...(eventName === 'REMOVE' ? { OldImage: image } : { NewImage: image }),
    },
  };
}

function stored({ intent, settlement }: SettledRequest) {
  return {
    pk: `TENANT#${intent.tenantId}#REQUEST#${intent.requestId}`,
    sk: 'REQUEST',
    kind: 'REQUEST',
    status: 'SETTLED',
    dayShard: `TENANT#${intent.tenantId}#DAY#2026-11-30#0`,
    ...intent,
    settlement,
  };
}

const change = (request: SettledRequest): DynamoDBRecord => recordOf(stored(request));

function offer(records: readonly DynamoDBRecord[], homeOf = async () => faulty) {
  const deps = {
    tables: store.tables,
    homeOf,
    now: () => NOW,
    pause: async () => {},
    random: () => 0,
    log: (line: RollupLine) => lines.push(line),
  };
  return rollUpBatch(deps, { Records: [...records] });
}

/** Offers a batch as Lambda does: again from the first failure on, until nothing fails. */
async function deliver(records: readonly DynamoDBRecord[]): Promise<void> {
  let rest = records;
  for (let tries = 0; rest.length > 0; tries++) {
    expect(tries).toBeLessThan(50);
    const { batchItemFailures } = await offer(rest);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const first = rest.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
    rest = first === -1 ? [] : rest.slice(first);
  }
}

type Sums = Readonly<Record<'tenants' | 'hours' | 'days' | 'months' | 'sessions' | 'users', Record<string, Counts>>>;
const noSums = (): Sums => ({ tenants: {}, hours: {}, days: {}, months: {}, sessions: {}, users: {} });

/** The sums by their dimensions, added up the plain way. */
function expected(requests: readonly SettledRequest[]): Sums {
  const sums = noSums();
  const names = {
    COMPLETED: 'completed',
    PARTIAL: 'partial',
    UPSTREAM_ERROR: 'upstreamErrors',
    ORPHAN: 'orphans',
    REFUSED: 'refused',
  } as const;
  for (const { intent, settlement } of requests) {
    const { startedAt, identityId, keyId, sessionId, model, region } = intent;
    const iso = new Date(startedAt).toISOString();
    const add = (kind: keyof Sums, ...name: (string | undefined)[]) => {
      const sum: Record<string, bigint> = { ...(sums[kind][name.join(' ')] ?? NO_COUNTS) };
      sum[names[settlement.outcome]]! += 1n;
      sum['nanoUsd']! += settlement.nanoUsd;
      for (const [name, tokens] of Object.entries(settlement.tokens)) sum[name]! += BigInt(tokens);
      for (const [name, cost] of Object.entries(settlement.costs ?? {})) sum[`${name}NanoUsd`]! += cost;
      if (settlement.throttledBy === 'own_limit') sum['throttledByOwnLimit']! += 1n;
      if (settlement.throttledBy === 'shared_capacity') sum['throttledBySharedCapacity']! += 1n;
      sums[kind][name.join(' ')] = sum as Counts;
    };
    const [hour, day, month] = [13, 10, 7].map((length) => iso.slice(0, length));
    for (const window of [hour, day]) add('tenants', window, model, region);
    add('hours', hour, identityId, keyId, model, region);
    // Those of all users, and those of each.
    for (const of of ['all', 'one']) add('days', of, day, identityId, keyId, model, region);
    add('months', month, identityId, keyId, model, region);
    if (sessionId) add('sessions', day, identityId, keyId, sessionId, model, region);
    for (const window of [day, month]) add('users', window, identityId, model);
  }
  return sums;
}

async function found(tenantId: TenantId, requests: readonly SettledRequest[]): Promise<Sums> {
  const sums = noSums();
  const windows = [...new Set(requests.map(({ intent }) => windowKey('day', intent.startedAt)))].sort();
  const months = [...new Set(windows.map((day) => day.slice(0, 7)))];
  const users = [...new Set(requests.map(({ intent }) => intent.identityId))];
  const range = { first: windows[0] ?? '', last: windows.at(-1) ?? '' };
  const list = async (kind: keyof Sums, reading: UsageReading, nameOf: (slot: UsageSum['slot']) => unknown[]) => {
    for (const { slot, counts } of (await listUsage(store.tables, tenantId, reading)) ?? []) {
      const name = [...nameOf(slot), slot.model, slot.region].join(' ');
      expect(sums[kind][name], name).toBeUndefined();
      sums[kind][name] = counts;
    }
  };
  const byKey = ({ window, identityId, keyId }: UsageSum['slot']) => [window, identityId, keyId];
  for (const sum of ['tenantHour', 'tenantDay'] as const)
    await list('tenants', { sum, ...range }, ({ window }) => [window]);
  await list('hours', { sum: 'hour', users: null, windows }, byKey);
  await list('days', { sum: 'day', users: null, windows }, (slot) => ['all', ...byKey(slot)]);
  await list('days', { sum: 'userDay', users, ...range }, (slot) => ['one', ...byKey(slot)]);
  await list('months', { sum: 'month', users: null, windows: months }, byKey);
  await list('sessions', { sum: 'session', users: null, windows }, (slot) => [...byKey(slot), slot.sessionId]);
  for (const day of windows) {
    for (const user of users) {
      const usage = await getUserUsage(store.tables, tenantId, user, day);
      for (const { model, counts } of usage.day) sums.users[[day, user, model].join(' ')] = counts;
      for (const { model, counts } of usage.month) sums.users[[day.slice(0, 7), user, model].join(' ')] = counts;
    }
  }
  return sums;
}

const someRequest = fc.record({
  identityId: fc.constantFrom('usr_anna', 'usr_ann', 'usr_bob'),
  keyId: fc.constantFrom(undefined, 'k3jD8sQ0aZ', 'otherkey01'),
  model: fc.constantFrom('claude-opus-5-5', 'claude-haiku-4-5'),
  region: fc.constantFrom('eu-central-1' as const, 'us-east-1' as const),
  sessionId: fc.constantFrom(undefined, 's-1', 's-2'),
  throttledBy: fc.constantFrom(undefined, 'own_limit' as const, 'shared_capacity' as const),
  costs: fc.option(
    fc.record({
      input: fc.bigInt(0n, 2n ** 61n),
      output: fc.bigInt(0n, 2n ** 61n),
      cacheRead: fc.bigInt(0n, 9n),
      cacheWrite5m: fc.bigInt(0n, 9n),
      cacheWrite1h: fc.bigInt(0n, 9n),
    }),
    { nil: undefined },
  ),
  // Both sides of an hour, a day and a month.
  startedAt: fc.constantFrom(NOW, NOW - 3_600_000, NOW + 1_799_999, NOW + 1_800_000, NOW - 86_400_000),
  outcome: fc.constantFrom('COMPLETED' as const, 'PARTIAL' as const, 'UPSTREAM_ERROR' as const, 'REFUSED' as const),
  orphaned: fc.constantFrom('no' as const, 'still' as const, 'corrected' as const),
  nanoUsd: fc.bigInt(0n, 2n ** 62n),
  estimate: fc.bigInt(0n, 2n ** 62n),
  tokens: fc.record({
    input: fc.nat(),
    output: fc.nat(),
    cacheRead: fc.nat(Number.MAX_SAFE_INTEGER),
    cacheWrite5m: fc.nat(9),
    cacheWrite1h: fc.nat(9),
  }),
});

it('counts every distinct request once, whatever comes twice, late, in pieces or out of order, and wherever it dies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someRequest, { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      fc.array(fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const, 'busy' as const), {
        maxLength: 12,
      }),
      async (drawn, numbers, faults) => {
        const tenantId = newTenant();
        const draw = (below: number) => (numbers.next().value ?? 0) % below;
        const truths: SettledRequest[] = [];
        const events: SettledRequest[] = [];
        for (const one of drawn) {
          const { keyId, sessionId, outcome, orphaned, throttledBy, costs, estimate, tokens, ...rest } = one;
          const { nanoUsd, ...dimensions } = rest;
          const isRefused = outcome === 'REFUSED' && orphaned === 'no';
          const split = costs ? { nanoUsd: sumOfCosts(costs), costs } : { nanoUsd };
          const used = isRefused ? { outcome, tokens: NO_TOKENS, nanoUsd: 0n } : { outcome, tokens, ...split };
          const truth = settled(
            tenantId,
            { ...used, ...(throttledBy ? { throttledBy } : {}) },
            { ...dimensions, ...(keyId ? { keyId } : {}), ...(sessionId ? { sessionId } : {}) },
          );
          const { costs: _, throttledBy: __, ...ended } = truth.settlement;
          const guess = { ...truth, settlement: { ...ended, outcome: 'ORPHAN' as const, nanoUsd: estimate } };
          truths.push(orphaned === 'still' ? guess : truth);
          events.push(...(orphaned === 'no' ? [truth] : orphaned === 'still' ? [guess] : [guess, truth]));
        }
        const again = events.filter(() => draw(3) === 0);
        const shuffled = [...events, ...again]
          .map((event) => ({ event, at: draw(1_000) }))
          .sort((a, b) => a.at - b.at)
          .map(({ event }) => change(event));
        const left = [...faults];
        fault = () => left.shift();
        while (shuffled.length > 0) await deliver(shuffled.splice(0, 1 + draw(30)));
        expect(await found(tenantId, truths)).toEqual(expected(truths));
      },
    ),
    { numRuns: 12 },
  );
}, 180_000);

describe('a batch', () => {
  it('of one user is few transactions', async () => {
    const tenantId = newTenant();
    const requests = Array.from({ length: 100 }, () => settled(tenantId));
    expect(await offer(requests.map(change))).toEqual({ batchItemFailures: [] });
    expect(transactions).toBe(2);
    expect(await found(tenantId, requests)).toEqual(expected(requests));
  });

  it('that comes again costs a look, and changes nothing', async () => {
    const tenantId = newTenant();
    const requests = [settled(tenantId), settled(tenantId)];
    const records = requests.map(change);
    await offer(records);
    const before = await found(tenantId, requests);
    await offer(records);
    expect(await found(tenantId, requests)).toEqual(before);
    expect(transactions).toBe(2);
  });

  it('passes over everything that is no settled request', async () => {
    const tenantId = newTenant();
    const request = settled(tenantId);
    const { settlement: _, ...open } = stored(request);
    const records = [
      recordOf({ ...open, status: 'OPEN', deadline: 1, openShard: 'OPEN#0' }, 'INSERT'),
      recordOf(stored(request), 'REMOVE'),
      recordOf({ pk: `TENANT#${tenantId}#GATE#TENANT`, sk: 'GATE', kind: 'GATE', tenantId, 'spent.2026-11': 1 }),
    ];
    expect(await offer(records)).toEqual({ batchItemFailures: [] });
    expect(transactions).toBe(0);
  });

  it('with a damaged record names it by its key alone, and counts the others', async () => {
    const tenantId = newTenant();
    const good = settled(tenantId);
    const bad = recordOf({ ...stored(settled(tenantId)), identityId: 7, sessionId: 'private' });
    const bare = change(settled(tenantId));
    delete bare.dynamodb?.NewImage;
    const { batchItemFailures } = await offer([bad, change(good), bare]);
    const numbers = [bad, bare].map(({ dynamodb }) => dynamodb?.SequenceNumber);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(numbers);
    expect(lines.map(({ event }) => event)).toEqual(['ledger_image_damaged', 'ledger_image_damaged']);
    expect(JSON.stringify(lines)).not.toContain('private');
    expect(await found(tenantId, [good])).toEqual(expected([good]));
  });

  it('fails for the tenant whose sums stay busy, and not for another', async () => {
    const [busy, quiet] = [newTenant(), newTenant()];
    const requests = [settled(busy), settled(quiet), settled(busy)];
    const records = requests.map(change);
    fault = () => 'busy';
    const homes = async (id: TenantId) => (id === busy ? faulty : store.tables);
    const { batchItemFailures } = await offer(records, homes as () => Promise<Tables>);
    const numbers = [records[0], records[2]].map((record) => record?.dynamodb?.SequenceNumber);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(numbers);
    expect(lines).toEqual([{ event: 'rollup_failed', tenantId: busy, requests: 2, why: 'Error' }]);
    expect(await found(quiet, [requests[1]!])).toEqual(expected([requests[1]!]));
    fault = () => undefined;
    await deliver(records);
    expect(await found(busy, [requests[0]!, requests[2]!])).toEqual(expected([requests[0]!, requests[2]!]));
  });

  it('and consumers of several shards that count into the same sums at once lose nothing', async () => {
    const tenantId = newTenant();
    const requests = Array.from({ length: 200 }, () => settled(tenantId));
    const shards = Array.from({ length: 8 }, (_, n) => requests.filter((_, at) => at % 8 === n));
    await Promise.all(shards.map((shard) => deliver(shard.map(change))));
    expect(await found(tenantId, requests)).toEqual(expected(requests));
  });
});

describe('the home of a tenant', () => {
  const row: Tenant = {
    id: parseTenantId('wanderer')!,
    name: 'Wanderer',
    status: 'ACTIVE',
    tier: 'TRIAL',
    homeRegion: 'eu-central-2',
    allowedRegions: ['eu-central-1', 'eu-central-2'],
    residency: 'geo',
    version: 1,
  };

  it('is where its row says, looked up once', async () => {
    const getTenant = vi.fn(async () => row);
    const opened: string[] = [];
    const homeOf = findHomes(getTenant, (region) => {
      opened.push(region);
      return store.tables;
    });
    expect([await homeOf(row.id), await homeOf(row.id)]).toEqual([store.tables, store.tables]);
    expect(opened).toEqual(['eu-central-2', 'eu-central-2']);
    expect(getTenant).toHaveBeenCalledTimes(1);
  });

  it('is an error for a tenant without a row, and asked again', async () => {
    const getTenant = vi.fn<() => Promise<Tenant | null>>(async () => null);
    const homeOf = findHomes(getTenant, () => store.tables);
    await expect(homeOf(row.id)).rejects.toThrow('wanderer');
    getTenant.mockResolvedValue(row);
    expect(await homeOf(row.id)).toBe(store.tables);
  });
});

it("reads the ledger's own stream: what openRequest and settleRequest write is counted, its own writes are not", async () => {
  const tenantId = newTenant();
  const requests = [
    settled(tenantId),
    settled(tenantId, { outcome: 'PARTIAL', nanoUsd: 2n ** 60n, flags: ['cut_off'] }),
  ];
  for (const { intent, settlement } of requests) {
    await openRequest(store.tables, intent);
    await settleRequest(store.tables, intent, settlement);
  }
  const fn = {
    invoke: async (event: { Records: DynamoDBRecord[] }) => ({
      ok: true as const,
      payload: await offer(event.Records),
    }),
  };
  const following = await followStream({ database, table: 'ledger', consumers: [{ fn }] });
  try {
    await vi.waitFor(async () => expect(await found(tenantId, requests)).toEqual(expected(requests)), {
      timeout: 10_000,
    });
  } finally {
    await following.close();
  }
  expect(lines).toEqual([]);
});
