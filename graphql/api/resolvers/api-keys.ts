import type { Resolvers } from '../resolver-types.ts';

export const apiKeyResolvers = {} satisfies Resolvers;
