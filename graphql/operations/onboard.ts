import { parseIdentityId } from '../../tenancy/caller.ts';
import { defaultGrants } from '../../tenancy/default-grants.ts';
import type { Operation, StepName, StepOutcome } from '../../tenancy/operation.ts';
import { requestBilling } from '../../tenancy/table/billing-commands.ts';
import { getGrant, grantWrite } from '../../tenancy/table/grants.ts';
import { countRulesChange, getTenant, tenantWrite } from '../../tenancy/table/tenants.ts';
import { getUser, userWrite } from '../../tenancy/table/users.ts';
import { type Tenant, tierAt } from '../../tenancy/tenant.ts';
import type { User } from '../../tenancy/user.ts';
import type { UserPool } from '../api/context.ts';
import { tenantNodeId, userNodeId } from '../api/ids.ts';
import { type CallDeps, callHostname } from './call-hostname.ts';
import type { StepRun } from './run.ts';
import { changeAndTell, type TrailDeps } from './trail.ts';

export type OnboardDeps = TrailDeps & CallDeps & { readonly invite: UserPool['invite'] };

type Onboard = Operation<'ONBOARD'>;

/** What makes a tenant of its row: nothing but further rows, an invitation, and one call that proves them. */
export function onboardSteps(deps: OnboardDeps): {
  readonly [Name in StepName<'ONBOARD'>]: StepRun<'ONBOARD'>;
} {
  const ofTenant =
    (step: (tenant: Tenant, operation: Onboard, until: number) => Promise<StepOutcome>): StepRun<'ONBOARD'> =>
    async (operation, until) => {
      const tenant = await getTenant(deps.tables, operation.tenantId);
      if (!tenant) return { outcome: 'failed', why: 'there is no such tenant' };
      // A closing may have begun since the operation failed: nothing opens what somebody closes.
      if (tenant.status === 'PROVISIONING' || tenant.status === 'ACTIVE') return step(tenant, operation, until);
      return { outcome: 'failed', why: `the tenant is ${tenant.status}, and is onboarded no more` };
    };
  return {
    invite_admin: ofTenant((_, operation) => inviteAdmin(deps, operation)),
    grant_models: ofTenant((tenant, operation) => grantModels(deps, tenant, operation)),
    create_customer: ofTenant((_, operation) => createCustomer(deps, operation)),
    call_hostname: ofTenant((tenant, operation, until) => callHostname(deps, tenant, operation, until)),
    activate: ofTenant((tenant, operation) => activate(deps, tenant, operation)),
  };
}

/** The account before the row, as for every invitation: without a row it gets no token. */
async function inviteAdmin(deps: OnboardDeps, operation: Onboard): Promise<StepOutcome> {
  const { tenantId, input, startedAt } = operation;
  const { adminEmail: email, adminName } = input;
  if (email === undefined) return { outcome: 'done', detail: 'nobody was named; invite an admin by inviteUser' };
  const invited = await deps.invite({ tenantId, email });
  if (invited.outcome === 'email_taken') {
    return {
      outcome: 'failed',
      why: 'the address of the admin is in use; retry the operation with another adminEmail',
    };
  }
  const id = parseIdentityId(invited.id);
  if (!id) return { outcome: 'failed', why: 'the user pool gave the admin an id that cannot be one' };
  if (await getUser(deps.tables, tenantId, id)) return { outcome: 'done', detail: 'invited' };
  const user: User = {
    tenantId,
    id,
    email,
    displayName: adminName ?? email,
    role: 'ADMIN',
    status: 'INVITED',
    invitedAt: startedAt,
    version: 1,
  };
  const target = { kind: 'User', id: userNodeId(tenantId, id) };
  const change = { action: 'inviteUser', target, before: {}, after: user };
  await changeAndTell(deps, operation, change, userWrite(deps.tables, null, user));
  return { outcome: 'done', detail: 'invited' };
}

/** All in one transaction, so that a repeat finds them all or none. */
async function grantModels(deps: OnboardDeps, tenant: Tenant, operation: Onboard): Promise<StepOutcome> {
  const { tables, now } = deps;
  const tier = tierAt(tenant, now());
  const grants = defaultGrants(
    tenant.id,
    tier,
    (await deps.catalogue()).map(({ model }) => model),
  );
  const [first] = grants;
  if (!first) {
    return { outcome: 'failed', why: `the catalogue has no model for ${tier}; add one (upsertModel), then retry` };
  }
  const detail = grants.map(({ model }) => model).join(', ');
  if (await getGrant(tables, first)) return { outcome: 'done', detail };
  const target = { kind: 'Tenant', id: tenantNodeId(tenant.id) };
  const change = { action: 'grantDefaults', target, before: {}, after: { grants: grants.map(({ model }) => model) } };
  const writes = [
    ...grants.map((grant) => grantWrite(tables, grant)[0]),
    // Counted once: a transaction may not write to one item twice.
    countRulesChange(tables, tenant.id),
  ];
  await changeAndTell(deps, operation, change, writes);
  return { outcome: 'done', detail };
}

async function createCustomer({ tables }: OnboardDeps, operation: Onboard): Promise<StepOutcome> {
  const { id, tenantId, startedAt: requestedAt, startedBy: requestedBy } = operation;
  await requestBilling(tables, { id, tenantId, kind: 'CREATE_CUSTOMER', state: 'PENDING', requestedAt, requestedBy });
  return { outcome: 'done', detail: 'asked of billing' };
}

/** From here on its own people's credentials pass, and nobody asks for the platform's any more. */
async function activate(deps: OnboardDeps, tenant: Tenant, operation: Onboard): Promise<StepOutcome> {
  if (tenant.status === 'ACTIVE') return { outcome: 'done' };
  const after: Tenant = { ...tenant, status: 'ACTIVE', version: tenant.version + 1 };
  const target = { kind: 'Tenant', id: tenantNodeId(tenant.id) };
  const change = { action: 'activateTenant', target, before: tenant, after };
  await changeAndTell(deps, operation, change, tenantWrite(deps.tables, after));
  return { outcome: 'done' };
}
