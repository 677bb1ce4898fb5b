import type { Write } from '../../../tenancy/table/commit.ts';
import {
  getMachineClient,
  listMachineClients,
  machineClientRow,
  machineClientWrite,
  nameMachineClient,
} from '../../../tenancy/table/machine-clients.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { getTenant } from '../../../tenancy/table/tenants.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';
import { type MachineClient, machineClientLiveness, SCOPES, type Scope } from '../../../tenancy/user.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { machineClientNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, type Mistaken, mistaken, type Planned, planned } from '../mutation.ts';
import { loadNode } from '../nodes.ts';
import type { CreateMachineClientInput, Resolvers, RevokeMachineClientInput } from '../resolver-types.ts';
import { MAX_REASON, missing, whyNotWritable, whyTextWrong } from '../writable.ts';

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
/** What the platform leaves to no tenant: in a tenant's client they would open nothing. */
const PLATFORM_SCOPES: readonly Scope[] = [
  'tenants:write',
  'models:write',
  'switches:read',
  'switches:write',
  'routes:write',
  'identity-provider:write',
];

/** Whose clients are to be changed, and where they are; `tenantId` null: the platform's. */
type Owner = { readonly ok: true; readonly tenantId: TenantId | null; readonly tables: Tables } | Mistaken;

async function openOwner(
  { access, principal }: Context,
  tenantId: TenantId | null,
  field: string,
  what: string,
): Promise<Owner> {
  if (tenantId === null) {
    const tables = access.platform();
    const others = userError('INVALID', field, 'name a tenant: clients of the platform itself are its own');
    return tables ? { ok: true, tenantId, tables } : mistaken(others);
  }
  const reach = await access.tenant(tenantId);
  const tenant = reach && (await getTenant(reach.tables, tenantId));
  if (!tenant) return mistaken(missing(field, what));
  const shut = whyNotWritable(principal, tenant, field);
  return shut ? mistaken(shut, tenantId) : { ok: true, tenantId, tables: reach.tables };
}

async function create(
  input: CreateMachineClientInput,
  context: Context,
  make: (name: string) => Promise<Made>,
): Promise<Planned<Made>> {
  const { principal, now } = context;
  const named = input.tenantId ?? null;
  const id = named === null ? null : parseIdOf('Tenant', named);
  if (named !== null && !id) return mistaken(missing('tenantId', 'tenant'));
  const owner = await openOwner(context, id?.tenantId ?? null, 'tenantId', 'tenant');
  if (!owner.ok) return owner;
  const { tenantId, tables } = owner;
  const no = (error: UserError) => mistaken(error, tenantId ?? undefined);
  const days = input.expiresInDays ?? 365;
  const wrong =
    whyTextWrong('name', input.name, 100) ??
    whyNotScopes(tenantId, input.scopes) ??
    (days >= 1 && days <= 365 ? null : userError('INVALID', 'expiresInDays', 'must be 1 to 365'));
  if (wrong) return no(wrong);
  const others = await listMachineClients(tables, tenantId);
  if (others.filter((one) => machineClientLiveness(one, now) === 'live').length >= MOST_LIVE) {
    return no(
      userError('LIMIT_REACHED', 'tenantId', `there are ${MOST_LIVE} machine clients that work; revoke one first`),
    );
  }
  // The pool takes fewer characters in a name than we do; its operators see whose the client is.
  const made = await make(tenantId ?? 'platform');
  const client: MachineClient = {
    clientId: made.clientId,
    tenantId,
    name: input.name.trim(),
    scopes: SCOPES.filter((scope) => input.scopes.includes(scope)),
    createdBy: principal.id,
    expiresAt: now + days * DAY_MS,
    version: 1,
  };
  const nodeId = machineClientNodeId(tenantId, client.clientId);
  const refusedAs = userError('TAKEN', null, 'the user pool gave an id twice; try again');
  return planned<Made>({
    trail: tenantId,
    target: { kind: 'MachineClient', id: nodeId },
    before: {},
    after: client,
    steps: [{ writes: await writesOf(client, tables, context), refusedAs }],
    result: { machineClientId: nodeId },
    once: made,
  });
}

/** What says whose a client is stands outside of every tenant's wall: of a tenant's client the platform writes it, before. */
async function writesOf(client: MachineClient, tables: Tables, { platform }: Context): Promise<readonly Write[]> {
  const { clientId, tenantId } = client;
  if (tenantId === null) return machineClientWrite(tables, client);
  const own = platform.everyRegion().find(({ region }) => region === platform.controlRegion);
  if (!own) throw new Error('the control region has no tables');
  await nameMachineClient(own.tables, { clientId, tenantId });
  return [machineClientRow(tables, client)];
}

/** Nobody hands on what they may not do themselves, and there is nothing to be had that is not in the list. */
function whyNotScopes(tenantId: TenantId | null, scopes: readonly string[]): UserError | null {
  const unknown = scopes.filter((scope) => !SCOPES.some((one) => one === scope));
  if (scopes.length === 0 || unknown.length > 0) {
    return userError('INVALID', 'scopes', `must be some of ${SCOPES.join(', ')}`);
  }
  const beyond = tenantId === null ? [] : PLATFORM_SCOPES.filter((scope) => scopes.includes(scope));
  return beyond.length === 0
    ? null
    : userError('BEYOND_OWN', 'scopes', `${beyond.join(', ')} work for clients of the platform alone`);
}

async function revoke(
  { machineClientId, reason }: RevokeMachineClientInput,
  context: Context,
): Promise<Planned<never>> {
  const { platform, now } = context;
  const nothing = missing('machineClientId', 'machine client');
  const id = parseIdOf('MachineClient', machineClientId);
  if (!id) return mistaken(nothing);
  // To who stands within a tenant's wall, what is the platform's is not there.
  if (id.tenantId === null && !context.access.platform()) return mistaken(nothing);
  const owner = await openOwner(context, id.tenantId, 'machineClientId', 'machine client');
  if (!owner.ok) return owner;
  const { tenantId, tables } = owner;
  const client = await getMachineClient(tables, tenantId, id.id);
  if (!client) return mistaken(nothing);
  const revoked = userError('WRONG_STATE', 'machineClientId', 'the machine client is revoked already');
  const wrong = whyTextWrong('reason', reason, MAX_REASON) ?? (client.revokedAt === undefined ? null : revoked);
  if (wrong) return mistaken(wrong, tenantId ?? undefined);
  await platform.userPool.deleteMachineClient(client.clientId);
  const after = { ...client, revokedAt: now, version: client.version + 1 };
  const nodeId = machineClientNodeId(tenantId, client.clientId);
  return planned({
    trail: tenantId,
    target: { kind: 'MachineClient', id: nodeId },
    before: client,
    after,
    reason,
    steps: [{ writes: [machineClientRow(tables, after)], refusedAs: revoked }],
    result: { machineClientId: nodeId },
  });
}

async function answer(carried: Carried<unknown>, context: Context) {
  if (!carried.done) return { machineClient: null, replayed: false, userErrors: [...carried.errors] };
  const id = parseIdOf('MachineClient', String(carried.result['machineClientId']));
  const machineClient = (id && (await loadNode(id, context))) as MachineClient | null;
  return { machineClient, replayed: carried.replayed, userErrors: [] };
}
