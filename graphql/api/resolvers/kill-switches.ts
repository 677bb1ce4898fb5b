import type { Resolvers } from '../resolver-types.ts';

export const killSwitchResolvers = {} satisfies Resolvers;
