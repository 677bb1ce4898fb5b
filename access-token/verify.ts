import { verifyJwtSync } from 'aws-jwt-verify/jwt-verifier';
import type { Refusal } from '../tenancy/refusal.ts';
import { invalid, readClaims, type TokenReading, type TrustedIssuer, whyHeaderRefused } from './claims.ts';
import type { SigningKey, SigningKeys } from './jwks.ts';
import { readToken, type TokenParts } from './token-text.ts';

/** `unverifiable`: nobody can say at the moment, which must not be called bad. */
export type VerifiedToken =
  | TokenReading
  | { readonly outcome: 'unverifiable'; readonly refusal: Refusal & { readonly kind: 'store_unavailable' } };

/**
 * Verifies an access token of the platform's own issuer.
 * @param whyUseless what else a token must say to be of use to the caller: why it is not, or null. @param now ms since the epoch
 */
export function verifyToken(
  text: string,
  trusted: TrustedIssuer,
  keys: SigningKeys,
  whyUseless: (claims: Readonly<Record<string, unknown>>) => string | null,
  now: number,
): Promise<VerifiedToken> {
  const read = readToken(text);
  if (!read.ok) return Promise.resolve(invalid(read.reason));
  const why = whyUseless(read.value.payload);
  const readTrusted = (payload: TokenParts['payload']) => {
    const reading = readClaims(payload, trusted, now);
    return reading.outcome !== 'invalid' && why !== null ? invalid(why) : reading;
  };
  return verifyRead(text, read.value, { issuer: trusted.url, keys, read: readTrusted }, now);
}

/** Who is to have made a token, with what keys, and what its claims then say. */
export type TokenRules = {
  readonly issuer: string;
  readonly keys: SigningKeys;
  readonly read: (payload: TokenParts['payload']) => TokenReading;
};

/**
 * Verifies an access token that was taken apart. aws-jwt-verify checks signature and issuer; it is necessary, not
 * sufficient, and what it lets through is refused by our own checks. Those come first, so that junk costs neither a fetch
 * nor a signature. Nothing is cached by a token's text. @param now ms since the epoch
 */
export async function verifyRead(
  text: string,
  { header, payload }: TokenParts,
  { issuer, keys, read }: TokenRules,
  now: number,
): Promise<VerifiedToken> {
  const why = whyHeaderRefused(header);
  if (why) return invalid(why);
  const reading = read(payload);
  if (reading.outcome === 'invalid') return reading;
  const found = await keys.find(String(header['kid']), now);
  switch (found.outcome) {
    case 'unavailable':
      return { outcome: 'unverifiable', refusal: { kind: 'store_unavailable', what: 'signing keys of the issuer' } };
    case 'unknown':
      return invalid('token is signed with an unknown key');
    case 'found':
      return isSignedBy(text, found.key, issuer) ? reading : invalid('token signature is wrong');
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
