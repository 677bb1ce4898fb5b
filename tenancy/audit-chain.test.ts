import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AuditEntry } from './audit.ts';
import { CHAIN_START, canonicalJson, chainHash, nextLink } from './audit-chain.ts';
import { parseTenantId } from './tenant.ts';

const sha256 = (text: string) => hash('sha256', text);

const entry: AuditEntry = {
  id: 'aud_01a20101-776a-77ac-8456-1ee52ac5a36b',
  tenantId: parseTenantId('acme')!,
  at: 1_795_313_203_050,
  requestId: '01a20101-776d-77ac-8456-1ee52ac5a36b',
  actor: { kind: 'staff', id: 'mira' },
  action: 'updateTenant',
  target: { kind: 'tenant', id: 'acme' },
  outcome: 'ALLOWED',
  changes: [{ field: 'tier', before: '"TRIAL"', after: null }],
  reason: 'upgrade',
};

it('a chain goes from link to link', () => {
  const first = nextLink(CHAIN_START, entry, sha256);
  expect(first).toEqual({
    sequence: 1,
    auditId: entry.id,
    previousHash: '0'.repeat(64),
    // Reckoned once by hand, with sha256sum: a chain that is stored must verify with every later version.
    hash: '727fc9793089ac830e9a76f4fb6621cb373954dae0fae59dd4533deb8fed7d04',
  });
  expect(nextLink(first, entry, sha256)).toMatchObject({ sequence: 2, previousHash: first.hash });
});

it('the hash is another for every other entry and every other past', () => {
  const whole = chainHash(CHAIN_START.hash, entry, sha256);
  expect(chainHash('1'.repeat(64), entry, sha256)).not.toBe(whole);
  // No entry is without these two: the other one has others.
  const others: Partial<AuditEntry> = { target: { kind: 'User', id: 'another' }, changes: [] };
  for (const name of Object.keys(entry) as (keyof AuditEntry)[]) {
    const { [name]: _, ...rest } = entry;
    const other = { ...rest, ...(name in others ? { [name]: others[name] } : {}) } as AuditEntry;
    expect(chainHash(CHAIN_START.hash, other, sha256), name).not.toBe(whole);
  }
});

it('the order in which members were written is no part of it, that of a list is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { seed: 91, numRuns: 500 },
  );
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  expect(canonicalJson({ b: 2n ** 64n, a: undefined })).toBe('{"b":"18446744073709551616"}');
});
