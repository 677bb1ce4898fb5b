import { expect, it } from 'vitest';
import { CALLER_TYPES } from './caller.ts';
import { defaultGrants } from './default-grants.ts';
import { orphanSettlement } from './orphan.ts';
import { isProvisioningKey, ratingOf } from './provisioning.ts';
import { parseTenantId, TIERS } from './tenant.ts';
import { NO_TOKENS } from './usage.ts';

const ACME = parseTenantId('acme')!;
const KEY = { tenantId: ACME, keyId: '0d4c9b7e6f', sha256: 'ab'.repeat(32), validUntil: 1_000 };
const PRESENTED = { keyId: KEY.keyId, sha256: KEY.sha256 };

it.each([
  ['the key itself', KEY, PRESENTED, 999, true],
  ['its end', KEY, PRESENTED, 1_000, false],
  ['another secret', KEY, { ...PRESENTED, sha256: 'ac'.repeat(32) }, 0, false],
  ['another key id', KEY, { ...PRESENTED, keyId: '1d4c9b7e6f' }, 0, false],
  ['no key presented', KEY, { keyId: undefined, sha256: undefined }, 0, false],
  ['no key made', null, PRESENTED, 0, false],
])('a provisioning key: %s', (_, key, presented, now, expected) => {
  expect(isProvisioningKey(key, presented, now)).toBe(expected);
});

it('the platform’s own call is counted and not charged, also as an orphan; everybody else’s is', () => {
  const perToken = { input: 1, output: 5, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 2 };
  for (const type of CALLER_TYPES) {
    const own = type === 'provisioning';
    expect(ratingOf(type, perToken)).toEqual(
      own ? { perToken: NO_TOKENS, flags: ['not_charged'] } : { perToken, flags: [] },
    );
    const reserved = { nanoUsd: 0n, inputTokens: 3, outputTokens: 1 };
    const { tokens, flags } = orphanSettlement({ reserved, callerType: type }, 0);
    expect(tokens).toMatchObject({ input: 3, output: 1 });
    expect(flags.includes('not_charged')).toBe(own);
  }
});

it('default grants are the platform’s, the same each time, and name what the tier has', () => {
  const models = [
    { id: 'claude-haiku-4-5', enabled: true },
    { id: 'claude-sonnet-5', enabled: true },
    { id: 'claude-sonnet-4', enabled: false },
    { id: 'claude-opus-5', enabled: true },
  ];
  const given = (tier: (typeof TIERS)[number]) => defaultGrants(ACME, tier, models).map(({ model }) => model);
  expect(TIERS.map(given)).toEqual([['claude-haiku-4-5', 'claude-sonnet-5'], ['*'], ['*']]);
  for (const tier of TIERS) {
    const grants = defaultGrants(ACME, tier, models);
    expect(grants).toEqual(defaultGrants(ACME, tier, models));
    expect(new Set(grants.map(({ id }) => id)).size).toBe(grants.length);
    for (const grant of grants) {
      expect(grant).toMatchObject({ subject: { kind: 'tenant' }, effect: 'allow', byPlatform: true, regions: '*' });
    }
  }
  expect(defaultGrants(ACME, 'TRIAL', [])).toEqual([]);
});
