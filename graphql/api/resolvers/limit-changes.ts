import type { GrantSubject } from '../../../tenancy/grant.ts';
import { limitsInForce } from '../../../tenancy/limit.ts';
import { limitRuleWrite, listLimitRules } from '../../../tenancy/table/limit-rules.ts';
import { getTenant, tenantWrite } from '../../../tenancy/table/tenants.ts';
import { parseTenantId, type Tenant, tierAt } from '../../../tenancy/tenant.ts';
import type { Context } from '../context.ts';
import { type UserError, userError } from '../errors.ts';
import { parseIdOf, parseNodeId, tenantNodeId } from '../ids.ts';
import { changedLimits, readLimitChanges, whyBeyond } from '../limit-input.ts';
import { carryOut, mistaken, type Planned, planned } from '../mutation.ts';
import { mayBePerson } from '../people.ts';
import { walledIn } from '../principal.ts';
import type { Resolvers, SetSubjectLimitsInput, SetTenantLimitsInput } from '../resolver-types.ts';
import { missing, openForWriting, whyNotWritable } from '../writable.ts';

/** Limits as they are set: a tenant's by the platform, those of its users and keys by the tenant within its own. */
export const limitChangeResolvers = {
  Mutation: {
    async setTenantLimits(_, { input }, context) {
      const carried = await carryOut('setTenantLimits', input, context, () => planTenant(context, input));
      if (!carried.done) return { tenant: null, replayed: false, userErrors: [...carried.errors] };
      context.loaders.forget();
      const tenantId = parseTenantId(carried.result['tenantId']);
      const tenant = tenantId && (await context.loaders.tenant(tenantId));
      return { tenant, replayed: carried.replayed, userErrors: [] };
    },
    async setSubjectLimits(_, { input }, context) {
      const carried = await carryOut('setSubjectLimits', input, context, () => planSubject(context, input));
      if (!carried.done) return { user: null, apiKey: null, replayed: false, userErrors: [...carried.errors] };
      const { loaders } = context;
      loaders.forget();
      const id = parseNodeId(String(carried.result['subjectId']));
      const user = id?.type === 'User' ? await loaders.user(id.tenantId, id.id) : null;
      const apiKey = id?.type === 'ApiKey' ? await loaders.apiKey(id.tenantId, id.id) : null;
      return { user, apiKey, replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

const SUBJECTS = { TENANT: 'tenant', USER: 'user', API_KEY: 'key' } as const;

async function planTenant(context: Context, input: SetTenantLimitsInput): Promise<Planned<never>> {
  const id = parseIdOf('Tenant', input.tenantId);
  const tables = context.access.platform();
  const tenant = id && tables && (await getTenant(tables, id.tenantId));
  if (!tenant) return mistaken(missing('tenantId', 'tenant'));
  const no = (error: UserError): Planned<never> => mistaken(error, tenant.id);
  const over = whyNotWritable(context.principal, tenant, 'tenantId');
  if (over) return no(over);
  const stale = userError('CONFLICT_VERSION', 'expectedVersion', 'the tenant was changed since; read it again');
  if (tenant.version !== input.expectedVersion) return no(stale);
  const read = readLimitChanges(input.limits);
  if (!read.ok) return no(read.error);
  const subject = SUBJECTS[input.subject ?? 'TENANT'];
  const limits = { ...tenant.limits, [subject]: changedLimits(tenant.limits?.[subject] ?? {}, read) };
  const after: Tenant = { ...tenant, limits, version: tenant.version + 1 };
  return planned({
    trail: tenant.id,
    target: { kind: 'Tenant', id: tenantNodeId(tenant.id) },
    before: tenant,
    after,
    steps: [{ writes: tenantWrite(tables, after), refusedAs: stale }],
    result: { tenantId: tenant.id },
  });
}

async function planSubject(context: Context, input: SetSubjectLimitsInput): Promise<Planned<never>> {
  const { loaders, principal } = context;
  const node = parseNodeId(input.subjectId);
  const id = node?.type === 'User' || node?.type === 'ApiKey' ? node : null;
  const none = missing('subjectId', 'user or API key');
  const opened = await openForWriting(context, id, 'subjectId', 'user or API key');
  if (!opened.ok) return opened.refusal;
  const { reach, tenant } = opened;
  const no = (error: UserError): Planned<never> => mistaken(error, tenant.id);
  const found =
    id && (await (id.type === 'User' ? mayBePerson(loaders, tenant.id, id.id) : loaders.apiKey(tenant.id, id.id)));
  if (!id || !found) return no(none);
  const read = readLimitChanges(input.limits);
  if (!read.ok) return no(read.error);
  const { changes } = read;
  // Staff set what they like: the tenant's own limit holds all the same.
  const own = limitsInForce(tierAt(tenant, context.now), 'tenant', tenant.limits);
  const beyond = walledIn(principal) === null ? null : whyBeyond(changes, own);
  if (beyond) return no(beyond);
  const subject: GrantSubject =
    id.type === 'User' ? { kind: 'user', identityId: id.id } : { kind: 'key', keyId: id.id };
  const [before] = await listLimitRules(reach.tables, tenant.id, [subject]);
  return planned({
    trail: tenant.id,
    target: { kind: id.type, id: input.subjectId },
    before: { limits: before?.limits ?? {} },
    after: { limits: changes },
    steps: [{ writes: limitRuleWrite(reach.tables, tenant.id, { subject, limits: changes }), refusedAs: none }],
    result: { subjectId: input.subjectId },
  });
}
