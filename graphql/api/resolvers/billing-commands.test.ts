import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import {
  claimBillingCommand,
  finishBillingCommand,
  getBillingCommand,
  listBillingCommands,
  requestBilling,
} from '../../../tenancy/table/billing-commands.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
import type { Principal } from '../principal.ts';
import { type SeededTenant, seedTenant } from '../tenant.fixture.ts';

const BILLING: Principal = { kind: 'staff', id: 'stf_billing', role: 'PLATFORM_BILLING', viewingAs: null };
let api: Api;
let tenant: SeededTenant;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  api.now = Date.parse('2026-11-22T12:00:00Z');
  tenants += 1;
  tenant = await seedTenant(api, `own-${tenants}`);
});

const FIELDS = 'billingCommand { id kind state requestedAt requestedBy from to reason attempts detail finishedAt }';
const rerate = (who: Principal, input: Record<string, unknown> = {}) =>
  api.change(
    who,
    'rerateBillingDays',
    { tenantId: `ten_${tenant.id}`, from: '2026-11-01', to: '2026-11-03', reason: ' a price came late ', ...input },
    FIELDS,
  );
const code = ({ userErrors }: Record<string, unknown>) => (userErrors as { code: string }[])[0]?.code ?? 'done';
const commands = async () => (await listBillingCommands(api.tables, tenant.id, { limit: 10 })).items;

describe('rerateBillingDays', () => {
  it('asks billing once, and is told in the platform’s trail with the reason', async () => {
    const made = await rerate(BILLING, { idempotencyKey: 'k' });
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(made).toMatchObject({
      billingCommand: {
        id,
        kind: 'RERATE',
        state: 'PENDING',
        requestedAt: '2026-11-22T12:00:00.000Z',
        requestedBy: 'stf_billing',
        from: '2026-11-01',
        to: '2026-11-03',
        reason: 'a price came late',
        attempts: 0,
        detail: null,
        finishedAt: null,
      },
      userErrors: [],
    });
    expect(await rerate(BILLING, { idempotencyKey: 'k' })).toEqual({ ...made, replayed: true });
    expect(await commands()).toMatchObject([
      { kind: 'RERATE', days: { from: '2026-11-01', to: '2026-11-03' }, reason: 'a price came late' },
    ]);
    const [last] = (await listAudit(api.tables, null, { limit: 1 })).entries;
    expect(last?.entry).toMatchObject({ action: 'rerateBillingDays', outcome: 'ALLOWED', reason: 'a price came late' });
    expect((await listAudit(api.tables, tenant.id, { limit: 9 })).entries).toEqual([]);
  });

  it.each([
    ['days the wrong way around', { from: '2026-11-03', to: '2026-11-02' }, 'INVALID'],
    ['62 days', { from: '2026-09-20', to: '2026-11-20' }, 'done'],
    ['63 days', { from: '2026-09-19', to: '2026-11-20' }, 'INVALID'],
    ['today', { to: '2026-11-22' }, 'INVALID'],
    ['no reason', { reason: ' ' }, 'INVALID'],
    ['nobody’s days', { tenantId: 'ten_missing' }, 'NOT_FOUND'],
    ['what is no tenant', { tenantId: 'bil_own:2026-11-01:1' }, 'NOT_FOUND'],
  ])('of %s', async (_, input, expected) => {
    expect(code(await rerate(BILLING, input))).toBe(expected);
    expect(await commands()).toHaveLength(expected === 'done' ? 1 : 0);
  });

  it('is for platform admins and platform billing', async () => {
    for (const who of [SUPPORT, tenant.admin, tenant.ann]) await expect(rerate(who)).rejects.toThrow(/FORBIDDEN/);
    const scopes = new Set(['tenants:read', 'tenants:write', 'usage:read']);
    const machine: Principal = { kind: 'machine', id: 'm', tenantId: null, scopes };
    await expect(rerate(machine)).rejects.toThrow(/FORBIDDEN/);
    expect(code(await rerate(ADMIN))).toBe('done');
  });
});

describe('retryBillingCommand', () => {
  const asked = async () => {
    const id = mintRequestId(api.now, crypto.getRandomValues(new Uint8Array(10)));
    const one = { id, tenantId: tenant.id, requestedAt: api.now, requestedBy: 'stf_admin' } as const;
    await requestBilling(api.tables, { ...one, kind: 'CREATE_CUSTOMER', state: 'PENDING' });
    return one;
  };
  const failed = async () => {
    const one = await asked();
    const claimed = await claimBillingCommand(api.tables, one, api.now);
    const end = { state: 'FAILED', detail: 'the payment service refused: no key' } as const;
    if (!claimed || !(await finishBillingCommand(api.tables, claimed, end, api.now))) throw new Error('not failed');
    return one;
  };
  const retry = (who: Principal, billingCommandId: string, input: Record<string, unknown> = {}) =>
    api.change(who, 'retryBillingCommand', { tenantId: `ten_${tenant.id}`, billingCommandId, ...input }, FIELDS);

  it('makes it go on, due at once, and is told in the platform’s trail', async () => {
    const { id, tenantId } = await failed();
    const { data } = await api.ask(
      SUPPORT,
      `{ tenant(slug: "${tenantId}") { billingCommands(first: 1) { nodes { state attempts detail finishedAt from } } } }`,
    );
    expect(data).toMatchObject({
      tenant: {
        billingCommands: {
          nodes: [{ state: 'FAILED', attempts: 1, detail: expect.stringContaining('refused'), from: null }],
        },
      },
    });
    const went = await retry(BILLING, id);
    expect(went).toMatchObject({ billingCommand: { id, state: 'PENDING', finishedAt: null }, userErrors: [] });
    expect(await getBillingCommand(api.tables, { tenantId, id })).toMatchObject({ state: 'PENDING', resumed: 1 });
    expect(await claimBillingCommand(api.tables, { tenantId, id }, api.now)).not.toBeNull();
    const [last] = (await listAudit(api.tables, null, { limit: 1 })).entries;
    expect(last?.entry).toMatchObject({ action: 'retryBillingCommand', outcome: 'ALLOWED' });
  });

  it('of one that has not failed, or of nobody’s, changes nothing', async () => {
    const pending = await asked();
    expect(code(await retry(BILLING, pending.id))).toBe('WRONG_STATE');
    const { id } = await failed();
    expect(code(await retry(BILLING, id, { tenantId: 'ten_other' }))).toBe('NOT_FOUND');
    expect(code(await retry(BILLING, 'ACCOUNT'))).toBe('NOT_FOUND');
    const both = await Promise.all([retry(BILLING, id), retry(ADMIN, id)]);
    expect(both.map(code).toSorted()).toEqual(['WRONG_STATE', 'done']);
  });

  it('is for platform admins and platform billing', async () => {
    const { id } = await failed();
    for (const who of [SUPPORT, tenant.admin]) await expect(retry(who, id)).rejects.toThrow(/FORBIDDEN/);
  });
});
