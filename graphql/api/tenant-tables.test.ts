import { describe, expect, it } from 'vitest';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import { keepTenantTables, tenantSessionInput } from './tenant-tables.ts';

const [ACME, GLOBEX] = ['acme', 'globex'] as [TenantId, TenantId];
const HOUR = 3_600_000;

/** STS that counts, tables that say by whose credentials they were opened, and a clock. */
function kept() {
  const state = { now: 0, asked: [] as TenantId[], up: true };
  const tablesOf = keepTenantTables(
    async (tenantId) => {
      state.asked.push(tenantId);
      if (!state.up) throw new Error('STS is down');
      const name = `${tenantId}-${state.asked.length}`;
      return { accessKeyId: name, secretAccessKey: 's', sessionToken: 't', expiresAt: state.now + HOUR };
    },
    (region, { accessKeyId }) => `${region} as ${accessKeyId}` as unknown as Tables,
    () => state.now,
  );
  return { state, tablesOf };
}

describe('tables of a tenant', () => {
  it('are opened with the tenant’s own session, asked for once, in each region', async () => {
    const { state, tablesOf } = kept();
    const [a, b, c] = await Promise.all([
      tablesOf(ACME, 'eu-central-1'),
      tablesOf(ACME, 'us-east-1'),
      tablesOf(GLOBEX, 'eu-central-1'),
    ]);
    expect([a, b, c]).toEqual(['eu-central-1 as acme-1', 'us-east-1 as acme-1', 'eu-central-1 as globex-2']);
    expect(await tablesOf(ACME, 'eu-central-1')).toBe(a);
    expect(state.asked).toEqual([ACME, GLOBEX]);
  });

  it('are opened anew five minutes before the session ends', async () => {
    const { state, tablesOf } = kept();
    await tablesOf(ACME, 'eu-central-1');
    state.now = HOUR - 5 * 60_000 - 1;
    expect(await tablesOf(ACME, 'eu-central-1')).toBe('eu-central-1 as acme-1');
    state.now += 1;
    expect(await tablesOf(ACME, 'eu-central-1')).toBe('eu-central-1 as acme-2');
  });

  it('are asked for again after a failure, which nobody else is answered with', async () => {
    const { state, tablesOf } = kept();
    state.up = false;
    await expect(tablesOf(ACME, 'eu-central-1')).rejects.toThrow('STS is down');
    state.up = true;
    expect(await tablesOf(ACME, 'eu-central-1')).toBe('eu-central-1 as acme-2');
  });
});

it('the session’s tag is the tenant, and nothing else tells STS whose it is', () => {
  const role = { arn: 'arn:aws:iam::111111111111:role/tenant', externalId: 'x' };
  expect(tenantSessionInput(role, ACME)).toEqual({
    RoleArn: role.arn,
    ExternalId: 'x',
    RoleSessionName: 'graphql.acme',
    DurationSeconds: 3_600,
    Tags: [{ Key: 'tenant_id', Value: 'acme' }],
  });
});
