import { configurationUrl, whyAddressRefused } from '../tenancy/identity-provider.ts';
import { no, ok, type Result } from '../tenancy/result.ts';
import { type FetchJson, whyFailed } from './fetch-json.ts';
import { parseJwks } from './jwks.ts';

/** The address of an issuer's keys; a no is a text for whoever named the issuer: what is wrong, and the way out. */
export type InspectIssuer = (issuer: string) => Promise<Result<string, string>>;

/** What only a private or a shared key has (RFC 7518, 6.2.2, 6.3.2 and 6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const FETCH_MS = 3_000;

/**
 * Looks at an issuer that somebody has named, before anything of it is believed or stored: its address, that its
 * configuration names this very issuer (or one issuer could pass for another: mix-up), and that its keys are such as
 * tokens are verified by. Nothing that it answers is quoted: to whoever named it, the platform is no window on a network.
 * @param ownIssuer the platform's own, which is nobody else's
 * @param fetchJson goes to public addresses alone (`lookUpBy`), follows no redirect, and caps size and time
 * @param internalIssuers origins that the operator answers for: these may be at another port, and on its own network
 */
export async function inspectIssuer(
  issuer: string,
  ownIssuer: string,
  fetchJson: FetchJson,
  internalIssuers: readonly string[] = [],
): Promise<Result<string, string>> {
  const misspelt = whyAddressRefused(issuer, internalIssuers);
  if (misspelt) return no(misspelt);
  if (withoutSlash(issuer) === withoutSlash(ownIssuer)) return no('must not be the platform’s own issuer');
  const configuration = await read(configurationUrl(issuer), fetchJson);
  if (!configuration.ok) return no(`its configuration ${configuration.reason}`);
  const { issuer: named, jwks_uri: jwksUri } = (configuration.value ?? {}) as Record<string, unknown>;
  if (named !== issuer) {
    return no('its configuration names another issuer; give the one that stands there as `issuer`, letter by letter');
  }
  if (typeof jwksUri !== 'string') return no('its configuration names no jwks_uri; give an OpenID Connect issuer');
  // An issuer outside may not lead to one inside.
  const { origin } = new URL(issuer);
  const misplaced = whyAddressRefused(jwksUri, internalIssuers.includes(origin) ? [origin] : []);
  if (misplaced) return no(`its jwks_uri ${misplaced}`);
  const keys = await read(jwksUri, fetchJson);
  if (!keys.ok) return no(`its key set ${keys.reason}`);
  const wrong = whyKeysRefused(keys.value);
  return wrong ? no(`its key set ${wrong}`) : ok(jwksUri);
}

async function read(url: string, fetchJson: FetchJson): Promise<Result<unknown, string>> {
  const request = { url, method: 'GET', headers: { accept: 'application/json' }, timeoutMs: FETCH_MS } as const;
  try {
    return ok(await fetchJson(request));
  } catch (error) {
    const way = 'must be answered with 200 and JSON of 64 KiB at most, within 3 seconds, without a redirect';
    return no(`cannot be read from ${url} (${whyFailed(error)}); it ${way}`);
  }
}

function whyKeysRefused(document: unknown): string | null {
  try {
    parseJwks(document);
  } catch {
    return 'must have an RSA key of 2,048 bits or more for signatures with RS256, and each key id once';
  }
  const { keys } = document as { readonly keys: readonly unknown[] };
  const isPrivate = keys.some(
    (key) => typeof key === 'object' && key !== null && PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)),
  );
  // Whoever reads it could sign as this issuer.
  return isPrivate ? 'has private keys in it: withdraw those keys, then publish their public halves alone' : null;
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
