import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPage } from '../tenancy/page.ts';
import { isModelId, methodOfRoute, namesModel, ROUTE_NAMES } from '../tenancy/route.ts';
import { parseTenantId } from '../tenancy/tenant.ts';
import { openPassport, PASSPORT_LIFE_MS, type Passport, passportKeyId, sealPassport } from './passport.ts';

const edge = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const NOW = 1_795_312_345_678;
const expected = { region: 'eu-central-1', method: 'POST', now: NOW } as const;

const passport: Passport = {
  requestId: '019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90',
  caller: { tenantId: parseTenantId('acme')!, identityId: 'usr_anna', callerType: 'user' },
  route: 'messages',
  method: 'POST',
  region: 'eu-central-1',
  expiresAt: NOW + PASSPORT_LIFE_MS,
};
const withKey: Passport = {
  ...passport,
  caller: { ...passport.caller, identityId: 'key_k3jD8sQ0aZ', callerType: 'api_key', keyId: 'k3jD8sQ0aZ' },
  keySha256: 'ab'.repeat(32),
};

const forModel: Passport = { ...passport, route: 'invoke', model: 'eu.anthropic.claude-opus-5-5' };
const forList: Passport = {
  ...passport,
  route: 'models',
  method: 'GET',
  page: { limit: 20, afterId: 'claude-opus-5-5' },
};

const seal = (payload: object, key = edge.privateKey, kid = 'k1') => sealPassport(payload as Passport, kid, key);
const open = (token: string, change: Partial<Parameters<typeof openPassport>[2]> = {}) =>
  openPassport(token, edge.publicKey, { ...expected, ...change });
const reason = (token: string, change: Partial<Parameters<typeof openPassport>[2]> = {}) => {
  const result = open(token, change);
  return result.ok ? 'opened' : result.reason;
};

describe('a passport', () => {
  it('opens to what was sealed', () => {
    expect(open(seal(passport))).toEqual({ ok: true, value: passport });
    expect(open(seal(withKey))).toEqual({ ok: true, value: withKey });
    expect(open(seal(forModel))).toEqual({ ok: true, value: forModel });
    expect(open(seal(forList), { method: 'GET' })).toEqual({ ok: true, value: forList });
    expect(open(seal({ ...forList, page: {} }), { method: 'GET' })).toMatchObject({ value: { page: {} } });
  });

  it('names the key it claims to be signed with', () => {
    expect(passportKeyId(seal(passport, edge.privateKey, '2026-11'))).toBe('2026-11');
  });

  it('carries nothing that was not verified', () => {
    expect(open(seal({ ...passport, isAdmin: true }))).toEqual({ ok: true, value: passport });
    const page = { ...forList.page, isAdmin: true };
    expect(open(seal({ ...forList, page }), { method: 'GET' })).toEqual({ ok: true, value: forList });
  });

  it('signed by anybody else does not open', () => {
    expect(reason(seal(passport, other.privateKey))).toBe('signature does not verify');
  });

  it('under another key id does not open: the id is covered by the signature', () => {
    expect(reason(seal(passport).replace(/^k1/, 'k2'))).toBe('signature does not verify');
  });

  it("with another's payload does not open", () => {
    const [kid, , signature] = seal(passport).split('.');
    const [, payload] = seal({ ...passport, caller: { ...passport.caller, tenantId: 'globex' } }).split('.');
    expect(reason(`${kid}.${payload}.${signature}`)).toBe('signature does not verify');
  });

  it('with any one character changed does not open to anything else', () => {
    const token = seal(passport);
    const letters = fc.constantFrom(...'ABCxyz019-_.=+/ ');
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), letters, (at, letter) => {
        fc.pre(token[at] !== letter);
        const result = open(token.slice(0, at) + letter + token.slice(at + 1));
        // The last character of a signature has four bits to spare, which base64 ignores.
        return at === token.length - 1 || !result.ok;
      }),
      { seed: 101, numRuns: 1000 },
    );
  });

  it('is good until its end and not at it', () => {
    expect(reason(seal({ ...passport, expiresAt: NOW + 1 }))).toBe('opened');
    expect(reason(seal({ ...passport, expiresAt: NOW }))).toBe('expired');
    expect(reason(seal(passport), { now: NOW + PASSPORT_LIFE_MS })).toBe('expired');
  });

  it('that lives longer than any we mint does not open; five seconds of clock difference are forgiven', () => {
    expect(reason(seal({ ...passport, expiresAt: NOW + PASSPORT_LIFE_MS + 5_000 }))).toBe('opened');
    expect(reason(seal({ ...passport, expiresAt: NOW + PASSPORT_LIFE_MS + 5_001 }))).toBe(
      'lives longer than any we mint',
    );
  });

  it('for another region does not open here', () => {
    expect(reason(seal(passport), { region: 'us-east-1' })).toBe('made for eu-central-1');
  });

  it('for another method does not open here', () => {
    expect(reason(seal(passport), { method: 'GET' })).toBe('made for method POST');
  });
});

describe('a payload that is no passport is refused though it is signed', () => {
  const { caller, ...rest } = passport;
  it.each<[string, object]>([
    ['an empty one', {}],
    ['no caller', rest],
    ['a tenant of the wrong shape', { ...rest, caller: { ...caller, tenantId: 'ACME' } }],
    ['a key without its id', { ...withKey, caller: { ...withKey.caller, keyId: undefined } }],
    ['a key without its digest', { ...withKey, keySha256: undefined }],
    ['a digest of the wrong shape', { ...withKey, keySha256: 'AB'.repeat(32) }],
    ['a digest that is no text', { ...withKey, keySha256: 7 }],
    ['a digest on a token', { ...passport, keySha256: 'ab'.repeat(32) }],
    ['no request id', { ...passport, requestId: 'r-1' }],
    ['an unknown route', { ...passport, route: 'admin' }],
    ['a route of another name that every object has', { ...passport, route: 'constructor' }],
    ['a route that is served on another method', { ...passport, route: 'models' }],
    ['a method that its route is not served on', { ...passport, method: 'GET' }],
    ['no model where the path names one', { ...forModel, model: undefined }],
    ['a model of no shape', { ...forModel, model: '../x' }],
    ['a model that is a list', { ...forModel, model: ['claude-opus-5-5'] }],
    ['a model where the path names none', { ...passport, model: 'claude-opus-5-5' }],
    ['a page on another route', { ...passport, page: {} }],
    ['a page on a route that names a model', { ...forModel, page: {} }],
    ['a page that is none', { ...forList, page: { limit: 0 } }],
    ['a page that is null', { ...forList, page: null }],
    ['an unknown region', { ...passport, region: 'mars-1' }],
    ['no method', { ...passport, method: undefined }],
    ['an end that is text', { ...passport, expiresAt: String(NOW + 1000) }],
    ['an end that is no instant', { ...passport, expiresAt: NOW + 0.5 }],
    ['no end', { ...passport, expiresAt: undefined }],
  ])('%s', (_, payload) => {
    expect(reason(seal(payload))).toBe('payload is not a passport');
  });

  it.each(['null', '7', '"text"', '[]', '{', ''.padEnd(3)])('%j', (json) => {
    const sealed = `k1.${Buffer.from(json).toString('base64url')}`;
    const token = `${sealed}.${sign(null, Buffer.from(sealed), edge.privateKey).toString('base64url')}`;
    expect(reason(token)).toBe('payload is not a passport');
  });
});

it('every route is sealed and opened with its own method, with a model where it names one, and no other way', () => {
  const change = fc.record(
    {
      route: fc.constantFrom(...ROUTE_NAMES),
      method: fc.constantFrom('GET', 'POST', 'HEAD', 'get'),
      model: fc.constantFrom('claude-opus-5-5', 'eu.anthropic.claude-opus-5-5', '', 'A', null),
      page: fc.constantFrom({}, { limit: 1 }, { limit: '1' }, 7),
    },
    { requiredKeys: ['route', 'method'] },
  );
  fc.assert(
    fc.property(change, (asked) => {
      const { route, method, model, page } = asked;
      const good =
        method === methodOfRoute(route) &&
        (namesModel(route) ? isModelId(model) : model === undefined) &&
        (page === undefined || (route === 'models' && readPage(page) !== null));
      const opened = open(seal({ ...passport, ...asked }), { method });
      expect(opened).toEqual(
        good ? { ok: true, value: { ...passport, ...asked } } : { ok: false, reason: expect.any(String) },
      );
    }),
    { seed: 103, numRuns: 2_000 },
  );
});

describe('what has not the shape of a passport', () => {
  const token = seal(passport);
  it.each([
    ['nothing', ''],
    ['one part', 'k1'],
    ['two parts', token.slice(0, token.lastIndexOf('.'))],
    ['a fourth part, which no signature covers', `${token}.x`],
    ['a short signature', token.slice(0, -1)],
    ['an empty key id', token.slice(2)],
    ['a key id with a separator of keys in it', token.replace(/^k1/, 'k#1')],
    ['a key id longer than any', token.replace(/^k1/, 'k'.repeat(33))],
    ['padding', `${token}==`],
    ['a line end', `${token}\n`],
  ])('%s: no key is looked up and nothing opens', (_, text) => {
    expect(passportKeyId(text)).toBeNull();
    expect(reason(text)).toBe('has not the shape of a passport');
  });

  it('never throws, whatever the header holds', () => {
    const near = fc.tuple(fc.string(), fc.string(), fc.string()).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => !open(text).ok),
      { seed: 102, numRuns: 1000 },
    );
  });
});
