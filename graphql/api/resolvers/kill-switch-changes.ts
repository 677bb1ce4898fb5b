import { isIdentityOfProvider } from '../../../tenancy/caller.ts';
import { no, ok, type Result } from '../../../tenancy/result.ts';
import { getUser } from '../../../tenancy/table/users.ts';
import {
  findTarget,
  type KillTarget,
  killSwitchStatus,
  type RegionOutcome,
  scopeOf,
  setKillSwitch,
} from '../../commands/kill-switch/kill-switch.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { NO_TARGET, nameOf, readTarget, TARGET_TYPES } from '../kill-targets.ts';
import { carryOut, mistaken, type Planned, planned, tellAttempt } from '../mutation.ts';
import type { KillScope, Resolvers, SetKillSwitchInput } from '../resolver-types.ts';
import { toKillSwitch } from './kill-switches.ts';

const MAX_REASON = 500;

export const killSwitchChangeResolvers = {
  Mutation: {
    /**
     * Every region is written before it answers, and before the entry in the trail is: a stop waits for nothing. Where a
     * region fails the others have it all the same, the trail says which did, the answer has `on: null` there, and the same
     * request with the same key does it again, until every region has it. A switch that was taken back stays so when its
     * entry cannot be written: the answer is an error then, and the same request, repeated, writes the entry.
     */
    async setKillSwitch(_, { input }, context) {
      if (input.dryRun) {
        const found = await findKillTarget(input, context);
        return found.ok ? answer(found.value, await statusOf(found.value, context), false) : refused([found.reason]);
      }
      try {
        const carried = await carryOut('setKillSwitch', input, context, () => plan(input, context));
        if (!carried.done) return refused(carried.errors);
        const { scope, targetId } = carried.result;
        const target = readTarget(scope as KillScope, targetId as string | null);
        if (!target.ok) throw new Error('setKillSwitch: what it noted of its target cannot be read');
        return answer(target.value, carried.once ?? (await statusOf(target.value, context)), carried.replayed);
      } catch (error) {
        if (error instanceof NotEverywhere) return answer(error.target, error.outcomes, false);
        throw error;
      }
    },
  },
} satisfies Resolvers;

/** Thrown out of a plan: nothing is noted as done, and the idempotency key is free again. */
class NotEverywhere extends Error {
  readonly target: KillTarget;
  readonly outcomes: readonly RegionOutcome[];
  constructor(target: KillTarget, outcomes: readonly RegionOutcome[]) {
    super('a region could not be written');
    this.target = target;
    this.outcomes = outcomes;
  }
}

async function plan(input: SetKillSwitchInput, context: Context): Promise<Planned<readonly RegionOutcome[]>> {
  const found = await findKillTarget(input, context);
  if (!found.ok) return mistaken(found.reason);
  const target = found.value;
  const trail = target.kind === 'gate' ? target.id.tenantId : null;
  const reason = input.reason.trim();
  if (reason.length < 1 || reason.length > MAX_REASON) {
    return mistaken(userError('INVALID', 'reason', `must be 1 to ${MAX_REASON} characters`), trail ?? undefined);
  }
  const { platform, principal, now } = context;
  const stop = input.on ? { reason, by: principal.id, at: now } : null;
  const outcomes = await setKillSwitch(platform.everyRegion(), target, stop);
  const { scope, targetId } = nameOf(target);
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed').map(({ region }) => region);
  if (failed.length > 0) {
    const what = [scope, targetId, input.on ? 'on' : 'off'].filter(Boolean).join(' ');
    await tellAttempt('setKillSwitch', 'FAILED', `${what}, not in ${failed.join(', ')}: ${reason}`, trail, context);
    throw new NotEverywhere(target, outcomes);
  }
  return planned<readonly RegionOutcome[]>({
    trail,
    target: { kind: TARGET_TYPES[scope], id: targetId ?? 'platform' },
    // What it was before is not read: a stop must not wait for a region twice.
    before: {},
    after: { on: input.on },
    reason,
    steps: [],
    result: { scope, targetId },
    once: outcomes,
  });
}

/** What is meant, if there is such a thing: a mistyped id would stop nobody, and look as if it had. */
async function findKillTarget(
  { scope, targetId }: SetKillSwitchInput,
  { platform, access }: Context,
): Promise<Result<KillTarget, UserError>> {
  const read = readTarget(scope, targetId);
  if (!read.ok) return read;
  const found = await findTarget(platform.everyRegion(), read.value);
  if (!found.ok) return no(NO_TARGET);
  const { value: target } = found;
  if (target.kind === 'switch' || target.id.subject.kind !== 'user') return ok(target);
  const tables = access.platform();
  const { tenantId, subject } = target.id;
  // Of these there is no list to look in.
  if (isIdentityOfProvider(subject.identityId)) return ok(target);
  // As with the directory: nobody is kept from stopping somebody because the users cannot be read.
  const user = tables && (await getUser(tables, tenantId, subject.identityId).catch(() => undefined));
  return user === null ? no(NO_TARGET) : ok(target);
}

function statusOf(target: KillTarget, { platform }: Context): Promise<RegionOutcome[]> {
  return killSwitchStatus(platform.everyRegion(), target);
}

function answer(target: KillTarget, outcomes: readonly RegionOutcome[], replayed: boolean) {
  return { killSwitch: toKillSwitch(target, outcomes), affected: scopeOf(target), replayed, userErrors: [] };
}

function refused(errors: readonly UserError[]) {
  return { killSwitch: null, affected: null, replayed: false, userErrors: [...errors] };
}
