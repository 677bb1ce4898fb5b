import { createHash, createHmac } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseApiKey } from '../../tenancy/api-key.ts';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import { OPERATION_LEASE_MS, type Operation, type OperationStep, startOperation } from '../../tenancy/operation.ts';
import { startingPrices } from '../../tenancy/price-list.ts';
import { mintRequestId, monotonicBytes } from '../../tenancy/request-id.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { putModel } from '../../tenancy/table/models.ts';
import { getOperation, operationWrites } from '../../tenancy/table/operations.ts';
import { putPrice } from '../../tenancy/table/prices.ts';
import { getProvisioningKey } from '../../tenancy/table/provisioning-keys.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { openTables } from '../../tenancy/table/tables.ts';
import { getTenant, putTenant } from '../../tenancy/table/tenants.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../tenancy/tenant.ts';
import { startTables, type TestTables } from '../../tests/tables.ts';
import { type MemoryPool, memoryPool } from '../api/user-pool.fixture.ts';
import { readCatalogue } from './catalogue.ts';
import { type OnboardDeps, onboardSteps } from './onboard.ts';
import { type RunDeps, runOperation } from './run.ts';

const START = 1_795_312_352_000;
let store: TestTables;
beforeAll(async () => {
  store = await startTables();
  for (const model of STARTING_CATALOGUE) {
    await putModel(store.tables, model);
    for (const price of startingPrices(model.id)) await putPrice(store.tables, price);
  }
});
afterAll(() => store.close());

let now: number;
let pool: MemoryPool;
/** What the hostname answers, call by call; 200 from then on. */
let answers: (number | Error)[];
let calls: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }[];
beforeEach(() => {
  now = START;
  pool = memoryPool();
  answers = [];
  calls = [];
});

let tenants = 0;
async function begin(change: Partial<Tenant> = {}, input: Operation<'ONBOARD'>['input'] = {}, slug?: string) {
  tenants += 1;
  const tenantId = parseTenantId(slug ?? `tenant-${tenants}`)!;
  await putTenant(store.tables, {
    id: tenantId,
    name: 'New',
    status: 'PROVISIONING',
    tier: 'STANDARD',
    homeRegion: 'eu-central-1',
    allowedRegions: ['eu-central-1'],
    residency: 'geo',
    version: 1,
    ...change,
  });
  const id = mintRequestId(now, crypto.getRandomValues(new Uint8Array(10)));
  const operation = startOperation('ONBOARD', { id, tenantId, startedBy: 'stf_admin', startedAt: now, input });
  expect(await commit(operationWrites(store.tables, null, operation))).toEqual({ outcome: 'done' });
  return operation;
}

const WITH_ADMIN = { adminEmail: 'ada@new.example', adminName: 'Ada' };

function deps(tables: Tables = store.tables, change: Partial<OnboardDeps> = {}): RunDeps {
  const onboarding: OnboardDeps = {
    tables,
    catalogue: () => readCatalogue(tables, now),
    invite: pool.port.invite,
    mac: async () => (text) => createHmac('sha256', 'mac').update(text).digest(),
    proxyUrl: (tenant) => `https://${tenant}.proxy.example.test`,
    post: async (url, headers, body) => {
      calls.push({ url, headers, body });
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    randomBytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
    auditBytes: monotonicBytes((size) => crypto.getRandomValues(new Uint8Array(size))),
    now: () => now,
    pause: async (ms) => {
      now += ms;
    },
    ...change,
  };
  return { tables, runbook: { ONBOARD: onboardSteps(onboarding) }, now: () => now, log: () => undefined };
}

const run = (operation: Operation, how = deps()) => runOperation(how, operation, now + 60_000);
const stored = async (operation: Operation) => (await getOperation(store.tables, operation))!;
const step = async (operation: Operation, name: string) =>
  ((await stored(operation)).steps as OperationStep[]).find((one) => one.name === name)!;

/** All that there is of a tenant, without what differs from one run to the next: ids, times, versions and tries. */
async function picture(tenantId: TenantId): Promise<unknown[]> {
  const tables = await Promise.all(
    ['directory', 'ledger'].map((TableName) => store.documents.send(new ScanCommand({ TableName }))),
  );
  const own = tables.flatMap(({ Items = [] }) => Items).filter((one) => one['tenantId'] === tenantId);
  const plain = own.map(
    ({ pk, sk, id, at, requestId, version, invitedAt, steps, hash, sequence, changes, salt, target, ...rest }) => {
      const where = String(pk).replace(tenantId, '*');
      const when = { startedAt: 0, finishedAt: 0, requestedAt: 0, deadline: 0 };
      const kept = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, name in when ? 0 : value]));
      const told = (steps as OperationStep[] | undefined)?.map(({ name, status }) => `${name} ${status}`);
      return { where, ...kept, tenantId: '*', ...(told ? { told } : {}) };
    },
  );
  return plain.map((one) => JSON.stringify(one, Object.keys(one).toSorted())).toSorted();
}

describe('onboarding', () => {
  it('invites the admin, grants by tier, asks billing, calls the hostname with its own key, and opens', async () => {
    const operation = await begin({}, WITH_ADMIN);
    answers = [503, 403, new Error('nobody there'), 401];
    const keys: unknown[] = [];
    const how = deps(store.tables, {
      pause: async (ms) => {
        now += ms;
        keys.push(await getProvisioningKey(store.tables, operation.tenantId));
      },
    });
    await run(operation, how);
    expect(await stored(operation)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await getTenant(store.tables, operation.tenantId)).toMatchObject({
      status: 'ACTIVE',
      version: 2,
      rulesVersion: 1,
    });
    expect(pool.mails).toEqual(['ada@new.example']);
    expect((await step(operation, 'call_hostname')).detail).toBe('200 by claude-haiku-4-5 after 5 calls in 400 ms');
    const [call] = calls;
    expect(call?.url).toBe(`https://${operation.tenantId}.proxy.example.test/v1/messages`);
    expect(JSON.parse(call!.body)).toMatchObject({ model: 'claude-haiku-4-5', max_tokens: 1 });
    const key = parseApiKey(call!.headers['x-api-key']!)!;
    const sha256 = createHash('sha256').update(call!.headers['x-api-key']!).digest('hex');
    expect(keys[0]).toEqual({ tenantId: operation.tenantId, keyId: key.keyId, sha256, validUntil: START + 120_000 });
    expect(await getProvisioningKey(store.tables, operation.tenantId)).toBeNull();
    // The key is nowhere but in the call.
    const all = await Promise.all(
      ['directory', 'ledger'].map((TableName) => store.documents.send(new ScanCommand({ TableName }))),
    );
    expect(JSON.stringify(all)).not.toContain(call!.headers['x-api-key']!.slice(-49));
  });

  it('without an admin invites nobody, and says so', async () => {
    const operation = await begin();
    await run(operation);
    expect(await stored(operation)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await step(operation, 'invite_admin')).detail).toContain('inviteUser');
    expect(pool.mails).toEqual([]);
  });

  it('is FAILED by an address that is in use, and names the way out', async () => {
    await pool.port.invite({ tenantId: parseTenantId('elsewhere')!, email: WITH_ADMIN.adminEmail });
    const operation = await begin({}, WITH_ADMIN);
    await run(operation);
    expect(await stored(operation)).toMatchObject({ status: 'FAILED' });
    expect((await step(operation, 'invite_admin')).detail).toContain('another adminEmail');
    expect(calls).toEqual([]);
  });

  it('opens nothing before a 200: it gives up after a while, tries again later, and leaves no key behind', async () => {
    const operation = await begin();
    answers = Array.from({ length: 1_000 }, () => 503);
    await run(operation);
    expect(await stored(operation)).toMatchObject({ status: 'RUNNING', dueAt: now + 1_000 });
    expect(await step(operation, 'call_hostname')).toMatchObject({
      attempts: 1,
      detail: expect.stringMatching(/^the hostname answered 503, \d+ times; it is tried again$/),
    });
    expect(await getTenant(store.tables, operation.tenantId)).toMatchObject({ status: 'PROVISIONING' });
    expect(await getProvisioningKey(store.tables, operation.tenantId)).toBeNull();
    answers = [];
    now += 1_000;
    await run(operation);
    expect(await stored(operation)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each(['SUSPENDED', 'CLOSING', 'CLOSED'] as const)('never opens a tenant that is %s', async (status) => {
    const operation = await begin({ status });
    await run(operation);
    expect(await stored(operation)).toMatchObject({ status: 'FAILED' });
    expect(await getTenant(store.tables, operation.tenantId)).toMatchObject({ status, version: 1 });
    expect(calls).toEqual([]);
  });
});

describe('a run that dies', () => {
  /** Dies at the n-th thing that it does to the world: before it, or after it with the answer lost. */
  class Died extends Error {}
  type Death = { readonly at: number; readonly when: 'before' | 'after' };

  function dying(death: Death): { readonly how: RunDeps; count(): number } {
    let effects = 0;
    let dead = false;
    const effect = async <Value>(run: () => Promise<Value>): Promise<Value> => {
      if (dead) throw new Died();
      effects += 1;
      const dies = effects === death.at;
      dead ||= dies;
      if (dies && death.when === 'before') throw new Died();
      const value = await run();
      if (dies) throw new Died();
      return value;
    };
    const documents = new Proxy(store.documents, {
      get: (target, name) =>
        name === 'send'
          ? (command: { constructor: { name: string } }) => {
              const send = () => target.send(command as never) as Promise<unknown>;
              return /Get|Query/.test(command.constructor.name) && !dead ? send() : effect(send);
            }
          : Reflect.get(target, name),
    });
    const tables = openTables(documents, { directory: 'directory', ledger: 'ledger' });
    const { post } = { post: async () => 200 };
    return {
      how: deps(tables, { invite: (who) => effect(() => pool.port.invite(who)), post: () => effect(post) }),
      count: () => effects,
    };
  }

  it('at any point, once or again and again, is carried to the same end as one that lives', async () => {
    const undisturbed = await begin({ tier: 'TRIAL' }, WITH_ADMIN, 'undisturbed');
    const alive = dying({ at: -1, when: 'before' });
    await run(undisturbed, alive.how);
    const expected = await picture(undisturbed.tenantId);
    expect(expected.length).toBeGreaterThan(10);
    expect(alive.count()).toBeGreaterThan(12);

    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= alive.count(); at++) {
        pool = memoryPool();
        const slug = `dies-${when}-${at}`;
        const operation = await begin({ tier: 'TRIAL' }, WITH_ADMIN, slug);
        await run(operation, dying({ at, when }).how).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
        });
        now += OPERATION_LEASE_MS;
        await run(operation);
        expect(await stored(operation), slug).toMatchObject({ status: 'SUCCEEDED' });
        expect(await picture(operation.tenantId), slug).toEqual(expected);
        expect(pool.mails, slug).toEqual([WITH_ADMIN.adminEmail]);
      }
    }
  }, 180_000);
});
