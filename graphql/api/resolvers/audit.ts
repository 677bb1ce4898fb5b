import { type AuditEntry, isAuditId } from '../../../tenancy/audit.ts';
import { canonicalJson, type LinkedEntry, personalText, sealedForm } from '../../../tenancy/audit-chain.ts';
import { listAudit } from '../../../tenancy/table/audit.ts';
import type { Tables } from '../../../tenancy/table/tables.ts';
import type { TenantId } from '../../../tenancy/tenant.ts';
import { NO_ITEMS, readPageArgs, toConnection } from '../connection.ts';
import { GraphqlRefusal } from '../errors.ts';
import { auditNodeId } from '../ids.ts';
import type { AuditFilter, Resolvers } from '../resolver-types.ts';

/** Trails: a tenant's stands in its own partition, so that no filter or cursor leads into another's. */
export const auditResolvers = {
  Tenant: {
    async auditEvents({ id }, args, { access }) {
      const reach = await access.tenant(id);
      // The field's policy says so too: what a tenant's admins did is nothing to its members.
      if (!reach || reach.self !== null) return null;
      return pageOf(reach.tables, id, args);
    },
  },
  Query: {
    async platformAuditEvents(_, args, { access }) {
      const tables = access.platform();
      return tables ? pageOf(tables, null, args) : NO_ITEMS;
    },
  },
  AuditEvent: {
    id: ({ tenantId, id }) => auditNodeId(tenantId, id),
    targetType: ({ target }) => target.kind,
    targetId: ({ target }) => target.id,
    reason: ({ reason }) => reason ?? null,
    changes: ({ changes }) => [...changes],
    sequence: ({ link }) => (link ? BigInt(link.sequence) : null),
    hash: ({ link }) => link?.hash ?? null,
    sealedText: (source, _, { platform }) => canonicalJson(sealedForm(entryOf(source), platform.sha256)),
    personalText: (source) => personalText(entryOf(source)),
  },
} satisfies Resolvers;

/** An object that was asked for by its id names its type beside what is stored. */
function entryOf(source: LinkedEntry): AuditEntry {
  const { link: _, __typename, ...entry } = source as LinkedEntry & { readonly __typename?: string };
  return entry;
}

type Args = {
  readonly first: number;
  readonly after?: string | null | undefined;
  readonly filter?: AuditFilter | null | undefined;
};

async function pageOf(tables: Tables, trail: TenantId | null, args: Args) {
  const page = readPageArgs(args);
  if (page.after !== undefined && !isAuditId(page.after)) {
    throw new GraphqlRefusal('BAD_USER_INPUT', 'after is no endCursor of an earlier page');
  }
  const { from, to } = args.filter ?? {};
  const { entries, next } = await listAudit(tables, trail, {
    ...page,
    ...(typeof from === 'number' ? { from: Math.max(0, from) } : {}),
    // No entry is older than the epoch, and an instant before it is no part of an id.
    ...(typeof to === 'number' ? { until: Math.max(0, to) } : {}),
  });
  const items = entries.map(({ entry, link }): LinkedEntry => ({ ...entry, link }));
  return toConnection({ items, ...(next === null ? {} : { next }) });
}
