import { createHash } from 'node:crypto';
import { identityOfProvider, parseIdentityId } from '../tenancy/caller.ts';
import type { EdgeProvider } from '../tenancy/edge-provider.ts';
import { invalid, type TokenReading, whenValid } from './claims.ts';

/** More than any API's token names; the edge looks up no more than these. */
const MAX_AUDIENCES = 3;
/** What OpenID Connect has in ID tokens alone (Core 1.0, sections 2 and 3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/** Whether a token says of itself that it is of this provider: its issuer letter by letter, and its audience. */
export function isOfProvider(
  { iss, aud }: Readonly<Record<string, unknown>>,
  { issuer, audience }: EdgeProvider,
): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return iss === issuer && audiences.length <= MAX_AUDIENCES && audiences.includes(audience);
}

/**
 * What the claims of a token of a tenant's own identity provider say, if its signature is right: the signature is the
 * caller's to check before any of this is believed. @param now ms since the epoch
 */
export function readProviderClaims(
  payload: Readonly<Record<string, unknown>>,
  provider: EdgeProvider,
  now: number,
): TokenReading {
  if (!isOfProvider(payload, provider)) return invalid('token is of another issuer or audience');
  // An ID token tells a client who signed in. Nothing but these marks tells the two apart for certain.
  if (ID_TOKEN_CLAIMS.some((claim) => Object.hasOwn(payload, claim))) return invalid('token is an ID token');
  const { typ, scp, scope, sub, cid, azp, client_id: clientId } = payload;
  if (typ !== undefined && typ !== 'Bearer') return invalid('token is of another type');
  if (scp === undefined && scope === undefined) return invalid('token has no scopes: it is no access token');
  // Client credentials: no person has signed in.
  if ([cid, azp, clientId].some((client) => client !== undefined && client === sub)) {
    return invalid('token is of a client, not of a person');
  }
  const identityId = identityOf(payload, provider);
  if (identityId === null) return invalid('token lacks the claim that names the person');
  return whenValid(payload, now, { identityId, callerType: 'user', claims: payload });
}

/** Whether a token lists one of the groups whose people may come. */
export function isInAllowedGroup(
  claims: Readonly<Record<string, unknown>>,
  { groupsClaim, allowedGroups }: EdgeProvider,
): boolean {
  if (allowedGroups === undefined) return true;
  const groups: unknown = Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : undefined;
  return Array.isArray(groups) && allowedGroups.some((group) => groups.includes(group));
}

/**
 * Who the person is for us: what the claim says, or, where that is an e-mail address or has characters that our ids have
 * not, its hash. No address of a person stands in STS tags, logs or gates.
 */
function identityOf(
  payload: Readonly<Record<string, unknown>>,
  { issuer, identityClaim }: EdgeProvider,
): string | null {
  const value = Object.hasOwn(payload, identityClaim) ? payload[identityClaim] : undefined;
  if (typeof value !== 'string' || value === '' || value.length > 1_024) return null;
  const plain = value.includes('@') ? null : parseIdentityId(identityOfProvider('plain', value));
  if (plain) return plain;
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, value]))
    .digest('hex');
  return identityOfProvider('hashed', digest.slice(0, 40));
}
