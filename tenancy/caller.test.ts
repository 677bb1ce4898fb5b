import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CALLER_TYPES,
  type Caller,
  parseCaller,
  parseCallerType,
  parseIdentityId,
  roleSessionName,
  sessionTags,
} from './caller.ts';
import { parseTenantId } from './tenant.ts';

const acme = parseTenantId('acme')!;
const user: Caller = { tenantId: acme, identityId: 'usr_anna', callerType: 'user' };
const withKey: Caller = { tenantId: acme, identityId: 'key_k3jD8sQ0aZ', callerType: 'api_key', keyId: 'k3jD8sQ0aZ' };

const identity = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.@=-]{0,63}$/);
const callers = fc.oneof(
  fc.record({ tenantId: fc.constant(acme), identityId: identity, callerType: fc.constantFrom('user', 'machine') }),
  fc.record({
    tenantId: fc.constant(acme),
    identityId: identity,
    callerType: fc.constant('api_key'),
    keyId: fc.stringMatching(/^[0-9A-Za-z]{10}$/),
  }),
);

describe('an identity id', () => {
  it.each(['usr_anna', 'anna@acme.example', '0', 'a'.repeat(64), '8f14e45f-ceea-4672'])('%s is one', (text) => {
    expect(parseIdentityId(text)).toBe(text);
  });

  it.each(['', '_anna', '.anna', 'a'.repeat(65), 'an na', 'anna#1', 'anna/1', 'anna\n', 'änna', 'a,b', 'a+b', 7, null])(
    '%j is none',
    (value) => {
      expect(parseIdentityId(value)).toBeNull();
    },
  );
});

it('a caller type is one of three words', () => {
  // The platform's own is nobody's to claim, in a token or a passport.
  expect(CALLER_TYPES.map(parseCallerType)).toEqual(['user', 'machine', 'api_key', null]);
  expect(['User', '', 'staff', null, 0].map(parseCallerType)).toEqual([null, null, null, null, null]);
});

describe('a caller that travelled as data', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(callers, (caller) => {
        expect(parseCaller(JSON.parse(JSON.stringify(caller)))).toEqual(caller);
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'acme'],
    ['a tenant of the wrong shape', { ...user, tenantId: 'ACME' }],
    ['no tenant', { ...user, tenantId: undefined }],
    ['a tenant that only turns into text', { ...user, tenantId: ['acme'] }],
    ['an identity with a separator', { ...user, identityId: 'anna#KEY' }],
    ['no identity', { ...user, identityId: '' }],
    ['an unknown type', { ...user, callerType: 'root' }],
    ['a key id on a user', { ...user, keyId: 'k3jD8sQ0aZ' }],
    ['a key id on a machine', { ...user, callerType: 'machine', keyId: 'k3jD8sQ0aZ' }],
    ['an API key without its id', { ...withKey, keyId: undefined }],
    ['a key id too short', { ...withKey, keyId: 'k3jD8sQ0a' }],
    ['a key id with a separator', { ...withKey, keyId: 'k3jD8sQ0#Z' }],
    ['a key id that is no text', { ...withKey, keyId: 1234567890 }],
  ])('is refused with %s', (_, value) => {
    expect(parseCaller(value)).toBeNull();
  });

  it('carries nothing but what a caller is', () => {
    expect(parseCaller({ ...user, isAdmin: true })).toEqual(user);
    expect(parseCaller({ ...withKey, isAdmin: true })).toEqual(withKey);
  });

  it('is null or a whole caller for any value', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => parseCaller(value) === null),
      { seed: 22, numRuns: 1000 },
    );
  });
});

describe('towards STS', () => {
  it('the four tags are exactly those that the trust policy demands', () => {
    expect(sessionTags(withKey, 'us-east-1')).toEqual([
      { Key: 'tenant_id', Value: 'acme' },
      { Key: 'identity_id', Value: 'key_k3jD8sQ0aZ' },
      { Key: 'caller_type', Value: 'api_key' },
      { Key: 'bedrock_region', Value: 'us-east-1' },
    ]);
  });

  it('every session name and tag is one that STS takes', () => {
    fc.assert(
      fc.property(callers, (value) => {
        const caller = parseCaller(value)!;
        expect(roleSessionName(caller)).toMatch(/^[\w+=,.@-]{2,64}$/);
        for (const { Value } of sessionTags(caller, 'eu-central-2')) expect(Value).toMatch(/^[\w .:/=+@-]{1,256}$/);
      }),
      { seed: 23, numRuns: 500 },
    );
  });

  it('the session name is the tenant, a dot and the identity, cut to 64 characters', () => {
    expect(roleSessionName(user)).toBe('acme.usr_anna');
    expect(roleSessionName({ ...user, identityId: 'x'.repeat(64) })).toBe(`acme.${'x'.repeat(59)}`);
  });
});
