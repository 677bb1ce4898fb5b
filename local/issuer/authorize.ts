import { createHash, randomBytes } from 'node:crypto';
import { type AppClient, grantScopes } from './app-client.ts';
import type { ClientLookup } from './clients.ts';

/** An authorization request that may be answered by a code. */
export type AuthorizeRequest = {
  readonly client: AppClient;
  readonly redirectUri: string;
  readonly scopes: string[];
  readonly challenge: string;
  readonly state?: string;
  readonly nonce?: string;
};

export type AuthorizeOutcome =
  | { readonly kind: 'ask'; readonly request: AuthorizeRequest }
  /** The redirect URI is not proven: the reason is shown here, and the browser is sent nowhere (open redirect). */
  | { readonly kind: 'refuse'; readonly message: string }
  | { readonly kind: 'redirect'; readonly to: string };

const ONCE = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce', 'code_challenge'];

/** Reads the parameters of `/oauth2/authorize`: authorization code with PKCE S256, nothing else. */
export function readAuthorize(params: URLSearchParams, clients: ClientLookup): AuthorizeOutcome {
  const doubled = ONCE.find((name) => params.getAll(name).length > 1);
  if (doubled !== undefined) return { kind: 'refuse', message: `${doubled} is given twice` };
  const client = clients.get(params.get('client_id') ?? '');
  if (client === undefined || !client.grants.includes('code')) return { kind: 'refuse', message: 'Unknown client_id.' };
  const redirectUri = params.get('redirect_uri') ?? '';
  if (!client.redirectUris?.includes(redirectUri))
    return { kind: 'refuse', message: 'redirect_uri is not one that is registered for this client.' };

  const state = params.get('state') ?? undefined;
  const nonce = params.get('nonce') ?? undefined;
  const back = (error: string, error_description: string): AuthorizeOutcome => ({
    kind: 'redirect',
    to: withParams(redirectUri, { error, error_description, state }),
  });
  if (params.get('response_type') !== 'code') return back('unsupported_response_type', 'response_type must be code');
  const challenge = params.get('code_challenge') ?? '';
  // "plain" or no challenge would let whoever reads the redirect (a second app on the loopback port) use the code.
  if (params.get('code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    return back('invalid_request', 'code_challenge with code_challenge_method S256 is required');
  const scopes = grantScopes(client, params.get('scope'));
  if (scopes === undefined) return back('invalid_scope', 'a scope is not allowed for this client');
  return {
    kind: 'ask',
    request: {
      client,
      redirectUri,
      scopes,
      challenge,
      ...(state === undefined ? {} : { state }),
      ...(nonce === undefined ? {} : { nonce }),
    },
  };
}

/** Adds parameters to a URI that may have some; undefined ones are left out. */
export function withParams(uri: string, params: Record<string, string | undefined>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(params)) if (value !== undefined) url.searchParams.set(name, value);
  return url.toString();
}

/** What a code stands for. `authTime` in seconds. */
export type CodeGrant = AuthorizeRequest & { readonly username: string; readonly authTime: number };

/** Authorization codes: five minutes, one use, and a wrong use is that use. */
export type Codes = {
  issue(grant: CodeGrant): string;
  redeem(
    code: string,
    proof: { client: AppClient; redirectUri: string | null; verifier: string },
  ): CodeGrant | undefined;
};

export function openCodes(now: () => number): Codes {
  const codes = new Map<string, { grant: CodeGrant; expiresAt: number }>();
  return {
    issue: (grant) => {
      for (const [code, { expiresAt }] of codes) if (expiresAt <= now()) codes.delete(code);
      const code = randomBytes(32).toString('base64url');
      codes.set(code, { grant, expiresAt: now() + 300_000 });
      return code;
    },
    redeem: (code, { client, redirectUri, verifier }) => {
      const found = codes.get(code);
      // Burnt before it is checked: a thief's failed try must not leave it for a second one.
      codes.delete(code);
      if (found === undefined || found.expiresAt <= now()) return undefined;
      const { grant } = found;
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const fits = grant.client.id === client.id && grant.redirectUri === redirectUri && grant.challenge === challenge;
      return fits ? grant : undefined;
    },
  };
}
