import type { Region } from './region.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/**
 * `provisioning` is the platform itself, which calls a new tenant's hostname before it opens it. No token and no passport
 * can claim it: a region alone says so, of the one key that it finds for such a tenant.
 */
export const CALLER_TYPES = ['user', 'machine', 'api_key', 'provisioning'] as const;
export type CallerType = (typeof CALLER_TYPES)[number];

/** Who is calling, after authentication: the only identity that anything behind the edge believes. */
export type Caller = {
  readonly tenantId: TenantId;
  /** `usr_...` or an identity provider's subject; for an API key its owner is read in the region, so here it is `key_<keyId>`. */
  readonly identityId: string;
  readonly callerType: CallerType;
  /** The API key's public id; absent for tokens. */
  readonly keyId?: string;
};

/** The characters that an STS tag value, a session name and our keys all allow: nothing here can break out of any of them. */
const IDENTITY = /^[A-Za-z0-9][A-Za-z0-9_.@=-]{0,63}$/;

/** Reads an identity id (an identity provider's `sub` or one of ours): 1 to 64 plain characters. */
export function parseIdentityId(text: unknown): string | null {
  return typeof text === 'string' && IDENTITY.test(text) ? text : null;
}

/** Reads the type that a token or a passport claims. */
export function parseCallerType(text: unknown): Exclude<CallerType, 'provisioning'> | null {
  const type = CALLER_TYPES.find((one) => one === text) ?? null;
  return type === 'provisioning' ? null : type;
}

/** The session tags under which Bedrock is called; the role's trust policy demands all four. */
export function sessionTags(caller: Caller, region: Region): { Key: string; Value: string }[] {
  return [
    { Key: 'tenant_id', Value: caller.tenantId },
    { Key: 'identity_id', Value: caller.identityId },
    { Key: 'caller_type', Value: caller.callerType },
    { Key: 'bedrock_region', Value: region },
  ];
}

/** `<tenant>.<identity>`, cut to STS's 64 characters: every CloudTrail row then names both. */
export function roleSessionName(caller: Caller): string {
  return `${caller.tenantId}.${caller.identityId}`.slice(0, 64);
}

/** Reads a caller that travelled as data (in a passport): every field is parsed again, none is trusted by its type. */
export function parseCaller(value: unknown): Caller | null {
  if (typeof value !== 'object' || value === null) return null;
  const { tenantId, identityId, callerType, keyId } = value as Record<string, unknown>;
  const tenant = parseTenantId(tenantId);
  const identity = parseIdentityId(identityId);
  const type = parseCallerType(callerType);
  if (!tenant || !identity || !type) return null;
  if (type !== 'api_key')
    return keyId === undefined ? { tenantId: tenant, identityId: identity, callerType: type } : null;
  return typeof keyId === 'string' && /^[0-9A-Za-z]{10}$/.test(keyId)
    ? { tenantId: tenant, identityId: identity, callerType: type, keyId }
    : null;
}
