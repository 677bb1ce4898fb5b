import { type Operation, resumeOperation } from '../../../tenancy/operation.ts';
import { isRequestId } from '../../../tenancy/request-id.ts';
import { getExport } from '../../../tenancy/table/exports.ts';
import { getOperation, listOperations, operationWrites } from '../../../tenancy/table/operations.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { GraphqlRefusal, userError } from '../errors.ts';
import { operationNodeId, parseIdOf } from '../ids.ts';
import { type Carried, carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { Resolvers, RetryOperationInput } from '../resolver-types.ts';

/** What is done to tenants in steps: told here, done by graphql/operations. */
export const operationResolvers = {
  Tenant: {
    async operations({ id }, args, { access }) {
      const page = readPageArgs(args);
      if (page.after !== undefined && !isRequestId(page.after)) {
        throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
      }
      const tables = access.platform();
      return tables ? toConnection(await listOperations(tables, id, page)) : NO_ITEMS;
    },
  },
  TenantOperation: {
    id: (one) => operationNodeId(one),
    steps: ({ steps }) => [...steps],
    finishedAt: ({ finishedAt }) => finishedAt ?? null,
    dueAt: ({ dueAt }) => dueAt ?? null,
    adminEmail: (one) => (one.kind === 'ONBOARD' ? (one.input.adminEmail ?? null) : null),
    reason: (one) => (one.kind === 'CLOSE' ? one.input.reason : null),
    purgeAt: (one) => (one.kind === 'CLOSE' ? one.input.purgeAt : null),
    async archive(one, _, { access }) {
      const tables = one.kind === 'CLOSE' ? access.platform() : null;
      return tables && getExport(tables, one);
    },
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

/** The operation that a mutation has started, or made to go on, as it is now. */
export async function operationOf(carried: Carried<never>, { access }: Context): Promise<Operation | null> {
  const id = carried.done ? parseIdOf('TenantOperation', String(carried.result['operationId'])) : null;
  const tables = access.platform();
  return id && tables && getOperation(tables, id);
}

async function planRetry({ operationId }: RetryOperationInput, { access, now }: Context): Promise<Planned<never>> {
  const id = parseIdOf('TenantOperation', operationId);
  const tables = access.platform();
  const before = id && tables && (await getOperation(tables, id));
  if (!before) return mistaken(userError('NOT_FOUND', 'operationId', 'there is no such operation'));
  const { tenantId, status } = before;
  if (status !== 'FAILED') {
    const going = status === 'SUCCEEDED' ? 'there is nothing left to do' : 'it goes on by itself';
    return mistaken(userError('WRONG_STATE', 'operationId', `the operation is ${status}: ${going}`), tenantId);
  }
  const after = resumeOperation(before, now);
  const [operation, place] = operationWrites(tables, before, { ...after, version: before.version + 1 });
  const other = 'another operation on the tenant is under way; retry this one when that is finished';
  return planned({
    trail: tenantId,
    target: { kind: 'TenantOperation', id: operationNodeId(before) },
    before: { status: before.status },
    after: { status: after.status },
    steps: [
      { writes: [operation], refusedAs: userError('WRONG_STATE', 'operationId', 'the operation goes on already') },
      { writes: [place], refusedAs: userError('WRONG_STATE', 'operationId', other) },
    ],
    result: { operationId: operationNodeId(before) },
  });
}
