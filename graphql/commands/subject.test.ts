import { expect, it } from 'vitest';
import { parseGateWords } from './subject.ts';

it.each([
  [['acme'], { kind: 'tenant' }],
  [['acme', 'user', 'usr_anna'], { kind: 'user', identityId: 'usr_anna' }],
  [['acme', 'key', 'k3jD8sQ0aZ'], { kind: 'key', keyId: 'k3jD8sQ0aZ' }],
  [['acme', 'user', 'usr_acme:5f1c0e7a'], { kind: 'user', identityId: '5f1c0e7a' }],
  [['acme', 'key', 'key_acme:k3jD8sQ0aZ'], { kind: 'key', keyId: 'k3jD8sQ0aZ' }],
])('%j names a gate', (words, subject) => {
  expect(parseGateWords(words)).toEqual({ ok: true, value: { tenantId: 'acme', subject } });
});

it.each([
  [[]],
  [['Acme']],
  [['acme', 'user']],
  [['acme', 'group', 'x']],
  [['acme', 'user', 'anna', 'ben']],
  [['acme', 'user', 'usr_globex:anna']],
])('%j names none', (words) => {
  expect(parseGateWords(words).ok).toBe(false);
});
