import type { BillingDay } from '../../../tenancy/billing-day.ts';
import { advance, type BillingDayEvent, type BillingDayRefusal } from '../../../tenancy/billing-day-events.ts';
import { decimalUsd } from '../../../tenancy/money.ts';
import { billingDayWrite, getBillingDay } from '../../../tenancy/table/billing-days.ts';
import { parseTenantId } from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { billingDayNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { ApproveDriftOverrideInput, RequestDriftOverrideInput, Resolvers } from '../resolver-types.ts';
import { MAX_REASON, missing, whyTextWrong } from '../writable.ts';

type Input = RequestDriftOverrideInput | ApproveDriftOverrideInput;

/**
 * Two people of the staff bill a day whose books do not agree with AWS's. It is told in the platform's own trail: a tenant's
 * admins read theirs, and neither the platform's accounts nor a charge that is not billed yet are theirs to see. A tenant
 * that is being closed is no reason to refuse: its last bill waits for these days.
 */
export const driftOverrideResolvers = {
  Mutation: {
    async requestDriftOverride(_, { input }, context) {
      const reason = input.reason.trim();
      const carried = await carryOut('requestDriftOverride', input, context, async () => {
        const wordless = whyTextWrong('reason', reason, MAX_REASON);
        if (wordless) return mistaken(wordless);
        const { principal, now } = context;
        return planAdvance(input, context, { kind: 'override_requested', by: principal.id, reason, at: now });
      });
      return answer(carried, context);
    },
    async approveDriftOverride(_, { input }, context) {
      const { principal, now } = context;
      const carried = await carryOut('approveDriftOverride', input, context, () =>
        planAdvance(input, context, { kind: 'override_approved', by: principal.id, at: now }),
      );
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

async function planAdvance(input: Input, { access }: Context, event: BillingDayEvent): Promise<Planned<never>> {
  const { day, revision, expectedVersion } = input;
  const tenantId = parseIdOf('Tenant', input.tenantId)?.tenantId;
  const tables = access.platform();
  const before = tenantId && tables && (await getBillingDay(tables, { tenantId, day, revision }));
  if (!before) return mistaken(missing('day', 'day of this tenant and revision in the books'));
  // Whoever agrees agrees to what he has read: to these reports, and to this reason.
  if (before.version !== expectedVersion) return mistaken(changedSince(before));
  const after = advance(before, event);
  if (!after.ok) return mistaken(whyNot(after.reason));
  const { reason } = after.value.override ?? after.value.overrideRequest ?? {};
  return planned<never>({
    trail: null,
    target: { kind: 'BillingDay', id: billingDayNodeId(before) },
    before: toldDay(before),
    after: { ...toldDay(after.value), ...answeredFor(before) },
    ...(reason === undefined ? {} : { reason }),
    steps: [{ writes: [billingDayWrite(tables, before, after.value)], refusedAs: changedSince(before) }],
    result: { tenantId, day, revision },
  });
}

function toldDay({ state, overrideRequest, override }: BillingDay) {
  return { state, overrideRequest, override };
}

/** What people put their names to, for the trail: a later comparison takes it out of the day. */
function answeredFor({ rated, drift }: BillingDay) {
  return {
    ...(rated ? { chargeUsd: decimalUsd(rated.nanoUsd) } : {}),
    despite: (drift?.reasons ?? []).map(({ text }) => text),
  };
}

function changedSince({ version }: BillingDay): UserError {
  const way = `the day is at version ${version} or later; read it again, with its reports`;
  return userError('CONFLICT_VERSION', 'expectedVersion', way);
}

function whyNot(refusal: BillingDayRefusal): UserError {
  switch (refusal.kind) {
    case 'superseded':
      return userError('WRONG_STATE', 'revision', `revision ${refusal.by} has taken its place; look at that one`);
    case 'same_person':
      return userError('SAME_PERSON', null, 'you asked for it yourself; somebody else of the staff must agree');
    case 'no_reason':
      return userError('INVALID', 'reason', 'must say why');
    case 'wrong_state':
      return userError('WRONG_STATE', 'day', wrongState(refusal.state, refusal.event));
    case 'needs_revision':
    case 'push_fixed':
    case 'meter_differs':
      throw new Error(`an override cannot come to ${refusal.kind}`);
  }
}

function wrongState(state: BillingDay['state'], event: BillingDayEvent['kind']): string {
  switch (state) {
    case 'DRIFT_BLOCKED':
      if (event === 'override_approved') return 'nobody has asked for an override; begin with requestDriftOverride';
      break;
    case 'COLLECTING':
    case 'RATED':
      return `the day is ${state}: it has not been compared yet; wait for the daily run`;
    case 'FAILED':
      return 'the day is FAILED: heldBy says at what; the next run of the day tries it again';
    case 'APPROVED':
    case 'PUSHED':
    case 'VERIFIED':
      return `the day is ${state}: nothing is in its way`;
  }
  throw new Error(`${event} is refused in ${state}`);
}

async function answer(carried: Carried<never>, { access }: Context) {
  if (!carried.done) return { billingDay: null, replayed: false, userErrors: [...carried.errors] };
  const { result, replayed } = carried;
  const tenantId = parseTenantId(result['tenantId']);
  const tables = access.platform();
  const one = tenantId && { tenantId, day: String(result['day']), revision: Number(result['revision']) };
  return { billingDay: one && tables && (await getBillingDay(tables, one)), replayed, userErrors: [] };
}
