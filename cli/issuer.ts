import * as oauth from 'oauth4webapi';
import { CliError, messageOf } from './failure.ts';
import type { Fetch } from './fetch.ts';
import { withOffline } from './gateway-metadata.ts';
import type { Session, Tokens } from './session.ts';

/** A sign-in that was begun: where the browser goes, and what proves that its answer is ours. */
export type Begun = {
  readonly url: string;
  readonly state: string;
  readonly redirectUri: string;
  readonly verifier: string;
};

export type SignedIn = { readonly tokens: Tokens; readonly signedInAs?: string };

/** `refused`: this refresh token is worth nothing any more. `unavailable`: nothing is known; the token may still be good. */
export type Refreshed =
  | { readonly kind: 'refreshed'; readonly tokens: Tokens }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

export type Issuer = {
  begin(redirectUri: string): Promise<Begun>;
  /**
   * Redeems what came back to the redirect address.
   * @throws CliError when it is an error, another sign-in's, or another issuer's (RFC 9207)
   */
  finish(begun: Begun, answer: URLSearchParams): Promise<SignedIn>;
  refresh(refreshToken: string): Promise<Refreshed>;
  /** False where the issuer has no such endpoint, or refuses. */
  revoke(refreshToken: string): Promise<boolean>;
};

type About = Pick<Session, 'gateway' | 'issuer' | 'clientId' | 'scope'>;

/**
 * The issuer of a session, after its own description; a public client, so without a secret.
 * @throws CliError when it does not answer, or describes another issuer
 */
export async function openIssuer(
  { gateway, issuer, clientId, scope }: About,
  fetch: Fetch,
  now: () => number,
): Promise<Issuer> {
  const options = {
    [oauth.customFetch]: (url: string, { method, headers, body, signal }: oauth.CustomFetchOptions<string, unknown>) =>
      fetch(url, { method, headers, ...(body ? { body: String(body) } : {}), ...(signal ? { signal } : {}) }),
  };
  const server = await describe(issuer, options);
  // The ID token is looked at for a name to show: a machine whose clock is wrong may sign in nevertheless.
  const client: oauth.Client = { client_id: clientId, [oauth.clockTolerance]: Number.MAX_SAFE_INTEGER };
  const none = oauth.None();
  const failed = (error: unknown) => new CliError({ kind: 'sign_in_failed', gateway, reason: reasonOf(error) });

  return {
    begin: async (redirectUri) => {
      const { authorization_endpoint: endpoint } = server;
      // The browser is sent there, so it must be a place for browsers: no file and no other program.
      if (endpoint === undefined || new URL(endpoint).protocol !== 'https:')
        throw new CliError({ kind: 'not_understood', url: issuer, reason: 'it has no https address to sign in at' });
      const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
      const url = new URL(endpoint);
      const query = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: withOffline(scope, server.scopes_supported),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return { url: url.href, state, redirectUri, verifier };
    },
    finish: async ({ state, redirectUri, verifier }, answer) => {
      try {
        const valid = oauth.validateAuthResponse(server, client, answer, state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          none,
          valid,
          redirectUri,
          verifier,
          options,
        );
        const body = await oauth.processAuthorizationCodeResponse(server, client, response);
        const signedInAs = nameIn(oauth.getValidatedIdTokenClaims(body));
        return { tokens: tokensOf(body, now()), ...(signedInAs === undefined ? {} : { signedInAs }) };
      } catch (error) {
        throw failed(error);
      }
    },
    refresh: async (refreshToken) => {
      try {
        const response = await oauth.refreshTokenGrantRequest(server, client, none, refreshToken, options);
        const body = await oauth.processRefreshTokenResponse(server, client, response);
        return { kind: 'refreshed', tokens: { refreshToken, ...tokensOf(body, now()) } };
      } catch (error) {
        return { kind: isRefusal(error) ? 'refused' : 'unavailable', reason: reasonOf(error) };
      }
    },
    revoke: async (refreshToken) => {
      if (server.revocation_endpoint === undefined) return false;
      try {
        await oauth.processRevocationResponse(
          await oauth.revocationRequest(server, client, none, refreshToken, options),
        );
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function describe(issuer: string, options: oauth.DiscoveryRequestOptions): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, options).catch((error: unknown) => {
    throw new CliError({ kind: 'unreachable', url: issuer, reason: messageOf(error) });
  });
  try {
    return await oauth.processDiscoveryResponse(url, response);
  } catch (error) {
    throw new CliError({ kind: 'not_understood', url: issuer, reason: messageOf(error) });
  }
}

function tokensOf(body: oauth.TokenEndpointResponse, now: number): Tokens {
  // An issuer need not say how long (RFC 6749, 5.1); a short life is the safe guess.
  const life = body.expires_in ?? 300;
  return {
    accessToken: body.access_token,
    obtainedAt: now,
    expiresAt: now + life * 1000,
    ...(body.refresh_token === undefined ? {} : { refreshToken: body.refresh_token }),
  };
}

function nameIn(claims: oauth.IDToken | undefined): string | undefined {
  const named = [claims?.['email'], claims?.['preferred_username'], claims?.['cognito:username'], claims?.sub];
  return named.find((name) => typeof name === 'string') as string | undefined;
}

/** The issuer has decided, as opposed to being overloaded or broken. */
function isRefusal(error: unknown): boolean {
  if (error instanceof oauth.WWWAuthenticateChallengeError) return true;
  if (!(error instanceof oauth.ResponseBodyError)) return false;
  return error.status < 500 && error.status !== 429 && !['temporarily_unavailable', 'slow_down'].includes(error.error);
}

/** What the issuer says, in its own words where it has some; never what was sent to it. */
function reasonOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError)
    return error.error_description ? `${error.error} (${error.error_description})` : error.error;
  return messageOf(error);
}
