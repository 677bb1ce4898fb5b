import { describe, expect, it } from 'vitest';
import type { GateId, GateRefusal } from './gate.ts';
import { busyRefusal, gateRefusal } from './gate-refusal.ts';
import { parseTenantId } from './tenant.ts';

const tenantId = parseTenantId('acme')!;
const TENANT: GateId = { tenantId, subject: { kind: 'tenant' } };
const USER: GateId = { tenantId, subject: { kind: 'user', identityId: 'usr_anna' } };
const KEY: GateId = { tenantId, subject: { kind: 'key', keyId: 'k3jD8sQ0aZ' } };
const NOW = Date.UTC(2026, 10, 22, 12, 0, 18);

describe('a caller is told whose limit it is, which one, and when to come again', () => {
  it.each<[GateId, GateRefusal, string, number | 'never']>([
    [
      TENANT,
      { limit: 'budget', max: 1_234_500_000_000n, left: 0n, outcome: 'spent' },
      'the budget of tenant acme for 2026-11 ($1234.50) is spent; ask your tenant admin to raise it',
      'never',
    ],
    [
      TENANT,
      { limit: 'budget', max: 100_000_000n, left: 9_500_000n, outcome: 'spent' },
      '$0.0095 is left of the budget of tenant acme for 2026-11 ($0.10), not enough for this request; ask your tenant admin to raise it',
      'never',
    ],
    [
      TENANT,
      { limit: 'budget', max: 100_000_000n, left: -1n, outcome: 'spent' },
      'the budget of tenant acme for 2026-11 ($0.10) is spent; ask your tenant admin to raise it',
      'never',
    ],
    [
      USER,
      { limit: 'budget', max: 5_000_000_000n, left: 4_000_000_000n, outcome: 'held' },
      'the budget of your user for 2026-11 ($5.00) is held by requests that are running; try again',
      2,
    ],
    [
      KEY,
      { limit: 'requestsPerDay', max: 10n, outcome: 'window' },
      'this API key has had its 10 requests of 2026-11-22 (UTC); ask your tenant admin to raise the limit',
      'never',
    ],
    [
      KEY,
      { limit: 'requestsPerDay', max: 1n, outcome: 'window' },
      'this API key has had its 1 request of 2026-11-22 (UTC); ask your tenant admin to raise the limit',
      'never',
    ],
    [
      KEY,
      { limit: 'streams', max: 1n, outcome: 'held' },
      'this API key is at its limit of 1 request at the same time; try again',
      2,
    ],
    [
      KEY,
      { limit: 'streams', max: 4n, outcome: 'held' },
      'this API key is at its limit of 4 requests at the same time; try again',
      2,
    ],
    [
      KEY,
      { limit: 'streams', max: 0n, outcome: 'spent' },
      'the request alone is over the limit of this API key: 0 requests at the same time; ask your tenant admin to raise it',
      'never',
    ],
    [
      USER,
      { limit: 'requestsPerMinute', max: 60n, outcome: 'window' },
      'your user is at its limit of 60 requests per minute; try again',
      42,
    ],
    [
      TENANT,
      { limit: 'tokensPerMinute', max: 900n, outcome: 'window' },
      'tenant acme is at its limit of 900 tokens per minute; try again',
      42,
    ],
    [
      TENANT,
      { limit: 'tokensPerMinute', max: 900n, outcome: 'spent' },
      'the request alone is over the limit of tenant acme: 900 tokens per minute; ask your tenant admin to raise it',
      'never',
    ],
  ])('%o %o', (id, why, what, again) => {
    expect(gateRefusal(id, why, NOW)).toEqual(
      again === 'never' ? { kind: 'limit_spent', what } : { kind: 'rate_limited', what, retryAfterSeconds: again },
    );
  });

  it.each([
    [TENANT, 'tenant'],
    [USER, 'user'],
    [KEY, 'key'],
  ])('%o is closed', (id, by) => {
    expect(gateRefusal(id, { limit: 'closed' }, NOW)).toEqual({ kind: 'stopped', by });
  });

  it('a gate whose store has no capacity is a matter of seconds', () => {
    expect(busyRefusal(TENANT)).toEqual({
      kind: 'rate_limited',
      what: 'tenant acme makes more requests at once than can be counted; try again',
      retryAfterSeconds: 1,
    });
  });
});
