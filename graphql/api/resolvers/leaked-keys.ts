import { setTimeout as sleep } from 'node:timers/promises';
import { isApiKeyAuthentic, parseApiKey, withoutKeys } from '../../../tenancy/api-key.ts';
import type { Context } from '../context.ts';
import { apiKeyNodeId } from '../ids.ts';
import { carryOut, mistaken, planned } from '../mutation.ts';
import { walledIn } from '../principal.ts';
import type { Resolvers } from '../resolver-types.ts';
import { MAX_REASON, whyTextWrong } from '../writable.ts';

/**
 * No look-up is answered before this: junk ends at its first character and another tenant's key with a transaction, and
 * the time between the two would say which of many strings is a key that works.
 */
const NOT_BEFORE_MS = 400;

/** Keys that were found where they should not be. */
export const leakedKeyResolvers = {
  Mutation: {
    async reportLeakedKey(_, { input }, context) {
      const carried = await carryOut('reportLeakedKey', input, context, async () => {
        const source = withoutKeys(input.source).trim();
        const wrong = whyTextWrong('source', source, MAX_REASON);
        if (wrong) return mistaken(wrong);
        const [own] = await Promise.all([revoke(context, input.key, source), sleep(NOT_BEFORE_MS)]);
        return planned<never>({
          // The reporter's own trail: it must not say either whether another tenant's key was one.
          trail: walledIn(context.principal),
          target: { kind: 'ApiKey', id: own ?? '-' },
          before: {},
          after: {},
          reason: source,
          steps: [],
          result: { revoked: own === null ? null : true },
        });
      });
      if (!carried.done) return { revoked: null, replayed: false, userErrors: [...carried.errors] };
      context.loaders.forget();
      return { revoked: carried.result['revoked'] === true ? true : null, replayed: carried.replayed, userErrors: [] };
    },
  },
} satisfies Resolvers;

/** Takes the key back, whosever it is. @returns its id when it is one that the caller can see; null for all else */
async function revoke({ platform, loaders, requestId, now }: Context, text: string, source: string) {
  const parts = parseApiKey(text);
  if (!parts || !isApiKeyAuthentic(parts, await platform.mac())) return null;
  const { tenantId, keyId } = parts;
  const sha256 = platform.sha256(text);
  const known = await platform.revokeLeaked({ tenantId, keyId, sha256, source, requestId, now });
  const isVisible = (await loaders.apiKey(tenantId, keyId)) !== null;
  return known && isVisible ? apiKeyNodeId(tenantId, keyId) : null;
}
