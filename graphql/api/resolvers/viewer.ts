import { parseNodeId } from '../ids.ts';
import { loadNode } from '../nodes.ts';
import { walledIn } from '../principal.ts';
import { QUERY_BUCKET, QUERY_LIMITS } from '../query-limits/limits.ts';
import type { Resolvers } from '../resolver-types.ts';

/** Who is asking, and anything by its id. */
export const viewerResolvers = {
  Query: {
    viewer: (_, __, { principal }) => principal,
    queryCost: () => ({
      limit: QUERY_LIMITS.cost,
      capacity: QUERY_BUCKET.capacity,
      refillPerSecond: QUERY_BUCKET.refill,
    }),
    node: (_, { id }, context) => {
      const parsed = parseNodeId(id);
      return parsed ? loadNode(parsed, context) : null;
    },
  },
  Viewer: {
    identityId: ({ id }) => id,
    kind: ({ kind }) => (kind === 'user' ? 'USER' : kind === 'staff' ? 'STAFF' : 'MACHINE'),
    role: (principal) => (principal.kind === 'machine' ? null : principal.role),
    scopes: (principal) => (principal.kind === 'machine' ? [...principal.scopes] : []),
    tenant(principal, _, { loaders }) {
      const tenantId = walledIn(principal);
      return tenantId ? loaders.tenant(tenantId) : null;
    },
    user: (principal, _, { loaders }) =>
      principal.kind === 'user' ? loaders.user(principal.tenantId, principal.id) : null,
    viewingAs: (principal) => (principal.kind === 'staff' ? principal.viewingAs : null),
  },
} satisfies Resolvers;
