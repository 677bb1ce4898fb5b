import { type IdentityProvider, PROVIDER_DEFAULTS } from './identity-provider.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/** What the edge knows of a tenant's own identity provider. */
export type EdgeProvider = Omit<IdentityProvider, 'verifiedAt' | 'version'>;

/** What the KeyValueStore takes of one entry, key and value together. */
const ENTRY_LIMIT = 1_024;

/**
 * The key under which the edge finds whose a token is, from what the token says of itself: `<issuer> <audience>`. Neither
 * has a space in it, so no other pair makes the same key; a tenant's id is no URL, so no tenant's entry is meant.
 */
export function providerKey({ issuer, audience }: Pick<EdgeProvider, 'issuer' | 'audience'>): string {
  return `${issuer} ${audience}`;
}

/** The key under which the edge finds a tenant's provider; its value is the provider's own key. */
export function providerPointer(tenantId: TenantId): string {
  return `idp:${tenantId}`;
}

/** The tenant that a pointer is of; null for any other key. */
export function pointerOwner(key: string): TenantId | null {
  return key.startsWith('idp:') ? parseTenantId(key.slice(4)) : null;
}

/**
 * An entry's value: what its key does not say. Defaults are left out, and of keys that lie under the issuer only the rest.
 * ASCII alone, for the edge passes it on in a header.
 */
export function encodeEdgeProvider(provider: EdgeProvider): string {
  const { tenantId, issuer, jwksUri, clientId, identityClaim, groupsClaim, allowedGroups, scopes } = provider;
  const text = JSON.stringify({
    t: tenantId,
    j: jwksUri.startsWith(`${issuer}/`) ? jwksUri.slice(issuer.length) : jwksUri,
    ...(clientId === undefined ? {} : { c: clientId }),
    ...(identityClaim === PROVIDER_DEFAULTS.identityClaim ? {} : { u: identityClaim }),
    ...(groupsClaim === PROVIDER_DEFAULTS.groupsClaim ? {} : { n: groupsClaim }),
    ...(allowedGroups === undefined ? {} : { g: allowedGroups }),
    ...(isDefault(scopes) ? {} : { s: scopes }),
  });
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether the edge's store has room for a provider's entry. */
export function fitsEdge(provider: EdgeProvider): boolean {
  return providerKey(provider).length + encodeEdgeProvider(provider).length <= ENTRY_LIMIT;
}

/** Reads an entry; null when it is damaged, which must be treated as a fault and never as a default. */
export function decodeEdgeProvider(key: string, value: unknown): EdgeProvider | null {
  const [issuer = '', audience = '', ...more] = key.split(' ');
  if (issuer === '' || audience === '' || more.length > 0 || typeof value !== 'object' || value === null) return null;
  const { t, j, c, u, n, g, s } = value as Record<string, unknown>;
  const tenantId = parseTenantId(t);
  if (!tenantId || typeof j !== 'string' || !isTextOrAbsent(c) || !isTextOrAbsent(u) || !isTextOrAbsent(n)) return null;
  if (!isTextsOrAbsent(g) || !isTextsOrAbsent(s)) return null;
  return {
    tenantId,
    issuer,
    audience,
    jwksUri: j.startsWith('/') ? issuer + j : j,
    ...(c === undefined ? {} : { clientId: c }),
    identityClaim: u ?? PROVIDER_DEFAULTS.identityClaim,
    groupsClaim: n ?? PROVIDER_DEFAULTS.groupsClaim,
    ...(g === undefined ? {} : { allowedGroups: g }),
    scopes: s ?? PROVIDER_DEFAULTS.scopes,
  };
}

/** Whose provider an entry's value is; null when it is damaged, or no provider's. */
export function providerOwner(value: string): TenantId | null {
  try {
    return parseTenantId((JSON.parse(value) as { t?: unknown } | null)?.t);
  } catch {
    return null;
  }
}

/**
 * Reads the entries that the viewer function has found: `[["<key>",<value>],...]`. Null when any is damaged: who would
 * have been let in by that one must not be told that the credential is bad.
 */
export function decodeEdgeProviders(text: string): readonly EdgeProvider[] | null {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(list)) return null;
  const found = list.map((one: unknown) =>
    Array.isArray(one) && typeof one[0] === 'string' ? decodeEdgeProvider(one[0], one[1]) : null,
  );
  const whole = found.filter((one) => one !== null);
  return whole.length === found.length ? whole : null;
}

function isDefault(scopes: readonly string[]): boolean {
  return scopes.join(' ') === PROVIDER_DEFAULTS.scopes.join(' ');
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isTextsOrAbsent(value: unknown): value is readonly string[] | undefined {
  return value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}
