import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ThrottledBy } from '../../../tenancy/refusal.ts';
import type { Region } from '../../../tenancy/region.ts';
import { countRequests } from '../../../tenancy/table/rollups.ts';
import { putTenant } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import type { Outcome, TokenCosts } from '../../../tenancy/usage.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';

const [acme, globex] = ['acme', 'globex'].map((text) => parseTenantId(text) as TenantId) as [TenantId, TenantId];
const of = (id: string, role: 'TENANT_ADMIN' | 'TENANT_MEMBER', tenantId = acme): Principal => ({
  kind: 'user',
  id,
  role,
  tenantId,
});
const BOSS = of('usr_boss', 'TENANT_ADMIN');

let api: Api;
let asked: Region[] = [];
beforeAll(async () => {
  api = await startApi((region, one) => {
    asked.push(region);
    return one;
  });
  for (const id of [acme, globex]) {
    await putTenant(api.tables, {
      id,
      name: id,
      status: 'ACTIVE',
      tier: 'STANDARD',
      homeRegion: 'eu-central-2',
      allowedRegions: ['eu-central-1', 'eu-central-2'],
      residency: 'geo',
      version: 1,
    });
  }
  await use('anna', '2026-11-20T23:10:00Z', 1_000n, { keyId: 'k1', sessionId: 's-1', costs: COSTS });
  await use('anna', '2026-11-21T00:10:00Z', 2_000_000_000n, { keyId: 'k1', sessionId: 's-1' });
  await use('anna', '2026-11-21T00:20:00Z', 500n, {
    outcome: 'UPSTREAM_ERROR',
    sessionId: '=s-2',
    throttledBy: 'shared_capacity',
  });
  await use('ben', '2026-11-21T05:00:00Z', 30n, { region: 'eu-central-2', outcome: 'PARTIAL', model: '=cmd|x' });
  await use('ben', '2026-11-21T05:00:00Z', 0n, { outcome: 'REFUSED', throttledBy: 'own_limit' });
  await use('eve', '2026-11-21T05:00:00Z', 77n, { tenantId: globex });
});
afterAll(() => api.close());

const COSTS = { input: 100n, output: 200n, cacheRead: 300n, cacheWrite5m: 0n, cacheWrite1h: 400n };
let requests = 0;
type Used = {
  keyId: string;
  sessionId: string;
  throttledBy: ThrottledBy;
  costs: TokenCosts;
  outcome: Outcome;
  region: Region;
  model: string;
  tenantId: TenantId;
};
async function use(identityId: string, at: string, nanoUsd: bigint, more: Partial<Used> = {}): Promise<void> {
  const { outcome = 'COMPLETED', throttledBy, costs, ...rest } = more;
  const intent = {
    requestId: `r-${++requests}`,
    tenantId: acme,
    identityId,
    callerType: 'user' as const,
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-1' as const,
    stream: true,
    startedAt: Date.parse(at),
    reserved: { nanoUsd: 1n, inputTokens: 1, outputTokens: 1 },
    ...rest,
  };
  const tokens = { input: 10, output: 20, cacheRead: 3_000_000_000, cacheWrite5m: 4, cacheWrite1h: 5 };
  const settlement = {
    outcome,
    tokens,
    nanoUsd,
    ...(costs ? { costs } : {}),
    ...(throttledBy ? { throttledBy } : {}),
    flags: [],
    settledAt: intent.startedAt + 1,
  };
  const counted = await countRequests(api.tables, [{ intent, settlement, before: null }], intent.startedAt);
  expect(counted).toEqual({ outcome: 'counted' });
}

const COUNTS =
  'requests errors partial refused throttledByOwnLimit throttledBySharedCapacity inputTokens outputTokens cacheReadTokens cacheWrite5mTokens cacheWrite1hTokens costUsd inputCostUsd outputCostUsd cacheReadCostUsd cacheWrite5mCostUsd cacheWrite1hCostUsd unsplitCostUsd';
const REPORT = `series { userId apiKeyId model region sessionId points { start counts { ${COUNTS} } } totals { ${COUNTS} } } totals { ${COUNTS} } asOf csv`;
type Report = {
  series: { userId: string; points: { start: string; counts: object }[] }[];
  totals: { requests: string; costUsd: string };
  csv: string;
};

function ask(who: Principal, input: object, slug = 'acme') {
  const document = `query($slug: String!, $input: UsageInput!) { tenant(slug: $slug) { usage(input: $input) { ${REPORT} } } }`;
  return api.ask(who, document, { slug, input: { from: '2026-11-20', to: '2026-11-22', ...input } });
}
async function report(who: Principal, input: object): Promise<Report> {
  const { data, errors } = await ask(who, input);
  expect(errors).toEqual([]);
  return (data as { tenant: { usage: Report } }).tenant.usage;
}

describe('usage', () => {
  it('sums days and hours in the home region, and says the same as values with commas', async () => {
    asked = [];
    const { series, totals, csv } = await report(BOSS, { groupBy: ['USER', 'REGION'] });
    expect(asked).toContain('eu-central-2');
    expect(totals).toMatchObject({
      requests: '4',
      errors: '1',
      partial: '1',
      refused: '1',
      throttledByOwnLimit: '1',
      throttledBySharedCapacity: '1',
      cacheReadTokens: '15000000000',
      costUsd: '2.00000153',
      inputCostUsd: '0.0000001',
      unsplitCostUsd: '2.00000053',
    });
    expect(series.map(({ userId }) => userId)).toEqual(['usr_acme:anna', 'usr_acme:ben', 'usr_acme:ben']);
    expect(series[0]).toMatchObject({
      region: 'EU_CENTRAL_1',
      model: null,
      points: [
        { start: '2026-11-20T00:00:00.000Z', counts: { requests: '1', costUsd: '0.000001' } },
        { start: '2026-11-21T00:00:00.000Z', counts: { requests: '2', costUsd: '2.0000005' } },
      ],
    });
    const lines = csv.split('\r\n');
    expect(lines[0]).toBe(`start,userId,apiKeyId,model,region,sessionId,${COUNTS.replaceAll(' ', ',')}`);
    expect(lines[1]).toBe(
      '2026-11-20T00:00:00.000Z,usr_acme:anna,,,EU_CENTRAL_1,,1,0,0,0,0,0,10,20,3000000000,4,5,0.000001,0.0000001,0.0000002,0.0000003,0.00,0.0000004,0.00',
    );
    expect(lines).toHaveLength(1 + 4 + 1);

    const hours = await report(SUPPORT, { grain: 'HOUR', groupBy: ['API_KEY', 'MODEL'] });
    expect(hours.series).toMatchObject([
      {
        apiKeyId: 'key_acme:k1',
        points: [{ start: '2026-11-20T23:00:00.000Z' }, { start: '2026-11-21T00:00:00.000Z' }],
      },
      { apiKeyId: null, model: 'claude-opus-5-5' },
      { apiKeyId: null, model: '=cmd|x' },
    ]);
    expect(hours.csv).toContain(",'=cmd|x,");
    expect(hours.totals).toEqual(totals);
  });

  it('says the same of whatever it is grouped by, from whatever sums', async () => {
    const { totals } = await report(BOSS, {});
    for (const groupBy of [['MODEL'], ['USER'], ['API_KEY', 'REGION'], ['USER', 'MODEL', 'REGION']])
      expect((await report(BOSS, { groupBy })).totals, groupBy.join()).toEqual(totals);
    for (const groupBy of [[], ['USER']])
      expect((await report(BOSS, { groupBy, grain: 'HOUR' })).totals, groupBy.join()).toEqual(totals);
    const month = { from: '2026-11-01', to: '2026-11-30', grain: 'MONTH' };
    for (const groupBy of [[], ['USER'], ['API_KEY']])
      expect((await report(BOSS, { ...month, groupBy })).totals, groupBy.join()).toEqual(totals);
    const { series } = await report(BOSS, { ...month, groupBy: ['USER'] });
    expect(series[0]).toMatchObject({ userId: 'usr_acme:anna', points: [{ start: '2026-11-01T00:00:00.000Z' }] });
    const userIds = ['anna', 'ben', 'c', 'd', 'e', 'f'].map((id) => `usr_acme:${id}`);
    for (const grain of ['HOUR', 'DAY']) {
      expect((await report(BOSS, { grain, userIds })).totals, grain).toEqual(totals);
      expect((await report(BOSS, { grain, userIds: userIds.slice(0, 2) })).totals, grain).toEqual(totals);
    }
  });

  it('is of sessions, for those that have one', async () => {
    const { series, totals, csv } = await report(BOSS, { groupBy: ['SESSION'] });
    expect(series).toMatchObject([
      { sessionId: 's-1', userId: null, totals: { requests: '2', costUsd: '2.000001' } },
      { sessionId: '=s-2', totals: { requests: '1', errors: '1' } },
    ]);
    expect(totals.requests).toBe('3');
    expect(csv).toContain(",'=s-2,");
    expect((await report(BOSS, { groupBy: ['SESSION'], userIds: ['usr_acme:ben'] })).series).toEqual([]);
    expect((await report(of('ben', 'TENANT_MEMBER'), { groupBy: ['SESSION'] })).series).toEqual([]);
    expect((await report(of('anna', 'TENANT_MEMBER'), { groupBy: ['SESSION'] })).totals.requests).toBe('3');
  });

  it('is of what was asked for', async () => {
    const requestsOf = async (input: object) => (await report(BOSS, input)).totals.requests;
    expect(await requestsOf({ userIds: ['usr_acme:anna'] })).toBe('3');
    expect(await requestsOf({ apiKeyIds: ['key_acme:k1'] })).toBe('2');
    expect(await requestsOf({ models: ['=cmd|x'] })).toBe('1');
    expect(await requestsOf({ regions: ['EU_CENTRAL_2'] })).toBe('1');
    expect(await requestsOf({ userIds: [] })).toBe('0');
    expect(await requestsOf({ from: '2026-11-21', to: '2026-11-21' })).toBe('3');
  });

  it('of a member is the own alone, whatever is asked', async () => {
    const ben = of('ben', 'TENANT_MEMBER');
    const own = await report(ben, { groupBy: ['USER'] });
    expect(own.series.map(({ userId }) => userId)).toEqual(['usr_acme:ben']);
    expect(own.totals).toMatchObject({ requests: '1', costUsd: '0.00000003' });
    const input = { userIds: ['usr_acme:anna'], groupBy: ['USER'] };
    expect(await report(ben, input)).toMatchObject({ series: [], totals: { requests: '0', costUsd: '0.00' } });
    expect((await report(ben, { apiKeyIds: ['key_acme:k1'] })).totals.requests).toBe('0');
    expect((await report(ben, {})).totals).toEqual(own.totals);
    expect((await report(ben, { grain: 'HOUR', groupBy: ['MODEL'] })).totals).toEqual(own.totals);
    const month = { from: '2026-11-01', to: '2026-11-30', grain: 'MONTH' };
    expect((await report(ben, { ...month, groupBy: ['REGION'] })).totals).toEqual(own.totals);
    expect((await report(ben, { userIds: ['usr_acme:anna', 'usr_acme:ben'] })).totals).toEqual(own.totals);
  });

  it('of another tenant is like that of none, and so is its id in a filter', async () => {
    const foreign = await ask(BOSS, {}, 'globex');
    expect(foreign).toEqual(await ask(BOSS, {}, 'missing'));
    expect(foreign).toEqual({ data: { tenant: null }, errors: [] });
    for (const field of ['userIds', 'apiKeyIds']) {
      const [own, other] = field === 'userIds' ? ['key_acme:k1', 'usr_globex:eve'] : ['usr_acme:anna', 'key_globex:k9'];
      const answers = await Promise.all(
        [other, own, 'usr_nobody:x', 'nonsense'].map((id) => ask(BOSS, { [field]: [id] })),
      );
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]?.errors).toMatchObject([{ code: 'BAD_USER_INPUT' }]);
    }
    const fromThere = await api.ask(
      of('eve', 'TENANT_ADMIN', globex),
      '{ tenant(slug: "globex") { usage(input: { from: "2026-11-20", to: "2026-11-22" }) { totals { costUsd } } } }',
    );
    expect(fromThere.data).toEqual({ tenant: { usage: { totals: { costUsd: '0.000000077' } } } });
  });

  it.each([
    [{ from: '2026-08-22', to: '2026-11-22' }, /92 days.*93/],
    [{ from: '2026-11-15', to: '2026-11-22', grain: 'HOUR' }, /7 days.*8/],
    [{ from: '2026-11-23', to: '2026-11-22' }, /before/],
  ])('refuses %j', async (input, why) => {
    const { errors } = await ask(ADMIN, input);
    expect(errors).toMatchObject([{ code: 'BAD_USER_INPUT', message: expect.stringMatching(why) }]);
  });

  it('may be as long as the bounds say', async () => {
    expect((await report(BOSS, { from: '2026-08-23', to: '2026-11-22' })).totals.requests).toBe('4');
    expect((await report(BOSS, { from: '2026-11-16', to: '2026-11-22', grain: 'HOUR' })).totals.requests).toBe('4');
  });

  it("is for a machine's scope", async () => {
    const machine = (...scopes: string[]): Principal => ({
      kind: 'machine',
      id: 'm',
      tenantId: acme,
      scopes: new Set(scopes),
    });
    expect((await ask(machine('tenants:read'), {})).errors).toMatchObject([{ code: 'FORBIDDEN' }]);
    expect((await report(machine('tenants:read', 'usage:read'), {})).totals.requests).toBe('4');
  });
});
