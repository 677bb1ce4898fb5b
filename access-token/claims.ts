import type { CallerType } from '../tenancy/caller.ts';
import { isIdentityOfProvider, parseIdentityId } from '../tenancy/caller.ts';

/** Whose token it is, by its claims; `claims` are all of them, for what a reader looks for beside. */
export type TokenIdentity = {
  readonly identityId: string;
  readonly callerType: Exclude<CallerType, 'api_key'>;
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What became of a token. `why` is for the log; it holds nothing of the token. */
export type TokenReading =
  | { readonly outcome: 'authentic'; readonly identity: TokenIdentity }
  | { readonly outcome: 'invalid'; readonly why: string }
  | { readonly outcome: 'expired' };

/** Whose tokens count: one issuer, and the clients that it makes them for. */
export type TrustedIssuer = {
  readonly url: string;
  readonly clientIds: readonly string[];
  /** Whether a machine's token may be of any client: for whoever looks the client up in a table of its own. */
  readonly anyMachine?: true;
};

const MAX_LIFE_SECONDS = 24 * 3600;
/** Two machines' clocks differ: a token may look this much too young. It is never used past its end. */
const SKEW_SECONDS = 60;
/** `key_` is how the identity of an API key begins; a token must not be taken for one. */
const KEY_IDENTITY = /^key_/;
/** Members with which a token would bring its own key or change how it is to be read. */
const REFUSED_HEADER_MEMBERS = ['crit', 'b64', 'zip', 'jwk', 'jku', 'x5u', 'x5c', 'enc'];

/** Why a token's header is not one of ours; null when it is. */
export function whyHeaderRefused(header: Readonly<Record<string, unknown>>): string | null {
  const { alg, kid, typ } = header;
  // One algorithm: with a second one an attacker picks, and an HMAC keyed with the public key would pass for RSA.
  if (alg !== 'RS256') return 'token is not signed with RS256';
  if (typeof kid !== 'string' || kid === '' || kid.length > 128) return 'token names no signing key';
  if (typ !== undefined && typ !== 'JWT' && typ !== 'at+jwt') return 'token is of another type';
  return REFUSED_HEADER_MEMBERS.some((member) => Object.hasOwn(header, member))
    ? 'token header has a member that we do not allow'
    : null;
}

/**
 * What a token's claims say, if its signature is right: the signature is the caller's to check before any of this is
 * believed. @param now ms since the epoch
 */
export function readClaims(
  payload: Readonly<Record<string, unknown>>,
  trusted: TrustedIssuer,
  now: number,
): TokenReading {
  const { iss, aud, token_use, client_id, sub, username } = payload;
  if (iss !== trusted.url) return invalid('token is of another issuer');
  // An ID token tells a client who signed in; it was never meant to open anything.
  if (token_use !== 'access') return invalid('token is no access token');
  // Client credentials give a token whose subject is the client itself, and which has no user.
  const callerType = sub === client_id && username === undefined ? 'machine' : 'user';
  const known = trusted.clientIds.some((id) => id === client_id) || (trusted.anyMachine && callerType === 'machine');
  if (!known) return invalid('token was made for another client');
  if (aud !== undefined && !names(aud, trusted.clientIds)) return invalid('token was made for another audience');
  const identityId = parseIdentityId(sub);
  if (!identityId || KEY_IDENTITY.test(identityId) || isIdentityOfProvider(identityId)) {
    return invalid('token names no identity');
  }
  return whenValid(payload, now, { identityId, callerType, claims: payload });
}

/** The identity, while the token is in its time: the same rules whoever made it. @param now ms since the epoch */
export function whenValid(
  { iat, exp, nbf }: Readonly<Record<string, unknown>>,
  now: number,
  identity: TokenIdentity,
): TokenReading {
  const nowSeconds = now / 1000;
  if (!isTime(iat) || iat > nowSeconds + SKEW_SECONDS) return invalid('token has no believable time of issue');
  if (!isTime(exp) || exp <= iat || exp - iat > MAX_LIFE_SECONDS) return invalid('token has no believable end');
  if (nbf !== undefined && (!isTime(nbf) || nbf > nowSeconds + SKEW_SECONDS)) return invalid('token is not valid yet');
  if (exp <= nowSeconds) return { outcome: 'expired' };
  return { outcome: 'authentic', identity };
}

/** Whole seconds since the epoch; fractions, texts, 1e300 and the like are nobody's clock. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function names(audience: unknown, clientIds: readonly string[]): boolean {
  const all: unknown[] = Array.isArray(audience) ? audience : [audience];
  return all.some((one) => clientIds.some((id) => id === one));
}

/** A no for the log. */
export function invalid(why: string): TokenReading {
  return { outcome: 'invalid', why };
}
