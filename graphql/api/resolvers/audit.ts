import type { Resolvers } from '../resolver-types.ts';

export const auditResolvers = {} satisfies Resolvers;
