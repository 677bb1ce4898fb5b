import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTables } from '../../tests/tables.ts';
import { PROVIDER_DEFAULTS } from '../identity-provider.ts';
import { parseTenantId } from '../tenant.ts';
import { commit } from './commit.ts';
import {
  claimPair,
  getIdentityProvider,
  identityProviderRemoval,
  identityProviderWrite,
  mayClaimPair,
} from './identity-providers.ts';

let store: Awaited<ReturnType<typeof startTables>>;
beforeAll(async () => {
  store = await startTables();
});
afterAll(() => store.close());

const [acme, globex, initech] = [parseTenantId('acme')!, parseTenantId('globex')!, parseTenantId('initech')!];
const HOUR = 3_600_000;
let pairs = 0;
const newPair = () => ({ issuer: `https://a.example/${++pairs}`, audience: 'api://default' });
const provider = (tenantId: typeof acme, pair: ReturnType<typeof newPair>, version: number) => ({
  ...PROVIDER_DEFAULTS,
  ...pair,
  tenantId,
  jwksUri: `${pair.issuer}/keys`,
  verifiedAt: 5,
  version,
});
const put = (one: ReturnType<typeof provider>) => commit([identityProviderWrite(store.tables, one)]);

it('a provider is written by its version, and taken away by it', async () => {
  const one = provider(initech, newPair(), 1);
  expect(await getIdentityProvider(store.tables, initech)).toBeNull();
  expect(await put(one)).toEqual({ outcome: 'done' });
  expect(await put(one)).toMatchObject({ outcome: 'refused' });
  expect(await getIdentityProvider(store.tables, initech)).toEqual(one);
  const remove = (version: number) => commit([identityProviderRemoval(store.tables, { tenantId: initech, version })]);
  expect(await remove(2)).toMatchObject({ outcome: 'refused' });
  expect(await remove(1)).toEqual({ outcome: 'done' });
  expect(await getIdentityProvider(store.tables, initech)).toBeNull();
});

describe('a pair of issuer and audience', () => {
  const claim = (tenantId: typeof acme, pair: ReturnType<typeof newPair>, now: number) =>
    claimPair(store.tables, { tenantId, ...pair }, now);

  it('is one tenant’s: of many who want it at once one gets it', async () => {
    const pair = newPair();
    const tenants = Array.from({ length: 8 }, (_, n) => parseTenantId(`tenant-${n}`)!);
    const claimed = await Promise.all(tenants.map((tenantId) => claim(tenantId, pair, 0)));
    expect(claimed.filter(Boolean)).toHaveLength(1);
    const winner = tenants[claimed.indexOf(true)]!;
    expect(await claim(winner, pair, 1)).toBe(true);
    expect(await Promise.all(tenants.map((tenantId) => mayClaimPair(store.tables, { tenantId, ...pair }, 2)))).toEqual(
      claimed,
    );
  });

  it('is another one with another issuer or audience, however the two are put together', async () => {
    expect(await claim(acme, { issuer: 'https://p.example/a', audience: 'b' }, 0)).toBe(true);
    expect(await claim(globex, { issuer: 'https://p.example/', audience: 'ab' }, 0)).toBe(true);
    expect(await claim(globex, { issuer: 'https://p.example/a', audience: 'c' }, 0)).toBe(true);
  });

  it('stays its tenant’s for as long as it is used', async () => {
    const pair = newPair();
    expect(await claim(acme, pair, 0)).toBe(true);
    await put(provider(acme, pair, 1));
    expect(await claim(globex, pair, 1_000 * HOUR)).toBe(false);
    await put(provider(acme, newPair(), 2));
    expect(await claim(globex, pair, 1_000 * HOUR)).toBe(true);
    expect(await claim(acme, pair, 1_000 * HOUR)).toBe(false);
  });

  it('that was claimed and not used is free after an hour, and not before', async () => {
    const pair = newPair();
    expect(await claim(globex, pair, 0)).toBe(true);
    expect(await claim(initech, pair, HOUR - 1)).toBe(false);
    expect(await mayClaimPair(store.tables, { tenantId: initech, ...pair }, HOUR)).toBe(true);
    // Claimed anew in the meantime: the hour begins again.
    expect(await claim(globex, pair, HOUR)).toBe(true);
    expect(await claim(initech, pair, HOUR + 1)).toBe(false);
  });

  it('that is left goes to one of two, though its first tenant be one of them', async () => {
    for (let round = 0; round < 5; round++) {
      const pair = newPair();
      await claim(globex, pair, 0);
      const both = await Promise.all([claim(globex, pair, HOUR), claim(initech, pair, HOUR)]);
      const [first, second] = both;
      expect(first && second, 'both').toBe(false);
      expect(first || second, 'none').toBe(true);
    }
  });
});
