import {
  approveMoneyOverride,
  type BillingPeriod,
  type MoneyOverrideRefusal,
  requestMoneyOverride,
} from '../../../tenancy/billing-period.ts';
import type { Result } from '../../../tenancy/result.ts';
import { billingPeriodWrite, getBillingPeriod } from '../../../tenancy/table/billing-periods.ts';
import { parseTenantId } from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { billingPeriodNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { ApproveMoneyOverrideInput, RequestMoneyOverrideInput, Resolvers } from '../resolver-types.ts';
import { MAX_REASON, missing, whyTextWrong } from '../writable.ts';

type Input = RequestMoneyOverrideInput | ApproveMoneyOverrideInput;
type Change = (period: BillingPeriod) => Result<BillingPeriod, MoneyOverrideRefusal>;

/**
 * Two people of the staff close a month whose cost and AWS's bill differ. It is told in the platform's own trail: what AWS
 * charges for a tenant is not the tenant's to see. A tenant that is being closed is no reason to refuse: its last bill waits
 * for its months.
 */
export const moneyOverrideResolvers = {
  Mutation: {
    async requestMoneyOverride(_, { input }, context) {
      const reason = input.reason.trim();
      const { principal, now } = context;
      const carried = await carryOut('requestMoneyOverride', input, context, async () => {
        const wordless = whyTextWrong('reason', reason, MAX_REASON);
        if (wordless) return mistaken(wordless);
        return planChange(input, context, (period) =>
          requestMoneyOverride(period, { by: principal.id, reason, at: now }),
        );
      });
      return answer(carried, context);
    },
    async approveMoneyOverride(_, { input }, context) {
      const { principal, now } = context;
      const carried = await carryOut('approveMoneyOverride', input, context, () =>
        planChange(input, context, (period) => approveMoneyOverride(period, principal.id, now)),
      );
      return answer(carried, context);
    },
  },
} satisfies Resolvers;

async function planChange(input: Input, { access }: Context, change: Change): Promise<Planned<never>> {
  const { month, expectedVersion } = input;
  const tenantId = parseIdOf('Tenant', input.tenantId)?.tenantId;
  const tables = access.platform();
  const before = tenantId && tables && (await getBillingPeriod(tables, tenantId, month));
  if (!before) return mistaken(missing('month', 'month of this tenant that billing has begun to close'));
  // Whoever agrees agrees to what he has read: to these sums, and to this reason.
  if (before.version !== expectedVersion) return mistaken(changedSince(before));
  const after = change(before);
  if (!after.ok) return mistaken(whyNot(after.reason, before));
  const { reason } = after.value.override ?? after.value.overrideRequest ?? {};
  return planned<never>({
    trail: null,
    target: { kind: 'BillingPeriod', id: billingPeriodNodeId(before) },
    before: toldPeriod(before),
    // What people put their names to: a later comparison takes it out of the month.
    after: { ...toldPeriod(after.value), despite: (before.money?.reasons ?? []).map(({ text }) => text) },
    ...(reason === undefined ? {} : { reason }),
    steps: [{ writes: [billingPeriodWrite(tables, before, after.value)], refusedAs: changedSince(before) }],
    result: { tenantId, month },
  });
}

function toldPeriod({ state, overrideRequest, override }: BillingPeriod) {
  return { state, overrideRequest, override };
}

function changedSince({ version }: BillingPeriod): UserError {
  const way = `the month is at version ${version} or later; read it again, with its reports`;
  return userError('CONFLICT_VERSION', 'expectedVersion', way);
}

function whyNot({ kind }: MoneyOverrideRefusal, period: BillingPeriod): UserError {
  switch (kind) {
    case 'not_blocked':
      return userError('WRONG_STATE', 'month', notBlocked(period));
    case 'same_person':
      return userError('SAME_PERSON', null, 'you asked for it yourself; somebody else of the staff must agree');
    case 'no_reason':
      return userError('INVALID', 'reason', 'must say why');
  }
}

function notBlocked({ state, money, override }: BillingPeriod): string {
  switch (state) {
    case 'OPEN':
      return 'the month is OPEN: it is compared with AWS’s bill once it is over';
    case 'CLOSED':
    case 'INVOICED':
      return `the month is ${state}: nothing is in its way`;
    case 'CLOSING':
      if (!money) return 'the month was not compared with AWS’s bill yet; why says what it waits for';
      if (money.reasons.length === 0) return 'its cost agrees with AWS’s bill; why says what it waits for';
      if (override) return 'two people answer for it already';
      return 'nobody has asked for an override; begin with requestMoneyOverride';
  }
}

async function answer(carried: Carried<never>, { access }: Context) {
  if (!carried.done) return { billingPeriod: null, replayed: false, userErrors: [...carried.errors] };
  const { result, replayed } = carried;
  const tenantId = parseTenantId(result['tenantId']);
  const tables = access.platform();
  const period = tenantId && tables && (await getBillingPeriod(tables, tenantId, String(result['month'])));
  return { billingPeriod: period ?? null, replayed, userErrors: [] };
}
