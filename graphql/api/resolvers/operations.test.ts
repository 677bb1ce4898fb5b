import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beginStep, endStep, type Operation, startOperation } from '../../../tenancy/operation.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { commit } from '../../../tenancy/table/commit.ts';
import { getOperation, operationWrites, recordOperation } from '../../../tenancy/table/operations.ts';
import { ADMIN, type Api, SUPPORT, startApi } from '../api.fixture.ts';
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
  tenant = await seedTenant(api, `own-${tenants}`);
});

async function started(): Promise<Operation> {
  const id = mintRequestId(api.now, crypto.getRandomValues(new Uint8Array(10)));
  const input = { adminEmail: 'ada@own.example' };
  const begun = { id, tenantId: tenant.id, startedBy: 'stf_admin', startedAt: api.now, input };
  const one = startOperation('ONBOARD', begun);
  expect(await commit(operationWrites(api.tables, null, one))).toEqual({ outcome: 'done' });
  return one;
}
async function failed(): Promise<Operation> {
  const one = await started();
  const ended = endStep(beginStep(one, api.now), { outcome: 'failed', why: 'the address is in use' }, api.now);
  return (await recordOperation(api.tables, one, ended))!;
}
const FIELDS =
  'id kind status steps { name status attempts detail } adminEmail reason dueAt finishedAt tenant { slug }';
const nodeId = ({ id, tenantId }: Operation) => `op_${tenantId}:${id}`;
const retry = (who: Principal, one: Operation) =>
  api.change(who, 'retryOperation', { operationId: nodeId(one) }, `operation { ${FIELDS} }`);
const code = ({ userErrors }: Record<string, unknown>) => (userErrors as { code: string }[])[0]?.code ?? 'done';

describe('an operation', () => {
  it('is read by staff, by its id and in its tenant’s list', async () => {
    const one = await failed();
    const shown = {
      id: nodeId(one),
      kind: 'ONBOARD',
      status: 'FAILED',
      adminEmail: 'ada@own.example',
      reason: null,
      dueAt: null,
      finishedAt: new Date(api.now).toISOString(),
      tenant: { slug: tenant.id },
    };
    const text = `{ node(id: "${nodeId(one)}") { ... on TenantOperation { ${FIELDS} } }
      tenant(slug: "${tenant.id}") { operations(first: 5) { nodes { id } } } }`;
    const { data } = await api.ask(SUPPORT, text);
    expect(data).toMatchObject({
      node: { ...shown, steps: expect.arrayContaining([expect.objectContaining({ detail: 'the address is in use' })]) },
      tenant: { operations: { nodes: [{ id: nodeId(one) }] } },
    });
  });

  it('is none of its tenant’s people’s', async () => {
    const one = await started();
    const { data } = await api.ask(tenant.admin, `{ node(id: "${nodeId(one)}") { id } }`);
    expect(data?.['node']).toBeNull();
    const listed = await api.ask(tenant.admin, '{ viewer { tenant { operations(first: 1) { nodes { id } } } } }');
    expect(listed.errors.map((error) => error.code)).toEqual(['FORBIDDEN']);
    await expect(retry(tenant.admin, one)).rejects.toThrow(/FORBIDDEN/);
    await expect(retry(SUPPORT, one)).rejects.toThrow(/FORBIDDEN/);
  });
});

describe('retryOperation', () => {
  it('makes a FAILED one go on at once, at the step that failed, and says so in the trail', async () => {
    const one = await failed();
    expect(await retry(ADMIN, one)).toMatchObject({ operation: { status: 'RUNNING' }, userErrors: [] });
    expect(await getOperation(api.tables, one)).toMatchObject({ status: 'RUNNING', dueAt: api.now, version: 3 });
    const text = `{ tenant(slug: "${tenant.id}") { auditEvents(first: 1) { nodes { action targetId } } } }`;
    expect((await api.ask(ADMIN, text)).data).toMatchObject({
      tenant: { auditEvents: { nodes: [{ action: 'retryOperation', targetId: nodeId(one) }] } },
    });
  });

  it('of one that goes on by itself, or of none, is refused with the way out', async () => {
    const one = await started();
    expect(await retry(ADMIN, one)).toMatchObject({
      userErrors: [{ code: 'WRONG_STATE', message: expect.stringContaining('goes on by itself') }],
    });
    expect(code(await retry(ADMIN, { ...one, id: '019aa8c1-7e01-7a10-8f02-0d4c9b7e6f23' }))).toBe('NOT_FOUND');
  });

  it('takes another admin, while none is invited', async () => {
    const one = await failed();
    const again = (adminEmail: string, operation: Operation) =>
      api.change(ADMIN, 'retryOperation', { operationId: nodeId(operation), adminEmail }, `operation { ${FIELDS} }`);
    expect(await again('ada', one)).toMatchObject({ userErrors: [{ code: 'INVALID' }] });
    expect(await again('Eve@own.example', one)).toMatchObject({ operation: { adminEmail: 'eve@own.example' } });
    const running = (await getOperation(api.tables, one))!;
    const invited = endStep(beginStep(running, api.now), { outcome: 'done' }, api.now);
    const stopped = endStep(beginStep(invited, api.now), { outcome: 'failed', why: 'no model' }, api.now);
    await recordOperation(api.tables, running, stopped);
    expect(await again('bob@own.example', one)).toMatchObject({
      userErrors: [{ code: 'WRONG_STATE', message: expect.stringContaining('inviteUser') }],
    });
  });

  it('is refused while another operation of the tenant is unfinished', async () => {
    const first = await failed();
    await started();
    expect(await retry(ADMIN, first)).toMatchObject({
      userErrors: [{ code: 'WRONG_STATE', message: expect.stringContaining('another operation') }],
    });
  });
});
