import { mintAuditId } from '../../tenancy/audit.ts';
import { openPeriod } from '../../tenancy/billing-period.ts';
import { STARTING_CATALOGUE } from '../../tenancy/catalogue.ts';
import { PROVIDER_DEFAULTS } from '../../tenancy/identity-provider.ts';
import { startOperation } from '../../tenancy/operation.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { putApiKey } from '../../tenancy/table/api-keys.ts';
import { appendAudit } from '../../tenancy/table/audit.ts';
import { recordAdjustment, recordBillingPeriod } from '../../tenancy/table/billing-periods.ts';
import { commit } from '../../tenancy/table/commit.ts';
import { exportWrites } from '../../tenancy/table/exports.ts';
import { putGrant } from '../../tenancy/table/grants.ts';
import { identityProviderWrite } from '../../tenancy/table/identity-providers.ts';
import { invoiceWrite } from '../../tenancy/table/invoices.ts';
import { putMachineClient } from '../../tenancy/table/machine-clients.ts';
import { putModel } from '../../tenancy/table/models.ts';
import { operationWrites } from '../../tenancy/table/operations.ts';
import { routeBindingWrite } from '../../tenancy/table/route-bindings.ts';
import { putTenant } from '../../tenancy/table/tenants.ts';
import { putUser } from '../../tenancy/table/users.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Api } from './api.fixture.ts';
import { comparedDay, countedDay, pushedDay, STRAYS, storeBillingDay } from './billing-days.fixture.ts';

/** Two tenants that are alike but for their names; every text of the second says whose it is. */
export const [ONE, TWO] = ['one-tenant', 'two-tenant'] as [TenantId, TenantId];
export const KEY_ID = 'abcdefghij';
export const AUDIT_ID = mintAuditId(1_795_000_000_000, new Uint8Array(10));
export const OPERATION_ID = mintRequestId(1_795_000_000_001, new Uint8Array(10));
export const EXPORT_ID = mintRequestId(1_795_000_000_000, new Uint8Array(10));
/** Billed, and so for its tenant's people to see; the day after it is not. */
export const BILLED_DAY = '2026-11-20';
/** Sent with an invoice, of both tenants' own. */
export const BILLED_MONTH = '2026-10';
const INVOICE_ID = 'in_1';
/** Stands in everything that is the second's, and in no id that a test asks for. */
export const FOREIGN = 'FOREIGN';

/** One of everything for both: users `admin`, `member` and `other`; a key of `member`'s; a grant; a machine client; an entry; an export; an operation; a billed day, one that stands, and one that was billed late; an invoice and its month. */
export async function fillTwoTenants(api: Api): Promise<void> {
  const { tables } = api;
  const [model] = STARTING_CATALOGUE;
  if (model) await putModel(tables, model);
  for (const tenantId of [ONE, TWO]) {
    const mark = tenantId === TWO ? FOREIGN : '';
    await putTenant(tables, {
      id: tenantId,
      name: tenantId === TWO ? FOREIGN : 'one',
      status: 'ACTIVE',
      tier: 'STANDARD',
      homeRegion: 'eu-central-1',
      allowedRegions: ['eu-central-1'],
      residency: 'geo',
      version: 1,
    });
    for (const [id, role] of [
      ['admin', 'ADMIN'],
      ['member', 'MEMBER'],
      ['other', 'MEMBER'],
    ] as const) {
      const user = {
        tenantId,
        id,
        email: `${id}@${tenantId}.test`,
        displayName: mark + id,
        role,
        status: 'ACTIVE',
      } as const;
      await putUser(tables, null, { ...user, invitedAt: 1, version: 1 });
    }
    await putGrant(tables, {
      id: 'all',
      tenantId,
      subject: { kind: 'tenant' },
      model: '*',
      regions: '*',
      effect: 'allow',
      byPlatform: true,
    });
    const key = {
      tenantId,
      keyId: KEY_ID,
      name: `${mark}key`,
      ownerId: 'member',
      ownerDisabled: false,
      state: 'ACTIVE',
    } as const;
    await putApiKey(tables, { ...key, secrets: [{ sha256: 'ab'.repeat(32), validUntil: api.now + 1e6 }], version: 1 });
    const client = { clientId: `client-${tenantId}`, tenantId, name: `${mark}client`, scopes: [], createdBy: 'admin' };
    await putMachineClient(tables, { ...client, expiresAt: api.now + 1e6, version: 1 });
    const binding = { tenantId, name: 'support-agent', agentName: `${mark}agent`, region: 'eu-central-1' } as const;
    const runtimeArn = `arn:aws:bedrock-agentcore:eu-central-1:111111111111:runtime/${mark}agent-0123456789`;
    await commit([routeBindingWrite(tables, { ...binding, runtimeArn, enabled: true, version: 1 })]);
    const issuer = `https://${tenantId}.example/oauth2/${mark}`;
    const provider = { tenantId, issuer, audience: `${mark}api`, jwksUri: `${issuer}/keys`, verifiedAt: 1, version: 1 };
    const more = { ...PROVIDER_DEFAULTS, clientId: `${mark}client`, allowedGroups: [`${mark}group`] };
    await commit([identityProviderWrite(tables, { ...more, ...provider })]);
    const entry = {
      id: AUDIT_ID,
      tenantId,
      at: 1_795_000_000_000,
      requestId: 'r',
      traceId: 'f'.repeat(32),
      actor: { kind: 'user', id: 'admin' },
    } as const;
    await appendAudit(tables, {
      ...entry,
      action: 'a',
      target: { kind: 'k', id: `${mark}i` },
      outcome: 'ALLOWED',
      changes: [],
    });
    const made = {
      id: EXPORT_ID,
      tenantId,
      kind: 'USAGE',
      from: '2026-11-01',
      to: '2026-11-20',
      state: 'READY',
      requestedBy: `${mark}admin`,
      requestedAt: api.now,
      attempts: 1,
      file: { rows: 1, bytes: 1, sha256: 'ab'.repeat(32) },
    } as const;
    await commit(exportWrites(tables, made, null));
    const input = { adminEmail: `${mark}admin@${tenantId}.test` };
    const begun = { id: OPERATION_ID, tenantId, startedBy: `${mark}staff`, startedAt: api.now, input };
    await commit(operationWrites(tables, null, startOperation('ONBOARD', begun)));
    const at = api.now;
    const counted = await countedDay(tables, tenantId, BILLED_DAY, { model: `${mark}model`, at });
    await storeBillingDay(tables, tenantId, BILLED_DAY, [counted, comparedDay(at), ...pushedDay(at)]);
    const standing = await countedDay(tables, tenantId, '2026-11-21', { model: `${mark}model`, at });
    const compared = comparedDay(at, STRAYS, `${mark}account`);
    await storeBillingDay(tables, tenantId, '2026-11-21', [standing, compared]);
    const late = await countedDay(tables, tenantId, '2026-10-20', { model: `${mark}model`, at });
    const adjusted = { tenantId, day: '2026-10-20', revision: 1, landsIn: '2026-11', nanoUsd: 3_000_003_000n, at };
    const approved = await storeBillingDay(tables, tenantId, '2026-10-20', [late, comparedDay(at)]);
    await recordAdjustment(
      tables,
      approved,
      { ...approved, adjustedIn: '2026-11' },
      { ...adjusted, reason: `${mark}late` },
    );
    const month = {
      ...openPeriod(tenantId, BILLED_MONTH),
      state: 'INVOICED',
      invoice: { id: INVOICE_ID, at },
      why: `${mark}why`,
      money: {
        reports: [
          {
            tenantId,
            region: 'eu-central-1',
            source: 'complete',
            oursNanoUsd: 1n,
            theirsNanoUsd: 1n,
            models: [{ name: `${mark}model`, nanoUsd: 1n }],
            usageTypes: [{ name: `${mark}usage`, nanoUsd: 1n }],
          },
        ],
        reasons: [{ kind: 'drift', tenantId, region: 'eu-central-1', text: `${mark}drift` }],
        at,
      },
      override: { by: `${mark}staff`, reason: `${mark}reason`, at, approvedBy: `${mark}second`, approvedAt: at },
    } as const;
    await recordBillingPeriod(tables, null, month);
    const invoice = {
      id: INVOICE_ID,
      tenantId,
      customerId: `${mark}cus`,
      state: 'OPEN',
      number: `${mark}number`,
    } as const;
    const sums = { totalCents: 600n, dueCents: 600n, periodStart: at - 1, periodEnd: at, at };
    await commit([invoiceWrite(tables, { ...invoice, ...sums }, null)]);
  }
}
