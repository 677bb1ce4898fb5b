import { currentStep, isFinished, type Operation, startOperation } from '../../../tenancy/operation.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { getOperation, listOperations, operationChange, operationWrites } from '../../../tenancy/table/operations.ts';
import { type PurgePreview, previewPurge } from '../../../tenancy/table/purge.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import { getTenant, tenantWrite } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type Tenant, type TenantId } from '../../../tenancy/tenant.ts';
import { shut } from '../../operations/close/steps.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { operationNodeId, parseIdOf, tenantNodeId } from '../ids.ts';
import { carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import type { CloseTenantInput, Resolvers, SetPurgeDateInput } from '../resolver-types.ts';
import { MAX_REASON, whyTextWrong } from '../writable.ts';
import { operationOf } from './operations.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 365;
/** About as much as a question may read. */
const MOST_ITEMS = 20_000;

/** The end of a tenant: begun here, carried out by graphql/operations. */
export const closingResolvers = {
  Tenant: {
    purgePreview: ({ id }, _, context) => preview(id, context),
  },
  PurgePreview: {
    purged: ({ purged }) => toCounts(purged),
    kept: ({ kept }) => toCounts(kept),
  },
  Mutation: {
    async closeTenant(_, { input }, context) {
      const carried = await carryOut('closeTenant', input, context, () => planClosing(input, context));
      if (!carried.done) {
        return { tenant: null, operation: null, preview: null, replayed: false, userErrors: [...carried.errors] };
      }
      const { result, replayed } = carried;
      context.loaders.forget();
      const tenantId = parseTenantId(result['tenantId']);
      return {
        tenant: tenantId && (await context.loaders.tenant(tenantId)),
        operation: await operationOf(carried, context),
        preview: tenantId && result['dryRun'] ? await preview(tenantId, context) : null,
        replayed,
        userErrors: [],
      };
    },
    async setPurgeDate(_, { input }, context) {
      const carried = await carryOut('setPurgeDate', input, context, () => planPurgeDate(input, context));
      if (!carried.done) return { operation: null, replayed: false, userErrors: [...carried.errors] };
      return { operation: await operationOf(carried, context), replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

function preview(tenantId: TenantId, { platform, now }: Context): Promise<PurgePreview> {
  return previewPurge(platform.stores, tenantId, now, MOST_ITEMS);
}

function toCounts(counts: ReadonlyMap<string, number>): { kind: string; count: number }[] {
  return [...counts].map(([kind, count]) => ({ kind, count })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

const CLOSABLE: readonly Tenant['status'][] = ['PROVISIONING', 'ACTIVE', 'SUSPENDED'];

async function planClosing(input: CloseTenantInput, context: Context): Promise<Planned<never>> {
  const { access, platform, principal, now } = context;
  const id = parseIdOf('Tenant', input.tenantId);
  const tables = access.platform();
  const tenant = id && tables && (await getTenant(tables, id.tenantId));
  if (!tenant) return mistaken(userError('NOT_FOUND', 'tenantId', 'there is no such tenant'));
  const wrong = await whyNotClosable(tables, tenant, input);
  if (wrong) return mistaken(wrong, tenant.id);
  const days = input.purgeAfterDays ?? 30;
  const purgeAt = now + days * DAY_MS;
  const reason = input.reason.trim();
  const told = { trail: tenant.id, target: { kind: 'Tenant', id: tenantNodeId(tenant.id) }, reason };
  if (input.dryRun) {
    const after = { dryRun: true, purgeAfterDays: days };
    return planned({ ...told, before: {}, after, steps: [], result: { tenantId: tenant.id, dryRun: true } });
  }
  // Before anything is written: should the rest fail, less is allowed and never more, and the same request does it again.
  await shut({ everyRegion: platform.everyRegion, now: () => now }, { tenantId: tenant.id });
  const closing = startOperation('CLOSE', {
    id: mintRequestId(now, platform.randomBytes(10)),
    tenantId: tenant.id,
    startedBy: principal.id,
    startedAt: now,
    input: { reason, purgeAt },
  });
  const after: Tenant = { ...tenant, status: 'CLOSING', statusReason: reason, version: tenant.version + 1 };
  const [operation, place] = operationWrites(tables, null, closing);
  return planned({
    ...told,
    before: tenant,
    after: { ...after, purgeAt },
    steps: [
      { writes: tenantWrite(tables, after), refusedAs: stale(tenant) },
      { writes: [operation, place], refusedAs: BUSY },
    ],
    result: { tenantId: tenant.id, operationId: operationNodeId(closing) },
  });
}

const BUSY = userError(
  'WRONG_STATE',
  'tenantId',
  'another operation on the tenant is under way; wait until it is finished',
);

async function whyNotClosable(tables: Tables, tenant: Tenant, input: CloseTenantInput): Promise<UserError | null> {
  if (tenant.version !== input.expectedVersion) return stale(tenant);
  if (input.confirmSlug !== tenant.id)
    return userError('INVALID', 'confirmSlug', `must be ${tenant.id}, the slug of the tenant`);
  const wordless = whyTextWrong('reason', input.reason, MAX_REASON);
  if (wordless) return wordless;
  const days = input.purgeAfterDays ?? 30;
  if (days < 0 || days > MOST_DAYS) return userError('INVALID', 'purgeAfterDays', `must be 0 to ${MOST_DAYS}`);
  if (!CLOSABLE.includes(tenant.status)) {
    return userError('WRONG_STATE', 'tenantId', `the tenant is ${tenant.status} already`);
  }
  const [latest] = (await listOperations(tables, tenant.id, { limit: 1 })).items;
  return latest && !isFinished(latest) ? BUSY : null;
}

async function planPurgeDate(input: SetPurgeDateInput, { access, now }: Context): Promise<Planned<never>> {
  const id = parseIdOf('TenantOperation', input.operationId);
  const tables = access.platform();
  const before = id && tables && (await getOperation(tables, id));
  if (!tables || before?.kind !== 'CLOSE')
    return mistaken(userError('NOT_FOUND', 'operationId', 'there is no such closing'));
  const { tenantId, startedAt } = before;
  const { purgeAt } = input;
  const latest = startedAt + MOST_DAYS * DAY_MS;
  const wordless = whyTextWrong('reason', input.reason, MAX_REASON);
  if (wordless) return mistaken(wordless, tenantId);
  if (purgeAt < now || purgeAt > latest) {
    const most = `must be between now and ${new Date(latest).toISOString()}`;
    return mistaken(userError('INVALID', 'purgeAt', most), tenantId);
  }
  if (before.status !== 'WAITING' || currentStep(before)?.name !== 'retain') {
    const where = `the closing is ${before.status} at ${currentStep(before)?.name ?? 'its end'}, and does not wait for the purge`;
    return mistaken(userError('WRONG_STATE', 'operationId', where), tenantId);
  }
  const after: Operation = { ...before, input: { ...before.input, purgeAt }, dueAt: now };
  return planned({
    trail: tenantId,
    target: { kind: 'TenantOperation', id: operationNodeId(before) },
    before: { purgeAt: before.input.purgeAt },
    after: { purgeAt },
    reason: input.reason.trim(),
    steps: [
      {
        writes: [operationChange(tables, before, after)],
        refusedAs: userError('WRONG_STATE', 'operationId', 'the closing went on at this moment; read it again'),
      },
    ],
    result: { operationId: operationNodeId(before) },
  });
}

function stale({ version }: Tenant): UserError {
  return userError('CONFLICT_VERSION', 'expectedVersion', `the tenant is at version ${version}; read it again`);
}
