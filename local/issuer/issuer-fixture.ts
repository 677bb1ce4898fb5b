import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { type IssuerOptions, startIssuer } from '../issuer.ts';
import type { Mail, PreTokenEvent } from './pool.ts';

export const REDIRECT = 'http://localhost:8976/callback';
export const ACCESS_KEYS = { AKIALOCALADMIN00001: 'local-admin-secret' };
export const CLIENT = 'cli';

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/** One https call that trusts the local authority alone. */
export function call(
  caPath: string,
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const outgoing = request(url, { method, headers, ca: readFileSync(caPath), agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Stands in for our trigger, which has a table to ask: a person's tenant is its attribute's, `robot` is acme's. */
function triggerOf(event: PreTokenEvent): PreTokenEvent {
  const machine = event.triggerSource === 'TokenGeneration_ClientCredentials';
  const { clientId } = event.callerContext;
  const tenant = machine ? { robot: 'acme' }[clientId] : event.request.userAttributes['custom:tenant_id'];
  if (tenant === undefined) throw new Error('belongs to no tenant');
  const claimsToAddOrOverride = { tenant_id: tenant };
  return {
    ...event,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride } } },
  };
}

/** An issuer with a trigger, a public client `cli`, a machine `robot` of acme and one `stray` of no tenant. */
export async function startTestIssuer(options: Partial<IssuerOptions> = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'issuer-'));
  const events: PreTokenEvent[] = [];
  const mails: Mail[] = [];
  const machine = { grants: ['client_credentials'], scopes: ['agent-runner/usage.read'] } as const;
  const issuer = await startIssuer({
    folder,
    region: 'eu-central-1',
    poolId: 'eu-central-1_Local',
    resourceScopes: ['agent-runner/usage.read'],
    clients: [
      {
        id: CLIENT,
        redirectUris: [REDIRECT],
        logoutUris: ['http://localhost:8976/'],
        grants: ['code', 'password'],
        scopes: ['openid', 'email'],
      },
      { id: 'robot', secret: 'robot-secret', ...machine },
      { id: 'stray', secret: 'stray-secret', ...machine },
    ],
    preToken: async (event) => {
      events.push(event);
      return triggerOf(event);
    },
    mail: (one) => void mails.push(one),
    accessKeys: ACCESS_KEYS,
    ...options,
  });
  const origin = new URL(issuer.url).origin;
  return {
    issuer,
    events,
    mails,
    folder,
    origin,
    ...browsable(issuer.caPath, origin),
    stop: async () => {
      await issuer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type TestIssuer = Awaited<ReturnType<typeof startTestIssuer>>;

export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function authorizeQuery(challenge: string, change: Record<string, string> = {}): string {
  return new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid email',
    state: 'st4te',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  }).toString();
}

/** An issuer as a browser reaches it, by paths. */
export function browsable(caPath: string, origin: string) {
  return {
    call: (path: string, more?: Parameters<typeof call>[2]) => call(caPath, origin + path, more),
    post: (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      call(caPath, origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form).toString(),
      }),
  };
}
export type Browsable = ReturnType<typeof browsable>;

/** Fills in the hosted form as a browser does; resolves with the answer to the form. */
export async function signIn(at: Browsable, query: string, fields: Record<string, string>): Promise<Answer> {
  const first = await at.call(`/oauth2/authorize?${query}`);
  const page = await at.call(String(first.headers['location']));
  const [cookie = ''] = String(page.headers['set-cookie']).split(';');
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return at.post(`/login?${query}`, { _csrf: csrf, ...fields }, { cookie });
}

/** A code for the user, out of the redirect that follows the form. */
export async function codeFor(at: TestIssuer, query: string, username: string, password: string): Promise<string> {
  const answer = await signIn(at, query, { username, password });
  return new URL(String(answer.headers['location'])).searchParams.get('code') ?? '';
}

/** Calls the Cognito API, signed by an SDK-independent signer. */
export async function admin(
  at: TestIssuer,
  operation: string,
  input: object,
  sign: { secret?: string; service?: string; region?: string } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const signed = await new AwsV4Signer({
    method: 'POST',
    url: `${at.origin}/`,
    accessKeyId: 'AKIALOCALADMIN00001',
    secretAccessKey: sign.secret ?? ACCESS_KEYS.AKIALOCALADMIN00001,
    service: sign.service ?? 'cognito-idp',
    region: sign.region ?? 'eu-central-1',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify({ UserPoolId: 'eu-central-1_Local', ...input }),
  }).sign();
  const { status, text } = await call(at.issuer.caPath, `${at.origin}/`, {
    method: 'POST',
    headers: Object.fromEntries(signed.headers),
    body: String(signed.body),
  });
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

export function claims(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'));
}
