import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { RemoteError } from '../../access-token/fetch-json.ts';
import { type EdgeProvider, encodeEdgeProvider, providerKey } from '../../tenancy/edge-provider.ts';
import { PROVIDER_DEFAULTS } from '../../tenancy/identity-provider.ts';
import { parseTenantId } from '../../tenancy/tenant.ts';
import { openPassport } from '../passport.ts';
import {
  type Asked,
  accessToken,
  acme,
  apiKey,
  bearer,
  bench,
  issuerKeys,
  jwksOf,
  NOW,
  NOW_SECONDS,
  originRequest,
  passed,
  passportKeys,
  refused,
  settings,
} from './fixture.ts';
import { handleOriginRequest } from './origin.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const OKTA: EdgeProvider = {
  ...PROVIDER_DEFAULTS,
  tenantId: parseTenantId('acme')!,
  issuer: 'https://acme.okta.com/oauth2/aus1',
  audience: 'api://gateway',
  jwksUri: 'https://acme.okta.com/oauth2/aus1/v1/keys',
  identityClaim: 'uid',
};
const GLOBEX: EdgeProvider = { ...OKTA, tenantId: parseTenantId('globex')!, audience: 'api://globex' };
const MEMBERS: EdgeProvider = { ...OKTA, allowedGroups: ['claude-users', 'claude-admins'] };

/** The claims of an access token as a custom authorization server of Okta's makes it. */
const CLAIMS = {
  ver: 1,
  jti: 'AT.x',
  iss: OKTA.issuer,
  aud: OKTA.audience,
  iat: NOW_SECONDS - 10,
  exp: NOW_SECONDS + 3590,
  cid: '0oa1',
  uid: '00u1a2b3c4',
  scp: ['openid', 'offline_access'],
  auth_time: NOW_SECONDS - 60,
  sub: 'ada@acme.test',
  groups: ['Everyone', 'claude-users'],
};

/** A claim set to undefined is left out. */
type Claims = { readonly [name: string]: unknown };
const oktaToken = (claims: Claims = {}, kid = 'o1', key: KeyObject = keys.privateKey, header = {}) =>
  new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(key);

/** What edge/viewer has found in the store for the tokens of a request. */
const found = (...providers: EdgeProvider[]) => ({
  'x-ar-providers': JSON.stringify(providers.map((one) => [providerKey(one), JSON.parse(encodeEdgeProvider(one))])),
});
const oktaKeys = async () => jwksOf({ o1: keys.publicKey });
const okta = () => bench({ fetchJson: oktaKeys });
const asked = (token: string, provider: EdgeProvider = OKTA, change: Asked = {}): Asked => ({
  ...change,
  headers: { ...bearer(token), ...found(provider) },
});

async function callerOf(request: Asked) {
  const { headers } = await passed(request, okta());
  const opened = openPassport(headers['x-ar-passport']![0]!.value, passportKeys.publicKey, {
    region: 'eu-central-2',
    method: 'POST',
    now: NOW,
  });
  if (!opened.ok) throw new Error(opened.reason);
  expect(headers).not.toHaveProperty('x-ar-providers');
  expect(headers).not.toHaveProperty('authorization');
  return opened.value.caller;
}

describe('a token of the tenant’s own identity provider', () => {
  test('passes on its tenant’s host, in either header and in both', async () => {
    const token = await oktaToken();
    for (const headers of [bearer(token), { 'x-api-key': token }, { ...bearer(token), 'x-api-key': token }]) {
      const tools = okta();
      await passed({ headers: { ...headers, ...found(OKTA) } }, tools);
      expect(tools.fetched).toEqual([OKTA.jwksUri]);
    }
  });

  test('is 403 on every other host, suspended and unknown ones too, and whatever its groups are', async () => {
    for (const provider of [OKTA, MEMBERS, { ...MEMBERS, allowedGroups: ['others'] }]) {
      for (const change of [
        { tenant: 'globex' },
        { tenant: 'globex', entry: { ...acme, status: 'SUSPENDED' } },
        { tenant: 'nosuch', entry: null },
      ] as const) {
        const answer = await refused(asked(await oktaToken(), provider, change), okta());
        expect([answer.status, answer.type]).toEqual([403, 'permission_error']);
        expect(answer.message).toContain('does not belong to this hostname');
        expect(answer.body).not.toContain('others');
      }
    }
  });

  test('that is forged is 401, on its tenant’s host as on another', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    for (const tenant of ['acme', 'globex']) {
      expect((await refused(asked(await oktaToken({}, 'o1', stranger), OKTA, { tenant }), okta())).status).toBe(401);
      expect(
        (await refused(asked(await oktaToken({}, 'k1', issuerKeys.privateKey), OKTA, { tenant }), okta())).status,
      ).toBe(401);
    }
  });

  test('of an issuer that nobody registered is 401, and nobody is asked for it', async () => {
    const tools = okta();
    const token = await oktaToken({ iss: 'https://evil.example' });
    expect((await refused({ headers: bearer(token) }, tools)).status).toBe(401);
    expect((await refused({ headers: { ...bearer(token), ...found(OKTA) } }, tools)).status).toBe(401);
    expect((await refused({ headers: bearer(await oktaToken()) }, tools)).status).toBe(401);
    expect(tools.fetched).toEqual([]);
  });

  test('beside one of another tenant is 403, whoever comes first', async () => {
    const own = await oktaToken();
    const foreign = await oktaToken({ aud: GLOBEX.audience });
    for (const [one, other] of [
      [own, foreign],
      [foreign, own],
      [apiKey('globex'), own],
      [own, await accessToken({ tenant_id: 'globex' })],
    ] as const) {
      const headers = { ...bearer(one), 'x-api-key': other, ...found(OKTA, GLOBEX) };
      const both = bench({
        fetchJson: async ({ url }) =>
          jwksOf(url === OKTA.jwksUri ? { o1: keys.publicKey } : { k1: issuerKeys.publicKey }),
      });
      expect((await refused({ headers }, both)).status).toBe(403);
    }
  });

  test('does not keep the platform’s own people out: the tenant’s admins sign in by its pool as ever', async () => {
    await passed({ headers: { ...bearer(await accessToken()), ...found(OKTA) } });
    await passed({ headers: { ...bearer(apiKey()), ...found(OKTA) } });
  });

  test('is not one of the platform’s pool, whatever a tenant has registered', async () => {
    const pool = { ...OKTA, issuer: settings.issuer.url };
    const tools = okta();
    expect((await refused(asked(await oktaToken({ iss: pool.issuer }), pool), tools)).status).toBe(401);
    expect(tools.fetched).toEqual([]);
  });
});

describe('a claim', () => {
  test.each<[string, Claims]>([
    ['another audience', { aud: 'api://other' }],
    ['no audience', { aud: undefined }],
    ['more audiences than are looked up', { aud: ['a', 'b', OKTA.audience, 'c'] }],
    ['an issuer with a slash more', { iss: `${OKTA.issuer}/` }],
    ['an ID token’s nonce', { nonce: 'n' }],
    ['an ID token’s at_hash', { at_hash: 'h' }],
    ['an ID token’s c_hash', { c_hash: 'h' }],
    ['no scopes, as an ID token', { scp: undefined }],
    ['Keycloak’s mark of an ID token', { typ: 'ID' }],
    ['a client that is its own subject', { sub: '0oa1', uid: '0oa1' }],
    ['no person', { uid: undefined }],
    ['a person who is a number', { uid: 7 }],
    ['a person without a name', { uid: '' }],
    ['no end', { exp: undefined }],
    ['no time of issue', { iat: undefined }],
    ['an end beyond a day', { exp: NOW_SECONDS + 2 * 24 * 3600 }],
    ['a beginning that is to come', { nbf: NOW_SECONDS + 3600 }],
    ['a time of issue that is to come', { iat: NOW_SECONDS + 3600 }],
  ])('of %s is 401', async (_, claims) => {
    expect((await refused(asked(await oktaToken(claims)), okta())).status).toBe(401);
  });

  test('that it has ended is told, and an apiKeyHelper is asked again', async () => {
    const token = await oktaToken({ iat: NOW_SECONDS - 3600, exp: NOW_SECONDS - 1 });
    const headers = { ...bearer(token), 'x-api-key': token, ...found(OKTA) };
    const answer = await refused({ headers }, okta());
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([401, undefined]);
  });

  test('may list the audience among others, and name scopes as other providers do', async () => {
    await passed(asked(await oktaToken({ aud: ['x', OKTA.audience] })), okta());
    await passed(asked(await oktaToken({ scp: undefined, scope: 'openid' })), okta());
    await passed(asked(await oktaToken({}, 'o1', keys.privateKey, { typ: 'at+jwt' })), okta());
  });

  test('that is for two tenants at once opens neither', async () => {
    const token = await oktaToken({ aud: [OKTA.audience, GLOBEX.audience] });
    for (const tenant of ['acme', 'globex']) {
      const headers = { ...bearer(token), ...found(OKTA, GLOBEX) };
      expect((await refused({ tenant, headers }, okta())).status).toBe(401);
    }
  });
});

describe('a header', () => {
  test.each([{ alg: 'PS256' }, { alg: 'RS512' }])('of %j is 401', async (header) => {
    expect((await refused(asked(await oktaToken({}, 'o1', keys.privateKey, header)), okta())).status).toBe(401);
  });

  test('that says HS256 does not make the public key a shared one, and none needs no key', async () => {
    const spell = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
    const input = `${spell({ alg: 'HS256', kid: 'o1' })}.${spell(CLAIMS)}`;
    const confused = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    const none = `${spell({ alg: 'none', kid: 'o1' })}.${spell(CLAIMS)}.AA`;
    for (const token of [confused, none]) expect((await refused(asked(token), okta())).status).toBe(401);
  });

  test('that brings its own key or its address is 401', async () => {
    for (const header of [{ jku: 'https://evil.example/keys' }, { jwk: keys.publicKey.export({ format: 'jwk' }) }]) {
      const tools = okta();
      expect((await refused(asked(await oktaToken({}, 'o1', keys.privateKey, header)), tools)).status).toBe(401);
      expect(tools.fetched).toEqual([]);
    }
  });
});

describe('the person', () => {
  test('is who the claim names, marked as the provider’s', async () => {
    expect(await callerOf(asked(await oktaToken()))).toEqual({
      tenantId: 'acme',
      identityId: 'idp_00u1a2b3c4',
      callerType: 'user',
    });
    expect(await callerOf(asked(await oktaToken({ uid: 'usr_ada' })))).toMatchObject({ identityId: 'idp_usr_ada' });
  });

  test('has no e-mail address behind the edge, and two people are two', async () => {
    const bySub = { ...OKTA, identityClaim: 'sub' };
    const names = ['ada@acme.test', 'bob@acme.test', 'ada acme', 'ä', 'x'.repeat(70)];
    const ids = [];
    for (const sub of names) ids.push((await callerOf(asked(await oktaToken({ sub }), bySub))).identityId);
    for (const id of ids) expect(id).toMatch(/^idph_[0-9a-f]{40}$/);
    expect(new Set(ids).size).toBe(names.length);
    expect((await callerOf(asked(await oktaToken({ sub: 'ada@acme.test' }), bySub))).identityId).toBe(ids[0]);
    // Nobody names himself as another's hash.
    expect(await callerOf(asked(await oktaToken({ sub: ids[0]! }), bySub))).toMatchObject({
      identityId: `idp_${ids[0]}`,
    });
  });

  test('is never taken from what every object has', async () => {
    const answer = await refused(asked(await oktaToken(), { ...OKTA, identityClaim: 'constructor' }), okta());
    expect(answer.status).toBe(401);
  });

  test('of the platform’s pool cannot be one of a provider', async () => {
    for (const sub of ['idp_00u1a2b3c4', `idph_${'0'.repeat(40)}`]) {
      expect((await refused({ headers: bearer(await accessToken({ sub })) })).status).toBe(401);
    }
  });
});

describe('groups', () => {
  test('one of those that may come is enough', async () => {
    await passed(asked(await oktaToken(), MEMBERS), okta());
    await passed(
      asked(await oktaToken({ groups: undefined, teams: ['claude-admins'] }), { ...MEMBERS, groupsClaim: 'teams' }),
      okta(),
    );
  });

  test.each([[undefined], [[]], [['Everyone']], ['claude-users'], [{ 0: 'claude-users' }], [['Claude-Users']]])(
    '%j is 403 that names the groups and the way out',
    async (groups) => {
      const tools = okta();
      const answer = await refused(asked(await oktaToken({ groups }), MEMBERS), tools);
      expect([answer.status, answer.headers['x-should-retry']]).toEqual([403, 'false']);
      expect(answer.message).toContain('claude-users, claude-admins; ask your tenant admin');
      expect(tools.lines).toMatchObject([{ kind: 'group_missing', tenant: 'acme' }]);
    },
  );

  test('are told to nobody whose token is not authentic', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const answer = await refused(asked(await oktaToken({ groups: [] }, 'o1', stranger), MEMBERS), okta());
    expect([answer.status, answer.body.includes('claude')]).toEqual([401, false]);
  });
});

describe('its keys', () => {
  test('are fetched once for many, and a new one is known as soon as it is used', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 });
    let published: Record<string, KeyObject> = { o1: keys.publicKey };
    const tools = bench({ fetchJson: async () => jwksOf(published) });
    const at = async (token: string, now: number) => {
      const answer = await handleOriginRequest(originRequest(asked(token)), tools, now);
      return 'status' in answer ? Number(answer.status) : 200;
    };
    const token = await oktaToken();
    expect(await Promise.all(Array.from({ length: 5 }, () => at(token, NOW)))).toEqual([200, 200, 200, 200, 200]);
    expect(tools.fetched).toHaveLength(1);
    published = { o1: keys.publicKey, o2: next.publicKey };
    const rotated = await oktaToken({}, 'o2', next.privateKey);
    expect(await at(rotated, NOW + 10_000)).toBe(200);
    expect(await at(token, NOW + 10_000)).toBe(200);
    expect(tools.fetched).toHaveLength(2);
    // A flood of key ids that are none costs one fetch in ten seconds.
    const flood = await Promise.all(Array.from({ length: 20 }, (_, n) => oktaToken({}, `x${n}`)));
    for (const one of flood) expect(await at(one, NOW + 25_000)).toBe(401);
    expect(tools.fetched).toHaveLength(3);
  });

  test('cannot be fetched: nobody knows, so it is 503 and no credential is thrown away', async () => {
    const down = bench({
      fetchJson: async () => {
        throw new RemoteError('answered 500');
      },
    });
    expect((await refused(asked(await oktaToken()), down)).status).toBe(503);
    expect(down.lines).toContainEqual(expect.objectContaining({ what: 'jwks of a tenant', why: 'answered 500' }));
  });

  test('are those of its own issuer: another tenant’s do not verify it', async () => {
    const others = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const theirs = {
      ...GLOBEX,
      issuer: 'https://globex.okta.com/oauth2/aus1',
      jwksUri: 'https://globex.okta.com/keys',
    };
    const tools = bench({
      fetchJson: async ({ url }) => jwksOf(url === OKTA.jwksUri ? { o1: keys.publicKey } : { o1: others.publicKey }),
    });
    const forged = await oktaToken({}, 'o1', others.privateKey);
    expect((await refused({ headers: { ...bearer(forged), ...found(theirs, OKTA) } }, tools)).status).toBe(401);
  });
});

test('a damaged entry is a fault of ours, and no credential is called bad for it', async () => {
  const headers = { ...bearer(await oktaToken()), 'x-ar-providers': '[["a b",null]]' };
  expect((await refused({ headers })).status).toBe(500);
});
