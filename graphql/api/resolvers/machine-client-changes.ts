import {
  getMachineClient,
  listMachineClients,
  machineClientRow,
  nameMachineClient,
} from '../../../tenancy/table/machine-clients.ts';
import { getTenant } from '../../../tenancy/table/tenants.ts';
import { type MachineClient, machineClientLiveness, SCOPES, type Scope } from '../../../tenancy/user.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { machineClientNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import { type Principal, walledIn } from '../principal.ts';
import type { CreateMachineClientInput, Resolvers, RevokeMachineClientInput } from '../resolver-types.ts';
import { whyNotWritable, whyTextWrong } from '../writable.ts';

/** What is made of a client outside of our tables; the secret is told once. */
type Made = { readonly clientId: string; readonly clientSecret: string };

/** What admins do to machine clients. */
export const machineClientChangeResolvers = {
  Mutation: {
    async createMachineClient(_, { input }, context) {
      const { userPool } = context.platform;
      let made: Made | null = null;
      // A second try takes the client of the first one: making one cannot be repeated.
      const make = async (name: string) => {
        made ??= await userPool.createMachineClient(name);
        return made;
      };
      const carried = await carryOut('createMachineClient', input, context, () => create(input, context, make));
      if (!carried.done && made) await userPool.deleteMachineClient((made as Made).clientId);
      const clientSecret = carried.done ? (carried.once?.clientSecret ?? null) : null;
      return { ...(await answer(carried, context)), clientSecret };
    },
    async revokeMachineClient(_, { input }, context) {
      const carried = await carryOut('revokeMachineClient', input, context, () => revoke(input, context));
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

/** Every one takes a place in the pool that all tenants share. */
const MOST_LIVE = 20;
const DAY_MS = 86_400_000;
/** What the platform leaves to no tenant: a client has them from a platform admin, or not at all. */
const PLATFORM_SCOPES: readonly Scope[] = ['tenants:write', 'models:write', 'switches:write', 'routes:write'];

async function create(
  input: CreateMachineClientInput,
  context: Context,
  make: (name: string) => Promise<Made>,
): Promise<Planned<Made>> {
  const { access, platform, principal, now } = context;
  const id = parseIdOf('Tenant', input.tenantId);
  const reach = id && (await access.tenant(id.tenantId));
  const tenant = reach && (await getTenant(reach.tables, reach.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  const scopes = SCOPES.filter((scope) => input.scopes.includes(scope));
  const days = input.expiresInDays ?? 365;
  const wrong =
    whyNotWritable(principal, tenant, 'tenantId') ??
    whyTextWrong('name', input.name, 100) ??
    whyNotScopes(principal, input.scopes) ??
    (days >= 1 && days <= 365 ? null : userError('INVALID', 'expiresInDays', 'must be 1 to 365'));
  if (wrong) return mistaken(wrong, tenant.id);
  const others = await listMachineClients(reach.tables, tenant.id);
  if (others.filter((one) => machineClientLiveness(one, now) === 'live').length >= MOST_LIVE) {
    const full = `the tenant has ${MOST_LIVE} machine clients that work; revoke one first`;
    return mistaken(userError('LIMIT_REACHED', 'tenantId', full), tenant.id);
  }
  // The pool takes fewer characters in a name than we do; its operators see whose the client is.
  const made = await make(tenant.id);
  const { clientId } = made;
  const own = platform.everyRegion().find(({ region }) => region === platform.controlRegion);
  if (!own) throw new Error('the control region has no tables');
  await nameMachineClient(own.tables, { clientId, tenantId: tenant.id });
  const client: MachineClient = {
    clientId,
    tenantId: tenant.id,
    name: input.name.trim(),
    scopes,
    createdBy: principal.id,
    expiresAt: now + days * DAY_MS,
    version: 1,
  };
  const nodeId = machineClientNodeId(tenant.id, clientId);
  const refusedAs = userError('TAKEN', null, 'the user pool gave an id twice; try again');
  return planned<Made>({
    trail: tenant.id,
    target: { kind: 'MachineClient', id: nodeId },
    before: {},
    after: client,
    steps: [{ writes: [machineClientRow(reach.tables, client)], refusedAs }],
    result: { machineClientId: nodeId },
    once: made,
  });
}

/** Nobody hands on what they may not do themselves, and there is nothing to be had that is not in the list. */
function whyNotScopes(principal: Principal, scopes: readonly string[]): UserError | null {
  const unknown = scopes.filter((scope) => !SCOPES.some((one) => one === scope));
  if (scopes.length === 0 || unknown.length > 0) {
    return userError('INVALID', 'scopes', `must be some of ${SCOPES.join(', ')}`);
  }
  const beyond = walledIn(principal) === null ? [] : PLATFORM_SCOPES.filter((scope) => scopes.includes(scope));
  return beyond.length === 0
    ? null
    : userError('BEYOND_OWN', 'scopes', `${beyond.join(', ')} can only be given by the platform`);
}

async function revoke(
  { machineClientId, reason }: RevokeMachineClientInput,
  { access, platform, principal, now }: Context,
): Promise<Planned<never>> {
  const id = parseIdOf('MachineClient', machineClientId);
  const reach = id && (await access.tenant(id.tenantId));
  const client = reach && (await getMachineClient(reach.tables, reach.tenantId, id.id));
  const tenant = client && (await getTenant(reach.tables, reach.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'machineClientId', 'there is no such machine client'));
  const revoked = userError('WRONG_STATE', 'machineClientId', 'the machine client is revoked already');
  const wrong =
    whyNotWritable(principal, tenant, 'machineClientId') ??
    whyTextWrong('reason', reason, 500) ??
    (client.revokedAt === undefined ? null : revoked);
  if (wrong) return mistaken(wrong, tenant.id);
  await platform.userPool.deleteMachineClient(client.clientId);
  const after = { ...client, revokedAt: now, version: client.version + 1 };
  return planned({
    trail: tenant.id,
    target: { kind: 'MachineClient', id: machineClientNodeId(tenant.id, client.clientId) },
    before: client,
    after,
    reason,
    steps: [{ writes: [machineClientRow(reach.tables, after)], refusedAs: revoked }],
    result: { machineClientId: machineClientNodeId(tenant.id, client.clientId) },
  });
}

async function answer(carried: Carried<unknown>, { access }: Context) {
  if (!carried.done) return { machineClient: null, replayed: false, userErrors: [...carried.errors] };
  const id = parseIdOf('MachineClient', String(carried.result['machineClientId']));
  const reach = id && (await access.tenant(id.tenantId));
  const machineClient = reach && (await getMachineClient(reach.tables, reach.tenantId, id.id));
  return { machineClient, replayed: carried.replayed, userErrors: [] };
}
