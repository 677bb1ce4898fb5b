import { randomUUID } from 'node:crypto';
import type { AppClient } from './app-client.ts';
import { authenticateClient, grantScopes } from './app-client.ts';
import type { Codes } from './authorize.ts';
import type { Pool } from './pool.ts';
import { machineTokens, PreTokenRefused, type Tokens, userTokens } from './tokens.ts';

/** A JSON answer of the OAuth endpoints. */
export type OAuthAnswer = { readonly status: number; readonly body: Record<string, unknown> };

const REFRESH_MS = 30 * 86_400_000;

/** `POST /oauth2/token`: authorization_code, refresh_token, client_credentials. */
export async function tokenEndpoint(
  pool: Pool,
  codes: Codes,
  authorization: string | undefined,
  form: URLSearchParams,
): Promise<OAuthAnswer> {
  const client = authenticateClient(pool.clients, authorization, form);
  if (client === undefined) return refuse('invalid_client');
  try {
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return await codeGrant(pool, codes, client, form);
      case 'refresh_token':
        return await refreshGrant(pool, client, form);
      case 'client_credentials':
        return await machineGrant(pool, client, form);
      default:
        return refuse('unsupported_grant_type');
    }
  } catch (error) {
    if (error instanceof PreTokenRefused) return refuse('invalid_grant', error.message);
    throw error;
  }
}

/** `POST /oauth2/revoke`: ends a refresh token's session. An unknown token answers as a known one (RFC 7009). */
export function revokeEndpoint(pool: Pool, authorization: string | undefined, form: URLSearchParams): OAuthAnswer {
  const client = authenticateClient(pool.clients, authorization, form);
  if (client === undefined) return refuse('invalid_client');
  const token = form.get('token') ?? '';
  if (pool.users.session(token)?.clientId === client.id) pool.users.endSession(token);
  return { status: 200, body: {} };
}

async function codeGrant(pool: Pool, codes: Codes, client: AppClient, form: URLSearchParams): Promise<OAuthAnswer> {
  const grant = codes.redeem(form.get('code') ?? '', {
    client,
    redirectUri: form.get('redirect_uri'),
    verifier: form.get('code_verifier') ?? '',
  });
  const user = grant && pool.users.get(grant.username);
  if (grant === undefined || !user?.enabled) return refuse('invalid_grant');
  const { scopes, authTime, nonce } = grant;
  const originJti = randomUUID();
  const who = { user, authTime, originJti, ...(nonce === undefined ? {} : { nonce }) };
  const tokens = await userTokens(pool, client, scopes, who, 'TokenGeneration_HostedAuth');
  const refreshToken = pool.users.startSession({
    username: user.username,
    clientId: client.id,
    scopes,
    authTime,
    originJti,
    expiresAt: pool.now() + REFRESH_MS,
  });
  return answer(tokens, refreshToken);
}

async function refreshGrant(pool: Pool, client: AppClient, form: URLSearchParams): Promise<OAuthAnswer> {
  const refreshToken = form.get('refresh_token') ?? '';
  const tokens = await refreshedTokens(pool, client, refreshToken);
  if (tokens === undefined) return refuse('invalid_grant');
  if (client.rotation === undefined) return answer(tokens);
  // Asked again: of two who came with the same token, one has used it by now.
  const next = pool.users.rotateSession(refreshToken, client.rotation.graceSeconds * 1000);
  return next === undefined ? refuse('invalid_grant') : answer(tokens, next);
}

/** New tokens of a session, with the scopes it began with; undefined when it is over or another client's. */
export async function refreshedTokens(
  pool: Pool,
  client: AppClient,
  refreshToken: string,
): Promise<Tokens | undefined> {
  const session = pool.users.session(refreshToken);
  const user = session && pool.users.get(session.username);
  if (session === undefined || user === undefined || session.clientId !== client.id) return undefined;
  const who = { user, authTime: session.authTime, originJti: session.originJti };
  return userTokens(pool, client, session.scopes, who, 'TokenGeneration_RefreshTokens');
}

async function machineGrant(pool: Pool, client: AppClient, form: URLSearchParams): Promise<OAuthAnswer> {
  if (!client.grants.includes('client_credentials')) return refuse('unauthorized_client');
  const scopes = grantScopes(client, form.get('scope'));
  if (scopes === undefined) return refuse('invalid_scope');
  const metadata = readMetadata(form.get('aws_client_metadata'));
  if (metadata === null) return refuse('invalid_request', 'aws_client_metadata must be a JSON object of strings');
  const tokens = await machineTokens(pool, client, scopes, metadata);
  return answer(tokens);
}

/** Undefined when there is none, null when it is not a JSON object of strings. */
function readMetadata(text: string | null): Record<string, string> | undefined | null {
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const fits = typeof value === 'object' && value !== null && !Array.isArray(value);
    return fits && Object.values(value).every((one) => typeof one === 'string')
      ? (value as Record<string, string>)
      : null;
  } catch {
    return null;
  }
}

function answer({ accessToken, idToken, expiresIn }: Tokens, refreshToken?: string): OAuthAnswer {
  return {
    status: 200,
    body: {
      access_token: accessToken,
      ...(idToken === undefined ? {} : { id_token: idToken }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      expires_in: expiresIn,
      token_type: 'Bearer',
    },
  };
}

function refuse(error: string, error_description?: string): OAuthAnswer {
  return { status: 400, body: { error, ...(error_description === undefined ? {} : { error_description }) } };
}
