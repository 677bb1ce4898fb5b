import type { BillingDayId } from '../../tenancy/billing-day.ts';
import type { BillingPeriod } from '../../tenancy/billing-period.ts';
import { parseIdentityId } from '../../tenancy/caller.ts';
import type { Grant, GrantSubject } from '../../tenancy/grant.ts';
import type { Operation } from '../../tenancy/operation.ts';
import { isAgentName, type RouteBinding } from '../../tenancy/route-binding.ts';
import { parseTenantId, type TenantId } from '../../tenancy/tenant.ts';

/**
 * Ids of the API: a type, the tenant that it belongs to, and the id that it has there. Whose it is can be read off an id
 * before anything is looked up, and none can lead across a tenant's wall: what is read is read under that tenant's key.
 */
export type NodeId =
  | { readonly type: 'Tenant'; readonly tenantId: TenantId }
  | { readonly type: 'User'; readonly tenantId: TenantId; readonly id: string }
  | { readonly type: 'ApiKey'; readonly tenantId: TenantId; readonly id: string }
  | { readonly type: 'Grant'; readonly tenantId: TenantId; readonly subject: GrantSubject; readonly id: string }
  | { readonly type: 'Export'; readonly tenantId: TenantId; readonly id: string }
  | { readonly type: 'TenantOperation'; readonly tenantId: TenantId; readonly id: string }
  | { readonly type: 'RouteBinding'; readonly tenantId: TenantId; readonly id: string }
  | ({ readonly type: 'BillingDay' } & BillingDayId)
  | { readonly type: 'BillingPeriod'; readonly tenantId: TenantId; readonly month: string }
  | { readonly type: 'Model'; readonly id: string }
  /** No tenant: the platform's own. */
  | { readonly type: 'AuditEvent'; readonly tenantId: TenantId | null; readonly id: string }
  | { readonly type: 'MachineClient'; readonly tenantId: TenantId | null; readonly id: string };

const PREFIXES = {
  ten: 'Tenant',
  usr: 'User',
  key: 'ApiKey',
  mcl: 'MachineClient',
  grt: 'Grant',
  mdl: 'Model',
  rtb: 'RouteBinding',
  aud: 'AuditEvent',
  exp: 'Export',
  op: 'TenantOperation',
  bil: 'BillingDay',
  per: 'BillingPeriod',
} as const;

/** Stands for the platform where a tenant would: no tenant may be called so. */
const PLATFORM = 'platform';

export function tenantNodeId(tenantId: TenantId): string {
  return `ten_${tenantId}`;
}

export function userNodeId(tenantId: TenantId, identityId: string): string {
  return `usr_${tenantId}:${identityId}`;
}

export function apiKeyNodeId(tenantId: TenantId, keyId: string): string {
  return `key_${tenantId}:${keyId}`;
}

export function machineClientNodeId(tenantId: TenantId | null, clientId: string): string {
  return `mcl_${tenantId ?? PLATFORM}:${clientId}`;
}

export function grantNodeId({ tenantId, subject, id }: Pick<Grant, 'tenantId' | 'subject' | 'id'>): string {
  const whose = subject.kind === 'user' ? subject.identityId : subject.kind === 'key' ? subject.keyId : '';
  return `grt_${tenantId}:${subject.kind}:${whose}:${id}`;
}

export function modelNodeId(modelId: string): string {
  return `mdl_${modelId}`;
}

export function routeBindingNodeId({ tenantId, name }: Pick<RouteBinding, 'tenantId' | 'name'>): string {
  return `rtb_${tenantId}:${name}`;
}

export function auditNodeId(tenantId: TenantId | null, id: string): string {
  return `aud_${tenantId ?? PLATFORM}:${id}`;
}

export function exportNodeId({ tenantId, id }: { readonly tenantId: TenantId; readonly id: string }): string {
  return `exp_${tenantId}:${id}`;
}

export function operationNodeId({ tenantId, id }: Pick<Operation, 'tenantId' | 'id'>): string {
  return `op_${tenantId}:${id}`;
}

export function billingDayNodeId({ tenantId, day, revision }: BillingDayId): string {
  return `bil_${tenantId}:${day}:${revision}`;
}

export function billingPeriodNodeId({ tenantId, month }: Pick<BillingPeriod, 'tenantId' | 'month'>): string {
  return `per_${tenantId}:${month}`;
}

/** Reads an id; null for what is none of ours, which is answered like one that nothing has. */
export function parseNodeId(text: string): NodeId | null {
  const [, prefix = '', rest = ''] = /^([a-z]{2,3})_(.{1,256})$/.exec(text) ?? [];
  if (!Object.hasOwn(PREFIXES, prefix)) return null;
  const type = PREFIXES[prefix as keyof typeof PREFIXES];
  if (type === 'Model') return /^[a-z0-9][a-z0-9.:-]{0,95}$/.test(rest) ? { type, id: rest } : null;
  const [first, ...parts] = rest.split(':');
  const tenantId = parseTenantId(first);
  if (type === 'Tenant') return tenantId && parts.length === 0 ? { type, tenantId } : null;
  if (type === 'AuditEvent' || type === 'MachineClient') {
    const [id] = parts;
    const ours = tenantId !== null || first === PLATFORM;
    return ours && parts.length === 1 && isPlain(id) ? { type, tenantId, id } : null;
  }
  if (!tenantId) return null;
  if (type === 'Grant') {
    const [kind = '', whose = '', id] = parts;
    const subject = readSubject(kind, whose);
    return parts.length === 3 && subject && isPlain(id) ? { type, tenantId, subject, id } : null;
  }
  if (type === 'BillingDay') {
    const [day = '', revision = ''] = parts;
    const isOne = parts.length === 2 && /^\d{4}-\d\d-\d\d$/.test(day) && /^[1-9]\d{0,3}$/.test(revision);
    return isOne ? { type, tenantId, day, revision: Number(revision) } : null;
  }
  const [id] = parts;
  if (type === 'BillingPeriod') {
    const isOne = parts.length === 1 && /^\d{4}-(?:0[1-9]|1[0-2])$/.test(id ?? '');
    return isOne ? { type, tenantId, month: id ?? '' } : null;
  }
  if (type === 'RouteBinding') return parts.length === 1 && isAgentName(id) ? { type, tenantId, id } : null;
  return parts.length === 1 && isPlain(id) ? { type, tenantId, id } : null;
}

/** Reads an id of one type. */
export function parseIdOf<Type extends NodeId['type']>(
  type: Type,
  text: string,
): Extract<NodeId, { type: Type }> | null {
  const id = parseNodeId(text);
  return id?.type === type ? (id as Extract<NodeId, { type: Type }>) : null;
}

function readSubject(kind: string, whose: string): GrantSubject | null {
  if (kind === 'tenant') return whose === '' ? { kind } : null;
  if (!isPlain(whose)) return null;
  if (kind === 'user') return { kind, identityId: whose };
  return kind === 'key' ? { kind, keyId: whose } : null;
}

/** Identities, key ids and ids of ours are all of these characters, none of which opens another key. */
function isPlain(text: string | undefined): text is string {
  return parseIdentityId(text) !== null;
}
