import type { Grant, GrantSubject } from '../../../tenancy/grant.ts';
import { listApiKeys } from '../../../tenancy/table/api-keys.ts';
import { listGrants, listTenantGrants, placeInList } from '../../../tenancy/table/grants.ts';
import type { Reach } from '../access.ts';
import { NO_ITEMS, type PageAsk, readPageArgs, type StoredPage, toConnection } from '../connection.ts';
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
        self === null ? await listTenantGrants(tables, id, page) : await listOwnGrants(reach, self, page),
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

/**
 * A member's grants, in the order in which all would come: everybody's, the member's and those of the member's keys. They
 * are asked for by subject, so that what others were granted is not even read.
 */
async function listOwnGrants(reach: Reach, self: string, { limit, after }: PageAsk): Promise<StoredPage<Grant>> {
  const { tables, tenantId } = reach;
  const subjects: GrantSubject[] = [{ kind: 'tenant' }, { kind: 'user', identityId: self }];
  let seen: string | undefined;
  do {
    const keys = await listApiKeys(tables, tenantId, { ownerId: self, limit: 100, ...(seen ? { after: seen } : {}) });
    const live = keys.items.filter(({ state }) => state !== 'REVOKED');
    subjects.push(...live.map(({ keyId }) => ({ kind: 'key', keyId }) as const));
    seen = keys.next;
  } while (seen !== undefined);
  const found = await listGrants(tables, tenantId, subjects);
  const placed = found
    .map((grant) => ({ grant, place: placeInList(grant) }))
    .filter(({ place }) => after === undefined || place > after)
    .sort((a, b) => (a.place < b.place ? -1 : 1));
  const page = placed.slice(0, limit);
  const next = placed.length > limit ? page.at(-1)?.place : undefined;
  return { items: page.map(({ grant }) => grant), ...(next === undefined ? {} : { next }) };
}
