import type { GrantSubject } from '../../tenancy/grant.ts';
import { getAudit } from '../../tenancy/table/audit.ts';
import { getBillingDay } from '../../tenancy/table/billing-days.ts';
import { getExport } from '../../tenancy/table/exports.ts';
import { getGrant } from '../../tenancy/table/grants.ts';
import { getMachineClient } from '../../tenancy/table/machine-clients.ts';
import { getOperation } from '../../tenancy/table/operations.ts';
import type { StoredRequest } from '../../tenancy/table/request-entity.ts';
import { getRouteBinding } from '../../tenancy/table/route-bindings.ts';
import type { Tables } from '../../tenancy/table/tables.ts';
import type { TenantId } from '../../tenancy/tenant.ts';
import type { Reach } from './access.ts';
import { maySeeBillingDay } from './billing-days.ts';
import { findBillingPeriod } from './billing-periods.ts';
import type { Context } from './context.ts';
import type { NodeId } from './ids.ts';
import type { Place } from './policy.ts';

/** An object by its id, with the name of its type for the server. Null alike for what is missing and what is not the caller's. */
export async function loadNode(id: NodeId, context: Context) {
  const { loaders, access } = context;
  switch (id.type) {
    case 'Tenant':
      return named(id.type, await loaders.tenant(id.tenantId));
    case 'User':
      return named(id.type, await loaders.user(id.tenantId, id.id));
    case 'ApiKey':
      return named(id.type, await loaders.apiKey(id.tenantId, id.id));
    case 'Model':
      return named(id.type, await loaders.model(id.id));
    case 'Grant': {
      const reach = await access.tenant(id.tenantId);
      return reach && (await mayReadGrantsOf(id.subject, reach, context))
        ? named(id.type, await getGrant(reach.tables, id))
        : null;
    }
    case 'MachineClient': {
      const tables = await ownTables(id.tenantId, context);
      return named(id.type, tables && (await getMachineClient(tables, id.tenantId, id.id)));
    }
    case 'Export': {
      const reach = await access.tenant(id.tenantId);
      return reach?.self === null ? named(id.type, await getExport(reach.tables, id)) : null;
    }
    case 'TenantOperation': {
      const tables = access.platform();
      return named(id.type, tables && (await getOperation(tables, id)));
    }
    case 'BillingDay': {
      const reach = await access.tenant(id.tenantId);
      const day = reach?.self === null ? await getBillingDay(reach.tables, id) : null;
      return named(id.type, day && maySeeBillingDay(day, access) ? day : null);
    }
    case 'BillingPeriod': {
      const reach = await access.tenant(id.tenantId);
      return named(id.type, reach?.self === null ? await findBillingPeriod(reach, id.month, context.now) : null);
    }
    case 'RouteBinding': {
      const reach = await access.tenant(id.tenantId);
      return reach?.self === null ? named(id.type, await getRouteBinding(reach.tables, id.tenantId, id.id)) : null;
    }
    case 'AuditEvent': {
      const tables = await ownTables(id.tenantId, context);
      const stored = tables && (await getAudit(tables, id.tenantId, id.id));
      return named(id.type, stored && { ...stored.entry, link: stored.link });
    }
  }
}

/** Where the things of a tenant's admins are, or with null the platform's; null for whom they are not. */
async function ownTables(tenantId: TenantId | null, { access }: Context): Promise<Tables | null> {
  if (tenantId === null) return access.platform();
  const reach = await access.tenant(tenantId);
  return reach?.self === null ? reach.tables : null;
}

/** A member reads what was granted to everybody, to the member and to the member's keys. */
async function mayReadGrantsOf(
  subject: GrantSubject,
  { self, tenantId }: Reach,
  { loaders }: Context,
): Promise<boolean> {
  if (self === null || subject.kind === 'tenant') return true;
  if (subject.kind === 'user') return subject.identityId === self;
  return (await loaders.apiKey(tenantId, subject.keyId)) !== null;
}

function named<Type extends NodeId['type'], Source extends object>(type: Type, source: Source | null) {
  return source && { __typename: type, ...source };
}

/**
 * Whose an object is, read off the object itself: a type's policy is asked about this and about nothing that a client
 * said. A type that is not here is a part of others.
 */
export function placeOf(typeName: string, source: unknown): Place | null {
  const object = source as { readonly tenantId?: Place['tenantId']; readonly id?: unknown; readonly ownerId?: unknown };
  switch (typeName) {
    case 'Tenant':
      return { tenantId: (object.id as Place['tenantId']) ?? null };
    case 'User':
      return { tenantId: object.tenantId ?? null, ownerId: String(object.id) };
    case 'ApiKey':
      return { tenantId: object.tenantId ?? null, ownerId: String(object.ownerId) };
    case 'Grant':
    case 'MachineClient':
    case 'RouteBinding':
    case 'AuditEvent':
    case 'Export':
    case 'TenantOperation':
    case 'BillingDay':
    case 'BillingPeriod':
      return { tenantId: object.tenantId ?? null };
    case 'ModelRequest':
      return { tenantId: (source as StoredRequest).intent.tenantId };
    case 'Model':
    case 'ModelProfile':
    case 'Viewer':
    case 'QueryCost':
      return { tenantId: null };
    default:
      return null;
  }
}
