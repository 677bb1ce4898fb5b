import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import {
  accessToken,
  bearer,
  bench,
  goodClaims,
  handmadeToken,
  issuerKeys,
  jwksOf,
  NOW_SECONDS,
  passed,
  refused,
} from './fixture.ts';

const HEADER = '{"alg":"RS256","kid":"k1"}';
const claims = (change: Record<string, unknown> = {}) => JSON.stringify({ ...goodClaims, ...change });

/** Refused as invalid, for the reason that the test is about, and not worth a retry. */
async function expectInvalid(token: string, why: RegExp, tools = bench()): Promise<void> {
  const answer = await refused({ headers: bearer(token) }, tools);
  expect([answer.status, answer.type, answer.headers['x-should-retry']]).toEqual([
    401,
    'authentication_error',
    'false',
  ]);
  expect(tools.lines.at(-1)).toMatchObject({ event: 'refused', kind: 'credential_invalid', tenant: 'acme' });
  expect(tools.lines.at(-1)?.why).toMatch(why);
}

test('a good token passes, so that the refusals below are for what each of them names', async () => {
  await passed({ headers: bearer(await accessToken()) });
  await passed({ headers: bearer(handmadeToken(HEADER, claims())) });
});

test('a token without an algorithm is refused', async () => {
  const [, payload] = (await accessToken()).split('.');
  const none = Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url');
  await expectInvalid(`${none}.${payload}.AA`, /RS256/);
  await expectInvalid(`${none}.${payload}.`, /three canonical/);
});

test('an HMAC keyed with the public key is refused', async () => {
  const input = [JSON.stringify({ alg: 'HS256', kid: 'k1' }), claims()]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  for (const pem of [
    issuerKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    issuerKeys.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  ]) {
    await expectInvalid(`${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`, /RS256/);
  }
});

test('ES256 is refused, even with a key of the issuer', async () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const token = await new SignJWT(goodClaims).setProtectedHeader({ alg: 'ES256', kid: 'ec' }).sign(ec.privateKey);
  const jwks = {
    keys: [...jwksOf({ k1: issuerKeys.publicKey }).keys, { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' }],
  };
  await expectInvalid(token, /RS256/, bench({ fetchJson: async () => jwks }));
});

test('RS512 is refused: one algorithm, not a family', async () => {
  const token = await new SignJWT(goodClaims)
    .setProtectedHeader({ alg: 'RS512', kid: 'k1' })
    .sign(issuerKeys.privateKey);
  await expectInvalid(token, /RS256/);
});

test('a token signed with a key that is not the issuer’s is refused', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await expectInvalid(await accessToken({}, 'k1', other.privateKey), /signature/);
});

test('a changed payload under the old signature is refused', async () => {
  const [header, , signature] = (await accessToken()).split('.');
  await expectInvalid(
    `${header}.${Buffer.from(claims({ sub: 'someone-else' })).toString('base64url')}.${signature}`,
    /signature/,
  );
});

test.each([
  ['missing', '{"alg":"RS256"}'],
  ['empty', '{"alg":"RS256","kid":""}'],
  ['a number', '{"alg":"RS256","kid":1}'],
  ['a list', '{"alg":"RS256","kid":["k1"]}'],
  ['longer than any', `{"alg":"RS256","kid":"${'k'.repeat(129)}"}`],
])('a key id that is %s is refused', (_, header) => expectInvalid(handmadeToken(header, claims()), /no signing key/));

test.each(['../../../../dev/null', "k1' OR '1'='1", '__proto__', 'constructor', 'K1', 'k1 '])(
  'the key id %j finds no key',
  (kid) => expectInvalid(handmadeToken(JSON.stringify({ alg: 'RS256', kid }), claims()), /unknown key/),
);

test.each([
  ['jwk', jwksOf({ k1: issuerKeys.publicKey }).keys[0]],
  ['jku', 'https://evil.example/jwks.json'],
  ['x5u', 'https://evil.example/cert.pem'],
  ['x5c', ['MIIB']],
  ['crit', ['exp']],
  ['b64', false],
  ['zip', 'DEF'],
])('a token whose header carries %s is refused, and nothing is fetched for it', async (member, value) => {
  const tools = bench();
  await expectInvalid(
    handmadeToken(JSON.stringify({ alg: 'RS256', kid: 'k1', [member]: value }), claims()),
    /do not allow/,
    tools,
  );
  expect(tools.fetched).toEqual([]);
});

test('a token of another type is refused', () =>
  expectInvalid(handmadeToken('{"alg":"RS256","kid":"k1","typ":"logout+jwt"}', claims()), /another type/));

test.each([
  ['another issuer', { iss: 'https://issuer.example.test/other' }, /another issuer/],
  ['our issuer with a slash more', { iss: `${goodClaims.iss}/` }, /another issuer/],
  ['no issuer', { iss: undefined }, /another issuer/],
  ['a list of issuers', { iss: [goodClaims.iss] }, /another issuer/],
  ['another client', { client_id: 'foreign' }, /another client/],
  ['no client', { client_id: undefined }, /another client/],
  ['a list of clients', { client_id: [goodClaims.client_id] }, /another client/],
  ['another audience', { aud: 'https://other.example' }, /another audience/],
  ['an empty audience', { aud: [] }, /another audience/],
  ['an ID token', { token_use: 'id', aud: goodClaims.client_id }, /no access token/],
  ['no use', { token_use: undefined }, /no access token/],
])('a token of %s is refused', (_, change, why) => expectInvalid(handmadeToken(HEADER, claims(change)), why));

test.each([
  ['missing', undefined],
  ['null', null],
  ['a text', String(goodClaims.exp)],
  ['a fraction', goodClaims.exp + 0.5],
  ['1e300', 1e300],
  ['before its issue', goodClaims.iat],
  ['a day and a second after its issue', goodClaims.iat + 86_401],
])('an end that is %s is refused', (_, exp) =>
  expectInvalid(handmadeToken(HEADER, claims({ exp })), /no believable end/),
);

test.each([
  ['missing', undefined],
  ['a text', String(goodClaims.iat)],
  ['a fraction', goodClaims.iat + 0.5],
  ['negative', -1],
  ['61 seconds ahead', NOW_SECONDS + 61],
])('a time of issue that is %s is refused', (_, iat) =>
  expectInvalid(handmadeToken(HEADER, claims({ iat })), /no believable time of issue/),
);

test('clocks may differ by a minute, at the start alone', async () => {
  await passed({ headers: bearer(await accessToken({ iat: NOW_SECONDS + 60, nbf: NOW_SECONDS + 60 })) });
  await passed({ headers: bearer(await accessToken({ iat: goodClaims.iat, exp: goodClaims.iat + 86_400 })) });
});

test.each([
  ['61 seconds ahead', NOW_SECONDS + 61],
  ['a text', '0'],
  ['null', null],
])('a not-before that is %s is refused', (_, nbf) =>
  expectInvalid(handmadeToken(HEADER, claims({ nbf })), /not valid yet/),
);

test.each([
  ['missing', undefined],
  ['null', null],
  ['a list', ['acme']],
  ['an object', { acme: true }],
  ['a number', 1],
  ['empty', ''],
  ['in upper case', 'ACME'],
  ['padded', 'acme '],
  ['ended by a NUL', 'acme\0'],
  ['a reserved word', 'platform'],
  ['two', 'acme,globex'],
])('a tenant claim that is %s is refused', (_, tenant_id) =>
  expectInvalid(handmadeToken(HEADER, claims({ tenant_id })), /no tenant/),
);

test.each([
  ['missing', undefined],
  ['a list', ['x']],
  ['too long', 'x'.repeat(65)],
  ['with a key separator', 'a#b'],
  ['that of an API key', 'key_Key0000001'],
])('a subject that is %s is refused', (_, sub) => expectInvalid(handmadeToken(HEADER, claims({ sub })), /no identity/));

test.each([
  ['the tenant', `{"tenant_id":"globex",${claims().slice(1)}`],
  ['the end', `{"exp":1,${claims().slice(1)}`],
  ['the tenant, the second time with an escape', claims().replace(/}$/, ',"tenant_i\\u0064":"acme"}')],
])('a token that names %s twice is refused', (_, payload) => expectInvalid(handmadeToken(HEADER, payload), /distinct/));

test('a header that names its algorithm twice is refused', () =>
  expectInvalid(handmadeToken('{"alg":"none","alg":"RS256","kid":"k1"}', claims()), /distinct/));

test('a token has one spelling', async () => {
  const [header = '', payload = '', signature = ''] = (await accessToken()).split('.');
  // 256 bytes of signature end in a character of which four bits mean nothing.
  const last = signature.slice(-1);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = alphabet[alphabet.indexOf(last) + 1]!;
  for (const respelt of [
    `${header}.${payload}.${signature}==`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -1)}${twin}`,
    `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
    `${header}.${payload}.${signature}.`,
    `${header}.${payload}.${signature}.AA`,
    `${header}.${payload}`,
    `${header}..${signature}`,
    `.${header}.${payload}.${signature}`,
  ]) {
    await expectInvalid(respelt, /three canonical/);
  }
});

test('a token over 8 KB is refused', () =>
  expectInvalid(handmadeToken(HEADER, claims({ padding: 'x'.repeat(8192) })), /too long/));

test.each([
  ['no JSON', 'hello'],
  ['a list', '[]'],
  ['null', 'null'],
  ['an object and more', `${claims()}{}`],
  ['led by a byte order mark', `\ufeff${claims()}`],
  ['broken inside a value', claims({ x: 0 }).replace('"x":0', '"x":tru')],
])('a payload that is %s is refused', (_, payload) => expectInvalid(handmadeToken(HEADER, payload), /JSON objects/));

test('a payload that is not UTF-8 is refused: two decoders would read two texts', () => {
  const bytes = Buffer.from(claims({ x: '@' }));
  bytes[bytes.indexOf('@')] = 0xff;
  return expectInvalid(handmadeToken(HEADER, bytes), /JSON objects/);
});

test('an expired token is told so; a retry is worth something only to a helper, which sends it in both headers', async () => {
  const token = await accessToken({ iat: NOW_SECONDS - 3600, exp: NOW_SECONDS });
  const tools = bench();
  const once = await refused({ headers: bearer(token) }, tools);
  expect([once.status, once.message, once.headers['x-should-retry']]).toEqual([
    401,
    'the access token has expired; sign in again',
    'false',
  ]);
  expect(tools.lines.at(-1)?.kind).toBe('credential_expired');
  const helper = await refused({ headers: { ...bearer(token), 'x-api-key': token } });
  expect([helper.status, helper.headers['x-should-retry']]).toEqual([401, undefined]);
});

test('a forged token is never told that it has expired', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await expectInvalid(
    await accessToken({ iat: NOW_SECONDS - 3600, exp: NOW_SECONDS - 1 }, 'k1', other.privateKey),
    /signature/,
  );
  await expectInvalid(
    handmadeToken(HEADER, claims({ iat: NOW_SECONDS - 3600, exp: NOW_SECONDS - 1, client_id: 'foreign' })),
    /another client/,
  );
});
