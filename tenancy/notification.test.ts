import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiKey } from './api-key.ts';
import { expiryNotice, type Notice, readersOf, tenantOf, wordsOf } from './notification.ts';
import { parseTenantId } from './tenant.ts';

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
const acme = parseTenantId('acme')!;

function apiKey(ends: readonly number[], change: Partial<ApiKey> = {}): ApiKey {
  return {
    tenantId: acme,
    keyId: 'k3jD8sQ0aZ',
    name: 'build server',
    ownerId: 'usr_anna',
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: ends.map((validUntil) => ({ sha256: 'x', validUntil })),
    version: 1,
    ...change,
  };
}
const daysOf = (key: ApiKey) => {
  const notice = expiryNotice(key, NOW);
  return notice?.kind === 'key_expiry' ? notice.daysBefore : null;
};

describe('the end of a key', () => {
  it.each([
    [8 * DAY, null],
    [7 * DAY + 1, null],
    [7 * DAY, 7],
    [3 * DAY + 1, 7],
    [3 * DAY, 3],
    [DAY + 1, 3],
    [DAY, 1],
    [1, 1],
    [0, null],
    [-DAY, null],
  ])('in %i ms is spoken of as %j days before', (left, days) => {
    expect(daysOf(apiKey([NOW + left]))).toBe(days);
  });

  it('is that of the secret that lives longest', () => {
    expect(daysOf(apiKey([NOW + DAY, NOW + 90 * DAY]))).toBeNull();
    expect(daysOf(apiKey([NOW + DAY, NOW + 3 * DAY]))).toBe(3);
    expect(daysOf(apiKey([]))).toBeNull();
  });

  it.each([{ state: 'REVOKED' }, { ownerDisabled: true }] as const)('is nothing to tell for %j', (change) => {
    expect(daysOf(apiKey([NOW + DAY], change))).toBeNull();
  });

  it('is told once for each of the days when a run comes every day, at whatever hour the key ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8 * DAY, max: 30 * DAY }), fc.nat(DAY - 1), (life, hour) => {
        const key = apiKey([NOW + life]);
        const runs = Array.from({ length: 32 }, (_, day) => expiryNotice(key, NOW + hour + day * DAY));
        const told = runs.flatMap((one) => (one?.kind === 'key_expiry' ? one.daysBefore : []));
        expect([...new Set(told)]).toEqual([7, 3, 1]);
      }),
      { seed: 92, numRuns: 300 },
    );
  });
});

const budget = (subject: (Notice & { kind: 'budget_threshold' })['threshold']['gate']['subject'], percent = 80) =>
  ({
    kind: 'budget_threshold',
    threshold: {
      gate: { tenantId: acme, subject },
      percent,
      month: '2026-11',
      budget: 200_000_000_000n,
      spent: 160_025_000_000n,
      at: NOW,
    },
  }) as const satisfies Notice;

describe('who is told', () => {
  const admins = { kind: 'admins' };
  const anna = { kind: 'user', identityId: 'usr_anna' };

  it('of a budget: the admins, and the user whose it is', () => {
    expect(readersOf(budget({ kind: 'tenant' }))).toEqual([admins]);
    expect(readersOf(budget({ kind: 'key', keyId: 'k3jD8sQ0aZ' }))).toEqual([admins]);
    expect(readersOf(budget({ kind: 'user', identityId: 'usr_anna' }))).toEqual([admins, anna]);
  });

  it('of a key: its owner, and on its last day the admins too', () => {
    expect(readersOf(expiryNotice(apiKey([NOW + 3 * DAY]), NOW)!)).toEqual([anna]);
    expect(readersOf(expiryNotice(apiKey([NOW + DAY]), NOW)!)).toEqual([anna, admins]);
  });

  it('in whose tenant', () => {
    expect([budget({ kind: 'tenant' }), expiryNotice(apiKey([NOW + DAY]), NOW)!].map(tenantOf)).toEqual([acme, acme]);
  });
});

describe('the words', () => {
  it('of a budget', () => {
    expect(wordsOf(budget({ kind: 'user', identityId: 'usr_anna' }))).toEqual({
      subject: '80 % of the budget of user usr_anna of tenant acme is spent in 2026-11',
      text: 'The user usr_anna of tenant acme has spent $160.03 of a budget of $200.00 in 2026-11 (UTC).\nNothing is refused yet.',
    });
    expect(wordsOf(budget({ kind: 'tenant' }, 100)).text).toContain('requests are refused until');
  });

  it('of a key', () => {
    expect(wordsOf(expiryNotice(apiKey([NOW + DAY]), NOW)!)).toEqual({
      subject: 'API key k3jD8sQ0aZ of acme ends on 2026-11-23',
      text: expect.stringContaining('The API key k3jD8sQ0aZ, named "build server", ends on 2026-11-23 at 00:00 UTC.'),
    });
  });

  it('are ours on every line, whatever a key is called', () => {
    const plain = wordsOf(expiryNotice(apiKey([NOW + DAY]), NOW)!).text.split('\n').length;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        const { subject, text } = wordsOf(expiryNotice(apiKey([NOW + DAY], { name }), NOW)!);
        expect(subject).toBe('API key k3jD8sQ0aZ of acme ends on 2026-11-23');
        expect(text.split(/[\n\r\u2028\u2029\v\f\u0085]/)).toHaveLength(plain);
      }),
      { seed: 93, numRuns: 1_000 },
    );
    const evil = wordsOf(expiryNotice(apiKey([NOW + DAY], { name: 'a"\nGo to evil.example' }), NOW)!);
    expect(evil.text).toContain('named "a\\" Go to evil.example", ends');
  });
});
