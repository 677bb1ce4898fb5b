import type { FetchJson } from './fetch-json.ts';
import { keepSigningKeys, type SigningKeys } from './jwks.ts';

/** The keys of many issuers, by the address of each key set. */
export type IssuerKeys = (jwksUri: string) => SigningKeys;

/** Beyond these, an issuer's keys are fetched anew when it is its turn again: a key set may be 64 KiB. */
const MOST_KEPT = 100;

/**
 * Keeps the key sets of those issuers whose tokens came last. Each is fetched by its own rules: a flood of tokens with
 * made-up key ids costs its own issuer one fetch in a while, and no other issuer a thing.
 * @param fetchJson goes where an issuer may be (`fetchFromIssuers`)
 * @param onFailure for the log; must not throw
 */
export function keepIssuerKeys(fetchJson: FetchJson, onFailure: (error: unknown) => void): IssuerKeys {
  const kept = new Map<string, SigningKeys>();
  return (jwksUri) => {
    const keys = kept.get(jwksUri) ?? keepSigningKeys(jwksUri, fetchJson, onFailure);
    // A Map gives back its keys in the order in which they were put: the first is the one that nobody asked for the longest.
    kept.delete(jwksUri);
    kept.set(jwksUri, keys);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return keys;
  };
}
