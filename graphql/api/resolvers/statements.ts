import type { BillingPeriod } from '../../../tenancy/billing-period.ts';
import type { StatementStage } from '../../../tenancy/statement.ts';
import { daysOf } from '../../../tenancy/utc-day.ts';
import { findBillingPeriod } from '../billing-periods.ts';
import type { Context } from '../context.ts';
import { userError } from '../errors.ts';
import { EXPORT_SCOPES, exportAnswer, holdsExportScope, planExportOf } from '../export-request.ts';
import { parseIdOf } from '../ids.ts';
import { carryOut, mistaken, type Planned } from '../mutation.ts';
import { walledIn } from '../principal.ts';
import type { RequestStatementInput, Resolvers } from '../resolver-types.ts';
import { missing, whyNotWritable } from '../writable.ts';

/** Statements of a tenant's months: asked for here, written by graphql/exports. */
export const statementResolvers = {
  Mutation: {
    async requestStatement(_, { input }, context) {
      const carried = await carryOut('requestStatement', input, context, () => planStatement(input, context));
      return exportAnswer(carried, context);
    },
  },
} satisfies Resolvers;

async function planStatement(input: RequestStatementInput, context: Context): Promise<Planned<never>> {
  const { access, loaders, principal, now } = context;
  const id = parseIdOf('Tenant', input.tenantId);
  const reach = id && (await access.tenant(id.tenantId));
  const tenant = reach?.self === null ? await loaders.tenant(reach.tenantId) : null;
  if (!reach || !tenant) return mistaken(missing('tenantId', 'tenant'));
  // Its staff ask for the last bill of a tenant that is closed, whose books outlive it.
  const shut = walledIn(principal) === null ? null : whyNotWritable(principal, tenant, 'tenantId');
  if (shut) return mistaken(shut, tenant.id);
  if (!holdsExportScope(principal, 'STATEMENT')) {
    const scope = userError('BEYOND_OWN', null, `it takes the scope ${EXPORT_SCOPES.STATEMENT} as well`);
    return mistaken(scope, tenant.id);
  }
  const period = await findBillingPeriod(reach, input.month, now);
  if (!period) {
    const none = userError(
      'NOT_FOUND',
      'month',
      'the tenant has no such month; billingPeriods has those that there are',
    );
    return mistaken(none, tenant.id);
  }
  const days = daysOf(period.month);
  const [from = '', to = ''] = [days.at(0), days.at(-1)];
  return planExportOf(reach, { kind: 'STATEMENT', stage: stageOf(period), from, to }, context);
}

function stageOf({ state }: BillingPeriod): StatementStage {
  switch (state) {
    case 'OPEN':
    case 'CLOSING':
      return 'PRELIMINARY';
    case 'CLOSED':
    case 'INVOICED':
      return state;
  }
}
