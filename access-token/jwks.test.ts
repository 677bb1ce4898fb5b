import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { issuerKeys, jwksOf, NOW } from '../edge/origin/fixture.ts';
import { keepSigningKeys, parseJwks } from './jwks.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const second = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** An issuer whose key set and health a test changes as it goes. */
function issuer() {
  const state = {
    keys: jwksOf({ k1: issuerKeys.publicKey }) as unknown,
    up: true,
    fetches: 0,
    failures: [] as unknown[],
  };
  const keys = keepSigningKeys(
    'https://issuer.example.test/jwks',
    async () => {
      state.fetches++;
      if (!state.up) throw Object.assign(new Error('secret text'), { code: 'ECONNREFUSED' });
      return state.keys;
    },
    (error) => void state.failures.push(error),
  );
  return { state, find: async (kid: string, now: number) => (await keys.find(kid, now)).outcome };
}

test('keys are fetched once and good for an hour', async () => {
  const { state, find } = issuer();
  expect(await Promise.all(['k1', 'k1', 'k1'].map((kid) => find(kid, NOW)))).toEqual(['found', 'found', 'found']);
  expect(await find('k1', NOW + HOUR - 1)).toBe('found');
  expect(state.fetches).toBe(1);
});

test('after an hour the old keys serve while new ones are fetched, once', async () => {
  const { state, find } = issuer();
  await find('k1', NOW);
  expect(await Promise.all([find('k1', NOW + HOUR), find('k1', NOW + HOUR)])).toEqual(['found', 'found']);
  expect(state.fetches).toBe(2);
});

test('a rotated key works within ten seconds, and the old one until it is withdrawn', async () => {
  const { state, find } = issuer();
  await find('k1', NOW);
  state.keys = jwksOf({ k1: issuerKeys.publicKey, k2: second.publicKey });
  expect(await find('k2', NOW + 9 * SECOND)).toBe('unknown');
  expect(await find('k2', NOW + 10 * SECOND)).toBe('found');
  expect(await find('k1', NOW + 10 * SECOND)).toBe('found');
  state.keys = jwksOf({ k2: second.publicKey });
  await find('k1', NOW + 10 * SECOND + HOUR);
  expect(await find('k1', NOW + 21 * SECOND + HOUR)).toBe('unknown');
});

test('an id that is given to another key means the other key from then on', async () => {
  const { state } = issuer();
  const keys = keepSigningKeys(
    'https://issuer.example.test/jwks',
    async () => state.keys,
    () => {},
  );
  await keys.find('k1', NOW);
  state.keys = jwksOf({ k1: second.publicKey });
  await keys.find('k1', NOW + HOUR);
  const found = await keys.find('k1', NOW + HOUR + 1);
  expect(found.outcome === 'found' && found.key.publicKey.equals(second.publicKey)).toBe(true);
});

test('a flood of made-up key ids costs one fetch in ten seconds', async () => {
  const { state, find } = issuer();
  await find('k1', NOW);
  const flood = Array.from({ length: 500 }, (_, i) => find(`evil-${i}`, NOW + 10 * SECOND + i));
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['unknown']));
  expect(state.fetches).toBe(2);
  expect(await find('k1', NOW + 15 * SECOND)).toBe('found');
});

test('while the issuer is down a known key goes on for a day and an unknown one is unavailable, not unknown', async () => {
  const { state, find } = issuer();
  await find('k1', NOW);
  state.up = false;
  for (const later of [HOUR, 2 * HOUR, 12 * HOUR, 24 * HOUR - 1]) expect(await find('k1', NOW + later)).toBe('found');
  expect(await find('k2', NOW + 11 * SECOND + 12 * HOUR)).toBe('unavailable');
  expect(await find('k1', NOW + 24 * HOUR)).toBe('unavailable');
  state.up = true;
  expect(await find('k1', NOW + 24 * HOUR + 10 * SECOND)).toBe('found');
});

test('a flood while the issuer is down costs one fetch in ten seconds too', async () => {
  const { state, find } = issuer();
  await find('k1', NOW);
  state.up = false;
  const flood = Array.from({ length: 200 }, (_, i) => find(`evil-${i}`, NOW + 20 * SECOND + i));
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['unavailable']));
  expect(state.fetches).toBe(2);
});

test('an issuer that was down when the function started is asked again after a second', async () => {
  const { state, find } = issuer();
  state.up = false;
  expect(await find('k1', NOW)).toBe('unavailable');
  expect(await find('k1', NOW + 999)).toBe('unavailable');
  expect(state.fetches).toBe(1);
  state.up = true;
  expect(await find('k1', NOW + SECOND)).toBe('found');
});

test('a failed fetch is told', async () => {
  const { state, find } = issuer();
  state.up = false;
  await find('k1', NOW);
  expect(state.failures).toMatchObject([{ code: 'ECONNREFUSED' }]);
});

test('a damaged key set does not replace a good one', async () => {
  const { state, find } = issuer();
  await find('k1', NOW);
  for (const [i, damaged] of [null, {}, { keys: {} }, { keys: [] }, { keys: [null] }, 'x'].entries()) {
    state.keys = damaged;
    const now = NOW + (i + 2) * HOUR;
    expect(await find('k1', now)).toBe('found');
  }
  expect(state.failures).toHaveLength(6);
});

test.each([
  ['another use', { use: 'enc' }],
  ['another algorithm', { alg: 'RS512' }],
  ['no id', { kid: undefined }],
  ['an empty id', { kid: '' }],
  ['another kind', { kty: 'oct', k: 'AAAA' }],
])('a key with %s is left out', (_, change) => {
  const [good, other] = jwksOf({ k1: issuerKeys.publicKey, k2: second.publicKey }).keys;
  expect([...parseJwks({ keys: [good, { ...other, ...change }] }).keys()]).toEqual(['k1']);
});

test('a short RSA key is left out', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
  expect([...parseJwks(jwksOf({ k1: issuerKeys.publicKey, short: short.publicKey })).keys()]).toEqual(['k1']);
});

test('a key set that names one id twice is refused', () => {
  const [first] = jwksOf({ k1: issuerKeys.publicKey }).keys;
  const [twin] = jwksOf({ k1: second.publicKey }).keys;
  expect(() => parseJwks({ keys: [first, twin] })).toThrow(/twice/);
});
