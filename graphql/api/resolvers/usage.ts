import type { Resolvers } from '../resolver-types.ts';

export const usageResolvers = {} satisfies Resolvers;
