import { startOperation } from '../../../tenancy/operation.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { operationWrites } from '../../../tenancy/table/operations.ts';
import { getTenant, tenantWrite } from '../../../tenancy/table/tenants.ts';
import {
  parseTenantId,
  type ScheduledTier,
  scheduledTier,
  type Tenant,
  type TenantId,
  TIERS,
  withTier,
} from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { holdGate } from '../gate-stops.ts';
import { operationNodeId, parseIdOf, tenantNodeId } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned, type Step } from '../mutation.ts';
import type { CreateTenantInput, Resolvers } from '../resolver-types.ts';
import { readRegion, readResidency } from '../words.ts';
import { MAX_REASON, NAME_LENGTH, whyNoEmail, whyNotWritable, whyTextWrong } from '../writable.ts';
import { operationOf } from './operations.ts';

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
          status: 'PROVISIONING',
          tier: input.tier,
          homeRegion: readRegion(input.homeRegion),
          allowedRegions: [...new Set([input.homeRegion, ...(input.allowedRegions ?? [])])].map(readRegion),
          residency: readResidency(input.residency ?? 'GEO'),
          ...(input.notes ? { notes: input.notes } : {}),
          version: 1,
        };
        const wrong = whyWrong(tenant) ?? whyAdminWrong(input);
        if (wrong) return mistaken(wrong);
        return planOnboarding(context, tenant, input);
      });
      return { ...(await answer(carried, context)), operation: await operationOf(carried, context) };
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
      const { now } = context;
      const at = input.effectiveAt ?? now;
      const carried = await carryOut('changeTenantTier', input, context, async () => {
        if (at < now) return mistaken(userError('INVALID', 'effectiveAt', 'must not be past; leave it out for now'));
        return change(context, input, (tenant) => withTier(tenant, { tier: input.tier, at }, now), {
          result: (tenant) => replaced(scheduledTier(tenant, now)),
        });
      });
      return { ...(await answer(carried, context)), replacedSchedule: replacedIn(carried) };
    },
    async suspendTenant(_, { input }, context) {
      const carried = await carryOut('suspendTenant', input, context, () =>
        change(context, input, (tenant) => ({ ...tenant, status: 'SUSPENDED', statusReason: input.reason }), {
          from: 'ACTIVE',
          before: (id) => suspend(context, id, input.reason),
        }),
      );
      return answer(carried, context);
    },
    async resumeTenant(_, { input }, context) {
      const carried = await carryOut('resumeTenant', input, context, () =>
        change(context, input, (tenant) => ({ ...tenant, status: 'ACTIVE', statusReason: input.reason }), {
          from: 'SUSPENDED',
        }),
      );
      // After the row, and again in a replay: what dies in between leaves the tenant shut, never half open.
      const answered = await answer(carried, context);
      if (answered.tenant?.status === 'ACTIVE') await suspend(context, answered.tenant.id, null);
      return answered;
    },
  },
} satisfies Resolvers;

type Changed = Omit<Tenant, 'notes'> & { readonly notes?: string | undefined };
type How = {
  /** The status that it must be in, for a change that must say why. */
  readonly from?: 'ACTIVE' | 'SUSPENDED';
  /** What must be so before the row says it. */
  readonly before?: (id: TenantId) => Promise<void>;
  /** What else the answer is made of. @param tenant as it was */
  readonly result?: (tenant: Tenant) => Readonly<Record<string, string | number>>;
};

/** The way out, of a status that is neither ACTIVE nor SUSPENDED. */
const NOT_OPEN: Readonly<Record<Exclude<Tenant['status'], 'ACTIVE' | 'SUSPENDED'>, string>> = {
  PROVISIONING: 'wait until its onboarding has SUCCEEDED, or retry that (retryOperation)',
  CLOSING: 'it is being closed, and does not come back',
  CLOSED: 'it is closed, and does not come back',
};

async function change(
  context: Context,
  input: { readonly tenantId: string; readonly expectedVersion: number; readonly reason?: string },
  next: (tenant: Tenant) => Changed,
  { from, before, result }: How = {},
): Promise<Planned<never>> {
  const id = parseIdOf('Tenant', input.tenantId);
  const tables = context.access.platform();
  const tenant = id && tables && (await getTenant(tables, id.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  const over = from ? null : whyNotWritable(context.principal, tenant, 'tenantId');
  if (over) return mistaken(over, tenant.id);
  if (tenant.version !== input.expectedVersion) return mistaken(stale(tenant), tenant.id);
  const wordless = from && whyTextWrong('reason', input.reason ?? '', MAX_REASON);
  if (wordless) return mistaken(wordless, tenant.id);
  const { status } = tenant;
  if (from && status !== from) {
    const way = status === 'ACTIVE' || status === 'SUSPENDED' ? `not ${from}` : NOT_OPEN[status];
    return mistaken(userError('WRONG_STATE', 'tenantId', `the tenant is ${status}: ${way}`), tenant.id);
  }
  const { notes, ...rest } = next(tenant);
  const changed: Tenant = { ...rest, ...(notes === undefined ? {} : { notes }), version: tenant.version + 1 };
  const wrong = whyWrong(changed);
  if (wrong) return mistaken(wrong, tenant.id);
  await before?.(tenant.id);
  return changing(context, tenant, changed, {
    refusedAs: stale(tenant),
    reason: input.reason,
    result: result?.(tenant),
  });
}

function changing(
  context: Context,
  before: Tenant | null,
  after: Tenant,
  {
    refusedAs,
    reason,
    steps = [],
    result = {},
  }: {
    readonly refusedAs: UserError;
    readonly reason?: string | undefined;
    readonly steps?: readonly Step[];
    readonly result?: Readonly<Record<string, string | number>> | undefined;
  },
): Planned<never> {
  const tables = context.access.platform();
  if (!tables) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  return planned({
    trail: after.id,
    target: { kind: 'Tenant', id: tenantNodeId(after.id) },
    before: before ?? {},
    after,
    ...(reason === undefined ? {} : { reason }),
    steps: [{ writes: tenantWrite(tables, after), refusedAs }, ...steps],
    result: { ...result, tenantId: after.id },
  });
}

/** The row and the onboarding of it: neither is ever without the other. */
function planOnboarding(context: Context, tenant: Tenant, input: CreateTenantInput): Planned<never> {
  const { principal, platform, now } = context;
  const tables = context.access.platform();
  if (!tables) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  const { adminEmail, adminName } = input;
  const operation = startOperation('ONBOARD', {
    id: mintRequestId(now, platform.randomBytes(10)),
    tenantId: tenant.id,
    startedBy: principal.id,
    startedAt: now,
    input: {
      ...(adminEmail ? { adminEmail: adminEmail.toLowerCase() } : {}),
      ...(adminName ? { adminName: adminName.trim() } : {}),
    },
  });
  const taken = userError('TAKEN', 'slug', `${tenant.id} is a tenant already, or was one`);
  return changing(context, null, tenant, {
    refusedAs: taken,
    steps: [{ writes: operationWrites(tables, null, operation), refusedAs: taken }],
    result: { operationId: operationNodeId(operation) },
  });
}

function whyAdminWrong({ adminEmail, adminName }: CreateTenantInput): UserError | null {
  if (!adminEmail) {
    return adminName
      ? userError('INVALID', 'adminName', 'is nobody without an adminEmail; give both or neither')
      : null;
  }
  const email = whyNoEmail('adminEmail', adminEmail);
  return email ?? (adminName ? whyTextWrong('adminName', adminName, NAME_LENGTH) : null);
}

/** A change of tier that another took the place of, as the note of a carried request keeps it. */
function replaced(schedule: ScheduledTier | null): Readonly<Record<string, string | number>> {
  return schedule ? { replacedTier: schedule.tier, replacedAt: schedule.at } : {};
}

function replacedIn(carried: Carried<never>): ScheduledTier | null {
  const { replacedTier, replacedAt } = carried.done ? carried.result : {};
  const tier = TIERS.find((one) => one === replacedTier);
  return tier && typeof replacedAt === 'number' ? { tier, at: replacedAt } : null;
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
