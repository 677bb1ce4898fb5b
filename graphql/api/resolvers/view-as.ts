import type { Resolvers } from '../resolver-types.ts';

export const viewAsResolvers = {} satisfies Resolvers;
