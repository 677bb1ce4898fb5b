import type { TenantId } from './tenant.ts';

/** A tenant's own identity provider (OpenID Connect): tokens of this issuer for this audience are this tenant's. */
export type IdentityProvider = {
  readonly tenantId: TenantId;
  /** As its tokens and its configuration spell it. */
  readonly issuer: string;
  readonly audience: string;
  /** Where its signing keys are; read from its configuration when it was verified. */
  readonly jwksUri: string;
  /** Its public OAuth client, which `agent-runner login` signs in with; without one, people bring their tokens by themselves. */
  readonly clientId?: string;
  /** The claim that tells one person from another, for as long as the person is there. */
  readonly identityClaim: string;
  /** The claim that lists a person's groups. */
  readonly groupsClaim: string;
  /** A token needs one of these; absent: everybody to whom the issuer gives a token for the audience may come. */
  readonly allowedGroups?: readonly string[];
  /** What a sign-in asks for. */
  readonly scopes: readonly string[];
  /** When its configuration and keys were last read and found good, ms epoch. */
  readonly verifiedAt: number;
  /** Counts up with each change; an update names the version that it saw. */
  readonly version: number;
};

/** What a registration that does not say otherwise means. */
export const PROVIDER_DEFAULTS = {
  identityClaim: 'sub',
  groupsClaim: 'groups',
  scopes: ['openid', 'offline_access'],
} as const satisfies Partial<IdentityProvider>;

const MAX_URL = 300;
const AUDIENCE = /^[\x21-\x7e]{1,200}$/;
const CLIENT_ID = /^[\x21-\x7e]{1,100}$/;
/** Auth0's own claims are URLs. */
const CLAIM = /^[A-Za-z][A-Za-z0-9_.:/-]{0,99}$/;
/** RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const GROUP = /^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u;
const MAX_LIST = 20;
/** What these say is the same for many people, or another with each token. */
const NOBODYS_CLAIMS = 'iss aud azp cid client_id tid scp scope ver jti iat exp nbf auth_time groups roles'.split(' ');
/** At least two labels, and a last one that has a letter in it: no address, and no name of a machine beside ours. */
const HOST =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Why an address is not one that the platform will fetch on a tenant's word; null when it is. Only the one spelling is
 * taken that a URL has once it is read: of a text that two readers read differently, one could see another host.
 * @param internalIssuers origins (`https://<host>[:port]`) whose host and port the platform's operator answers for
 */
export function whyAddressRefused(text: string, internalIssuers: readonly string[] = []): string | null {
  if (text.length > MAX_URL) return `must be ${MAX_URL} characters at most`;
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') return 'must begin with https:// and name a host';
  if (url.username !== '' || url.password !== '' || /[?#@\\]/.test(text)) {
    return 'must have no user, query or fragment';
  }
  const isInternal = internalIssuers.includes(url.origin);
  if (url.port !== '' && !isInternal) return 'must be at port 443, which is not written';
  if (!HOST.test(url.hostname) && !isInternal) return 'must name its host by a public DNS name';
  const spelt = url.pathname === '/' && !text.endsWith('/') ? `${text}/` : text;
  return url.href === spelt ? null : `must be spelt as it is read: ${url.href}`;
}

/** Reads an audience: 1 to 200 printable ASCII characters without spaces. */
export function isAudience(text: string): boolean {
  return AUDIENCE.test(text);
}

/** Reads an operator's list of issuers on its own network: origins as a URL spells them, https alone. */
export function areIssuerOrigins(list: unknown): list is readonly string[] {
  return (
    Array.isArray(list) &&
    list.every((one: unknown) => {
      const url = typeof one === 'string' ? URL.parse(one) : null;
      return url?.protocol === 'https:' && url.origin === one;
    })
  );
}

/** What is wrong with a registration, and the way out; null when nothing is. `field` is the one that it is about. */
export function whyProviderRefused({
  audience,
  clientId,
  identityClaim,
  groupsClaim,
  allowedGroups,
  scopes,
}: Omit<IdentityProvider, 'tenantId' | 'issuer' | 'jwksUri' | 'verifiedAt' | 'version'>): {
  readonly field: string;
  readonly message: string;
} | null {
  const no = (field: string, message: string) => ({ field, message });
  if (!isAudience(audience)) return no('audience', 'must be 1 to 200 printable ASCII characters without spaces');
  if (clientId !== undefined && !CLIENT_ID.test(clientId)) {
    return no('clientId', 'must be 1 to 100 printable ASCII characters without spaces');
  }
  // An ID token has its client as audience: it would pass for an access token.
  if (clientId === audience) return no('audience', 'must not be the client id, which only ID tokens are made for');
  if (!CLAIM.test(identityClaim) || NOBODYS_CLAIMS.includes(identityClaim)) {
    return no('identityClaim', 'must be the name of a claim that is one person’s alone, such as sub, uid or oid');
  }
  if (!CLAIM.test(groupsClaim)) {
    return no('groupsClaim', 'must be the name of a claim: 1 to 100 letters, digits and _ . : / -, a letter first');
  }
  if (allowedGroups !== undefined && !isList(allowedGroups, GROUP)) {
    const form = `must be 1 to ${MAX_LIST} different names of 1 to 100 characters; leave it out to let everybody in`;
    return no('allowedGroups', form);
  }
  return isList(scopes, SCOPE) ? null : no('scopes', `must be 1 to ${MAX_LIST} different OAuth scopes`);
}

function isList(list: readonly string[], form: RegExp): boolean {
  const { length } = list;
  return length > 0 && length <= MAX_LIST && new Set(list).size === length && list.every((one) => form.test(one));
}

/** Where an issuer says what it is (OpenID Connect Discovery 1.0, section 4). */
export function configurationUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
