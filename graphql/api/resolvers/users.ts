import type { Resolvers } from '../resolver-types.ts';

export const userResolvers = {} satisfies Resolvers;
