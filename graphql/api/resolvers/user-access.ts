import { listMachineClients, machineClientRow } from '../../../tenancy/table/machine-clients.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { countActiveAdmins, getUser } from '../../../tenancy/table/users.ts';
import { activeAdminChange, type MachineClient, machineClientLiveness, type User } from '../../../tenancy/user.ts';
import type { Context } from '../context.ts';
import { userError } from '../errors.ts';
import { holdGate } from '../gate-stops.ts';
import { parseIdOf } from '../ids.ts';
import { carryOut, mistaken, type Planned } from '../mutation.ts';
import { endingKeys, endKeys, KEYS_AT_ONCE } from '../owner-keys.ts';
import type { EnableUserInput, Resolvers } from '../resolver-types.ts';
import { answerUser, LAST_ADMIN, openUser, planUser, whyNoAdmin } from '../user-plan.ts';
import { MAX_REASON, whyTextWrong } from '../writable.ts';

/**
 * Who may sign in. The row rules, for no token is made or refreshed against it; the account in the user pool follows it,
 * closed before the row closes and open only after the row is. Where the two part, somebody is shut out, never let in.
 */
export const userAccessResolvers = {
  Mutation: {
    async disableUser(_, { input }, context) {
      let ended = 0;
      let closed: User | null = null;
      const carried = await carryOut('disableUser', input, context, async () => {
        const opened = await openUser(context, input);
        if (!opened.ok) return opened;
        const { tables, user } = opened;
        const wrong = whyTextWrong('reason', input.reason, MAX_REASON) ?? (user.status === 'DISABLED' ? ALREADY : null);
        if (wrong) return mistaken(wrong, user.tenantId);
        const after: User = { ...user, status: 'DISABLED', version: user.version + 1 };
        // The write guards the last admin; but by then the account would be shut and the keys gone.
        if (activeAdminChange(user, after) < 0 && (await countActiveAdmins(tables, user.tenantId)) <= 1) {
          return mistaken(LAST_ADMIN, user.tenantId);
        }
        closed = user;
        await shut(user, input.reason, context);
        await context.platform.userPool.disable(user.id);
        const keys = await endKeys('disableUser', tables, user, KEYS_AT_ONCE, context);
        ended += keys.ended;
        const revoked = keys.left.map(({ keyId }) => keyId);
        const clients = input.keepMachineClients ? [] : await liveClientsOf(tables, user, context);
        for (const { clientId } of clients) await context.platform.userPool.deleteMachineClient(clientId);
        const ending = clients.map((one) =>
          machineClientRow(tables, { ...one, revokedAt: context.now, version: one.version + 1 }),
        );
        const refusedAs = userError(
          'CONFLICT_VERSION',
          null,
          'a key or client of the user was changed meanwhile; try again',
        );
        return planUser(tables, user, after, {
          reason: input.reason,
          steps: [{ writes: [...endingKeys(tables, keys.left), ...ending], refusedAs }],
          told: { revokedApiKeys: revoked, revokedMachineClients: clients.map(({ clientId }) => clientId) },
          result: { revokedApiKeys: ended + revoked.length, revokedMachineClients: clients.length },
        });
      });
      // Somebody else was first: the account is what the row says.
      if (!carried.done && closed) await openAccount(closed, context);
      const late = carried.done ? await endLateKeys(input.userId, context) : 0;
      const revokedApiKeys = carried.done ? Number(carried.result['revokedApiKeys']) + late : null;
      const revokedMachineClients = carried.done ? Number(carried.result['revokedMachineClients']) : null;
      return { ...(await answerUser(carried, context)), revokedApiKeys, revokedMachineClients };
    },
    async enableUser(_, { input }, context) {
      const carried = await carryOut('enableUser', input, context, () => enable(input, context));
      const answer = await answerUser(carried, context);
      // Also in a replay, which repairs an answer that was lost between the two.
      if (answer.user) await openAccount(answer.user, context);
      return answer;
    },
  },
} satisfies Resolvers;

const ALREADY = userError('WRONG_STATE', 'userId', 'the user is disabled already');

async function enable(input: EnableUserInput, context: Context): Promise<Planned<never>> {
  const opened = await openUser(context, input);
  if (!opened.ok) return opened;
  const { tables, user } = opened;
  if (user.status !== 'DISABLED') {
    // A disabling that died halfway has left the account shut: this is how it is opened again.
    await openAccount(user, context);
    return mistaken(userError('WRONG_STATE', 'userId', 'the user is not disabled'), user.tenantId);
  }
  const wrong = user.role === 'ADMIN' ? whyNoAdmin(context.principal, 'userId') : null;
  if (wrong) return mistaken(wrong, user.tenantId);
  // Who never signed in is no admin yet that the tenant could rely on.
  const status = user.lastSeenAt === undefined ? 'INVITED' : 'ACTIVE';
  return planUser(tables, user, { ...user, status, version: user.version + 1 });
}

/** Opens an account whose row is open: read anew, or the replay of an old enabling would open one that was disabled since. */
async function openAccount({ tenantId, id }: User, context: Context): Promise<void> {
  const { access, platform } = context;
  const reach = await access.tenant(tenantId);
  const user = reach && (await getUser(reach.tables, tenantId, id));
  if (!user || user.status === 'DISABLED') return;
  await platform.userPool.enable(id);
  await shut(user, null, context);
}

/** The user's gate: a token that is out lives for hours and says nothing of the row, so it is stopped here. */
function shut({ tenantId, id }: User, reason: string | null, context: Context): Promise<void> {
  return holdGate(context, { tenantId, subject: { kind: 'user', identityId: id } }, 'disabled', reason);
}

/** The OAuth clients that a user made, whose secrets the user may have kept. There are few in a tenant. */
async function liveClientsOf(tables: Tables, { tenantId, id }: User, { now }: Context): Promise<MachineClient[]> {
  const all = await listMachineClients(tables, tenantId);
  return all.filter((one) => one.createdBy === id && machineClientLiveness(one, now) === 'live');
}

/** Ends keys that were made while their owner was being disabled: from the row's change on no more can be. */
async function endLateKeys(userId: string, context: Context): Promise<number> {
  const id = parseIdOf('User', userId);
  const reach = id && (await context.access.tenant(id.tenantId));
  if (!reach) return 0;
  const user = await getUser(reach.tables, id.tenantId, id.id);
  return user?.status === 'DISABLED' ? (await endKeys('disableUser', reach.tables, user, 0, context)).ended : 0;
}
