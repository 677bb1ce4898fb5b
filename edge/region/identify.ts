import { type ApiKey, keyLiveness } from '../../tenancy/api-key.ts';
import { type Caller, parseIdentityId } from '../../tenancy/caller.ts';
import { isProvisioningKey, PROVISIONING_IDENTITY } from '../../tenancy/provisioning.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { CONTROL_REGION, type Region } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { ORIGIN_PATH } from '../../tenancy/route.ts';
import { type Switches, stoppedBy } from '../../tenancy/switches.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { openPassport, PASSPORT_HEADER, type Passport, passportKeyId } from '../passport.ts';
import { consult } from './consult.ts';
import type { RegionRequest } from './exchange.ts';
import type { FindPassportKey } from './passport-keys.ts';
import type { Stores } from './stores.ts';

export type IdentifyDeps = {
  readonly region: Region;
  readonly stores: Stores;
  readonly passportKey: FindPassportKey;
};

/** Who is calling, as the directory and the switches have it for this very request. */
export type Identified = { readonly caller: Caller; readonly tenant: Tenant; readonly switches: Switches };

/** The row of a tenant that is new here arrives within seconds. */
const NOT_HERE_SECONDS = 2;

/** Opens the passport: the only proof that a request came through the edge, and the only word on who is calling. */
export async function checkPassport(
  request: RegionRequest,
  { region, passportKey }: IdentifyDeps,
  now: number,
): Promise<Result<Passport, Refusal>> {
  const token = request.headers[PASSPORT_HEADER] ?? '';
  const kid = passportKeyId(token);
  if (kid === null) return no({ kind: 'passport_refused', why: token ? 'not the shape of a passport' : 'absent' });
  const key = await consult(() => passportKey(kid, now));
  if (!key.ok) return key;
  if (!key.value) return no({ kind: 'passport_refused', why: 'signed with a key that is not ours' });
  const opened = openPassport(token, key.value, { region, method: request.method, now });
  if (!opened.ok) return no({ kind: 'passport_refused', why: opened.reason });
  if (request.path !== ORIGIN_PATH) return no({ kind: 'passport_refused', why: 'on another path than the edge calls' });
  return opened;
}

/**
 * Decides whether this caller may call at all, by what the stores say now: the tenant, the key, the kill switches of
 * platform and region. Told before anything about the request is.
 */
export async function identify(
  passport: Passport,
  { region, stores }: IdentifyDeps,
  now: number,
): Promise<Result<Identified, Refusal>> {
  const { tenantId, keyId } = passport.caller;
  const found = await consult(() =>
    Promise.all([
      stores.tenant(tenantId),
      keyId === undefined ? null : stores.apiKey(tenantId, keyId),
      stores.switches(),
    ]),
  );
  if (!found.ok) return found;
  const [tenant, apiKey, switches] = found.value;
  const served = servedTenant(tenant, region);
  if (!served.ok) return served;
  const caller =
    served.value.status === 'ACTIVE'
      ? callerBehind(passport, apiKey, now)
      : await callerBefore(passport, served.value, stores, now);
  if (!caller.ok) return caller;
  const by = stoppedBy(switches, region);
  return by ? no({ kind: 'stopped', by }) : ok({ caller: caller.value, tenant: served.value, switches });
}

function servedTenant(tenant: Tenant | null, region: Region): Result<Tenant, Refusal> {
  const notHere = { kind: 'tenant_not_here', retryAfterSeconds: NOT_HERE_SECONDS } as const;
  // Where the directory is written a missing row is a tenant that does not exist, and answers as a foreign one does;
  // elsewhere it is a row still on its way.
  if (!tenant) return no(region === CONTROL_REGION ? { kind: 'tenant_mismatch' } : notHere);
  if (tenant.status !== 'ACTIVE' && tenant.status !== 'PROVISIONING') return inactive(tenant);
  return tenant.allowedRegions.includes(region) ? ok(tenant) : no(notHere);
}

function inactive(tenant: Tenant): Result<never, Refusal> {
  return no({ kind: 'tenant_inactive', tenant: tenant.id, status: tenant.status });
}

/**
 * Who calls a tenant that is not open yet: the platform itself, by the key that it has made for this one call, and nobody
 * else by any other. Everybody else is told what a closed door says, whether the key is known or not.
 */
async function callerBefore(
  { caller, keySha256, route }: Passport,
  tenant: Tenant,
  stores: Pick<Stores, 'provisioningKey'>,
  now: number,
): Promise<Result<Caller, Refusal>> {
  if (caller.callerType !== 'api_key' || route !== 'messages') return inactive(tenant);
  const key = await consult(() => stores.provisioningKey(tenant.id));
  if (!key.ok) return key;
  if (!isProvisioningKey(key.value, { keyId: caller.keyId, sha256: keySha256 }, now)) return inactive(tenant);
  return ok({ tenantId: tenant.id, identityId: PROVISIONING_IDENTITY, callerType: 'provisioning' });
}

/** The person who answers for the call: of an API key, once it is known to be live, its owner. */
function callerBehind(passport: Passport, apiKey: ApiKey | null, now: number): Result<Caller, Refusal> {
  const { caller, keySha256 = '' } = passport;
  if (caller.callerType !== 'api_key') return ok(caller);
  const state = keyLiveness(apiKey, keySha256, now);
  if (state !== 'live') return no({ kind: 'key_not_live', state });
  const identityId = parseIdentityId(apiKey?.ownerId);
  return identityId ? ok({ ...caller, identityId }) : no({ kind: 'store_unavailable', what: 'a key without an owner' });
}
