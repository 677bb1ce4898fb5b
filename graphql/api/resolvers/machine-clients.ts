import type { Resolvers } from '../resolver-types.ts';

export const machineClientResolvers = {} satisfies Resolvers;
