import type { LimitChanges, Limits } from '../../../tenancy/limit.ts';
import { listLimitRules } from '../../../tenancy/table/limit-rules.ts';
import { listUsers } from '../../../tenancy/table/users.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { userNodeId } from '../ids.ts';
import type { Resolvers } from '../resolver-types.ts';

/** Users as they are read. */
export const userResolvers = {
  Tenant: {
    async users({ id }, args, { access }) {
      const page = readPageArgs(args);
      const reach = await access.tenant(id);
      if (reach?.self !== null) return NO_ITEMS;
      const { users, next } = await listUsers(reach.tables, id, page);
      return toConnection({ items: users, ...(next?.after === undefined ? {} : { next: next.after }) });
    },
  },
  User: {
    id: ({ tenantId, id }) => userNodeId(tenantId, id),
    async ownLimits({ tenantId, id }, _, { access }) {
      const reach = await access.tenant(tenantId);
      const [rule] = reach ? await listLimitRules(reach.tables, tenantId, [{ kind: 'user', identityId: id }]) : [];
      return rule ? withoutLifted(rule.limits) : null;
    },
  },
} satisfies Resolvers;

/** What a rule lifts is, as limits are read, no limit. */
function withoutLifted(changes: LimitChanges): Limits {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null)) as Limits;
}
