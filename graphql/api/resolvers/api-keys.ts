import { type ApiKey, fingerprintOf, liveSecrets } from '../../../tenancy/api-key.ts';
import { listApiKeys } from '../../../tenancy/table/api-keys.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { GraphqlRefusal } from '../errors.ts';
import { apiKeyNodeId } from '../ids.ts';
import type { ApiKeyStatus, Resolvers } from '../resolver-types.ts';
import { regionName } from '../words.ts';
import { ownLimits } from './limits.ts';

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
      return told.map((secret) => ({ key, secret }));
    },
    lastUse: async ({ tenantId, keyId }, _, { loaders }) => {
      const uses = await loaders.keyUses(tenantId, keyId);
      return uses && { at: uses.at, region: regionName(uses.region), model: uses.model };
    },
    expiresAt: ({ secrets }) => Math.max(...secrets.map(({ validUntil }) => validUntil)),
    ownLimits: ({ tenantId, keyId }, _, context) => ownLimits(context, tenantId, { kind: 'key', keyId }),
    revokedReason: ({ revokedReason }) => revokedReason ?? null,
  },
  ApiKeySecret: {
    fingerprint: ({ secret }) => fingerprintOf(secret.sha256),
    createdAt: ({ secret }) => secret.createdAt ?? null,
    validUntil: ({ secret }) => secret.validUntil,
    async lastUsedAt({ key, secret }, _, { loaders }) {
      const uses = await loaders.keyUses(key.tenantId, key.keyId);
      return uses?.bySecret.get(fingerprintOf(secret.sha256)) ?? null;
    },
  },
} satisfies Resolvers;

function statusOf(key: ApiKey, now: number): ApiKeyStatus {
  if (key.state === 'REVOKED') return 'REVOKED';
  if (key.ownerDisabled) return 'OWNER_DISABLED';
  const { length } = liveSecrets(key, now);
  return length === 0 ? 'EXPIRED' : length === 1 ? 'ACTIVE' : 'ROTATING';
}
