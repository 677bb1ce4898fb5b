import { createHash, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Codes } from '../issuer/authorize.ts';
import { type AuthorizationServer, type OktaAnswer, type OktaUser, oktaError } from './org.ts';

/** What a sign-in gave, for as long as it is refreshed. `authTime` in seconds. */
type Grant = { readonly user: OktaUser; readonly scopes: readonly string[]; readonly authTime: number };

/** A refresh token in use: of one use, but for the grace, so that an answer that was lost can be asked for again. */
type Session = { readonly grant: Grant; readonly family: string; readonly expiresAt: number; usedAt?: number };

const ACCESS_SECONDS = 3_600;
const REFRESH_MS = 7 * 86_400_000;
const GRACE_MS = 30_000;

/** `/v1/token` and `/v1/revoke` of one authorization server. */
export type TokenEndpoints = {
  token(form: URLSearchParams): Promise<OktaAnswer>;
  revoke(form: URLSearchParams): OktaAnswer;
};

export function openTokenEndpoints(server: AuthorizationServer, codes: Codes): TokenEndpoints {
  const { client, users, now } = server;
  const sessions = new Map<string, Session>();
  const endFamily = (family: string) => {
    for (const [token, session] of sessions) if (session.family === family) sessions.delete(token);
  };
  const startSession = (grant: Grant, family: string): string => {
    const token = randomBytes(32).toString('base64url');
    sessions.set(token, { grant, family, expiresAt: now() + REFRESH_MS });
    return token;
  };
  const answer = async (grant: Grant, family: string, nonce?: string): Promise<OktaAnswer> => {
    const tokens = await mintTokens(server, grant, nonce);
    const refresh = grant.scopes.includes('offline_access') ? { refresh_token: startSession(grant, family) } : {};
    const body = { token_type: 'Bearer', expires_in: ACCESS_SECONDS, scope: grant.scopes.join(' ') };
    return { status: 200, body: { ...body, ...tokens, ...refresh } };
  };

  const redeem = async (form: URLSearchParams): Promise<OktaAnswer> => {
    const proof = { client, redirectUri: form.get('redirect_uri'), verifier: form.get('code_verifier') ?? '' };
    const code = codes.redeem(form.get('code') ?? '', proof);
    const user = code && users.find(({ login }) => login === code.username);
    if (!code || !user) return refuse('invalid_grant', 'The authorization code is invalid or has expired.');
    const { scopes, authTime, nonce } = code;
    return answer({ user, scopes, authTime }, randomBytes(8).toString('hex'), nonce);
  };
  const refresh = async (form: URLSearchParams): Promise<OktaAnswer> => {
    const session = sessions.get(form.get('refresh_token') ?? '');
    const over = refuse('invalid_grant', 'The refresh token is invalid or expired.');
    if (!session || session.expiresAt <= now()) return over;
    if (session.usedAt !== undefined && now() - session.usedAt > GRACE_MS) {
      // Used again long after: somebody has stolen it, and nobody knows who of the two this is.
      endFamily(session.family);
      return over;
    }
    session.usedAt ??= now();
    return answer(session.grant, session.family);
  };

  return {
    token: async (form) => {
      if (form.get('client_id') !== client.id) {
        return oktaError(401, 'invalid_client', "Invalid value for 'client_id' parameter.");
      }
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return redeem(form);
        case 'refresh_token':
          return refresh(form);
        default:
          return refuse('unsupported_grant_type', 'The authorization grant type is not supported by the server.');
      }
    },
    revoke: (form) => {
      const session = sessions.get(form.get('token') ?? '');
      if (session && form.get('client_id') === client.id) endFamily(session.family);
      return { status: 200, body: '' };
    },
  };
}

function refuse(error: string, error_description: string): OktaAnswer {
  return { status: 400, body: { error, error_description } };
}

async function mintTokens(
  { issuer, audience, client, keys, now }: AuthorizationServer,
  { user, scopes, authTime }: Grant,
  nonce: string | undefined,
): Promise<{ access_token: string; id_token?: string }> {
  const { uid, login, name, groups } = user;
  const iat = Math.floor(now() / 1000);
  const common = { ver: 1, iss: issuer, iat, exp: iat + ACCESS_SECONDS, auth_time: authTime };
  const { kid, key } = keys.current();
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ kid, alg: 'RS256' }).sign(key);
  const jti = randomBytes(32).toString('base64url');
  const access_token = await sign({
    ...common,
    jti: `AT.${jti}`,
    aud: audience,
    cid: client.id,
    uid,
    scp: scopes,
    sub: login,
    groups,
  });
  if (!scopes.includes('openid')) return { access_token };
  const id_token = await sign({
    ...common,
    jti: `ID.${jti}`,
    aud: client.id,
    sub: uid,
    name,
    preferred_username: login,
    email: login,
    amr: ['pwd'],
    idp: '00oLocal',
    at_hash: createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
  });
  return { access_token, id_token };
}
