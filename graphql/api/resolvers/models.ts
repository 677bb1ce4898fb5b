import { type Price, usdPerMillion } from '../../../tenancy/price.ts';
import { listModelPage } from '../../../tenancy/table/models.ts';
import { getPriceAt } from '../../../tenancy/table/prices.ts';
import { readPageArgs, toConnection } from '../connection.ts';
import { GraphqlRefusal } from '../errors.ts';
import { modelNodeId, parseIdOf } from '../ids.ts';
import type { Principal } from '../principal.ts';
import type { Resolvers } from '../resolver-types.ts';
import { readPriceScope, regionName, residencyName } from '../words.ts';

/** The catalogue as it is read: everybody's, but for what Bedrock is called with and what it costs the platform. */
export const modelResolvers = {
  Query: {
    async models(_, args, { access }) {
      const page = readPageArgs(args);
      if (page.after !== undefined && !parseIdOf('Model', modelNodeId(page.after))) {
        throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
      }
      return toConnection(await listModelPage(access.catalogue, page));
    },
  },
  Model: {
    id: ({ id }) => modelNodeId(id),
    modelId: ({ id }) => id,
    aliases: ({ aliases }) => [...aliases],
    contextWindow: ({ contextTokens }) => contextTokens,
    maxOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
    version: ({ version }) => version ?? 0,
    capabilities: (model) => ({
      systemMessages: model.systemMessages,
      adaptiveThinking: model.adaptiveThinking,
      thinkingBudgetTokens: model.thinkingBudgetTokens,
      outputConfig: model.outputConfig,
      longContextBeta: model.longContextBeta,
      dropFields: [...model.dropFields],
      countTokensRegions: model.countTokensRegions.map(regionName),
    }),
    profiles: ({ profiles }) =>
      profiles.map(({ region, scope, bedrockModelId }) => ({
        region: regionName(region),
        reach: residencyName(scope),
        bedrockModelId,
      })),
    betas: ({ betas }) =>
      betas.map(({ match, send, fields = [], regions }) => ({
        match,
        send,
        fields: [...fields],
        regions: regions?.map(regionName) ?? null,
      })),
    async prices({ id }, { at, ...scope }, { access, principal, now }) {
      const call = readPriceScope(scope);
      const prices = booksOf(principal).map((book) => getPriceAt(access.catalogue, id, book, at ?? now, call));
      return (await Promise.all(prices)).filter((price) => price !== null);
    },
  },
  Price: {
    book: ({ book }) => (book === 'cost' ? 'COST' : 'CHARGE'),
    region: ({ region }) => (region ? regionName(region) : null),
    tier: ({ tier }) => tier ?? null,
    effectiveFrom: ({ from }) => from,
    inputPerMillionUsd: ({ perToken }) => usdPerMillion(perToken.input),
    outputPerMillionUsd: ({ perToken }) => usdPerMillion(perToken.output),
    cacheReadPerMillionUsd: ({ perToken }) => usdPerMillion(perToken.cacheRead),
    cacheWrite5mPerMillionUsd: ({ perToken }) => usdPerMillion(perToken.cacheWrite5m),
    cacheWrite1hPerMillionUsd: ({ perToken }) => usdPerMillion(perToken.cacheWrite1h),
  },
} satisfies Resolvers;

/**
 * What AWS charges the platform is its secret: a tenant that knew it would know the margin. Staff who look with a tenant's
 * eyes see what the tenant sees.
 */
function booksOf(principal: Principal): readonly Price['book'][] {
  return principal.kind === 'staff' && !principal.viewingAs ? ['cost', 'charge'] : ['charge'];
}
