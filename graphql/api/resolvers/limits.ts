import type { Resolvers } from '../resolver-types.ts';

export const limitResolvers = {} satisfies Resolvers;
