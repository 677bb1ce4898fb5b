import type { Resolvers } from '../resolver-types.ts';

export const grantResolvers = {} satisfies Resolvers;
