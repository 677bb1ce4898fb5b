import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables, type TestTables } from '../../tests/tables.ts';
import type { GrantSubject } from '../grant.ts';
import { type Price, type PriceScope, priceAt } from '../price.ts';
import { parseTenantId, type Tenant, type TenantId } from '../tenant.ts';
import { getApiKeys, putApiKey } from './api-keys.ts';
import { commit } from './commit.ts';
import { getGates, updateGate } from './gates.ts';
import { getKeyUses, noteKeyUse } from './key-uses.ts';
import { getLimitRules, putLimitRule } from './limit-rules.ts';
import { listMachineClientPage, machineClientWrite } from './machine-clients.ts';
import { getPriceAt, getPriceFrom, listPrices, priceRemoval, putPrice } from './prices.ts';
import { openTables, type Tables, wholeBatch } from './tables.ts';
import { getTenants, putTenant } from './tenants.ts';
import { getUsers, putUser } from './users.ts';

const [acme, globex] = ['acme', 'globex'].map((text) => parseTenantId(text) as TenantId) as [TenantId, TenantId];
const COUNT = 100;
const numbers = Array.from({ length: COUNT }, (_, n) => n);
const nameOf = (n: number): string => `n${String(n).padStart(3, '0')}`;
const subjectOf = (n: number): GrantSubject =>
  n % 2 ? { kind: 'user', identityId: nameOf(n) } : { kind: 'key', keyId: nameOf(n) };
const gateOf = (n: number) => ({ tenantId: acme, subject: { kind: 'user', identityId: nameOf(n) } }) as const;
const tenantOf = (id: string): Tenant => ({
  id: parseTenantId(id) as TenantId,
  name: id,
  status: 'ACTIVE',
  tier: 'TRIAL',
  homeRegion: 'eu-central-1',
  allowedRegions: ['eu-central-1'],
  residency: 'geo',
  version: 1,
});
/** Every third is not there. */
const isThere = (n: number): boolean => n % 3 !== 0;

let store: TestTables;
beforeAll(async () => {
  store = await startTables();
  const { tables } = store;
  await putTenant(tables, tenantOf('acme'));
  for (const n of numbers.filter(isThere)) {
    const id = nameOf(n);
    const secrets = [{ sha256: 'a'.repeat(64), validUntil: 2e12 }];
    const common = { tenantId: acme, version: 1 } as const;
    await Promise.all([
      putApiKey(tables, {
        ...common,
        keyId: id,
        name: id,
        ownerId: 'anna',
        ownerDisabled: false,
        state: 'ACTIVE',
        secrets,
      }),
      putLimitRule(tables, acme, { subject: subjectOf(n), limits: { streams: n + 1 } }),
      putUser(tables, null, {
        ...common,
        id,
        email: `${id}@acme.example`,
        displayName: id,
        role: 'MEMBER',
        status: 'ACTIVE',
        invitedAt: n,
      }),
      putTenant(tables, tenantOf(id)),
      noteKeyUse(tables, {
        tenantId: acme,
        keyId: id,
        fingerprint: 'f',
        at: 60_000,
        region: 'eu-central-1',
        model: String(n),
      }),
      updateGate(tables, gateOf(n), {
        add: new Map([['spent.2026-11', BigInt(n)]]),
        atMost: new Map(),
        refusedWhenClosed: false,
        remove: [],
      }),
    ]);
  }
}, 60_000);
afterAll(() => store.close());

/**
 * The same tables, of which one call reads only so many keys and gives back the others as unprocessed, as DynamoDB does
 * when it is throttled or an answer would be too large.
 */
function reading(atOnce: number): { readonly tables: Tables; readonly calls: () => number } {
  let calls = 0;
  const documents = new Proxy(store.documents, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name, target);
      return async (command: object) => {
        if (!(command instanceof BatchGetCommand)) throw new Error('no batch');
        calls++;
        const [[table, asked] = ['', { Keys: [] }]] = Object.entries(command.input.RequestItems ?? {});
        const { Keys = [], ...rest } = asked;
        const [now, later] = [Keys.slice(0, atOnce), Keys.slice(atOnce)];
        const unprocessed = later.length > 0 ? { [table]: { ...rest, Keys: later } } : {};
        if (now.length === 0) return { $metadata: {}, Responses: {}, UnprocessedKeys: unprocessed };
        const answer = await target.send(new BatchGetCommand({ RequestItems: { [table]: { ...rest, Keys: now } } }));
        return { ...answer, UnprocessedKeys: unprocessed };
      };
    },
  }) as DynamoDBDocumentClient;
  return { tables: openTables(documents, { directory: 'directory', ledger: 'ledger' }), calls: () => calls };
}

/** Each reads what is asked for by number, and answers with the number again, or null for what is missing. */
const READERS: readonly [string, (tables: Tables, asked: readonly number[]) => Promise<(number | null)[]>][] = [
  [
    'getApiKeys',
    async (tables, asked) =>
      (await getApiKeys(tables, acme, asked.map(nameOf))).map((one) => one && Number(one.keyId.slice(1))),
  ],
  [
    'getUsers',
    async (tables, asked) => (await getUsers(tables, acme, asked.map(nameOf))).map((one) => one?.invitedAt ?? null),
  ],
  [
    'getLimitRules',
    async (tables, asked) =>
      (await getLimitRules(tables, acme, asked.map(subjectOf))).map((one) => one && (one.streams ?? 0) - 1),
  ],
  [
    'getTenants',
    async (tables, asked) =>
      (
        await getTenants(
          tables,
          asked.map((n) => nameOf(n) as TenantId),
        )
      ).map((one) => one && Number(one.name.slice(1))),
  ],
  [
    'getKeyUses',
    async (tables, asked) => {
      const uses = await getKeyUses(tables, acme, asked.map(nameOf));
      return asked.map((n) => {
        const model = uses.get(nameOf(n))?.model;
        return model === undefined ? null : Number(model);
      });
    },
  ],
  [
    'getGates',
    async (tables, asked) =>
      (await getGates(tables, asked.map(gateOf))).map(({ counters }) => {
        const counted = counters.get('spent.2026-11');
        return counted === undefined ? null : Number(counted);
      }),
  ],
];

describe.each(READERS)('%s', (_, read) => {
  const answer = (asked: readonly number[]) => asked.map((n) => (isThere(n) ? n : null));

  it('reads a whole batch in the order asked for, with null for what is missing, and nothing for nothing', async () => {
    const backwards = numbers.toReversed();
    expect(await read(store.tables, backwards)).toEqual(answer(backwards));
    expect(await read(store.tables, [0, 3])).toEqual([null, null]);
    expect(await read(store.tables, [])).toEqual([]);
  });

  it('reads a batch that comes in parts to its end', async () => {
    const some = fc.uniqueArray(fc.constantFrom(...numbers), { minLength: 1, maxLength: COUNT });
    await fc.assert(
      fc.asyncProperty(some, async (asked) => {
        const parts = reading(Math.ceil(asked.length / 4));
        expect(await read(parts.tables, asked)).toEqual(answer(asked));
        expect(parts.calls()).toBe(Math.ceil(asked.length / Math.ceil(asked.length / 4)));
      }),
      { seed: 31, numRuns: 10 },
    );
  });

  it('throws for what the table leaves unread, and calls nothing of it missing', async () => {
    for (const atOnce of [0, 19]) {
      const parts = reading(atOnce);
      await expect(read(parts.tables, numbers)).rejects.toThrow(/unprocessed/);
      expect(parts.calls()).toBe(5);
    }
  });
});

it('getLimitRules has no rule of a tenant, and none of another', async () => {
  const subjects: GrantSubject[] = [{ kind: 'tenant' }, subjectOf(1), subjectOf(3)];
  expect(await getLimitRules(store.tables, acme, subjects)).toEqual([null, { streams: 2 }, null]);
  expect(await getLimitRules(store.tables, globex, subjects)).toEqual([null, null, null]);
  expect(await getLimitRules(store.tables, acme, [{ kind: 'tenant' }])).toEqual([null]);
});

it('wholeBatch takes nothing unprocessed for whole, and anything for a failure', () => {
  for (const whole of [undefined, {}]) expect(() => wholeBatch(whole)).not.toThrow();
  expect(() => wholeBatch({ directory: { Keys: [{ pk: 'TENANT#acme', sk: 'TENANT' }] } })).toThrow(/unprocessed/);
});

it('getPriceAt finds what priceAt would, of that book and model alone', async () => {
  const perToken = { output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const days = [0, 1, 2, 5, 9].map((n) => Date.UTC(2026, 10, 1 + n));
  const prices = days.flatMap((from, n): Price[] => [
    { modelId: 'claude-a', book: 'charge', from, perToken: { ...perToken, input: n } },
    { modelId: 'claude-a', book: 'cost', from: from + 1, perToken: { ...perToken, input: 10 + n } },
    { modelId: 'claude-a-b', book: 'charge', from: from - 1, perToken: { ...perToken, input: 20 + n } },
  ]);
  for (const price of prices) await putPrice(store.tables, price);
  const instants = days.flatMap((from) => [from - 2, from - 1, from, from + 1, from + 3_600_000]);
  for (const modelId of ['claude-a', 'claude-a-b', 'claude']) {
    for (const book of ['charge', 'cost'] as const) {
      for (const at of instants) {
        const expected = priceAt(
          prices.filter((one) => one.modelId === modelId),
          book,
          at,
        );
        expect(await getPriceAt(store.tables, modelId, book, at)).toEqual(expected);
      }
    }
  }
});

it('getPriceAt finds what priceAt would for a call from any region and of any tier, narrow prices or not', async () => {
  const perToken = { input: 1, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const regions = [undefined, 'eu-central-1', 'eu-central-2'] as const;
  const tiers = [undefined, 'TRIAL', 'PREMIUM'] as const;
  const scopes = regions.flatMap((region) =>
    tiers.map((tier): PriceScope => ({ ...(region ? { region } : {}), ...(tier ? { tier } : {}) })),
  );
  const start = Date.UTC(2026, 5, 1);
  // Each scope begins at another time, the wide ones last, and has two prices.
  const prices = scopes.flatMap((scope, n): Price[] =>
    [0, 50].map((later) => ({
      ...scope,
      modelId: 'claude-scoped',
      book: 'charge',
      from: start + (scopes.length - n) * 10 + later,
      perToken,
    })),
  );
  for (const price of prices) expect(await putPrice(store.tables, price)).toBe('stored');
  for (const price of prices) expect(await putPrice(store.tables, price)).toBe('exists');
  for (const call of [...scopes, { region: 'us-east-1' }, { region: 'us-east-1', tier: 'TRIAL' }] as const) {
    for (const at of [0, 5, 25, 45, 65, 85, 200]) {
      const expected = priceAt(prices, 'charge', start + at, call);
      expect(await getPriceAt(store.tables, 'claude-scoped', 'charge', start + at, call)).toEqual(expected);
    }
  }
  const [plain] = prices;
  expect(await getPriceFrom(store.tables, plain!)).toEqual(plain);
  expect(await getPriceFrom(store.tables, { ...plain!, from: plain!.from + 1 })).toBeNull();
  const ofRegion = { ...plain!, region: 'us-east-1' } as const;
  expect(await getPriceFrom(store.tables, ofRegion)).toBeNull();
  expect(await commit([priceRemoval(store.tables, ofRegion)])).toMatchObject({ outcome: 'refused' });
  const narrow = prices.find(({ region, tier }) => region === 'eu-central-2' && tier === 'PREMIUM')!;
  expect(await commit([priceRemoval(store.tables, narrow)])).toEqual({ outcome: 'done' });
  const left = await listPrices(store.tables, 'claude-scoped');
  expect(left).toHaveLength(prices.length - 1);
  expect(left).not.toContainEqual(narrow);
});

describe('listMachineClientPage', () => {
  it('lists each client once, by id, whatever the page and whoever else has some', async () => {
    const make = (tenantId: TenantId, clientId: string) =>
      commit([
        ...machineClientWrite(store.tables, {
          tenantId,
          clientId,
          name: clientId,
          scopes: [],
          createdBy: 'anna',
          expiresAt: 2e12,
          version: 1,
        }),
      ]);
    const ids = Array.from({ length: 7 }, (_, n) => `client-${n}`);
    for (const id of ids.toReversed()) await make(acme, id);
    await make(globex, 'client-3b');
    for (const limit of [1, 2, 3, 7, 8]) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await listMachineClientPage(store.tables, acme, { limit, ...(after ? { after } : {}) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map(({ clientId }) => clientId));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(ids);
    }
    expect(await listMachineClientPage(store.tables, parseTenantId('umbrella') as TenantId, { limit: 3 })).toEqual({
      items: [],
    });
  });
});
