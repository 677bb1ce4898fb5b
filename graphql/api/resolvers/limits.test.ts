import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LimitChanges, limitsInForce, TIER_LIMITS } from '../../../tenancy/limit.ts';
import type { Region } from '../../../tenancy/region.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import { updateGate } from '../../../tenancy/table/gates.ts';
import { listLimitRules } from '../../../tenancy/table/limit-rules.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { getTenant } from '../../../tenancy/table/tenants.ts';
import { startTables } from '../../../tests/tables.ts';
import { ADMIN, type Api, startApi } from '../api.fixture.ts';
import { makeLoaders } from '../loaders.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';
import { limitResolvers } from './limits.ts';

let api: Api;
let acme: SeededTenant;
let globex: SeededTenant;
let annsKey: string;
beforeAll(async () => {
  api = await startApi();
  const budget = { nanoUsd: 100_000_000_000n, enforcement: 'hard' } as const;
  acme = await seedTenant(api, 'acme', { limits: { tenant: { budget, requestsPerDay: null } } });
  globex = await seedTenant(api, 'globex');
  const made = await api.change(acme.ann, 'createApiKey', { tenantId: 'ten_acme', name: 'k' }, 'apiKey { id }');
  annsKey = (made['apiKey'] as { id: string }).id;
});
afterAll(() => api.close());

const LIMITS =
  '{ requestsPerMinute tokensPerMinute requestsPerDay concurrentStreams budget { monthlyUsd enforcement } }';
const ofSubject = (who: Principal, subjectId: string, limits: Record<string, unknown>) =>
  api.change(who, 'setSubjectLimits', { subjectId, limits }, `user { email } apiKey { id ownLimits ${LIMITS} }`);
const ofTenant = async (limits: Record<string, unknown>, more: Record<string, unknown> = {}) => {
  const expectedVersion = (await getTenant(api.tables, acme.id))?.version;
  const input = { tenantId: 'ten_acme', expectedVersion, limits, ...more };
  return api.change(ADMIN, 'setTenantLimits', input, `tenant { version limits ${LIMITS} userLimits ${LIMITS} }`);
};
const errorOf = ({ userErrors }: Record<string, unknown>) => {
  const [error] = userErrors as { code: string; field: string[] | null }[];
  return error ? `${error.code} ${error.field?.slice(1).join('.')}` : 'done';
};
const ruleOf = async (identityId: string): Promise<LimitChanges | undefined> =>
  (await listLimitRules(api.tables, acme.id, [{ kind: 'user', identityId }]))[0]?.limits;

describe('setTenantLimits', () => {
  it('sets what has a value, lifts what is null, leaves what is absent', async () => {
    const first = await ofTenant({ tokensPerMinute: '3000000000', concurrentStreams: null });
    expect(first).toMatchObject({
      tenant: {
        version: 2,
        limits: {
          requestsPerMinute: 1000,
          tokensPerMinute: '3000000000',
          requestsPerDay: null,
          concurrentStreams: null,
          budget: { monthlyUsd: '100.00', enforcement: 'HARD' },
        },
      },
    });
    const second = await ofTenant({ budget: { monthlyUsd: '0.000000001', enforcement: 'SOFT' } }, { subject: 'USER' });
    expect(second).toMatchObject({
      tenant: {
        version: 3,
        limits: { tokensPerMinute: '3000000000' },
        userLimits: { requestsPerMinute: 200, budget: { monthlyUsd: '0.000000001', enforcement: 'SOFT' } },
      },
    });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ requestsPerMinute: 0 }, 'INVALID limits.requestsPerMinute'],
    [{ requestsPerDay: 1_000_000_001 }, 'INVALID limits.requestsPerDay'],
    [{ concurrentStreams: -1 }, 'INVALID limits.concurrentStreams'],
    [{ tokensPerMinute: '0' }, 'INVALID limits.tokensPerMinute'],
    [{ tokensPerMinute: '9007199254740992' }, 'INVALID limits.tokensPerMinute'],
    [{ budget: { monthlyUsd: '0' } }, 'INVALID limits.budget.monthlyUsd'],
  ])('refuses %j', async (limits, expected) => {
    expect(errorOf(await ofTenant(limits))).toBe(expected);
  });

  it('is of the version that was read, and of staff alone', async () => {
    expect(errorOf(await ofTenant({}, { expectedVersion: 1 }))).toBe('CONFLICT_VERSION expectedVersion');
    const input = { tenantId: 'ten_acme', expectedVersion: 3, limits: {} };
    await expect(api.change(acme.admin, 'setTenantLimits', input, 'tenant { id }')).rejects.toThrow(/FORBIDDEN/);
  });
});

describe('reset', () => {
  it('of a tenant’s limits is as the tier has them, also of another tier later', async () => {
    const initech = await seedTenant(api, 'initech', { tier: 'TRIAL' });
    const stored = async () => getTenant(api.tables, initech.id);
    const set = async (limits: Record<string, unknown>, more: object = {}) => {
      const input = { tenantId: 'ten_initech', expectedVersion: (await stored())?.version, limits, ...more };
      return api.change(ADMIN, 'setTenantLimits', input, `tenant { limits ${LIMITS} }`);
    };
    const inForce = async () => {
      const { tier = 'TRIAL', limits } = (await stored()) ?? {};
      return limitsInForce(tier, 'tenant', limits);
    };
    const all = ['REQUESTS_PER_MINUTE', 'TOKENS_PER_MINUTE', 'REQUESTS_PER_DAY', 'CONCURRENT_STREAMS', 'BUDGET'];
    const none = { requestsPerMinute: null, tokensPerMinute: null, requestsPerDay: null, concurrentStreams: null };
    await set({ requestsPerMinute: 7 }, { subject: 'USER' });
    await set({ ...none, budget: null });
    expect(await inForce()).toEqual({});
    await set({ requestsPerDay: 5, reset: ['BUDGET'] });
    expect(await inForce()).toEqual({ requestsPerDay: 5, budget: TIER_LIMITS.TRIAL.tenant.budget });
    await set({ reset: all });
    expect((await stored())?.limits).toEqual({ tenant: {}, user: { requestsPerMinute: 7 } });
    expect(await inForce()).toEqual(TIER_LIMITS.TRIAL.tenant);
    const change = { tenantId: 'ten_initech', expectedVersion: (await stored())?.version, tier: 'STANDARD' };
    await api.change(ADMIN, 'changeTenantTier', change, 'tenant { tier }');
    expect(await inForce()).toEqual(TIER_LIMITS.STANDARD.tenant);
    for (const budget of [null, { monthlyUsd: '5' }]) {
      expect(errorOf(await set({ budget, reset: ['BUDGET'] }))).toBe('INVALID limits.reset');
    }
  });

  it('of a user’s is as if nothing was ever set, and lets nobody beyond the tenant', async () => {
    await ofSubject(acme.admin, 'usr_acme:ann', { requestsPerMinute: 10, budget: { monthlyUsd: '1' } });
    await ofSubject(acme.admin, 'usr_acme:ann', { concurrentStreams: 3, reset: ['REQUESTS_PER_MINUTE', 'BUDGET'] });
    expect(await ruleOf('ann')).toEqual({ streams: 3 });
    const beyond = { requestsPerMinute: 1001, reset: ['BUDGET'] };
    expect(errorOf(await ofSubject(acme.admin, 'usr_acme:ann', beyond))).toBe('BEYOND_OWN limits.requestsPerMinute');
  });
});

describe('setSubjectLimits', () => {
  it('replaces all that the subject had', async () => {
    await ofSubject(acme.admin, 'usr_acme:ann', { requestsPerMinute: 10, concurrentStreams: 2 });
    expect(await ruleOf('ann')).toEqual({ requestsPerMinute: 10, streams: 2 });
    const done = await ofSubject(acme.admin, 'usr_acme:ann', { budget: { monthlyUsd: '99.999999999' } });
    expect(done).toMatchObject({ user: { email: 'ann@acme.example' }, apiKey: null, userErrors: [] });
    expect(await ruleOf('ann')).toEqual({ budget: { nanoUsd: 99_999_999_999n, enforcement: 'hard' } });
    const ofKey = await ofSubject(acme.admin, annsKey, { requestsPerMinute: 5, tokensPerMinute: null });
    expect(ofKey).toMatchObject({ user: null, apiKey: { id: annsKey, ownLimits: { requestsPerMinute: 5 } } });
    expect(await ofSubject(acme.admin, annsKey, {})).toMatchObject({ apiKey: { ownLimits: null } });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ budget: { monthlyUsd: '100.000000001' } }, 'BEYOND_OWN limits.budget.monthlyUsd'],
    [{ budget: { monthlyUsd: '100' } }, 'done'],
    [{ budget: { monthlyUsd: '101', enforcement: 'SOFT' } }, 'BEYOND_OWN limits.budget.monthlyUsd'],
    [{ budget: null }, 'done'],
    [{ requestsPerMinute: 1001 }, 'BEYOND_OWN limits.requestsPerMinute'],
    [{ requestsPerMinute: 1000 }, 'done'],
    [{ tokensPerMinute: '3000000001' }, 'BEYOND_OWN limits.tokensPerMinute'],
    // Of these the tenant has no limit, so none can be beyond it.
    [{ requestsPerDay: 1_000_000_000, concurrentStreams: 1_000_000_000 }, 'done'],
  ])('by the tenant stays within its own: %j', async (limits, expected) => {
    expect(errorOf(await ofSubject(acme.admin, 'usr_acme:bob', limits))).toBe(expected);
    expect(errorOf(await ofSubject(acme.admin, annsKey, limits))).toBe(expected);
    expect(errorOf(await ofSubject(ADMIN, 'usr_acme:bob', limits))).toBe('done');
  });

  it('answers for what is not there what it answers for what is foreign, and is not for members', async () => {
    const missing = await ofSubject(globex.admin, 'usr_globex:nobody', {});
    expect(errorOf(missing)).toBe('NOT_FOUND subjectId');
    for (const id of ['usr_acme:ann', annsKey, 'ten_acme', 'grt_acme:tenant::g', 'nonsense']) {
      expect(await ofSubject(globex.admin, id, {})).toEqual(missing);
    }
    await expect(ofSubject(acme.ann, 'usr_acme:ann', {})).rejects.toThrow(/FORBIDDEN/);
  });

  it('is told in the trail with its numbers', async () => {
    api.now += 1_000;
    await ofSubject(acme.admin, 'usr_acme:ann', { tokensPerMinute: '12' });
    const [stored] = (await listAudit(api.tables, acme.id, { limit: 1 })).entries;
    expect(stored?.entry).toMatchObject({ action: 'setSubjectLimits', target: { kind: 'User', id: 'usr_acme:ann' } });
    expect(stored?.entry.changes[0]?.after).toBe('{"tokensPerMinute":12}');
  });
});

describe('Tenant.budget', () => {
  const document =
    'query($slug: String!) { tenant(slug: $slug) { budget { budget { monthlyUsd } committedUsd asOf } } }';

  it('says what is committed this month, and is null without a budget', async () => {
    const add = new Map([
      ['committed.2026-11', 12_500_000_001n],
      ['committed.2026-10', 99_000_000_000n],
    ]);
    const gate = { tenantId: acme.id, subject: { kind: 'tenant' } } as const;
    await updateGate(api.tables, gate, { add, atMost: new Map(), refusedWhenClosed: false, remove: [] });
    expect(await api.ask(acme.ann, document, { slug: 'acme' })).toMatchObject({
      data: {
        tenant: {
          budget: {
            budget: { monthlyUsd: '100.00' },
            committedUsd: '12.500000001',
            asOf: new Date(api.now).toISOString(),
          },
        },
      },
      errors: [],
    });
    expect(await api.ask(globex.ann, document, { slug: 'globex' })).toEqual({
      data: { tenant: { budget: null } },
      errors: [],
    });
  });

  it('is that of the region where most is spent, of those where the tenant may be served', async () => {
    const other = await startTables();
    const tenant = await getTenant(api.tables, globex.id);
    if (!tenant) throw new Error('globex is gone');
    const gate = { tenantId: globex.id, subject: { kind: 'tenant' } } as const;
    const commit = (tables: Tables, amount: bigint) => {
      const add = new Map([['committed.2026-11', amount]]);
      return updateGate(tables, gate, { add, atMost: new Map(), refusedWhenClosed: false, remove: [] });
    };
    await Promise.all([commit(api.tables, 1_000_000_000n), commit(other.tables, 2_000_000_000n)]);
    const region = async (where: Region) => (where === 'eu-central-2' ? other.tables : api.tables);
    const access = { tenant: async () => ({ tenantId: globex.id, tables: api.tables, region, self: null }) };
    const budget = { nanoUsd: 5_000_000_000n, enforcement: 'soft' } as const;
    const committed = async (allowedRegions: readonly Region[]) => {
      const of = { ...tenant, allowedRegions, limits: { tenant: { budget } } };
      const loaders = makeLoaders(access as never);
      return (await limitResolvers.Tenant.budget(of, {}, { access, loaders, now: api.now } as never))?.committedUsd;
    };
    expect(await committed(['eu-central-1', 'eu-central-2'])).toBe('2.00');
    expect(await committed(['eu-central-1'])).toBe('1.00');
    await other.close();
  });
});
