import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { revise } from '../../../tenancy/billing-day-events.ts';
import { askForDayRun, recordDayRun } from '../../../tenancy/table/billing-day-runs.ts';
import { recordRevision } from '../../../tenancy/table/billing-days.ts';
import { holdBillingRun } from '../../../tenancy/table/billing-runs.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import { comparedDay, countedDay, pushedDay, STRAYS, storeBillingDay } from '../billing-days.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

let api: Api;
let tenant: SeededTenant;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
let tenants = 0;
beforeEach(async () => {
  tenants += 1;
  tenant = await seedTenant(api, `books-${tenants}`);
});

const counted = (day: string, id: TenantId = tenant.id) => countedDay(api.tables, id, day, { at: api.now });
const verified = async (day: string, id: TenantId = tenant.id) =>
  storeBillingDay(api.tables, id, day, [await counted(day, id), comparedDay(api.now), ...pushedDay(api.now)]);
const blocked = async (day: string, id: TenantId = tenant.id) =>
  storeBillingDay(api.tables, id, day, [await counted(day, id), comparedDay(api.now, STRAYS)]);

const month = async (who: Principal, fields: string, page = 'first: 100') => {
  const text = `{ tenant(slug: "${tenant.id}") { billingDays(month: "2026-11", ${page}) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } } }`;
  const { data, errors } = await api.ask(who, text);
  const { billingDays } = (data?.['tenant'] ?? {}) as { billingDays?: Page };
  return { nodes: billingDays?.nodes ?? [], pageInfo: billingDays?.pageInfo, errors };
};
type Page = {
  readonly nodes: Record<string, unknown>[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};
const nodeId = (day: string, revision = 1) => `bil_${tenant.id}:${day}:${revision}`;
const looking = (): Principal => ({
  ...(ADMIN as Extract<Principal, { kind: 'staff' }>),
  viewingAs: { id: 'v', staffId: ADMIN.id, tenantId: tenant.id, reason: 'r', expiresAt: api.now + 1e6 },
});

describe('a tenant’s day', () => {
  it('says what is charged, by which lines, and for staff what it cost', async () => {
    await verified('2026-11-20');
    const at = new Date(api.now).toISOString();
    const charge = {
      id: nodeId('2026-11-20'),
      tenant: { slug: tenant.id },
      day: '2026-11-20',
      revision: 1,
      supersededBy: null,
      state: 'VERIFIED',
      requests: '7',
      tokens: { input: '1000001', output: '0' },
      chargeUsd: '3.000003',
      meterMicroUsd: '3000003',
      ratedAt: at,
      pushedAt: at,
      verifiedAt: at,
      adjustedIn: null,
      lines: [
        {
          model: 'claude-haiku-4-5',
          region: 'EU_CENTRAL_1',
          tier: 'STANDARD',
          tokenClass: 'INPUT',
          charged: true,
          priceId: 'p-charge',
          perMillionUsd: '3.00',
          tokens: '1000001',
          amountUsd: '3.000003',
        },
      ],
    };
    const fields = `id tenant { slug } day revision supersededBy state requests tokens { input output } chargeUsd
      meterMicroUsd ratedAt pushedAt verifiedAt adjustedIn
      lines { model region tier tokenClass charged priceId perMillionUsd tokens amountUsd }`;
    expect(await month(tenant.admin, fields)).toMatchObject({ nodes: [charge], errors: [] });
    const staffs =
      'costUsd marginUsd costLines { priceId amountUsd } heldBy driftReports { allowed } driftOverride { reason }';
    expect((await month(SUPPORT, `${fields} ${staffs}`)).nodes).toEqual([
      {
        ...charge,
        costUsd: '2.000002',
        marginUsd: '1.000001',
        costLines: [{ priceId: 'p-cost', amountUsd: '2.000002' }],
        heldBy: [],
        driftReports: [{ allowed: 4 }, { allowed: 4 }],
        driftOverride: null,
      },
    ]);
  });

  it('hides its cost, and what stands in its way, from the tenant’s people and from who looks with their eyes', async () => {
    await verified('2026-11-20');
    const hidden = [
      'costUsd',
      'marginUsd',
      'costLines { tokens }',
      'heldBy',
      'driftReports { union }',
      'driftOverride { reason }',
    ];
    for (const who of [tenant.admin, looking()]) {
      for (const field of hidden) {
        const { errors } = await month(who, field);
        expect([field, errors.map(({ code }) => code)]).toEqual([field, ['FORBIDDEN']]);
      }
    }
  });

  it('is the tenant’s to see once it is billed, by its list as by its id, and staff’s at once', async () => {
    await verified('2026-11-19');
    await blocked('2026-11-20');
    const adjusted = [comparedDay(api.now), { kind: 'adjusted', landsIn: '2026-12' }] as const;
    await storeBillingDay(api.tables, tenant.id, '2026-11-21', [await counted('2026-11-21'), ...adjusted]);
    const ids = async (who: Principal) => (await month(who, 'id')).nodes.map(({ id }) => id);
    const billed = [nodeId('2026-11-19'), nodeId('2026-11-21')];
    expect(await ids(tenant.admin)).toEqual(billed);
    expect(await ids(looking())).toEqual(billed);
    expect(await ids(SUPPORT)).toEqual([billed[0], nodeId('2026-11-20'), billed[1]]);
    const byId = async (who: Principal, day: string) =>
      (await api.ask(who, `{ node(id: "${nodeId(day)}") { id } }`)).data?.['node'];
    expect(await byId(tenant.admin, '2026-11-20')).toBeNull();
    expect(await byId(looking(), '2026-11-20')).toBeNull();
    expect(await byId(tenant.admin, '2026-11-21')).toEqual({ id: nodeId('2026-11-21') });
    expect(await byId(SUPPORT, '2026-11-20')).toEqual({ id: nodeId('2026-11-20') });
  });

  it('is no member’s, and no other tenant’s', async () => {
    await verified('2026-11-20');
    const other = await seedTenant(api, `other-${tenants}`);
    const text = `{ node(id: "${nodeId('2026-11-20')}") { id } tenant(slug: "${tenant.id}") { billingDays(month: "2026-11", first: 1) { nodes { id } } } }`;
    expect((await api.ask(other.admin, text)).data).toEqual({ node: null, tenant: null });
    expect((await api.ask(tenant.ann, `{ node(id: "${nodeId('2026-11-20')}") { id } }`)).data).toEqual({ node: null });
    expect((await month(tenant.ann, 'id')).errors.map(({ code }) => code)).toEqual(['FORBIDDEN']);
  });

  it('stays as it was when a revision takes its place', async () => {
    const first = await verified('2026-11-20');
    const revision = revise(first);
    if (!revision.ok) throw new Error('no revision');
    await recordRevision(api.tables, first, revision.value);
    const fields = 'revision state supersededBy chargeUsd';
    const billed = { revision: 1, state: 'VERIFIED', supersededBy: 2, chargeUsd: '3.000003' };
    expect((await month(tenant.admin, fields)).nodes).toEqual([billed]);
    const next = { revision: 2, state: 'COLLECTING', supersededBy: null, chargeUsd: null };
    expect((await month(SUPPORT, fields)).nodes).toEqual([billed, next]);
  });

  it('says why it stands, with ids of each side', async () => {
    await blocked('2026-11-20');
    const failed = { kind: 'failed', step: 'push', why: 'the meter answered 500', at: api.now } as const;
    await storeBillingDay(api.tables, tenant.id, '2026-11-21', [await counted('2026-11-21'), failed]);
    const fields =
      'state heldBy driftReports { accountId region leg source union allowed onlyOurs sampleOurs sampleTheirs }';
    const [standing, other] = (await month(SUPPORT, fields)).nodes;
    expect(standing).toMatchObject({
      state: 'DRIFT_BLOCKED',
      heldBy: [expect.stringMatching(/of 400 requests 5 are only in our books.*; 4 may differ/)],
      driftReports: [
        {
          accountId: '111111111111',
          region: 'EU_CENTRAL_1',
          leg: 'REQUESTS',
          source: 'COMPLETE',
          union: 400,
          allowed: 4,
          onlyOurs: 5,
          sampleOurs: STRAYS,
          sampleTheirs: [],
        },
        { leg: 'TOKENS', onlyOurs: 0 },
      ],
    });
    expect(other).toMatchObject({ state: 'FAILED', heldBy: ['push: the meter answered 500'] });
  });

  it('comes by pages, in the order of days, and of its month alone', async () => {
    for (const day of ['2026-10-31', '2026-11-01', '2026-11-02', '2026-11-03', '2026-12-01']) await verified(day);
    await blocked('2026-11-04');
    const first = await month(tenant.admin, 'day', 'first: 2');
    expect(first).toMatchObject({
      nodes: [{ day: '2026-11-01' }, { day: '2026-11-02' }],
      pageInfo: { hasNextPage: true },
    });
    const rest = await month(tenant.admin, 'day', `first: 2, after: "${first.pageInfo?.endCursor}"`);
    // Nor does a page say that a day follows which the caller may not see.
    expect(rest).toMatchObject({ nodes: [{ day: '2026-11-03' }], pageInfo: { hasNextPage: false } });
    const odd = Buffer.from('2026-11-01').toString('base64url');
    expect((await month(ADMIN, 'day', `first: 2, after: "${odd}"`)).errors.map(({ code }) => code)).toEqual([
      'BAD_USER_INPUT',
    ]);
  });
});

describe('the board', () => {
  type Board = Page & { readonly counts: unknown };
  const board = async (who: Principal, day: string, page = 'first: 100') => {
    const counts = 'counts { states { state count } complete }';
    const text = `{ billingDays(day: "${day}", ${page}) { nodes { id state } pageInfo { hasNextPage endCursor } ${counts} } }`;
    const { data, errors } = await api.ask(who, text);
    return { board: data?.['billingDays'] as Board, errors };
  };

  it('has all tenants’ day by pages, with how many are in which state', async () => {
    const day = '2026-09-01';
    const all = await Promise.all(['board-a', 'board-b', 'board-c'].map((slug) => seedTenant(api, slug)));
    const [one, two, three] = all.map(({ id }) => id) as [TenantId, TenantId, TenantId];
    const corrected = await verified(day, one);
    const revision = revise(corrected);
    if (!revision.ok) throw new Error('no revision');
    await recordRevision(api.tables, corrected, revision.value);
    await blocked(day, two);
    await verified(day, three);
    const counts = {
      states: [
        { state: 'COLLECTING', count: 1 },
        { state: 'DRIFT_BLOCKED', count: 1 },
        { state: 'VERIFIED', count: 1 },
      ],
      complete: true,
    };
    const first = (await board(SUPPORT, day, 'first: 3')).board;
    expect(first).toMatchObject({
      nodes: [{ id: `bil_${one}:${day}:1` }, { id: `bil_${one}:${day}:2` }, { id: `bil_${two}:${day}:1` }],
      pageInfo: { hasNextPage: true },
      counts,
    });
    const rest = (await board(SUPPORT, day, `first: 3, after: "${first.pageInfo.endCursor}"`)).board;
    expect(rest).toMatchObject({ nodes: [{ id: `bil_${three}:${day}:1` }], pageInfo: { hasNextPage: false }, counts });
  });

  it('and how far the run is, are staff’s alone', async () => {
    const run = {
      holder: 'h',
      day: '2026-11-21',
      step: 'cross_check',
      detail: 'it is laid beside',
      startedAt: api.now,
    } as const;
    const ask = async (who: Principal) => api.ask(who, '{ billingRun { day step detail startedAt running } }');
    expect((await ask(SUPPORT)).data).toEqual({ billingRun: null });
    await holdBillingRun(api.tables, { ...run, heldUntil: api.now + 1 }, api.now);
    const shown = {
      day: '2026-11-21',
      step: 'CROSS_CHECK',
      detail: 'it is laid beside',
      startedAt: new Date(api.now).toISOString(),
    };
    expect((await ask(SUPPORT)).data).toEqual({ billingRun: { ...shown, running: true } });
    await holdBillingRun(api.tables, { ...run, heldUntil: 0 }, api.now);
    expect((await ask(SUPPORT)).data).toEqual({ billingRun: { ...shown, running: false } });
    for (const who of [tenant.admin, looking()]) {
      expect((await ask(who)).errors.map(({ code }) => code)).toEqual(['FORBIDDEN']);
      expect((await board(who, '2026-11-20')).errors.map(({ code }) => code)).toEqual(['FORBIDDEN']);
    }
    const odd = Buffer.from('Not A Slug:1').toString('base64url');
    const { errors } = await board(SUPPORT, '2026-11-20', `first: 1, after: "${odd}"`);
    expect(errors.map(({ code }) => code)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the runs of days', () => {
  const FIELDS = 'day askedAt startedAt endedAt tenants settled quarantined writtenAgain corrected';
  const ask = async (who: Principal, from: string, to: string) => {
    const { data, errors } = await api.ask(who, `{ billingDayRuns(from: "${from}", to: "${to}") { ${FIELDS} } }`);
    return { runs: data?.['billingDayRuns'], codes: errors.map(({ code }) => code) };
  };
  const NONE = {
    startedAt: null,
    endedAt: null,
    tenants: null,
    settled: null,
    quarantined: null,
    writtenAgain: null,
    corrected: null,
  };

  it('say what each came to, and what was asked for', async () => {
    const sums = { tenants: 50, settled: 48, quarantined: 1, writtenAgain: 12, corrected: 3 };
    const [startedAt, endedAt] = [api.now, api.now + 1];
    await recordDayRun(api.tables, { day: '2026-08-01', ran: { ...sums, startedAt, endedAt } });
    await askForDayRun(api.tables, '2026-08-03', startedAt);
    const [began, ended] = [new Date(startedAt).toISOString(), new Date(endedAt).toISOString()];
    const ran = { day: '2026-08-01', askedAt: null, startedAt: began, endedAt: ended, ...sums };
    const asked = { day: '2026-08-03', askedAt: began, ...NONE };
    expect(await ask(SUPPORT, '2026-08-01', '2026-08-03')).toEqual({ runs: [ran, asked], codes: [] });
    expect((await ask(SUPPORT, '2026-08-02', '2026-08-03')).runs).toEqual([asked]);
  });

  it('are 62 days at most, in their order', async () => {
    expect((await ask(SUPPORT, '2026-01-01', '2026-03-03')).codes).toEqual([]);
    expect((await ask(SUPPORT, '2026-01-01', '2026-03-04')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await ask(SUPPORT, '2026-01-02', '2026-01-01')).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('are staff’s alone', async () => {
    for (const who of [tenant.admin, tenant.ann, looking()]) {
      expect((await ask(who, '2026-08-01', '2026-08-03')).codes).toEqual(['FORBIDDEN']);
    }
  });
});
