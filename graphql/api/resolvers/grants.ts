import { listTenantGrants } from '../../../tenancy/table/grants.ts';
import { listOwnGrants } from '../../../tenancy/table/own-grants.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { apiKeyNodeId, grantNodeId, userNodeId } from '../ids.ts';
import type { Resolvers } from '../resolver-types.ts';
import { regionName } from '../words.ts';

/** Grants as they are read. */
export const grantResolvers = {
  Tenant: {
    async grants({ id }, args, { access }) {
      const page = readPageArgs(args, 'path');
      const reach = await access.tenant(id);
      if (!reach) return NO_ITEMS;
      const { self, tables } = reach;
      return toConnection(
        self === null ? await listTenantGrants(tables, id, page) : await listOwnGrants(tables, id, self, page),
      );
    },
  },
  Grant: {
    id: (grant) => grantNodeId(grant),
    subject: ({ tenantId, subject }) => ({
      kind: KINDS[subject.kind],
      userId: subject.kind === 'user' ? userNodeId(tenantId, subject.identityId) : null,
      apiKeyId: subject.kind === 'key' ? apiKeyNodeId(tenantId, subject.keyId) : null,
    }),
    regions: ({ regions }) => (regions === '*' ? null : regions.map(regionName)),
    effect: ({ effect }) => EFFECTS[effect],
    validFrom: ({ from }) => from ?? null,
    validUntil: ({ until }) => until ?? null,
  },
} satisfies Resolvers;

const KINDS = { tenant: 'TENANT', user: 'USER', key: 'API_KEY' } as const;
const EFFECTS = { allow: 'ALLOW', deny: 'DENY', restrict: 'RESTRICT' } as const;
