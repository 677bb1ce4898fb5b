import { type ApiKey, keyLiveness } from '../../tenancy/api-key.ts';
import { type Caller, parseIdentityId } from '../../tenancy/caller.ts';
import { decideGrant, grantSubjects } from '../../tenancy/grant.ts';
import { chooseProfile, parseModelName } from '../../tenancy/model.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { CONTROL_REGION, type Region } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { ORIGIN_PATH } from '../../tenancy/route.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { openPassport, PASSPORT_HEADER, type Passport, passportKeyId } from '../passport.ts';
import { planBody, readMessagesBody, writeBody } from './body.ts';
import type { RegionRequest } from './exchange.ts';
import { errorPlace } from './log.ts';
import type { FindPassportKey } from './passport-keys.ts';
import type { Stores } from './stores.ts';

export type AdmitDeps = {
  readonly region: Region;
  readonly stores: Stores;
  readonly passportKey: FindPassportKey;
};

/** A request that may go to Bedrock, once its place in the limits is reserved. */
export type Admission = {
  readonly caller: Caller;
  readonly intent: Intent;
  readonly body: Buffer;
  /** Betas that the client asked for and Bedrock does not know, in the client's names. */
  readonly droppedBetas: readonly string[];
};

/** The row of a tenant that is new here arrives within seconds. */
const NOT_HERE_SECONDS = 2;

/** Opens the passport: the only proof that a request came through the edge, and the only word on who is calling. */
export async function checkPassport(
  request: RegionRequest,
  { region, passportKey }: AdmitDeps,
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
 * Decides a call by what the directory says now: the tenant, the key, the model, the grant. Who may not call at all is
 * told so before anything about the request is.
 */
export async function admit(
  request: RegionRequest,
  passport: Passport,
  { region, stores }: AdmitDeps,
  now: number,
): Promise<Result<Admission, Refusal>> {
  const { tenantId, keyId } = passport.caller;
  const read = readMessagesBody(request);
  const name = read.ok ? parseModelName(read.value.model) : null;
  const found = await consult(() =>
    Promise.all([
      stores.tenant(tenantId),
      keyId === undefined ? null : stores.apiKey(tenantId, keyId),
      name === null ? null : stores.model(name.name),
    ]),
  );
  if (!found.ok) return found;
  const [tenant, apiKey, model] = found.value;

  const served = servedTenant(tenant, region);
  if (!served.ok) return served;
  const { residency } = served.value;
  const caller = callerBehind(passport, apiKey, now);
  if (!caller.ok) return caller;
  if (!read.ok) return read;

  const notGranted = { kind: 'model_not_granted', model: read.value.model, tenant: tenantId } as const;
  if (!model?.enabled) return no(notGranted);
  const grants = await consult(() => stores.grants(tenantId, grantSubjects(caller.value)));
  if (!grants.ok) return grants;
  const decision = decideGrant(grants.value, model.id, region, now);
  if (decision.outcome === 'denied') return no({ ...notGranted, grantId: decision.grantId });
  if (decision.outcome === 'none') return no(notGranted);
  const profile = chooseProfile(model, region, residency);
  if (!profile) return no({ kind: 'model_out_of_reach', model: model.id, region, residency });

  const asked = `${request.headers['anthropic-beta'] ?? ''},${read.value.betas}`;
  const longContext = name?.longContext ?? false;
  const plan = planBody(read.value, { model, region, asked, longContext, rejected: new Set() });
  if (!plan.ok) return plan;
  const { identityId, callerType } = caller.value;
  const sessionId = request.headers['x-claude-code-session-id'] ?? '';
  return ok({
    caller: caller.value,
    body: writeBody(read.value, plan.value),
    droppedBetas: plan.value.dropped,
    intent: {
      requestId: passport.requestId,
      tenantId,
      identityId,
      callerType,
      ...(keyId === undefined ? {} : { keyId }),
      model: model.id,
      bedrockModelId: profile.bedrockModelId,
      region,
      stream: read.value.stream,
      ...(/^[A-Za-z0-9-]{1,64}$/.test(sessionId) ? { sessionId } : {}),
      startedAt: now,
    },
  });
}

function servedTenant(tenant: Tenant | null, region: Region): Result<Tenant, Refusal> {
  const notHere = { kind: 'tenant_not_here', retryAfterSeconds: NOT_HERE_SECONDS } as const;
  // Where the directory is written a missing row is a tenant that does not exist, and answers as a foreign one does;
  // elsewhere it is a row still on its way.
  if (!tenant) return no(region === CONTROL_REGION ? { kind: 'tenant_mismatch' } : notHere);
  if (tenant.status !== 'ACTIVE') return no({ kind: 'tenant_inactive', tenant: tenant.id, status: tenant.status });
  return tenant.allowedRegions.includes(region) ? ok(tenant) : no(notHere);
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

/** A store that cannot be reached says neither yes nor no. */
async function consult<Value>(read: () => Promise<Value>): Promise<Result<Value, Refusal>> {
  try {
    return ok(await read());
  } catch (error) {
    return no({ kind: 'store_unavailable', what: errorPlace(error) });
  }
}
