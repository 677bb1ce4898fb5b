import { currentStep, type Operation, resumeOperation } from '../../../tenancy/operation.ts';
import { isRequestId } from '../../../tenancy/request-id.ts';
import { listBillingCommands } from '../../../tenancy/table/billing-commands.ts';
import { getOperation, listOperations, operationWrites } from '../../../tenancy/table/operations.ts';
import { NO_ITEMS, type PageAsk, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { GraphqlRefusal, type UserError, userError } from '../errors.ts';
import { operationNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { Resolvers, RetryOperationInput } from '../resolver-types.ts';
import { whyNoEmail } from '../writable.ts';

/** What is done to tenants in steps: told here, done by graphql/operations. */
export const operationResolvers = {
  Tenant: {
    async billingCommands({ id }, args, { access }) {
      const tables = access.platform();
      return tables ? toConnection(await listBillingCommands(tables, id, idPage(args))) : NO_ITEMS;
    },
    async operations({ id }, args, { access }) {
      const tables = access.platform();
      return tables ? toConnection(await listOperations(tables, id, idPage(args))) : NO_ITEMS;
    },
  },
  TenantOperation: {
    id: (one) => operationNodeId(one),
    steps: ({ steps }) => [...steps],
    finishedAt: ({ finishedAt }) => finishedAt ?? null,
    dueAt: ({ dueAt }) => dueAt ?? null,
    adminEmail: (one) => (one.kind === 'ONBOARD' ? (one.input.adminEmail ?? null) : null),
    reason: (one) => (one.kind === 'CLOSE' ? one.input.reason : null),
    async tenant({ tenantId }, _, { loaders }) {
      const tenant = await loaders.tenant(tenantId);
      if (!tenant) throw new GraphqlRefusal('NOT_FOUND', 'the tenant of this operation is gone');
      return tenant;
    },
  },
  TenantOperationStep: {
    startedAt: ({ startedAt }) => startedAt ?? null,
    finishedAt: ({ finishedAt }) => finishedAt ?? null,
    detail: ({ detail }) => detail ?? null,
  },
  Mutation: {
    async retryOperation(_, { input }, context) {
      const carried = await carryOut('retryOperation', input, context, () => planRetry(input, context));
      if (!carried.done) return { operation: null, replayed: false, userErrors: [...carried.errors] };
      return { operation: await operationOf(carried, context), replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

/** Both lists are in the order of ids that are times. */
function idPage(args: Parameters<typeof readPageArgs>[0]): PageAsk {
  const page = readPageArgs(args);
  if (page.after === undefined || isRequestId(page.after)) return page;
  throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
}

/** The operation that a mutation has started, or made to go on, as it is now. */
export async function operationOf(carried: Carried<never>, { access }: Context): Promise<Operation | null> {
  const id = carried.done ? parseIdOf('TenantOperation', String(carried.result['operationId'])) : null;
  const tables = access.platform();
  return id && tables && getOperation(tables, id);
}

async function planRetry(
  { operationId, adminEmail }: RetryOperationInput,
  { access, now }: Context,
): Promise<Planned<never>> {
  const id = parseIdOf('TenantOperation', operationId);
  const tables = access.platform();
  const before = id && tables && (await getOperation(tables, id));
  if (!before) return mistaken(userError('NOT_FOUND', 'operationId', 'there is no such operation'));
  const { tenantId, status } = before;
  if (status !== 'FAILED') {
    const going = status === 'SUCCEEDED' ? 'there is nothing left to do' : 'it goes on by itself';
    return mistaken(userError('WRONG_STATE', 'operationId', `the operation is ${status}: ${going}`), tenantId);
  }
  const asked = typeof adminEmail === 'string' ? adminEmail.toLowerCase() : undefined;
  const wrong = asked === undefined ? null : whyNoOtherAdmin(before, asked);
  if (wrong) return mistaken(wrong, tenantId);
  const after = withAdmin(resumeOperation(before, now), asked);
  const [operation, place] = operationWrites(tables, before, { ...after, version: before.version + 1 });
  const other = 'another operation on the tenant is under way; retry this one when that is finished';
  return planned({
    trail: tenantId,
    target: { kind: 'TenantOperation', id: operationNodeId(before) },
    before: { status: before.status, input: before.input },
    after: { status: after.status, input: after.input },
    steps: [
      { writes: [operation], refusedAs: userError('WRONG_STATE', 'operationId', 'the operation goes on already') },
      { writes: [place], refusedAs: userError('WRONG_STATE', 'operationId', other) },
    ],
    result: { operationId: operationNodeId(before) },
  });
}

function whyNoOtherAdmin(operation: Operation, email: string): UserError | null {
  if (operation.kind !== 'ONBOARD' || currentStep(operation)?.name !== 'invite_admin') {
    const over = 'nobody is to be invited any more by this operation; leave it out, and use inviteUser';
    return userError('WRONG_STATE', 'adminEmail', over);
  }
  return whyNoEmail('adminEmail', email);
}

function withAdmin(operation: Operation, adminEmail: string | undefined): Operation {
  if (operation.kind !== 'ONBOARD' || adminEmail === undefined) return operation;
  return { ...operation, input: { ...operation.input, adminEmail } };
}
