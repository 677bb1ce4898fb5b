import { agentPath, parseAgentPath, type RouteBinding, runtimeRegion } from '../../../tenancy/route-binding.ts';
import {
  getRouteBinding,
  listRouteBindings,
  routeBindingRemoval,
  routeBindingWrite,
} from '../../../tenancy/table/route-bindings.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { parseIdOf, routeBindingNodeId } from '../ids.ts';
import { carryOut, mistaken, type Planned, planned, type Step } from '../mutation.ts';
import { loadNode } from '../nodes.ts';
import type { Resolvers, UpsertRouteBindingInput } from '../resolver-types.ts';
import { readRegion, regionName } from '../words.ts';
import { MAX_REASON, missing, openForWriting, whyTextWrong } from '../writable.ts';

/** Which agent a path of a tenant's hostname is meant for: written down here, and served by nothing yet. */
export const routeBindingResolvers = {
  Tenant: {
    async routeBindings({ id }, args, { access }) {
      const page = readPageArgs(args);
      const reach = await access.tenant(id);
      return reach ? toConnection(await listRouteBindings(reach.tables, id, page)) : NO_ITEMS;
    },
  },
  RouteBinding: {
    id: (binding) => routeBindingNodeId(binding),
    path: (binding) => agentPath(binding),
    region: ({ region }) => regionName(region),
  },
  Mutation: {
    async upsertRouteBinding(_, { input }, context) {
      const carried = await carryOut('upsertRouteBinding', input, context, () => planUpsert(context, input));
      if (!carried.done) return { routeBinding: null, replayed: false, userErrors: [...carried.errors] };
      const id = parseIdOf('RouteBinding', String(carried.result['routeBindingId']));
      const routeBinding = (id && (await loadNode(id, context))) as RouteBinding | null;
      return { routeBinding, replayed: carried.replayed, userErrors: [] };
    },
    async deleteRouteBinding(_, { input }, context) {
      const carried = await carryOut('deleteRouteBinding', input, context, async () => {
        const id = parseIdOf('RouteBinding', input.routeBindingId);
        const opened = await openForWriting(context, id, 'routeBindingId', 'route binding');
        if (!opened.ok) return opened.refusal;
        const { reach, tenant } = opened;
        const before = id && (await getRouteBinding(reach.tables, tenant.id, id.id));
        if (!before) return mistaken(missing('routeBindingId', 'route binding'), tenant.id);
        const wrong = whyTextWrong('reason', input.reason, MAX_REASON);
        if (wrong) return mistaken(wrong, tenant.id);
        if (before.version !== input.expectedVersion) return mistaken(stale(before), tenant.id);
        const writes = [routeBindingRemoval(reach.tables, before)];
        return changing(before, null, { writes, refusedAs: stale(before) }, input.reason.trim());
      });
      if (!carried.done) return { deletedRouteBindingId: null, replayed: false, userErrors: [...carried.errors] };
      const deletedRouteBindingId = String(carried.result['routeBindingId']);
      return { deletedRouteBindingId, replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

async function planUpsert(context: Context, input: UpsertRouteBindingInput): Promise<Planned<never>> {
  const opened = await openForWriting(context, parseIdOf('Tenant', input.tenantId), 'tenantId', 'tenant');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const no = (error: UserError): Planned<never> => mistaken(error, tenant.id);
  const name = parseAgentPath(input.path);
  if (name === null) {
    return no(userError('INVALID', 'path', 'must be /agents/<name>, the name of 1 to 63 of a-z, 0-9 and hyphens'));
  }
  const before = await getRouteBinding(reach.tables, tenant.id, name);
  const expected = input.expectedVersion ?? null;
  if (!before && expected !== null) {
    return no(missing('path', 'route binding; leave expectedVersion out to make it'));
  }
  if (before && expected === null) {
    return no(userError('TAKEN', 'path', 'this path has a binding already; send the version that you read'));
  }
  if (before && before.version !== expected) return no(stale(before));
  const binding: RouteBinding = {
    tenantId: tenant.id,
    name,
    agentName: input.agentName.trim(),
    runtimeArn: input.runtimeArn,
    region: readRegion(input.region),
    enabled: input.enabled ?? true,
    version: (before?.version ?? 0) + 1,
  };
  const wrong = whyWrong(binding, tenant);
  if (wrong) return no(wrong);
  const refusedAs = before ? stale(before) : userError('TAKEN', 'path', 'somebody has just bound this path');
  return changing(before, binding, { writes: [routeBindingWrite(reach.tables, binding)], refusedAs });
}

function whyWrong({ agentName, runtimeArn, region }: RouteBinding, { allowedRegions }: Tenant): UserError | null {
  const misnamed = whyTextWrong('agentName', agentName, 100);
  if (misnamed) return misnamed;
  const runs = runtimeRegion(runtimeArn);
  if (runs === null) {
    const form = 'arn:aws:bedrock-agentcore:<region>:<account>:runtime/<name>-<id>';
    return userError('INVALID', 'runtimeArn', `must be the ARN of an AgentCore runtime where the platform is: ${form}`);
  }
  if (runs !== region) return userError('INVALID', 'region', `must be ${runs}, where the runtime is`);
  if (allowedRegions.includes(region)) return null;
  return userError('BEYOND_OWN', 'region', `the tenant may not be served in ${region}`);
}

function stale({ version }: RouteBinding): UserError {
  return userError(
    'CONFLICT_VERSION',
    'expectedVersion',
    `the binding is at version ${version} or later; read it again`,
  );
}

function changing(before: RouteBinding | null, after: RouteBinding | null, step: Step, reason?: string) {
  const binding = after ?? before;
  if (!binding) throw new RangeError('a change of no route binding');
  const id = routeBindingNodeId(binding);
  return planned<never>({
    trail: binding.tenantId,
    target: { kind: 'RouteBinding', id },
    before: before ?? {},
    after: after ?? {},
    ...(reason === undefined ? {} : { reason }),
    steps: [step],
    result: { routeBindingId: id },
  });
}
