import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { type FetchJson, RemoteError } from './fetch-json.ts';
import { inspectIssuer } from './inspect-issuer.ts';

const ISSUER = 'https://acme.okta.example/oauth2/aus1';
const JWKS = `${ISSUER}/v1/keys`;
const CONFIGURATION = `${ISSUER}/.well-known/openid-configuration`;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };

/** An issuer that is as it should be, but for what a test says. */
function asked(change: Readonly<Record<string, unknown>> = {}, issuer = ISSUER, own = 'https://pool.example') {
  const seen: string[] = [];
  const documents: Readonly<Record<string, unknown>> = {
    [CONFIGURATION]: { issuer: ISSUER, jwks_uri: JWKS },
    [JWKS]: { keys: [KEY] },
    ...change,
  };
  const fetchJson: FetchJson = async ({ url, timeoutMs }) => {
    seen.push(url);
    expect(timeoutMs).toBe(3_000);
    if (!Object.hasOwn(documents, url)) throw new RemoteError('answered 302');
    return documents[url];
  };
  return { result: inspectIssuer(issuer, own, fetchJson), seen };
}

it('finds the keys of a good issuer', async () => {
  const { result, seen } = asked();
  expect(await result).toEqual({ ok: true, value: JWKS });
  expect(seen).toEqual([CONFIGURATION, JWKS]);
});

it.each([
  ['http://acme.okta.example/oauth2/aus1', 'must begin with https'],
  ['https://169.254.169.254/latest', 'DNS name'],
  ['https://pool.example', 'platform’s own'],
  ['https://pool.example/', 'platform’s own'],
])('fetches nothing for %s', async (issuer, why) => {
  const { result, seen } = asked({}, issuer);
  expect(await result).toMatchObject({ ok: false, reason: expect.stringContaining(why) });
  expect(seen).toEqual([]);
});

it.each([
  ['another issuer’s', { issuer: 'https://acme.okta.example/oauth2/aus2', jwks_uri: JWKS }, 'names another issuer'],
  ['one with a slash more', { issuer: `${ISSUER}/`, jwks_uri: JWKS }, 'names another issuer'],
  ['one without keys', { issuer: ISSUER }, 'names no jwks_uri'],
  [
    'one with keys on plain http',
    { issuer: ISSUER, jwks_uri: 'http://acme.okta.example/keys' },
    'its jwks_uri must begin',
  ],
  [
    'one with keys on a private address',
    { issuer: ISSUER, jwks_uri: 'https://10.0.0.1/keys' },
    'its jwks_uri must name',
  ],
  ['one with keys on another port', { issuer: ISSUER, jwks_uri: 'https://a.example:8443/keys' }, 'port 443'],
  ['nothing', null, 'names another issuer'],
])('refuses a configuration that is %s, and asks no further', async (_, configuration, why) => {
  const { result, seen } = asked({ [CONFIGURATION]: configuration });
  expect(await result).toMatchObject({ ok: false, reason: expect.stringContaining(why) });
  expect(seen).toEqual([CONFIGURATION]);
});

const SMALL = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const CURVE = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
it.each([
  ['no keys', { keys: [] }, 'must have an RSA key'],
  ['no key set', [KEY], 'must have an RSA key'],
  ['keys of another kind alone', { keys: [{ ...CURVE, kid: 'k1' }] }, 'must have an RSA key'],
  ['short keys alone', { keys: [{ ...SMALL, kid: 'k1' }] }, 'must have an RSA key'],
  ['keys for encryption alone', { keys: [{ ...KEY, use: 'enc' }] }, 'must have an RSA key'],
  ['keys for another algorithm alone', { keys: [{ ...KEY, alg: 'RS512' }] }, 'must have an RSA key'],
  ['a key id twice', { keys: [KEY, KEY] }, 'each key id once'],
  ['a key that is none', { keys: [{ ...KEY, n: 7 }] }, 'must have an RSA key'],
  ['its private key', { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1' }] }, 'has private keys'],
  ['a shared secret beside', { keys: [KEY, { kty: 'oct', kid: 'k2', k: 'c2VjcmV0' }] }, 'has private keys'],
])('refuses a key set with %s', async (_, keys, why) => {
  expect(await asked({ [JWKS]: keys }).result).toMatchObject({ ok: false, reason: expect.stringContaining(why) });
});

it.each([CONFIGURATION, JWKS])('says of %s that it could not be read, and the way out', async (missing) => {
  const documents = [
    [CONFIGURATION, { issuer: ISSUER, jwks_uri: JWKS }],
    [JWKS, { keys: [KEY] }],
  ] as const;
  const fetchJson: FetchJson = async ({ url }) => {
    if (url === missing) throw new RemoteError('answered 302');
    return documents.find(([one]) => one === url)?.[1];
  };
  const result = await inspectIssuer(ISSUER, 'https://pool.example', fetchJson);
  expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/answered 302.+without a redirect/) });
  expect(result).toMatchObject({ reason: expect.stringContaining(missing) });
});

it('takes an issuer that the operator has inside at its own port, and leads nobody else there', async () => {
  const inside = ['https://sso.corp.example:8443', 'https://other.corp.example:8443'];
  const issuer = `${inside[0]}/realms/x`;
  const at = (named: string, jwks_uri: string) =>
    inspectIssuer(
      named,
      'https://pool.example',
      async ({ url }) => (url.endsWith('configuration') ? { issuer: named, jwks_uri } : { keys: [KEY] }),
      inside,
    );
  expect(await at(issuer, `${issuer}/keys`)).toEqual({ ok: true, value: `${issuer}/keys` });
  expect(await at(issuer, `${inside[1]}/keys`)).toMatchObject({ ok: false });
  expect(await at(ISSUER, `${inside[0]}/keys`)).toMatchObject({ ok: false });
});
