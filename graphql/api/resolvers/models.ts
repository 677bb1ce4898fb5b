import type { Resolvers } from '../resolver-types.ts';

export const modelResolvers = {} satisfies Resolvers;
