import { randomBase62 } from '../../../tenancy/api-key.ts';
import { coveringGrant, type Grant, type GrantSubject } from '../../../tenancy/grant.ts';
import { getGrant, grantRemoval, grantStands, grantWrite, listGrants } from '../../../tenancy/table/grants.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { Reach } from '../access.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { grantNodeId, parseIdOf, parseNodeId } from '../ids.ts';
import { carryOut, mistaken, type Planned, planned, type Step } from '../mutation.ts';
import { loadNode } from '../nodes.ts';
import { mayBePerson } from '../people.ts';
import { walledIn } from '../principal.ts';
import type { CreateGrantInput, Resolvers } from '../resolver-types.ts';
import { readRegion } from '../words.ts';
import { MAX_REASON, missing, openForWriting, whyTextWrong } from '../writable.ts';

/** Grants as they are made and taken away. A tenant hands on what it has, and never more. */
export const grantChangeResolvers = {
  Mutation: {
    async createGrant(_, { input }, context) {
      const carried = await carryOut('createGrant', input, context, () => planGrant(context, input));
      if (!carried.done) return { grant: null, replayed: false, userErrors: [...carried.errors] };
      const id = parseIdOf('Grant', String(carried.result['grantId']));
      const grant = (id && (await loadNode(id, context))) as Grant | null;
      return { grant, replayed: carried.replayed, userErrors: [] };
    },
    async revokeGrant(_, { input }, context) {
      const carried = await carryOut('revokeGrant', input, context, async () => {
        const id = parseIdOf('Grant', input.grantId);
        const opened = await openForWriting(context, id, 'grantId', 'grant');
        if (!opened.ok) return opened.refusal;
        const { reach, tenant } = opened;
        const grant = id && (await getGrant(reach.tables, id));
        if (!grant) return mistaken(missing('grantId', 'grant'), tenant.id);
        const wrong = whyTextWrong('reason', input.reason, MAX_REASON) ?? whyNotTheirs(grant, context);
        if (wrong) return mistaken(wrong, tenant.id);
        const writes = grantRemoval(reach.tables, grant);
        return changing(grant, null, [{ writes, refusedAs: missing('grantId', 'grant') }], input.reason.trim());
      });
      if (!carried.done) return { revokedGrantId: null, replayed: false, userErrors: [...carried.errors] };
      return { revokedGrantId: String(carried.result['grantId']), replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

const EFFECTS = { ALLOW: 'allow', DENY: 'deny', RESTRICT: 'restrict' } as const;

async function planGrant(context: Context, input: CreateGrantInput): Promise<Planned<never>> {
  const opened = await openForWriting(context, parseIdOf('Tenant', input.tenantId), 'tenantId', 'tenant');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const no = (error: UserError): Planned<never> => mistaken(error, tenant.id);
  const subject = await readSubject(context, tenant, input.subjectId);
  if (!subject) return no(missing('subjectId', 'user or API key'));
  const model = input.model === '*' ? null : await context.loaders.model(input.model);
  if (input.model !== '*' && !model?.enabled) return no(missing('model', 'model, or it is disabled'));
  const grant: Grant = {
    id: `grt${randomBase62(context.platform.randomBytes(48), 16)}`,
    tenantId: tenant.id,
    subject,
    model: model?.id ?? '*',
    regions: input.regions ? [...new Set(input.regions.map(readRegion))] : '*',
    effect: EFFECTS[input.effect ?? 'ALLOW'],
    ...(typeof input.validFrom === 'number' ? { from: input.validFrom } : {}),
    ...(typeof input.validUntil === 'number' ? { until: input.validUntil } : {}),
    ...(walledIn(context.principal) === null ? { byPlatform: true } : {}),
  };
  const wrong = whyWrong(grant, tenant, context.now);
  if (wrong) return no(wrong);
  const steps: Step[] = [{ writes: grantWrite(reach.tables, grant), refusedAs: missing('tenantId', 'tenant') }];
  if (walledIn(context.principal) === null || grant.effect !== 'allow') return changing(null, grant, steps);
  if (subject.kind === 'tenant') {
    return no(userError('BEYOND_OWN', 'subjectId', 'what the whole tenant may call, the platform grants; ask it'));
  }
  const covering = await findCovering(reach, grant, context.now);
  const beyond = userError('BEYOND_OWN', 'model', 'the tenant itself has no grant for all of this; ask the platform');
  if (!covering) return no(beyond);
  // Taken from the tenant at this moment, it cannot be handed on.
  return changing(null, grant, [...steps, { writes: [grantStands(reach.tables, covering)], refusedAs: beyond }]);
}

/** What holds from now on asks for no more than what a grant that has begun gives. */
async function findCovering({ tables, tenantId }: Reach, grant: Grant, now: number): Promise<Grant | null> {
  const held = await listGrants(tables, tenantId, [{ kind: 'tenant' }]);
  return coveringGrant(held, { ...grant, from: Math.max(grant.from ?? now, now) });
}

/** Null for what is no user or key of this tenant. */
async function readSubject(
  { loaders }: Context,
  { id: tenantId }: Tenant,
  nodeId: string | null | undefined,
): Promise<GrantSubject | null> {
  if (nodeId === null || nodeId === undefined) return { kind: 'tenant' };
  const id = parseNodeId(nodeId);
  if (id?.type === 'User' && id.tenantId === tenantId && (await mayBePerson(loaders, tenantId, id.id))) {
    return { kind: 'user', identityId: id.id };
  }
  if (id?.type === 'ApiKey' && id.tenantId === tenantId && (await loaders.apiKey(tenantId, id.id))) {
    return { kind: 'key', keyId: id.id };
  }
  return null;
}

function whyWrong(
  { subject, effect, regions, from, until }: Grant,
  { allowedRegions }: Tenant,
  now: number,
): UserError | null {
  if (effect === 'restrict' && subject.kind !== 'tenant') {
    return userError('INVALID', 'subjectId', 'RESTRICT is for the whole tenant: leave it out, or use DENY');
  }
  if (regions !== '*' && regions.length === 0) {
    return userError('INVALID', 'regions', 'must name a region; leave it out for everywhere');
  }
  const beyond = regions === '*' ? undefined : regions.find((region) => !allowedRegions.includes(region));
  if (beyond) return userError('BEYOND_OWN', 'regions', `the tenant may not be served in ${beyond}`);
  if (until !== undefined && until <= Math.max(from ?? now, now)) {
    return userError('INVALID', 'validUntil', 'must be to come, and after validFrom');
  }
  return null;
}

function whyNotTheirs({ byPlatform }: Grant, { principal }: Context): UserError | null {
  if (byPlatform !== true || walledIn(principal) === null) return null;
  return userError('BEYOND_OWN', 'grantId', 'the platform made this grant; ask it to take the grant away');
}

function changing(before: Grant | null, after: Grant | null, steps: readonly Step[], reason?: string) {
  const grant = after ?? before;
  if (!grant) throw new RangeError('a change of no grant');
  const id = grantNodeId(grant);
  return planned<never>({
    trail: grant.tenantId,
    target: { kind: 'Grant', id },
    before: before ?? {},
    after: after ?? {},
    ...(reason === undefined ? {} : { reason }),
    steps,
    result: { grantId: id },
  });
}
