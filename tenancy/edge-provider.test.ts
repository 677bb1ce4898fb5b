import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  decodeEdgeProvider,
  decodeEdgeProviders,
  type EdgeProvider,
  encodeEdgeProvider,
  fitsEdge,
  pointerOwner,
  providerKey,
  providerOwner,
  providerPointer,
} from './edge-provider.ts';
import { PROVIDER_DEFAULTS, whyAddressRefused, whyProviderRefused } from './identity-provider.ts';
import { parseTenantId } from './tenant.ts';

const acme = parseTenantId('acme')!;
const OKTA: EdgeProvider = {
  ...PROVIDER_DEFAULTS,
  tenantId: acme,
  issuer: 'https://acme.okta.com/oauth2/aus1',
  audience: 'api://gateway',
  jwksUri: 'https://acme.okta.com/oauth2/aus1/v1/keys',
};
const read = (provider: EdgeProvider) =>
  decodeEdgeProvider(providerKey(provider), JSON.parse(encodeEdgeProvider(provider)));

describe('an entry', () => {
  it('says what differs from the defaults, and is read as it was written', () => {
    expect([providerKey(OKTA), encodeEdgeProvider(OKTA)]).toEqual([
      'https://acme.okta.com/oauth2/aus1 api://gateway',
      '{"t":"acme","j":"/v1/keys"}',
    ]);
    const whole = {
      ...OKTA,
      issuer: 'https://acme.eu.auth0.com/',
      jwksUri: 'https://acme.eu.auth0.com/.well-known/jwks.json',
      clientId: '0oa1',
      identityClaim: 'uid',
      groupsClaim: 'https://acme.example/groups',
      allowedGroups: ['Entwickler Köln', '👩‍💻'],
      scopes: ['openid', 'gateway'],
    };
    for (const provider of [OKTA, whole]) {
      expect(read(provider)).toEqual(provider);
      // The edge passes it on in a header.
      expect(encodeEdgeProvider(provider)).toMatch(/^[\x20-\x7e]+$/);
      expect(providerOwner(encodeEdgeProvider(provider))).toBe('acme');
    }
  });

  it('whatever is registered is read as it was written, and no two pairs share a key', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
    const part = fc.stringMatching(/^[a-z0-9]{1,12}$/);
    const provider = fc.record({
      issuer: fc.tuple(part, part).map(([host, path]) => `https://${host}.example/${path}`),
      audience: fc.stringMatching(/^[\x21-\x7e]{1,30}$/),
      jwksUri: part.map((path) => `https://keys.example/${path}`),
      identityClaim: fc.constantFrom('sub', 'uid'),
      allowedGroups: fc.uniqueArray(text, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(provider, provider, (one, other) => {
        const whole = { ...OKTA, ...one };
        if (whyProviderRefused(whole) !== null) return;
        expect(read(whole)).toEqual(whole);
        const same = one.issuer === other.issuer && one.audience === other.audience;
        expect(providerKey(one) === providerKey(other)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['', { t: 'acme', j: '/k' }],
    ['https://a.example', { t: 'acme', j: '/k' }],
    ['https://a.example b c', { t: 'acme', j: '/k' }],
    ['https://a.example b', null],
    ['https://a.example b', { j: '/k' }],
    ['https://a.example b', { t: 'www', j: '/k' }],
    ['https://a.example b', { t: 'acme' }],
    ['https://a.example b', { t: 'acme', j: '/k', c: 1 }],
    ['https://a.example b', { t: 'acme', j: '/k', u: null }],
    ['https://a.example b', { t: 'acme', j: '/k', n: [] }],
    ['https://a.example b', { t: 'acme', j: '/k', g: 'all' }],
    ['https://a.example b', { t: 'acme', j: '/k', g: [1] }],
    ['https://a.example b', { t: 'acme', j: '/k', s: 'openid' }],
  ])('that is damaged is none: %s %j', (key, value) => {
    expect(decodeEdgeProvider(key, value)).toBeNull();
    const good = [providerKey(OKTA), JSON.parse(encodeEdgeProvider(OKTA))];
    expect(decodeEdgeProviders(JSON.stringify([good, [key, value]]))).toBeNull();
    expect(decodeEdgeProviders(JSON.stringify([good]))).toEqual([OKTA]);
  });

  it('fits into the store with 1,024 characters, its key counted', () => {
    const of = (length: number) => ({ ...OKTA, clientId: 'c'.repeat(length) });
    const room = 1_024 - providerKey(OKTA).length - encodeEdgeProvider(of(0)).length;
    expect([fitsEdge(of(room)), fitsEdge(of(room + 1))]).toEqual([true, false]);
  });
});

test('a tenant’s pointer is of no other kind than its own', () => {
  expect(pointerOwner(providerPointer(acme))).toBe('acme');
  for (const key of ['acme', 'idp:', 'idp:www', 'idp:a b', providerKey(OKTA)]) expect(pointerOwner(key)).toBeNull();
  for (const value of ['', 'null', '{}', '{"t":1}', '{"h":"euc1","r":"euc1","s":"A"}']) {
    expect(providerOwner(value)).toBeNull();
  }
});

test('an issuer inside passes at its exact origin alone', () => {
  const inside = ['https://sso.corp.example:8443', 'https://localhost:5000'];
  expect(whyAddressRefused('https://sso.corp.example:8443/realms/x', inside)).toBeNull();
  expect(whyAddressRefused('https://localhost:5000/oauth2/aus1', inside)).toBeNull();
  for (const other of [
    'https://sso.corp.example:9443/realms/x',
    'https://sso.corp.example.evil.example:8443/',
    'http://sso.corp.example:8443/',
    'https://a@sso.corp.example:8443/',
    'https://localhost/oauth2/aus1',
  ]) {
    expect(whyAddressRefused(other, inside), other).not.toBeNull();
  }
});
