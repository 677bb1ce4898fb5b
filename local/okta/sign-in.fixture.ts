import { createHash, randomBytes } from 'node:crypto';
import { type Answer, call } from '../issuer/issuer-fixture.ts';

/** An Okta stand-in as its users' browsers reach it. */
export type OktaPlace = Readonly<Record<'issuer' | 'ca' | 'clientId' | 'redirectUri', string>>;

const SCOPE = 'openid offline_access';

/** Posts a form to an endpoint of the authorization server. */
export function postTo({ issuer, ca }: OktaPlace, path: string, form: Record<string, string>): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return call(ca, issuer + path, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
}

/** Fills in the sign-in form as a browser does. @returns where it is sent to, or the page that refuses */
export async function fillIn(
  { issuer, ca, clientId, redirectUri }: OktaPlace,
  { login, password }: { readonly login: string; readonly password: string },
  change: Record<string, string> = {},
): Promise<{ readonly verifier: string; readonly answer: Answer }> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: SCOPE,
    state: 'state',
    nonce: 'nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  });
  const url = `${issuer}/v1/authorize?${query}`;
  const page = await call(ca, url);
  if (page.status !== 200) return { verifier, answer: page };
  const [cookie = ''] = String(page.headers['set-cookie']).split(';');
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const body = new URLSearchParams({ _csrf: csrf, username: login, password }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie };
  return { verifier, answer: await call(ca, url, { method: 'POST', headers, body }) };
}

export type OktaTokens = Readonly<Record<'access_token' | 'id_token' | 'refresh_token', string>>;

/** Signs somebody in, to the tokens. @throws Error with the answer that was not the expected one */
export async function signInAtOkta(
  place: OktaPlace,
  user: { readonly login: string; readonly password: string },
): Promise<OktaTokens> {
  const { verifier, answer } = await fillIn(place, user);
  const code = new URL(String(answer.headers['location'])).searchParams.get('code') ?? '';
  const { status, text } = await postTo(place, '/v1/token', {
    grant_type: 'authorization_code',
    client_id: place.clientId,
    redirect_uri: place.redirectUri,
    code,
    code_verifier: verifier,
  });
  if (status !== 200) throw new Error(`Okta answered ${status} ${text}`);
  return JSON.parse(text);
}
