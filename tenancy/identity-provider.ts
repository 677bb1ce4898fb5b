import type { TenantId } from './tenant.ts';

/** A tenant's own identity provider (OpenID Connect): tokens of this issuer for this audience are this tenant's. */
export type IdentityProvider = {
  readonly tenantId: TenantId;
  /** As its tokens and its configuration spell it. */
  readonly issuer: string;
  readonly audience: string;
  /** Where its signing keys are; read from its configuration when it was verified. */
  readonly jwksUri: string;
  /** When its configuration and keys were last read and found good, ms epoch. */
  readonly verifiedAt: number;
  /** Counts up with each change; an update names the version that it saw. */
  readonly version: number;
};

const MAX_URL = 300;
const AUDIENCE = /^[\x21-\x7e]{1,200}$/;
/** At least two labels, and a last one that has a letter in it: no address, and no name of a machine beside ours. */
const HOST =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Why an address is not one that the platform will fetch on a tenant's word; null when it is. Only the one spelling is
 * taken that a URL has once it is read: of a text that two readers read differently, one could see another host.
 */
export function whyAddressRefused(text: string): string | null {
  if (text.length > MAX_URL) return `must be ${MAX_URL} characters at most`;
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') return 'must begin with https:// and name a host';
  if (url.username !== '' || url.password !== '' || /[?#@\\]/.test(text)) {
    return 'must have no user, query or fragment';
  }
  if (url.port !== '') return 'must be at port 443, which is not written';
  if (!HOST.test(url.hostname)) return 'must name its host by a public DNS name';
  const spelt = url.pathname === '/' && !text.endsWith('/') ? `${text}/` : text;
  return url.href === spelt ? null : `must be spelt as it is read: ${url.href}`;
}

/** Reads an audience: 1 to 200 printable ASCII characters without spaces. */
export function isAudience(text: string): boolean {
  return AUDIENCE.test(text);
}

/** Where an issuer says what it is (OpenID Connect Discovery 1.0, section 4). */
export function configurationUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
