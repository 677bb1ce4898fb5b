import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Jwk } from 'aws-jwt-verify/jwk';
import { type FetchJson, RemoteError } from './fetch-json.ts';
import { KeptValue } from './kept-value.ts';

/** One of the issuer's public keys, with its parsed form beside it: both are dropped with the set they came in. */
export type SigningKey = { readonly jwk: Jwk; readonly publicKey: KeyObject };

export type FoundKey =
  | { readonly outcome: 'found'; readonly key: SigningKey }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'unavailable' };

/** The keys of one issuer. `find` never rejects. @param now ms since the epoch */
export type SigningKeys = { find(kid: string, now: number): Promise<FoundKey> };

const RULES = {
  freshMs: 3_600_000,
  /** An issuer's key that was withdrawn is refused after this at the latest, even when its issuer is down. */
  usableMs: 24 * 3_600_000,
  /** A flood of made-up key ids costs one fetch in this time; a rotated key works this much later at the latest. */
  pauseMs: 10_000,
};

const FETCH_MS = 3_000;

/**
 * @param jwksUri https, from the settings: an address is never taken from a token
 * @param onFailure for the log; must not throw
 */
export function keepSigningKeys(
  jwksUri: string,
  fetchJson: FetchJson,
  onFailure: (error: unknown) => void,
): SigningKeys {
  const request = {
    url: jwksUri,
    method: 'GET',
    headers: { accept: 'application/json' },
    timeoutMs: FETCH_MS,
  } as const;
  const kept = new KeptValue(async () => parseJwks(await fetchJson(request)), RULES, onFailure);
  return {
    async find(kid, now) {
      const known = (await kept.get(now))?.get(kid);
      if (known) return { outcome: 'found', key: known };
      // The key may be newer than our copy. While the issuer does not answer nobody knows, and a good token must not be
      // called bad: a client throws away what gets a 401.
      const answered = await kept.refresh(now);
      const key = (await kept.get(now))?.get(kid);
      if (key) return { outcome: 'found', key };
      return { outcome: answered ? 'unknown' : 'unavailable' };
    },
  };
}

/**
 * Reads a key set: its RSA signature keys by id (a Map, so that `__proto__` is no key). Throws when it is no key set or
 * names one id twice. Keys of other kinds are left out, which makes them unknown; so are RSA keys under 2,048 bits.
 */
export function parseJwks(document: unknown): ReadonlyMap<string, SigningKey> {
  const { keys } = (document ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new RemoteError('answered something that is not a key set');
  const found = new Map<string, SigningKey>();
  for (const jwk of keys as (Partial<Jwk> | null)[]) {
    if (jwk?.kty !== 'RSA' || typeof jwk.kid !== 'string' || jwk.kid === '') continue;
    if ((jwk.use ?? 'sig') !== 'sig' || (jwk.alg ?? 'RS256') !== 'RS256') continue;
    if (found.has(jwk.kid)) throw new RemoteError('answered a key set that names one key id twice');
    const publicKey = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    if ((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) continue;
    found.set(jwk.kid, { jwk: jwk as Jwk, publicKey });
  }
  if (found.size === 0) throw new RemoteError('answered a key set without a usable key');
  return found;
}
