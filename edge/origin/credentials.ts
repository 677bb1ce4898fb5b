import { createHash, createHmac } from 'node:crypto';
import type { CloudFrontHeaders } from 'aws-lambda';
import type { TrustedIssuer } from '../../access-token/claims.ts';
import type { IssuerKeys } from '../../access-token/issuer-keys.ts';
import type { SigningKeys } from '../../access-token/jwks.ts';
import { isInAllowedGroup, isOfProvider, readProviderClaims } from '../../access-token/provider-claims.ts';
import { readToken, type TokenParts } from '../../access-token/token-text.ts';
import { verifyRead, verifyToken } from '../../access-token/verify.ts';
import { isApiKeyAuthentic, looksLikeApiKey, parseApiKey } from '../../tenancy/api-key.ts';
import { isAwsSignature, type PresentedCredentials, type VerifiedCredential } from '../../tenancy/credential.ts';
import type { EdgeProvider } from '../../tenancy/edge-provider.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { ReadSecrets } from './secrets.ts';

/** What verifying needs: the platform's issuer with its keys, those of tenants' issuers, and our own secrets. */
export type Verifiers = {
  readonly issuer: TrustedIssuer;
  readonly signingKeys: SigningKeys;
  readonly readSecrets: ReadSecrets;
  /** Of tenants' own identity providers. */
  readonly issuerKeys: IssuerKeys;
};

/**
 * Takes the credentials out of the request. A header that stands twice is refused: whichever of the two we looked at,
 * another reader could look at the other.
 */
export function readCredentials(headers: CloudFrontHeaders): Result<PresentedCredentials, Refusal> {
  const authorization = headers['authorization'] ?? [];
  const key = headers['x-api-key'] ?? [];
  if (authorization.length > 1 || key.length > 1) return invalid('a credential header stands twice');
  const presented: { bearer?: string; apiKey?: string } = {};
  if (authorization[0]) {
    if (isAwsSignature(authorization[0].value)) return no({ kind: 'credential_aws_signature' });
    const bearer = /^bearer ([^\s,]+)$/i.exec(authorization[0].value)?.[1];
    if (bearer === undefined) return invalid('Authorization is not one Bearer credential');
    presented.bearer = bearer;
  }
  if (key[0]) presented.apiKey = key[0].value;
  return ok(presented);
}

/** Verifies each credential presented; the same text in both headers is one. Never rejects for what a client sent. */
export function verifyCredentials(
  { bearer, apiKey }: PresentedCredentials,
  providers: readonly EdgeProvider[],
  verifiers: Verifiers,
  now: number,
): Promise<VerifiedCredential[]> {
  const texts = new Set([bearer, apiKey].filter((text) => text !== undefined));
  return Promise.all(
    Array.from(texts, (text) =>
      looksLikeApiKey(text)
        ? verifyApiKey(text, verifiers.readSecrets, now)
        : (verifyProviderToken(text, providers, verifiers, now) ?? verifyTenantToken(text, verifiers, now)),
    ),
  );
}

/**
 * The digest by which the region looks up whether the API key is still live; undefined when none was presented.
 * `bindCredentials` has let at most one through: the passport carries one digest, and another would never be checked.
 */
export function digestApiKey({ bearer, apiKey }: PresentedCredentials): string | undefined {
  const key = [bearer, apiKey].find((text) => text !== undefined && looksLikeApiKey(text));
  return key === undefined ? undefined : createHash('sha256').update(key).digest('hex');
}

/**
 * Verifies a token of a tenant's own identity provider; null when it is of none of those found. By its issuer and audience
 * it is one tenant's, on whichever host it was shown: there it is let in, everywhere else it is told to be a stranger's.
 */
function verifyProviderToken(
  text: string,
  providers: readonly EdgeProvider[],
  { issuer, issuerKeys }: Verifiers,
  now: number,
): Promise<VerifiedCredential> | null {
  const read = providers.length > 0 ? readToken(text) : null;
  if (!read?.ok) return null;
  const { payload } = read.value;
  // Whatever a tenant has registered, nobody but the platform's pool speaks for the platform's pool.
  if (payload['iss'] === issuer.url) return null;
  const [provider, ...others] = providers.filter((one) => isOfProvider(payload, one));
  if (!provider) return null;
  // An issuer that makes one token for two tenants: it would open both.
  if (others.some(({ tenantId }) => tenantId !== provider.tenantId)) {
    return Promise.resolve({ outcome: 'invalid', why: 'token is for two tenants' });
  }
  return verifyByProvider(text, read.value, provider, issuerKeys(provider.jwksUri), now);
}

async function verifyByProvider(
  text: string,
  parts: TokenParts,
  provider: EdgeProvider,
  keys: SigningKeys,
  now: number,
): Promise<VerifiedCredential> {
  const { tenantId, issuer, allowedGroups = [] } = provider;
  const rules = { issuer, keys, read: (payload: TokenParts['payload']) => readProviderClaims(payload, provider, now) };
  const verified = await verifyRead(text, parts, rules, now);
  if (verified.outcome !== 'authentic') return verified;
  const { identityId, callerType, claims } = verified.identity;
  const caller = { tenantId, identityId, callerType };
  if (isInAllowedGroup(claims, provider)) return { outcome: 'authentic', caller };
  return { outcome: 'authentic', caller, withheld: { kind: 'group_missing', tenant: tenantId, groups: allowedGroups } };
}

/** A token is of use here only if it names a tenant: staff of the platform have none, and call no models. */
async function verifyTenantToken(
  text: string,
  { issuer, signingKeys }: Verifiers,
  now: number,
): Promise<VerifiedCredential> {
  const whyUseless = ({ tenant_id }: Readonly<Record<string, unknown>>) =>
    parseTenantId(tenant_id) ? null : 'token names no tenant';
  const verified = await verifyToken(text, issuer, signingKeys, whyUseless, now);
  if (verified.outcome !== 'authentic') return verified;
  const { identityId, callerType, claims } = verified.identity;
  const tenantId = parseTenantId(claims['tenant_id']);
  if (!tenantId) return { outcome: 'invalid', why: 'token names no tenant' };
  return { outcome: 'authentic', caller: { tenantId, identityId, callerType } };
}

/** Proves that we minted the key, with no look-up. Whether it is still live is the region's question. */
async function verifyApiKey(text: string, readSecrets: ReadSecrets, now: number): Promise<VerifiedCredential> {
  const parts = parseApiKey(text);
  if (!parts) return { outcome: 'invalid', why: 'API key has a wrong shape or checksum' };
  const secrets = await readSecrets(now);
  if (!secrets) return { outcome: 'unverifiable', refusal: { kind: 'edge_not_ready', what: 'secrets' } };
  // A new version is published here for as long as secrets stay fresh before the first key is minted under it.
  const macKey = secrets.macKeys.get(parts.version);
  if (!macKey) return { outcome: 'invalid', why: 'API key has a MAC version that we do not hold' };
  if (!isApiKeyAuthentic(parts, (maced) => createHmac('sha256', macKey).update(maced).digest()))
    return { outcome: 'invalid', why: 'API key was not minted by us' };
  const { tenantId, keyId } = parts;
  return { outcome: 'authentic', caller: { tenantId, identityId: `key_${keyId}`, callerType: 'api_key', keyId } };
}

function invalid(why: string): Result<never, Refusal> {
  return no({ kind: 'credential_invalid', why });
}
