import { getTenant } from '../../../tenancy/table/tenants.ts';
import { getViewAs, type ViewAs, viewAsEnding, viewAsWrites } from '../../../tenancy/table/view-as.ts';
import type { Context } from '../context.ts';
import { userError } from '../errors.ts';
import { parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { EndViewAsInput, Resolvers, StartViewAsInput } from '../resolver-types.ts';
import { whyTextWrong } from '../writable.ts';

/**
 * Staff who look at a tenant with its admin's eyes. It is told in that tenant's own trail, where its admins read who
 * looked, when and why.
 */
export const viewAsResolvers = {
  ViewAs: {
    tenantSlug: ({ tenantId }) => tenantId,
  },
  Mutation: {
    async startViewAs(_, { input }, context) {
      return answer(await carryOut('startViewAs', input, context, () => start(input, context)), context);
    },
    async endViewAs(_, { input }, context) {
      return answer(await carryOut('endViewAs', input, context, () => end(input, context)), context);
    },
  },
} satisfies Resolvers;

const LASTS_MS = 30 * 60_000;
const FORM = /^vas_[0-9a-f]{32}$/;

async function start(input: StartViewAsInput, context: Context): Promise<Planned<never>> {
  const { access, principal, platform, now } = context;
  const id = parseIdOf('Tenant', input.tenantId);
  const tables = access.platform();
  const tenant = id && tables && (await getTenant(tables, id.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  if (tenant.status === 'CLOSING' || tenant.status === 'CLOSED') {
    return mistaken(
      userError('WRONG_STATE', 'tenantId', `the tenant is ${tenant.status}: it has no admin any more`),
      tenant.id,
    );
  }
  const wrong = whyTextWrong('reason', input.reason, 500);
  if (wrong) return mistaken(wrong, tenant.id);
  const session: ViewAs = {
    id: `vas_${Buffer.from(platform.randomBytes(16)).toString('hex')}`,
    staffId: principal.id,
    tenantId: tenant.id,
    reason: input.reason.trim(),
    expiresAt: now + LASTS_MS,
  };
  return planned({
    trail: tenant.id,
    target: { kind: 'ViewAs', id: session.id },
    before: {},
    after: session,
    reason: session.reason,
    steps: [{ writes: viewAsWrites(tables, session), refusedAs: userError('TAKEN', null, 'try again') }],
    result: { viewAsId: session.id },
  });
}

async function end({ viewAsId }: EndViewAsInput, { access, principal, now }: Context): Promise<Planned<never>> {
  const tables = access.platform();
  const session = tables && FORM.test(viewAsId) ? await getViewAs(tables, viewAsId) : null;
  const none = userError('NOT_FOUND', 'viewAsId', 'there is no such session of yours');
  if (!tables || session?.staffId !== principal.id) return mistaken(none);
  // To end one that is over would move its end to a later time than it had.
  if (now >= session.expiresAt) {
    return mistaken(userError('WRONG_STATE', 'viewAsId', 'the session has ended already'), session.tenantId);
  }
  return planned({
    trail: session.tenantId,
    target: { kind: 'ViewAs', id: session.id },
    before: session,
    after: { ...session, expiresAt: now },
    steps: [{ writes: [viewAsEnding(tables, session, now)], refusedAs: none }],
    result: { viewAsId: session.id },
  });
}

async function answer(carried: Carried<never>, { access }: Context) {
  if (!carried.done) return { viewAs: null, replayed: false, userErrors: [...carried.errors] };
  const tables = access.platform();
  const viewAs = tables && (await getViewAs(tables, String(carried.result['viewAsId'])));
  return { viewAs, replayed: carried.replayed, userErrors: [] };
}
