import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  authorizeQuery,
  CLIENT,
  call,
  claims,
  codeFor,
  pkce,
  REDIRECT,
  signIn,
  startTestIssuer,
  type TestIssuer,
} from './issuer/issuer-fixture.ts';

// Passwords are hashed, on machines that may be busy: a slow answer is no failure.
vi.setConfig({ testTimeout: 30_000 });

let at: TestIssuer;
beforeAll(async () => {
  at = await startTestIssuer();
  await at.issuer.users.create({
    username: 'alice',
    password: 'correct horse',
    permanent: true,
    attributes: { email: 'alice@acme.example', email_verified: 'true', 'custom:tenant_id': 'acme' },
    groups: ['tenant-admin'],
  });
  await at.issuer.users.create({
    username: 'nobody',
    password: 'correct horse',
    permanent: true,
    attributes: { email: 'nobody@example.com' },
  });
});
afterAll(() => at.stop());

const redeem = (code: string, verifier: string, change: Record<string, string> = {}) =>
  at.post('/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: CLIENT,
    code,
    redirect_uri: REDIRECT,
    code_verifier: verifier,
    ...change,
  });

async function aliceTokens(): Promise<Record<string, string>> {
  const { verifier, challenge } = pkce();
  const code = await codeFor(at, authorizeQuery(challenge, { nonce: 'n0nce' }), 'alice', 'correct horse');
  const answer = await redeem(code, verifier);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

/** The verifier that the edge uses, with the key set over real https from the issuer's own address. */
function verifier() {
  const fetcher = {
    fetch: async (uri: string) =>
      new TextEncoder().encode((await call(at.issuer.caPath, uri)).text).buffer as ArrayBuffer,
  };
  return JwtVerifier.create(
    { issuer: at.issuer.url, audience: null, jwksUri: at.issuer.jwksUri },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
}

it('signs a user in through the hosted page with PKCE, and its tokens verify as a Cognito pool’s do', async () => {
  const tokens = await aliceTokens();
  const access = await verifier().verify(tokens['access_token']!);
  const id = await verifier().verify(tokens['id_token']!);
  validateCognitoJwtFields(access, { tokenUse: 'access', clientId: CLIENT, groups: 'tenant-admin' });
  validateCognitoJwtFields(id, { tokenUse: 'id', clientId: CLIENT });
  expect(() => validateCognitoJwtFields(id, { tokenUse: 'access', clientId: CLIENT })).toThrow();
  expect(access).toMatchObject({ username: 'alice', client_id: CLIENT, scope: 'openid email', version: 2 });
  expect(access).not.toHaveProperty('aud');
  expect(access).not.toHaveProperty('email');
  expect(id).toMatchObject({
    aud: CLIENT,
    'cognito:username': 'alice',
    email: 'alice@acme.example',
    email_verified: true,
    nonce: 'n0nce',
  });
  expect(access.exp! - access.iat!).toBe(3600);
  expect(tokens['token_type']).toBe('Bearer');
});

it('puts tenant_id into the access token alone, and there only because the trigger says so', async () => {
  const tokens = await aliceTokens();
  expect(claims(tokens['access_token'])).toHaveProperty('tenant_id', 'acme');
  expect(claims(tokens['id_token'])).not.toHaveProperty('tenant_id');
  expect(at.events.at(-1)).toMatchObject({
    version: '3',
    triggerSource: 'TokenGeneration_HostedAuth',
    userName: 'alice',
    callerContext: { clientId: CLIENT },
    request: { userAttributes: { 'custom:tenant_id': 'acme' }, scopes: ['openid', 'email'] },
  });
  const silent = await startTestIssuer({ preToken: async (event) => event });
  const answer = await silent.post('/oauth2/token', {
    grant_type: 'client_credentials',
    client_id: 'robot',
    client_secret: 'robot-secret',
  });
  expect(claims(JSON.parse(answer.text).access_token)).not.toHaveProperty('tenant_id');
  await silent.stop();
});

it('lets no trigger override who the token is for', async () => {
  const forging = await startTestIssuer({
    preToken: async (event) => ({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: {
            claimsToAddOrOverride: { sub: 'root', client_id: 'x', token_use: 'id', plan: 'gold' },
          },
        },
      },
    }),
  });
  const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret: 'robot-secret' };
  const answer = await forging.post('/oauth2/token', form);
  const token = claims(JSON.parse(answer.text).access_token);
  expect(token).toMatchObject({ sub: 'robot', client_id: 'robot', token_use: 'access', plan: 'gold' });
  await forging.stop();
});

it('makes no token for a user without a tenant', async () => {
  const { verifier: secret, challenge } = pkce();
  const code = await codeFor(at, authorizeQuery(challenge), 'nobody', 'correct horse');
  const answer = await redeem(code, secret);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_grant' });
  expect(answer.text).toContain('belongs to no tenant');
});

it.each([
  ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
  ['no verifier', { code_verifier: '' }],
  ['another redirect URI', { redirect_uri: 'http://localhost:8976/other' }],
  ['another client', { client_id: 'robot', client_secret: 'robot-secret' }],
])('refuses a code with %s, and the code is burnt by it', async (_, change: Record<string, string>) => {
  const { verifier: secret, challenge } = pkce();
  const code = await codeFor(at, authorizeQuery(challenge), 'alice', 'correct horse');
  for (const answer of [await redeem(code, secret, change), await redeem(code, secret)]) {
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({ error: 'invalid_grant' });
  }
});

it('redeems a code once, and not after five minutes', async () => {
  let now = Date.now();
  const late = await startTestIssuer({ now: () => now });
  await late.issuer.users.create({
    username: 'alice',
    password: 'correct horse',
    permanent: true,
    attributes: { 'custom:tenant_id': 'acme' },
  });
  const { verifier: secret, challenge } = pkce();
  const form = { grant_type: 'authorization_code', client_id: CLIENT, redirect_uri: REDIRECT, code_verifier: secret };
  const code = await codeFor(late, authorizeQuery(challenge), 'alice', 'correct horse');
  expect((await late.post('/oauth2/token', { ...form, code })).status).toBe(200);
  expect((await late.post('/oauth2/token', { ...form, code })).status).toBe(400);
  const slow = await codeFor(late, authorizeQuery(challenge), 'alice', 'correct horse');
  now += 300_000;
  expect((await late.post('/oauth2/token', { ...form, code: slow })).status).toBe(400);
  await late.stop();
});

it.each([
  ['an unknown client', { client_id: 'evil' }],
  ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/callback' }],
  ['a registered redirect URI with another port', { redirect_uri: 'http://localhost:8977/callback' }],
])('sends the browser nowhere for %s', async (_, change: Record<string, string>) => {
  for (const path of ['/oauth2/authorize', '/login']) {
    const answer = await at.call(`${path}?${authorizeQuery(pkce().challenge, change)}`);
    expect(answer.status).toBe(400);
    expect(answer.headers).not.toHaveProperty('location');
  }
});

it.each([
  ['no challenge', { code_challenge: '' }, 'invalid_request'],
  ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
  ['a scope that is not the client’s', { scope: 'openid agent-runner/usage.read' }, 'invalid_scope'],
])('refuses %s by redirect, with the state', async (_, change: Record<string, string>, error) => {
  const answer = await at.call(`/oauth2/authorize?${authorizeQuery(pkce().challenge, change)}`);
  const target = new URL(String(answer.headers['location']));
  expect(target.origin + target.pathname).toBe(REDIRECT);
  expect(Object.fromEntries(target.searchParams)).toMatchObject({ error, state: 'st4te' });
});

it('refuses a parameter given twice: two readers could take two different ones', async () => {
  const query = `${authorizeQuery(pkce().challenge)}&redirect_uri=https%3A%2F%2Fevil.example`;
  expect((await at.call(`/oauth2/authorize?${query}`)).status).toBe(400);
});

it('escapes what it shows, and its page runs no script', async () => {
  const hostile = '"><script>alert(1)</script>';
  const query = authorizeQuery(pkce().challenge, { state: hostile, nonce: "'-alert(1)-'" });
  const answer = await signIn(at, query, { username: hostile, password: 'x' });
  expect(answer.status).toBe(401);
  expect(answer.text).toContain('Incorrect username or password.');
  expect(answer.text).toContain('&#34;&#62;&#60;script&#62;');
  expect(answer.text).not.toContain('<script');
  expect(answer.text).not.toContain('&#34;"');
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("form-action 'self' http://localhost:8976;");
  expect(policy).not.toContain('unsafe');
});

it('takes the form only from a page that it gave to this browser', async () => {
  const query = authorizeQuery(pkce().challenge);
  const fields = { username: 'alice', password: 'correct horse' };
  expect((await at.post(`/login?${query}`, fields)).status).toBe(403);
  expect((await at.post(`/login?${query}`, { ...fields, _csrf: 'a' }, { cookie: 'XSRF-TOKEN=b' })).status).toBe(403);
});

it('asks for a new password after a temporary one', async () => {
  await at.issuer.users.create({
    username: 'newcomer',
    password: 'temporary',
    attributes: { 'custom:tenant_id': 'acme' },
  });
  const query = authorizeQuery(pkce().challenge);
  const asked = await signIn(at, query, { username: 'newcomer', password: 'temporary' });
  expect(asked.text).toContain('name="new_password"');
  const done = await signIn(at, query, { username: 'newcomer', password: 'temporary', new_password: 'my own words' });
  expect(done.status).toBe(302);
  expect(await codeFor(at, query, 'newcomer', 'my own words')).not.toBe('');
});

it('remembers the browser until it signs out', async () => {
  const query = authorizeQuery(pkce().challenge);
  const done = await signIn(at, query, { username: 'alice', password: 'correct horse' });
  const [cookie = ''] = String(done.headers['set-cookie']).split(';');
  const again = () => at.call(`/oauth2/authorize?${query}`, { headers: { cookie } });
  expect((await again()).headers['location']).toContain('code=');
  const out = `/logout?client_id=${CLIENT}&logout_uri=${encodeURIComponent('http://localhost:8976/')}`;
  expect((await at.call(out, { headers: { cookie } })).headers['location']).toBe('http://localhost:8976/');
  expect((await again()).headers['location']).toMatch(/^\/login\?/);
});

it('refreshes with the stored attributes, until revoked', async () => {
  const { refresh_token = '' } = await aliceTokens();
  const refresh = () => at.post('/oauth2/token', { grant_type: 'refresh_token', client_id: CLIENT, refresh_token });
  const answer = JSON.parse((await refresh()).text);
  expect(claims(answer.access_token)).toMatchObject({ tenant_id: 'acme', scope: 'openid email' });
  expect(answer).not.toHaveProperty('refresh_token');
  expect(at.events.at(-1)?.triggerSource).toBe('TokenGeneration_RefreshTokens');
  await at.post('/oauth2/revoke', { client_id: CLIENT, token: refresh_token });
  expect((await refresh()).status).toBe(400);
});

it('gives a machine an access token alone, by Basic and by body', async () => {
  const form = { grant_type: 'client_credentials', scope: 'agent-runner/usage.read' };
  const basic = `Basic ${Buffer.from('robot:robot-secret').toString('base64')}`;
  const answers = [
    await at.post('/oauth2/token', form, { authorization: basic }),
    await at.post('/oauth2/token', { ...form, client_id: 'robot', client_secret: 'robot-secret' }),
  ];
  for (const answer of answers) {
    const body = JSON.parse(answer.text);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'token_type']);
    const access = await verifier().verify(body.access_token);
    expect(access).toMatchObject({
      sub: 'robot',
      client_id: 'robot',
      tenant_id: 'acme',
      scope: 'agent-runner/usage.read',
    });
    expect(access).not.toHaveProperty('username');
  }
});

it('lets no machine name its own tenant', async () => {
  const form = { grant_type: 'client_credentials', aws_client_metadata: '{"tenant_id":"globex"}' };
  const robot = await at.post('/oauth2/token', { ...form, client_id: 'robot', client_secret: 'robot-secret' });
  expect(claims(JSON.parse(robot.text).access_token)['tenant_id']).toBe('acme');
  expect(at.events.at(-1)?.request).toMatchObject({ clientMetadata: { tenant_id: 'globex' } });
  const stray = await at.post('/oauth2/token', { ...form, client_id: 'stray', client_secret: 'stray-secret' });
  expect(JSON.parse(stray.text)).toMatchObject({ error: 'invalid_grant' });
});

it.each([
  ['a wrong secret', { client_id: 'robot', client_secret: 'wrong' }, {}, 'invalid_client'],
  ['no secret', { client_id: 'robot' }, {}, 'invalid_client'],
  [
    'one client in the header and another in the body',
    { client_id: CLIENT },
    { authorization: `Basic ${btoa('robot:robot-secret')}` },
    'invalid_client',
  ],
  ['a public client', { client_id: CLIENT }, {}, 'unauthorized_client'],
  [
    'a scope that is not its own',
    { client_id: 'robot', client_secret: 'robot-secret', scope: 'openid' },
    {},
    'invalid_scope',
  ],
  [
    'metadata that is no object',
    { client_id: 'robot', client_secret: 'robot-secret', aws_client_metadata: '[' },
    {},
    'invalid_request',
  ],
])('refuses client credentials with %s', async (_, form, headers, error) => {
  const answer = await at.post('/oauth2/token', { grant_type: 'client_credentials', ...form }, headers);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({ error });
});

it('answers userInfo for an access token only', async () => {
  const tokens = await aliceTokens();
  const ask = (token: string | undefined) =>
    at.call('/oauth2/userInfo', { headers: { authorization: `Bearer ${token}` } });
  expect(JSON.parse((await ask(tokens['access_token'])).text)).toMatchObject({ username: 'alice' });
  expect((await ask(tokens['id_token'])).status).toBe(401);
  expect((await ask(`${tokens['access_token']}x`)).status).toBe(401);
});

it('keeps verifying tokens of the old key until it is dropped', async () => {
  const before = (await aliceTokens())['access_token']!;
  const kid = await at.issuer.rotateKeys();
  const after = (await aliceTokens())['access_token']!;
  expect(JSON.parse(Buffer.from(after.split('.')[0]!, 'base64url').toString())).toEqual({ kid, alg: 'RS256' });
  await verifier().verify(before);
  await verifier().verify(after);
  at.issuer.dropOldKeys();
  await verifier().verify(after);
  await expect(verifier().verify(before)).rejects.toThrow();
});

it('keeps keys, users and sessions over a restart, private to this user', async () => {
  const first = await startTestIssuer();
  const port = Number(new URL(first.issuer.url).port);
  await first.issuer.users.create({
    username: 'bob',
    password: 'correct horse',
    permanent: true,
    attributes: { 'custom:tenant_id': 'acme' },
  });
  const { challenge, verifier: secret } = pkce();
  const code = await codeFor(first, authorizeQuery(challenge), 'bob', 'correct horse');
  const form = {
    grant_type: 'authorization_code',
    client_id: CLIENT,
    redirect_uri: REDIRECT,
    code_verifier: secret,
    code,
  };
  const { refresh_token } = JSON.parse((await first.post('/oauth2/token', form)).text);
  const jwks = await first.call('/eu-central-1_Local/.well-known/jwks.json');
  const ca = readFileSync(first.issuer.caPath, 'utf8');
  await first.issuer.close();

  const second = await startTestIssuer({ folder: first.folder, port });
  expect((await second.call('/eu-central-1_Local/.well-known/jwks.json')).text).toBe(jwks.text);
  expect(readFileSync(second.issuer.caPath, 'utf8')).toBe(ca);
  const again = await second.post('/oauth2/token', { grant_type: 'refresh_token', client_id: CLIENT, refresh_token });
  expect(again.status).toBe(200);
  for (const file of ['users.json', 'signing-keys.json', 'ca/ca-key.pem'])
    expect(statSync(join(first.folder, file)).mode & 0o777).toBe(0o600);
  const stored = readFileSync(join(first.folder, 'users.json'), 'utf8');
  expect(stored).not.toContain('correct horse');
  expect(stored).not.toContain(refresh_token);
  await second.stop();
});

it('says which port is taken', async () => {
  const port = Number(new URL(at.issuer.url).port);
  await expect(startTestIssuer({ port, folder: join(at.folder, 'second') })).rejects.toThrow(
    `issuer: port ${port} is taken`,
  );
});

it('is not trusted without its certificate authority', async () => {
  const refused = new Promise((_, reject) => request(at.issuer.jwksUri, { agent: false }).on('error', reject).end());
  await expect(refused).rejects.toThrow(/certificate/);
  expect((await call(at.issuer.caPath, at.issuer.jwksUri.replace('localhost', '127.0.0.1'))).status).toBe(200);
});
