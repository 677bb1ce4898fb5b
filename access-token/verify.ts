import { verifyJwtSync } from 'aws-jwt-verify/jwt-verifier';
import type { Refusal } from '../tenancy/refusal.ts';
import { readClaims, type TokenReading, type TrustedIssuer, whyHeaderRefused } from './claims.ts';
import type { SigningKey, SigningKeys } from './jwks.ts';
import { readToken } from './token-text.ts';

/** `unverifiable`: nobody can say at the moment, which must not be called bad. */
export type VerifiedToken =
  | TokenReading
  | { readonly outcome: 'unverifiable'; readonly refusal: Refusal & { readonly kind: 'store_unavailable' } };

/**
 * Verifies an access token. aws-jwt-verify checks signature and issuer; it is necessary, not sufficient, and what it
 * lets through is refused by our own checks. Those come first, so that junk costs neither a fetch nor a signature.
 * Nothing is cached by a token's text.
 * @param whyUseless what else a token must say to be of use to the caller: why it is not, or null. @param now ms since the epoch
 */
export async function verifyToken(
  text: string,
  trusted: TrustedIssuer,
  keys: SigningKeys,
  whyUseless: (claims: Readonly<Record<string, unknown>>) => string | null,
  now: number,
): Promise<VerifiedToken> {
  const read = readToken(text);
  if (!read.ok) return { outcome: 'invalid', why: read.reason };
  const { header, payload } = read.value;
  const why = whyHeaderRefused(header);
  if (why) return { outcome: 'invalid', why };
  const claims = readClaims(payload, trusted, now);
  if (claims.outcome === 'invalid') return claims;
  const useless = whyUseless(payload);
  if (useless !== null) return { outcome: 'invalid', why: useless };
  const found = await keys.find(String(header['kid']), now);
  switch (found.outcome) {
    case 'unavailable':
      return { outcome: 'unverifiable', refusal: { kind: 'store_unavailable', what: 'signing keys of the issuer' } };
    case 'unknown':
      return { outcome: 'invalid', why: 'token is signed with an unknown key' };
    case 'found':
      return isSignedBy(text, found.key, trusted.url)
        ? claims
        : { outcome: 'invalid', why: 'token signature is wrong' };
  }
}

/**
 * The library reads the clock by itself and throws on an expired token before it has looked at the issuer; with endless
 * grace it leaves time to `readClaims`, and an expired token is known to be authentic before it is called expired.
 */
function isSignedBy(text: string, key: SigningKey, issuer: string): boolean {
  try {
    verifyJwtSync(
      text,
      key.jwk,
      { issuer, audience: null, graceSeconds: Number.POSITIVE_INFINITY },
      () => key.publicKey,
    );
    return true;
  } catch {
    return false;
  }
}
