import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectIssuer } from '../access-token/inspect-issuer.ts';
import { call } from './issuer/issuer-fixture.ts';
import { fillIn, type OktaPlace, postTo, signInAtOkta } from './okta/sign-in.fixture.ts';
import { type Okta, startOkta } from './okta.ts';

const USER = { login: 'peter@initech.example', password: 'secret', uid: '00u1', name: 'Peter', groups: ['Everyone'] };
const REDIRECT = 'http://localhost:18476/callback';
let folder: string;
let okta: Okta;
let place: OktaPlace;
let now = 1_795_000_000_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'okta-'));
  okta = await startOkta({
    folder,
    authority: join(folder, 'ca'),
    audience: 'api://agent-runner',
    client: { id: '0oa1', redirectUris: [REDIRECT] },
    users: [USER],
    apiToken: 'token',
    now: () => now,
  });
  place = { issuer: okta.issuer, ca: okta.caPath, clientId: '0oa1', redirectUri: REDIRECT };
});
afterAll(async () => {
  await okta.close();
  rmSync(folder, { recursive: true });
});

const get = async (url: string) => JSON.parse((await call(okta.caPath, url)).text);
const refresh = (token: string) =>
  postTo(place, '/v1/token', { grant_type: 'refresh_token', client_id: '0oa1', refresh_token: token });
const errorOf = ({ status, text }: { status: number; text: string }) => [status, JSON.parse(text).error];

it('is a custom authorization server that both kinds of discovery describe, and that registration takes', async () => {
  const [openid, oauth] = await Promise.all(
    ['openid-configuration', 'oauth-authorization-server'].map((name) => get(`${okta.issuer}/.well-known/${name}`)),
  );
  expect(openid).toEqual(oauth);
  expect(openid).toMatchObject({ issuer: okta.issuer, jwks_uri: okta.jwksUri });
  expect(new URL(okta.issuer).pathname).toMatch(/^\/oauth2\/aus\w+$/);
  const fetched = ({ url }: { readonly url: string }) => get(url);
  expect(await inspectIssuer(okta.issuer, 'https://pool.example', fetched, [okta.origin])).toEqual({
    ok: true,
    value: okta.jwksUri,
  });
});

it('makes access tokens and ID tokens of Okta’s shapes, signed by a key of its set', async () => {
  const tokens = await signInAtOkta(place, USER);
  const keys = createLocalJWKSet(await get(okta.jwksUri));
  const options = { currentDate: new Date(now), issuer: okta.issuer };
  const { payload, protectedHeader } = await jwtVerify(tokens.access_token, keys, options);
  expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid']);
  const { uid, login: sub, groups } = USER;
  const common = { ver: 1, iss: okta.issuer, auth_time: now / 1000, iat: now / 1000, exp: now / 1000 + 3600 };
  expect(payload).toEqual({
    ...common,
    jti: expect.stringMatching(/^AT\./),
    aud: 'api://agent-runner',
    cid: '0oa1',
    uid,
    scp: ['openid', 'offline_access'],
    sub,
    groups,
  });
  const id = (await jwtVerify(tokens.id_token, keys, options)).payload;
  expect(id).toMatchObject({ ...common, aud: '0oa1', sub: uid, nonce: 'nonce', email: sub });
  expect(id).not.toHaveProperty('scp');
});

describe('a sign-in', () => {
  it('goes back to a redirect address that is registered letter by letter, and to no other', async () => {
    for (const redirect_uri of [`${REDIRECT}/`, 'http://localhost:18477/callback', 'https://evil.example']) {
      const { answer } = await fillIn(place, USER, { redirect_uri });
      expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
    }
    const { answer } = await fillIn(place, USER, { code_challenge_method: 'plain' });
    expect(String(answer.headers['location'])).toContain('error=invalid_request');
  });

  it('with a wrong password shows the form again', async () => {
    const { answer } = await fillIn(place, { ...USER, password: 'x' });
    expect([answer.status, answer.text.includes('Unable to sign in')]).toEqual([401, true]);
  });

  it('gives a code that is good once, and only with its verifier', async () => {
    const redeem = (code: string, code_verifier: string) =>
      postTo(place, '/v1/token', {
        grant_type: 'authorization_code',
        client_id: '0oa1',
        redirect_uri: REDIRECT,
        code,
        code_verifier,
      });
    const codeOf = async () => {
      const { verifier, answer } = await fillIn(place, USER);
      return [new URL(String(answer.headers['location'])).searchParams.get('code') ?? '', verifier] as const;
    };
    const [code, verifier] = await codeOf();
    expect((await redeem(code, verifier)).status).toBe(200);
    expect(errorOf(await redeem(code, verifier))).toEqual([400, 'invalid_grant']);
    const [other] = await codeOf();
    expect(errorOf(await redeem(other, 'x'.repeat(43)))).toEqual([400, 'invalid_grant']);
  });
});

describe('a refresh token', () => {
  it('is of one use, but for a grace, and its theft ends the whole sign-in', async () => {
    const first = (await signInAtOkta(place, USER)).refresh_token;
    const second = JSON.parse((await refresh(first)).text).refresh_token;
    expect(second).not.toBe(first);
    now += 29_000;
    expect((await refresh(first)).status).toBe(200);
    now += 2_000;
    expect(errorOf(await refresh(first))).toEqual([400, 'invalid_grant']);
    expect(errorOf(await refresh(second))).toEqual([400, 'invalid_grant']);
  });

  it('ends when it is revoked', async () => {
    const { refresh_token } = await signInAtOkta(place, USER);
    expect((await postTo(place, '/v1/revoke', { client_id: '0oa1', token: refresh_token })).status).toBe(200);
    expect(errorOf(await refresh(refresh_token))).toEqual([400, 'invalid_grant']);
  });

  it('is of its client', async () => {
    const answer = await postTo(place, '/v1/token', { grant_type: 'refresh_token', client_id: 'x' });
    expect([answer.status, JSON.parse(answer.text).errorCode]).toEqual([401, 'invalid_client']);
  });
});

it('signs with a new key when its API is told to, and keeps the old one in the set', async () => {
  const before = decodeProtectedHeader((await signInAtOkta(place, USER)).access_token).kid;
  const rotate = (authorization: string) =>
    call(okta.caPath, okta.keyRotateUrl, { method: 'POST', headers: { authorization }, body: '{"use":"sig"}' });
  expect((await rotate('SSWS wrong')).status).toBe(401);
  expect((await rotate('SSWS token')).status).toBe(200);
  const { access_token } = await signInAtOkta(place, USER);
  const after = decodeProtectedHeader(access_token).kid;
  expect(after).not.toBe(before);
  const { keys } = await get(okta.jwksUri);
  expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual([after, before]);
  expect(decodeJwt(access_token).iss).toBe(okta.issuer);
});

it('answers an unknown path in Okta’s shape', async () => {
  expect(await get(`${okta.origin}/oauth2/default/v1/keys`)).toMatchObject({ errorCode: 'E0000007', errorCauses: [] });
});
