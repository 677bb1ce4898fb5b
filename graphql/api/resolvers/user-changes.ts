import { parseIdentityId } from '../../../tenancy/caller.ts';
import { getTenant } from '../../../tenancy/table/tenants.ts';
import { getUser } from '../../../tenancy/table/users.ts';
import type { User } from '../../../tenancy/user.ts';
import type { Context } from '../context.ts';
import { userError } from '../errors.ts';
import { parseIdOf } from '../ids.ts';
import { carryOut, mistaken, type Planned } from '../mutation.ts';
import type { InviteUserInput, Resolvers, UpdateUserInput } from '../resolver-types.ts';
import { answerUser, openUser, planUser, whyNoAdmin } from '../user-plan.ts';
import { NAME_LENGTH, whyNoEmail, whyNotWritable, whyTextWrong } from '../writable.ts';

/** What admins do to users; who may sign in at all is in `user-access.ts`. */
export const userChangeResolvers = {
  Mutation: {
    async inviteUser(_, { input }, context) {
      const carried = await carryOut('inviteUser', input, context, () => invite(input, context));
      return answerUser(carried, context);
    },
    async updateUser(_, { input }, context) {
      const carried = await carryOut('updateUser', input, context, () => update(input, context));
      return answerUser(carried, context);
    },
  },
} satisfies Resolvers;

async function invite(input: InviteUserInput, context: Context): Promise<Planned<never>> {
  const { access, platform, principal, now } = context;
  const id = parseIdOf('Tenant', input.tenantId);
  const reach = id && (await access.tenant(id.tenantId));
  const tenant = reach && (await getTenant(reach.tables, reach.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  const email = input.email.toLowerCase();
  const role = input.role ?? 'MEMBER';
  const wrong =
    whyNotWritable(principal, tenant, 'tenantId') ??
    whyNoEmail('email', email) ??
    whyTextWrong('displayName', input.displayName, NAME_LENGTH) ??
    (role === 'ADMIN' ? whyNoAdmin(principal, 'role') : null);
  if (wrong) return mistaken(wrong, tenant.id);
  // The account before the row: without a row it gets no token, and a row without an account could not be told apart.
  const invited = await platform.userPool.invite({ tenantId: tenant.id, email });
  const taken = userError('TAKEN', 'email', 'this address is in use; invite the person under another one');
  if (invited.outcome === 'email_taken') return mistaken(taken, tenant.id);
  // An account without a row is of an invitation that died halfway: it gets its row now.
  if (await getUser(reach.tables, tenant.id, invited.id)) return mistaken(taken, tenant.id);
  const userId = parseIdentityId(invited.id);
  if (!userId) throw new Error('the user pool gave a user an id that cannot be one');
  const user: User = {
    tenantId: tenant.id,
    id: userId,
    email,
    displayName: input.displayName.trim(),
    role,
    status: 'INVITED',
    invitedAt: now,
    version: 1,
  };
  return planUser(reach.tables, null, user, { refusedAs: taken });
}

async function update(input: UpdateUserInput, context: Context): Promise<Planned<never>> {
  const opened = await openUser(context, input);
  if (!opened.ok) return opened;
  const { tables, user } = opened;
  const displayName = input.displayName?.trim() ?? user.displayName;
  const role = input.role ?? user.role;
  const wrong =
    whyTextWrong('displayName', displayName, NAME_LENGTH) ??
    (role === 'ADMIN' && user.role !== 'ADMIN' ? whyNoAdmin(context.principal, 'role') : null);
  if (wrong) return mistaken(wrong, user.tenantId);
  return planUser(tables, user, { ...user, displayName, role, version: user.version + 1 });
}
