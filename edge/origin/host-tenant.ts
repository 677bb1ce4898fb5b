import type { CloudFrontHeaders } from 'aws-lambda';
import type { Caller } from '../../tenancy/caller.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { REGIONS, type Region } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { decodeEdgeTenant, type EdgeTenant, parseTenantHost, type TenantId } from '../../tenancy/tenant.ts';

/** The tenant whose hostname was called; `entry` is null when the KeyValueStore does not know it (yet). */
export type HostTenant = { readonly tenantId: TenantId; readonly entry: EdgeTenant | null };

/** Long enough for the directory to reach the edge, short enough for a person who waits. */
const SETTLING_SECONDS = 5;

/**
 * Reads what edge/viewer has found out. It sets these headers on every request, whatever the client sent, so one that
 * is missing, doubled or at odds with another means that the function did not run: refused, never guessed.
 */
export function readHostTenant(headers: CloudFrontHeaders, domain: string): Result<HostTenant, Refusal> {
  const host = onlyValue(headers, 'x-ar-host');
  const tenant = onlyValue(headers, 'x-ar-tenant');
  const named = host === undefined ? null : parseTenantHost(host, domain);
  if (!named || named.host !== host || named.tenantId !== tenant)
    return no({ kind: 'internal', why: 'x-ar-host and x-ar-tenant do not name one tenant' });
  const directory = headers['x-ar-directory'] ?? [];
  if (directory.length > 1) return no({ kind: 'internal', why: 'x-ar-directory stands twice' });
  return ok({ tenantId: named.tenantId, entry: directory[0] ? decodeEdgeTenant(directory[0].value) : null });
}

/**
 * Null when the tenant may be served; one that the edge does not know is the control region's to judge. An API key passes
 * also while the tenant is PROVISIONING: whether it is the one with which the platform tries the new hostname, the region
 * finds out, and refuses every other as is done here.
 */
export function refuseInactive({ tenantId, entry }: HostTenant, { callerType }: Pick<Caller, 'callerType'>) {
  if (!entry || entry.status === 'ACTIVE') return null;
  if (entry.status === 'PROVISIONING' && callerType === 'api_key') return null;
  return { kind: 'tenant_inactive', tenant: tenantId, status: entry.status } as const satisfies Refusal;
}

/**
 * The region that serves the tenant: its home, if it is deployed and among those that the tenant allows. There is no
 * second choice here: another region could break the tenant's residency.
 */
export function chooseRegion(
  { entry }: HostTenant,
  controlRegion: Region,
  deployed: readonly Region[],
): Result<Region, Refusal> {
  if (!entry) return ok(controlRegion);
  const region = REGIONS.find((one) => one === entry.home && entry.regions.includes(one) && deployed.includes(one));
  return region ? ok(region) : no({ kind: 'tenant_not_here', retryAfterSeconds: SETTLING_SECONDS });
}

/** A header's value, when it stands on the request once. */
export function onlyValue(headers: CloudFrontHeaders, name: string): string | undefined {
  const values = headers[name] ?? [];
  return values.length === 1 ? values[0]?.value : undefined;
}
