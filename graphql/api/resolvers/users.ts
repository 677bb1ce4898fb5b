import { listUsers } from '../../../tenancy/table/users.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { userNodeId } from '../ids.ts';
import type { Resolvers } from '../resolver-types.ts';
import { ownLimits } from './limits.ts';

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
    ownLimits: ({ tenantId, id }, _, context) => ownLimits(context, tenantId, { kind: 'user', identityId: id }),
  },
} satisfies Resolvers;
