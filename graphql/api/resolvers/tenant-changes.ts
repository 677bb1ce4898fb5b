import { getTenant, tenantWrite } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { holdGate } from '../gate-stops.ts';
import { parseIdOf, tenantNodeId } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { Resolvers } from '../resolver-types.ts';
import { readRegion, readResidency } from '../words.ts';
import { MAX_REASON, whyNotWritable, whyTextWrong } from '../writable.ts';

/** What the platform's staff do to tenants. */
export const tenantChangeResolvers = {
  Mutation: {
    async createTenant(_, { input }, context) {
      const carried = await carryOut('createTenant', input, context, async () => {
        const tenantId = parseTenantId(input.slug);
        if (!tenantId) {
          const form = 'must be 3 to 32 of a-z, 0-9 and single hyphens, and no reserved word';
          return mistaken(userError('INVALID', 'slug', form));
        }
        const tenant: Tenant = {
          id: tenantId,
          name: input.name.trim(),
          status: 'ACTIVE',
          tier: input.tier,
          homeRegion: readRegion(input.homeRegion),
          allowedRegions: [...new Set([input.homeRegion, ...(input.allowedRegions ?? [])])].map(readRegion),
          residency: readResidency(input.residency ?? 'GEO'),
          ...(input.notes ? { notes: input.notes } : {}),
          version: 1,
        };
        const wrong = whyWrong(tenant);
        if (wrong) return mistaken(wrong);
        const taken = userError('TAKEN', 'slug', `${tenantId} is a tenant already, or was one`);
        return changing(context, null, tenant, taken);
      });
      return answer(carried, context);
    },
    async updateTenant(_, { input }, context) {
      const carried = await carryOut('updateTenant', input, context, () =>
        change(context, input, (tenant) => ({
          ...tenant,
          name: input.name?.trim() ?? tenant.name,
          allowedRegions: input.allowedRegions
            ? [...new Set(input.allowedRegions)].map(readRegion)
            : tenant.allowedRegions,
          residency: input.residency ? readResidency(input.residency) : tenant.residency,
          ...(input.notes === undefined ? {} : { notes: input.notes ?? undefined }),
        })),
      );
      return answer(carried, context);
    },
    async changeTenantTier(_, { input }, context) {
      const carried = await carryOut('changeTenantTier', input, context, () =>
        change(context, input, (tenant) => ({ ...tenant, tier: input.tier })),
      );
      return answer(carried, context);
    },
    async suspendTenant(_, { input }, context) {
      const carried = await carryOut('suspendTenant', input, context, () =>
        change(context, input, (tenant) => ({ ...tenant, status: 'SUSPENDED', statusReason: input.reason }), {
          from: 'ACTIVE',
          gates: (id) => suspend(context, id, input.reason),
        }),
      );
      return answer(carried, context);
    },
    async resumeTenant(_, { input }, context) {
      const carried = await carryOut('resumeTenant', input, context, () =>
        change(context, input, (tenant) => ({ ...tenant, status: 'ACTIVE', statusReason: input.reason }), {
          from: 'SUSPENDED',
          gates: (id) => suspend(context, id, null),
        }),
      );
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

type Changed = Omit<Tenant, 'notes'> & { readonly notes?: string | undefined };
type Move = {
  /** The status that it must be in. */
  readonly from: Tenant['status'];
  /** Shuts or opens it at every region's gate. */
  readonly gates: (id: TenantId) => Promise<void>;
};

async function change(
  context: Context,
  input: { readonly tenantId: string; readonly expectedVersion: number; readonly reason?: string },
  next: (tenant: Tenant) => Changed,
  move?: Move,
): Promise<Planned<never>> {
  const id = parseIdOf('Tenant', input.tenantId);
  const tables = context.access.platform();
  const tenant = id && tables && (await getTenant(tables, id.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  const over = whyNotWritable(context.principal, tenant, 'tenantId');
  if (over) return mistaken(over, tenant.id);
  if (tenant.version !== input.expectedVersion) return mistaken(stale(tenant), tenant.id);
  const wordless = move && whyTextWrong('reason', input.reason ?? '', MAX_REASON);
  if (wordless) return mistaken(wordless, tenant.id);
  if (move && tenant.status !== move.from) {
    return mistaken(
      userError('WRONG_STATE', 'tenantId', `the tenant is ${tenant.status}, not ${move.from}`),
      tenant.id,
    );
  }
  const { notes, ...rest } = next(tenant);
  const changed: Tenant = { ...rest, ...(notes === undefined ? {} : { notes }), version: tenant.version + 1 };
  const wrong = whyWrong(changed);
  if (wrong) return mistaken(wrong, tenant.id);
  await move?.gates(tenant.id);
  return changing(context, tenant, changed, stale(tenant), input.reason);
}

function changing(
  context: Context,
  before: Tenant | null,
  after: Tenant,
  refusedAs: UserError,
  reason?: string,
): Planned<never> {
  const tables = context.access.platform();
  if (!tables) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  return planned({
    trail: after.id,
    target: { kind: 'Tenant', id: tenantNodeId(after.id) },
    before: before ?? {},
    after,
    ...(reason === undefined ? {} : { reason }),
    steps: [{ writes: tenantWrite(tables, after), refusedAs }],
    result: { tenantId: after.id },
  });
}

/** The tenant's gate, shut by its suspension or opened again. */
function suspend(context: Context, tenantId: TenantId, reason: string | null): Promise<void> {
  return holdGate(context, { tenantId, subject: { kind: 'tenant' } }, 'suspension', reason);
}

function whyWrong({ name, allowedRegions, homeRegion, notes = '' }: Tenant): UserError | null {
  const misnamed = whyTextWrong('name', name, 200);
  if (misnamed) return misnamed;
  if (notes.length > 4_000) return userError('INVALID', 'notes', 'must be 4,000 characters at most');
  if (!allowedRegions.includes(homeRegion)) {
    return userError('INVALID', 'allowedRegions', `must have the home region ${homeRegion} among them`);
  }
  return null;
}

function stale({ version }: Tenant): UserError {
  return userError('CONFLICT_VERSION', 'expectedVersion', `the tenant is at version ${version}; read it again`);
}

async function answer(carried: Carried<never>, { loaders }: Context) {
  if (!carried.done) return { tenant: null, replayed: false, userErrors: [...carried.errors] };
  loaders.forget();
  const tenantId = parseTenantId(carried.result['tenantId']);
  return { tenant: tenantId && (await loaders.tenant(tenantId)), replayed: carried.replayed, userErrors: [] };
}
