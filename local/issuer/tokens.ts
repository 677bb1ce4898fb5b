import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AppClient } from './app-client.ts';
import type { Pool, PreTokenEvent } from './pool.ts';
import type { User } from './users.ts';

/** Why a token is made, in the trigger's words. */
export type TriggerSource = PreTokenEvent['triggerSource'];

/** A user who has signed in: `authTime` in seconds. */
export type SignedIn = {
  readonly user: User;
  readonly authTime: number;
  readonly originJti: string;
  readonly nonce?: string;
};

export type Tokens = { accessToken: string; idToken?: string; expiresIn: number };

/** The trigger refused, or its function failed: no token is made. */
export class PreTokenRefused extends Error {}

type Claims = Record<string, unknown>;
type Overrides = { claimsToAddOrOverride?: Claims | undefined; claimsToSuppress?: string[] | undefined };

/** What Cognito does not let a trigger touch; an override of one of these is dropped without a word, as there. */
const RESERVED = new Set(
  'acr amr aud at_hash auth_time azp client_id cognito:username device_key event_id exp iat identities iss jti nbf nonce origin_jti scope sub token_use username version'.split(
    ' ',
  ),
);

/** Access and ID token (the latter only under scope `openid` or for a direct sign-in) of a user. */
export async function userTokens(
  pool: Pool,
  client: AppClient,
  scopes: readonly string[],
  who: SignedIn,
  source: TriggerSource,
): Promise<Tokens> {
  const { user } = who;
  const times = lifetime(pool, client);
  const attributes = { sub: user.sub, 'cognito:user_status': user.status, ...user.attributes };
  const event = { userName: user.username, userAttributes: attributes, groups: user.groups };
  const decided = await callTrigger(pool, client, scopes, event, source);
  const base = {
    sub: user.sub,
    ...(decided.groups.length > 0 ? { 'cognito:groups': decided.groups } : {}),
    iss: pool.issuer,
    origin_jti: who.originJti,
    auth_time: who.authTime,
    ...times,
  };
  const accessToken = await sign(
    pool,
    apply(decided.access, {
      ...base,
      version: 2,
      client_id: client.id,
      token_use: 'access',
      scope: decided.scopes.join(' '),
      jti: randomUUID(),
      username: user.username,
    }),
  );
  const expiresIn = times.exp - times.iat;
  if (!scopes.includes('openid') && !scopes.includes('aws.cognito.signin.user.admin'))
    return { accessToken, expiresIn };
  const idToken = await sign(
    pool,
    apply(decided.id, {
      ...base,
      ...user.attributes,
      ...('email_verified' in user.attributes ? { email_verified: user.attributes['email_verified'] === 'true' } : {}),
      'cognito:username': user.username,
      aud: client.id,
      token_use: 'id',
      at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
      ...(who.nonce === undefined ? {} : { nonce: who.nonce }),
      jti: randomUUID(),
    }),
  );
  return { accessToken, idToken, expiresIn };
}

/**
 * The access token of a machine. `metadata` is what the caller sent as `aws_client_metadata`: the trigger sees it, and
 * must not believe it.
 */
export async function machineTokens(
  pool: Pool,
  client: AppClient,
  scopes: readonly string[],
  metadata: Record<string, string> | undefined,
): Promise<Tokens> {
  const times = lifetime(pool, client);
  const event = { userName: client.id, userAttributes: {}, groups: [], metadata };
  const decided = await callTrigger(pool, client, scopes, event, 'TokenGeneration_ClientCredentials');
  const accessToken = await sign(
    pool,
    apply(decided.access, {
      sub: client.id,
      token_use: 'access',
      scope: decided.scopes.join(' '),
      auth_time: times.iat,
      iss: pool.issuer,
      ...times,
      version: 2,
      jti: randomUUID(),
      client_id: client.id,
    }),
  );
  return { accessToken, expiresIn: times.exp - times.iat };
}

type Subject = {
  userName: string;
  userAttributes: Record<string, string>;
  groups: string[];
  metadata?: Record<string, string> | undefined;
};

async function callTrigger(
  pool: Pool,
  client: AppClient,
  scopes: readonly string[],
  { userName, userAttributes, groups, metadata }: Subject,
  triggerSource: TriggerSource,
): Promise<{ access: Overrides; id: Overrides; groups: string[]; scopes: string[] }> {
  const event = {
    version: '3',
    triggerSource,
    region: pool.region,
    userPoolId: pool.poolId,
    userName,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client.id },
    request: {
      userAttributes,
      groupConfiguration: { groupsToOverride: groups, iamRolesToOverride: [], preferredRole: null },
      scopes: [...scopes],
      ...(metadata === undefined ? {} : { clientMetadata: metadata }),
    },
    // The types say an object; what Cognito sends is null.
    response: { claimsAndScopeOverrideDetails: null },
  } as unknown as PreTokenEvent;
  const answer = await pool.preToken(event).catch((error: unknown) => {
    throw new PreTokenRefused(
      `PreTokenGeneration failed with error ${error instanceof Error ? error.message : error}.`,
    );
  });
  const details = answer.response.claimsAndScopeOverrideDetails ?? {};
  const { accessTokenGeneration: access = {}, idTokenGeneration: id = {}, groupOverrideDetails } = details;
  const kept = scopes.filter((scope) => !access.scopesToSuppress?.includes(scope));
  return {
    access,
    id,
    groups: groupOverrideDetails?.groupsToOverride ?? groups,
    scopes: [...new Set([...kept, ...(access.scopesToAdd ?? [])])],
  };
}

function apply({ claimsToAddOrOverride = {}, claimsToSuppress = [] }: Overrides, claims: Claims): Claims {
  const allowed = ([name]: [string, unknown]) => !RESERVED.has(name);
  const merged = { ...claims, ...Object.fromEntries(Object.entries(claimsToAddOrOverride).filter(allowed)) };
  for (const name of claimsToSuppress) if (!RESERVED.has(name)) delete merged[name];
  return merged;
}

function lifetime(pool: Pool, client: AppClient): { iat: number; exp: number } {
  const iat = Math.floor(pool.now() / 1000);
  return { iat, exp: iat + (client.tokenSeconds ?? 3600) };
}

/** Cognito's header has kid and alg alone: no `typ`. */
function sign(pool: Pool, claims: Claims): Promise<string> {
  const { kid, key } = pool.keys.current();
  return new SignJWT(claims).setProtectedHeader({ kid, alg: 'RS256' }).sign(key);
}
