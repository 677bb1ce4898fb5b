import { type BillingCommand, MAX_RERATED_DAYS, type NoDays, whyNoDays } from '../../../tenancy/billing-command.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { billingCommandWrite, getBillingCommand, resumeBillingWrite } from '../../../tenancy/table/billing-commands.ts';
import { parseTenantId } from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { parseIdOf, tenantNodeId } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { RerateBillingDaysInput, Resolvers, RetryBillingCommandInput } from '../resolver-types.ts';
import { MAX_REASON, missing, whyTextWrong } from '../writable.ts';

/**
 * What staff ask of billing, which carries it out by itself. It is told in the platform's own trail: what billing answers speaks of
 * the payment service, and why days are counted again is no tenant's to read. One that is closed is no reason to refuse: its
 * last bill may be wrong as well.
 */
export const billingCommandResolvers = {
  BillingCommand: {
    from: (one) => (one.kind === 'RERATE' ? one.days.from : null),
    to: (one) => (one.kind === 'RERATE' ? one.days.to : null),
    reason: (one) => (one.kind === 'RERATE' ? one.reason : null),
    attempts: ({ attempts }) => attempts ?? 0,
    detail: ({ detail }) => detail ?? null,
    finishedAt: ({ finishedAt }) => finishedAt ?? null,
  },
  Mutation: {
    async rerateBillingDays(_, { input }, context) {
      const carried = await carryOut('rerateBillingDays', input, context, () => planRerating(input, context));
      return answer(carried, context);
    },
    async retryBillingCommand(_, { input }, context) {
      const carried = await carryOut('retryBillingCommand', input, context, () => planRetry(input, context));
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

async function planRerating(input: RerateBillingDaysInput, context: Context): Promise<Planned<never>> {
  const { access, loaders, platform, principal, now } = context;
  const { from, to } = input;
  const reason = input.reason.trim();
  const tables = access.platform();
  const tenantId = parseIdOf('Tenant', input.tenantId)?.tenantId;
  const tenant = tenantId && (await loaders.tenant(tenantId));
  if (!tenant || !tables) return mistaken(missing('tenantId', 'tenant'));
  const why = whyNoDays({ from, to }, now);
  if (why) return mistaken(noDays(why));
  const wordless = whyTextWrong('reason', reason, MAX_REASON);
  if (wordless) return mistaken(wordless);
  const command: BillingCommand = {
    id: mintRequestId(now, platform.randomBytes(10)),
    tenantId: tenant.id,
    kind: 'RERATE',
    state: 'PENDING',
    requestedAt: now,
    requestedBy: principal.id,
    days: { from, to },
    reason,
  };
  const atOnce = userError('CONFLICT_VERSION', null, 'another command of this id was made at this moment; try again');
  return planned({
    trail: null,
    target: targetOf(command),
    before: {},
    after: { tenantId: tenantNodeId(tenant.id), kind: command.kind, from, to },
    reason,
    steps: [{ writes: [billingCommandWrite(tables, command)], refusedAs: atOnce }],
    result: { tenantId: tenant.id, id: command.id },
  });
}

function noDays(why: NoDays): UserError {
  switch (why) {
    case 'no_day':
    case 'wrong_order':
      return userError('INVALID', 'to', 'must not be before from');
    case 'too_many':
      return userError('INVALID', 'to', `from and to may be ${MAX_RERATED_DAYS} days at most; ask for several times`);
    case 'not_over':
      return userError('INVALID', 'to', 'must be over, by UTC: the daily run counts it when it is');
  }
}

async function planRetry(input: RetryBillingCommandInput, { access, now }: Context): Promise<Planned<never>> {
  const tables = access.platform();
  const tenantId = parseIdOf('Tenant', input.tenantId)?.tenantId;
  const failed = tenantId && tables && (await getBillingCommand(tables, { tenantId, id: input.billingCommandId }));
  if (!failed) return mistaken(missing('billingCommandId', 'command of this tenant'));
  if (failed.state !== 'FAILED') {
    const going = failed.state === 'DONE' ? 'there is nothing left to do' : 'it goes on by itself';
    return mistaken(userError('WRONG_STATE', 'billingCommandId', `the command is ${failed.state}: ${going}`));
  }
  const faster = userError('WRONG_STATE', 'billingCommandId', 'the command goes on already');
  return planned({
    trail: null,
    target: targetOf(failed),
    before: { state: failed.state, detail: failed.detail },
    after: { state: 'PENDING' },
    steps: [{ writes: [resumeBillingWrite(tables, failed, now)], refusedAs: faster }],
    result: { tenantId: failed.tenantId, id: failed.id },
  });
}

function targetOf({ tenantId, id }: BillingCommand) {
  return { kind: 'BillingCommand', id: `${tenantId}:${id}` };
}

async function answer(carried: Carried<never>, { access }: Context) {
  if (!carried.done) return { billingCommand: null, replayed: false, userErrors: [...carried.errors] };
  const { result, replayed } = carried;
  const tenantId = parseTenantId(result['tenantId']);
  const tables = access.platform();
  const one = tenantId && tables && (await getBillingCommand(tables, { tenantId, id: String(result['id']) }));
  return { billingCommand: one ?? null, replayed, userErrors: [] };
}
