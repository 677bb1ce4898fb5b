import type { PreTokenGenerationV2TriggerEvent, PreTokenGenerationV3TriggerEvent } from 'aws-lambda';
import { parseIdentityId } from '../../tenancy/caller.ts';
import { findMachineClient } from '../../tenancy/table/machine-clients.ts';
import { getStaff, putStaff } from '../../tenancy/table/staff.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import { getUser, noteUserSeen } from '../../tenancy/table/users.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { machineClientLiveness, type Staff, TOKEN_ROLES, type User } from '../../tenancy/user.ts';
import { activateInvited } from '../first-sign-in.ts';

/** A person's sign-in or refresh (version 2's shape), or a machine's client credentials (version 3's). */
export type PreTokenEvent = PreTokenGenerationV2TriggerEvent | PreTokenGenerationV3TriggerEvent;

export type PreTokenDeps = {
  /** The control region's. */
  readonly tables: Tables;
  /** ms epoch */
  readonly now: () => number;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

/** What is told to whoever asked for the token: it says what to do, and names nobody. */
class NoToken extends Error {}

type Claims = Readonly<Record<string, string>>;

/** Sightings are noted at this grain, or every refresh would be a write. */
const SEEN_MS = 3_600_000;

/**
 * Puts what our tables say into the access token: `tenant_id` (absent for those of the platform), `role` for a person,
 * `ar_scopes` (separated by spaces) for a machine. Never from `clientMetadata`: that is what the caller itself sent
 * (`aws_client_metadata`), and a machine of one tenant would name another there. The attribute `custom:tenant_id` says
 * only where to look: without a row of that tenant's under the person's own `sub` it is worth nothing.
 *
 * An invited user becomes active here too, not in the post-confirmation trigger alone: Cognito does not call that one for
 * users whom an admin made and who answer NEW_PASSWORD_REQUIRED, which are nearly all of ours.
 * @throws Error when there is no such user or client, when it is disabled, revoked or expired, and when the table cannot
 * be read: Cognito then makes no token
 */
export async function decideClaims<Event extends PreTokenEvent>(deps: PreTokenDeps, event: Event): Promise<Event> {
  const claims = await decide(deps, event).catch((error: unknown) => {
    if (error instanceof NoToken) throw error;
    // Cognito hands a trigger's message on to whoever asked: tables and addresses are not their business.
    deps.log({ event: 'pre_token_failed', trigger: event.triggerSource, error: String(error) });
    throw new NoToken('no token can be made at the moment; try again');
  });
  return {
    ...event,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: claims } } },
  };
}

function decide(deps: PreTokenDeps, event: PreTokenEvent): Promise<Claims> {
  if (event.triggerSource === 'TokenGeneration_ClientCredentials')
    return machineClaims(deps, event.callerContext.clientId);
  const { sub, 'custom:tenant_id': tenant } = event.request.userAttributes;
  const id = parseIdentityId(sub);
  if (!id) throw new NoToken('this user has no identity; ask your tenant admin');
  // Whoever claims a tenant is looked for there alone: a user thrown out of a tenant is not tried as staff.
  return tenant === undefined ? staffClaims(deps, id) : userClaims(deps, tenant, id);
}

async function userClaims(deps: PreTokenDeps, tenant: string, id: string): Promise<Claims> {
  const tenantId = parseTenantId(tenant);
  const found = tenantId && (await getUser(deps.tables, tenantId, id));
  const user = found && (await activateInvited(deps.tables, found));
  if (!user) throw new NoToken('this user belongs to no tenant; ask your tenant admin');
  assertEnabled(user);
  await noteSeen(deps, user);
  return { tenant_id: user.tenantId, role: TOKEN_ROLES[user.role] };
}

async function staffClaims({ tables }: PreTokenDeps, id: string): Promise<Claims> {
  let staff = await getStaff(tables, id);
  if (staff?.status === 'INVITED') {
    const active: Staff = { ...staff, status: 'ACTIVE', version: staff.version + 1 };
    // Of a conflict what the other wrote counts: it may have disabled this one.
    staff = (await putStaff(tables, active)) === 'stored' ? active : await getStaff(tables, id);
  }
  if (!staff) throw new NoToken('this user belongs to no tenant; ask your tenant admin');
  assertEnabled(staff);
  return { role: TOKEN_ROLES[staff.role] };
}

async function machineClaims({ tables, now }: PreTokenDeps, clientId: string): Promise<Claims> {
  const client = await findMachineClient(tables, clientId);
  const liveness = machineClientLiveness(client, now());
  if (!client || liveness !== 'live') throw new NoToken(`this client is ${liveness}; ask whoever gave it to you`);
  const tenant = client.tenantId === null ? {} : { tenant_id: client.tenantId };
  return { ...tenant, ar_scopes: client.scopes.join(' ') };
}

function assertEnabled({ status }: Pick<User | Staff, 'status'>): void {
  if (status === 'DISABLED') throw new NoToken('this user is disabled; ask your tenant admin');
}

/** A sighting that could not be written down is no reason to keep somebody out. */
async function noteSeen({ tables, now, log }: PreTokenDeps, user: User): Promise<void> {
  const at = now();
  if (user.lastSeenAt !== undefined && at - user.lastSeenAt < SEEN_MS) return;
  await noteUserSeen(tables, user, at).catch((error: unknown) => log({ event: 'not_noted', error: String(error) }));
}
