import { describe, expect, it } from 'vitest';
import { toAnthropicAnswer } from './answer.ts';
import type { Caller } from './caller.ts';
import { bindCredentials, isAwsSignature, type VerifiedCredential } from './credential.ts';
import type { Refusal } from './refusal.ts';
import { parseTenantId } from './tenant.ts';

const [acme, globex] = [parseTenantId('acme')!, parseTenantId('globex')!];
const authentic = (caller: Caller): VerifiedCredential => ({ outcome: 'authentic', caller });
const anna = authentic({ tenantId: acme, identityId: 'anna', callerType: 'user' });
const bob = authentic({ tenantId: acme, identityId: 'bob', callerType: 'user' });
const annaAsMachine = authentic({ tenantId: acme, identityId: 'anna', callerType: 'machine' });
const key = authentic({ tenantId: acme, identityId: 'key_1', callerType: 'api_key', keyId: 'aaaaaaaaaa' });
const sameOwnerOtherKey = authentic({
  tenantId: acme,
  identityId: 'key_1',
  callerType: 'api_key',
  keyId: 'bbbbbbbbbb',
});
const stranger = authentic({ tenantId: globex, identityId: 'anna', callerType: 'user' });
const expired: VerifiedCredential = { outcome: 'expired' };
const invalid: VerifiedCredential = { outcome: 'invalid', why: 'forged' };
const unverifiable: VerifiedCredential = {
  outcome: 'unverifiable',
  refusal: { kind: 'edge_not_ready', what: 'no MAC key' },
};

const TWO = { bearer: 'one', apiKey: 'other' };
const bound = (...verified: VerifiedCredential[]) => bindCredentials(verified, TWO, acme);
const outcome = (verified: VerifiedCredential[], presented = TWO): string => {
  const result = bindCredentials(verified, presented, acme);
  return result.ok
    ? result.value.identityId
    : `${toAnthropicAnswer(result.reason, 'r').statusCode} ${result.reason.kind}`;
};

describe('binding a request to its tenant', () => {
  it('one authentic credential of the tenant is its caller', () => {
    expect(bound(anna)).toEqual({ ok: true, value: { tenantId: acme, identityId: 'anna', callerType: 'user' } });
    expect(bound(key)).toMatchObject({ ok: true, value: { keyId: 'aaaaaaaaaa' } });
  });

  it('no credential is a 401', () => {
    expect(outcome([])).toBe('401 credential_missing');
  });

  const matrix: [string, VerifiedCredential, VerifiedCredential, string][] = [
    ['two tokens of one person', anna, anna, 'anna'],
    ['two secrets of one key', key, key, '401 credentials_conflict'],
    ['two people', anna, bob, '401 credentials_conflict'],
    ['a person and a key', anna, key, '401 credentials_conflict'],
    ['two keys', key, sameOwnerOtherKey, '401 credentials_conflict'],
    ['a person and a machine of one name', anna, annaAsMachine, '401 credentials_conflict'],
    ['one of ours and a foreign one', anna, stranger, '403 tenant_mismatch'],
    ['two foreign ones', stranger, stranger, '403 tenant_mismatch'],
    ['one of ours and a forged one', anna, invalid, '401 credential_invalid'],
    ['a foreign one and a forged one', stranger, invalid, '401 credential_invalid'],
    ['one of ours and an expired one', anna, expired, '401 credential_expired'],
    ['a foreign one and an expired one', stranger, expired, '401 credential_expired'],
    ['an expired one and a forged one', expired, invalid, '401 credential_invalid'],
    ['one of ours and one that cannot be told', anna, unverifiable, '503 edge_not_ready'],
    ['a foreign one and one that cannot be told', stranger, unverifiable, '503 edge_not_ready'],
    ['a forged one and one that cannot be told', invalid, unverifiable, '401 credential_invalid'],
    ['an expired one and one that cannot be told', expired, unverifiable, '401 credential_expired'],
    ['two that cannot be told', unverifiable, unverifiable, '503 edge_not_ready'],
    ['two forged ones', invalid, invalid, '401 credential_invalid'],
    ['two expired ones', expired, expired, '401 credential_expired'],
  ];
  it.each(matrix)('%s, in either order', (_, one, other, expected) => {
    expect(outcome([one, other])).toBe(expected);
    expect(outcome([other, one])).toBe(expected);
  });

  it.each([
    [stranger, '403 tenant_mismatch'],
    [invalid, '401 credential_invalid'],
    [expired, '401 credential_expired'],
    [unverifiable, '503 edge_not_ready'],
  ])('alone, %j gives the same as beside another', (credential, expected) => {
    expect(outcome([credential])).toBe(expected);
  });

  it('an expired token is worth a retry only when one helper filled both headers', () => {
    const refusal = (presented: { bearer?: string; apiKey?: string }, ...verified: VerifiedCredential[]): Refusal => {
      const result = bindCredentials(verified, presented, acme);
      if (result.ok) throw new Error('bound');
      return result.reason;
    };
    expect(refusal({ bearer: 'one', apiKey: 'one' }, expired, expired)).toMatchObject({ refreshable: true });
    expect(refusal({ bearer: 'one', apiKey: 'other' }, expired, anna)).toMatchObject({ refreshable: false });
    expect(refusal({ bearer: 'one' }, expired)).toMatchObject({ refreshable: false });
    expect(refusal({ apiKey: 'one' }, expired)).toMatchObject({ refreshable: false });
    expect(refusal({}, expired)).toMatchObject({ refreshable: false });
  });
});

it.each([
  ['AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-central-1/bedrock/aws4_request', true],
  ['AWS4-ECDSA-P256-SHA256 Credential=AKIA', true],
  ['aws4-hmac-sha256', true],
  [' AWS4-HMAC-SHA256 x', true],
  ['Bearer AWS4-HMAC-SHA256', false],
  ['AWS AKIA:signature', false],
  ['', false],
])('Authorization %j is an AWS signature: %s', (authorization, signature) => {
  expect(isAwsSignature(authorization)).toBe(signature);
});
