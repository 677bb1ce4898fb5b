import { type ApiKey, liveSecrets } from '../../../tenancy/api-key.ts';
import { listApiKeys } from '../../../tenancy/table/api-keys.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { GraphqlRefusal } from '../errors.ts';
import { apiKeyNodeId } from '../ids.ts';
import type { ApiKeyStatus, Resolvers } from '../resolver-types.ts';
import { ownLimits } from './limits.ts';

const FINGERPRINT = 8;

/** API keys as they are read: what is told of a secret is when it ends, and enough of its hash to tell two apart. */
export const apiKeyResolvers = {
  Tenant: {
    async apiKeys({ id }, args, { access }) {
      const page = readPageArgs(args);
      if (page.after !== undefined && !/^[0-9A-Za-z]{10}$/.test(page.after)) {
        throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
      }
      const reach = await access.tenant(id);
      if (!reach) return NO_ITEMS;
      const owned = reach.self === null ? {} : { ownerId: reach.self };
      return toConnection(await listApiKeys(reach.tables, id, { ...page, ...owned }));
    },
  },
  ApiKey: {
    id: ({ tenantId, keyId }) => apiKeyNodeId(tenantId, keyId),
    owner: ({ tenantId, ownerId }, _, { loaders }) => loaders.user(tenantId, ownerId),
    status: (key, _, { now }) => statusOf(key, now),
    secrets: (key, _, { now }) => {
      const live = liveSecrets(key, now);
      const told = live.length > 0 ? live : key.secrets.slice(-1);
      return told.map(({ sha256, validUntil }) => ({ fingerprint: sha256.slice(0, FINGERPRINT), validUntil }));
    },
    expiresAt: ({ secrets }) => Math.max(...secrets.map(({ validUntil }) => validUntil)),
    ownLimits: ({ tenantId, keyId }, _, context) => ownLimits(context, tenantId, { kind: 'key', keyId }),
    revokedReason: ({ revokedReason }) => revokedReason ?? null,
  },
} satisfies Resolvers;

function statusOf(key: ApiKey, now: number): ApiKeyStatus {
  if (key.state === 'REVOKED') return 'REVOKED';
  if (key.ownerDisabled) return 'OWNER_DISABLED';
  const { length } = liveSecrets(key, now);
  return length === 0 ? 'EXPIRED' : length === 1 ? 'ACTIVE' : 'ROTATING';
}
