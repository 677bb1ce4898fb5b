import { describe, expect, it } from 'vitest';
import type { ProvisioningKey } from '../../tenancy/provisioning.ts';
import { parseUsageLine } from '../../tenancy/usage.ts';
import type { Passport } from '../passport.ts';
import {
  ACME,
  chunk,
  DELTA_END,
  delta,
  KEY_SHA256,
  keyPassport,
  NOW,
  passport,
  request,
  run,
  START,
  STOP,
  STREAM_HEADERS,
  seal,
  startScript,
  TENANT,
} from './serve.fixture.ts';
import type { Stores } from './stores.ts';

const KEY: ProvisioningKey = { tenantId: ACME, keyId: 'abcdefghij', sha256: KEY_SHA256, validUntil: NOW + 1 };

async function call(sealed: Passport, stores: Partial<Stores> = {}) {
  const client = await startScript((_, response) => {
    response.writeHead(200, STREAM_HEADERS);
    for (const event of [START, delta('hel'), DELTA_END]) response.write(chunk(event));
    response.end(chunk(STOP));
  });
  return run(request(seal(sealed)), client, {
    stores: {
      tenant: async () => ({ ...TENANT, status: 'PROVISIONING' }),
      provisioningKey: async () => KEY,
      ...stores,
    },
  });
}

describe('a tenant that is PROVISIONING', () => {
  it('is called by the platform’s key, and every token of it is counted, at no charge, and held in no budget', async () => {
    // A live key of the same id, of the tenant's own, plays no part.
    const { reader, book, lines } = await call(keyPassport());
    expect(reader.statusCode).toBe(200);
    expect(book.intents).toMatchObject([
      {
        identityId: 'provisioning',
        callerType: 'provisioning',
        tier: 'STANDARD',
        reserved: { nanoUsd: 0n },
      },
    ]);
    expect(book.intents[0]).not.toHaveProperty('keyId');
    const [settlement] = book.settlements;
    expect(settlement).toMatchObject({ outcome: 'COMPLETED', nanoUsd: 0n, flags: ['not_charged'] });
    expect(settlement?.tokens.output).toBeGreaterThan(0);
    for (const gate of book.gates.values()) {
      for (const [name, value] of gate.counters) if (/^(committed|spent)/.test(name)) expect(value).toBe(0n);
    }
    expect(lines.map(parseUsageLine).find(Boolean)).toMatchObject({
      caller_type: 'provisioning',
      flags: 'not_charged',
      tier: 'STANDARD',
    });
  });

  it.each<[string, Passport, Partial<Stores>]>([
    ['a token', passport(), {}],
    ['a live key of its own', keyPassport(), { provisioningKey: async () => null }],
    ['another secret under the key’s id', keyPassport({ keySha256: 'ab'.repeat(32) }), {}],
    ['the key at its end', keyPassport(), { provisioningKey: async () => ({ ...KEY, validUntil: NOW }) }],
    ['the key on another route', keyPassport({ route: 'count_tokens' }), {}],
  ])('is closed to %s', async (_, sealed, stores) => {
    const { reader, book } = await call(sealed, stores);
    expect([reader.statusCode, book.intents]).toEqual([403, []]);
    expect(reader.text).toContain('tenant acme is provisioning; ask your platform');
  });

  it('is 503 while the key cannot be read', async () => {
    const { reader } = await call(keyPassport(), { provisioningKey: () => Promise.reject(new Error('away')) });
    expect(reader.statusCode).toBe(503);
  });
});

it.each(['ACTIVE', 'SUSPENDED', 'CLOSING', 'CLOSED'] as const)('opens no tenant that is %s', async (status) => {
  let asked = 0;
  const { reader, book } = await call(keyPassport(), {
    tenant: async () => ({ ...TENANT, status }),
    apiKey: async () => null,
    provisioningKey: async () => {
      asked += 1;
      return KEY;
    },
  });
  expect([reader.statusCode, asked, book.intents]).toEqual([status === 'ACTIVE' ? 401 : 403, 0, []]);
});

it('charges everybody else', async () => {
  const { book } = await call(keyPassport(), { tenant: async () => TENANT });
  expect(book.settlements[0]?.nanoUsd).toBeGreaterThan(0n);
  expect(book.settlements[0]?.flags).toEqual([]);
});

it('a tier that begins between two requests holds for the second, and stands in its record', async () => {
  const nextTier = { tier: 'TRIAL', at: NOW } as const;
  const at = async (begin: number) =>
    call(passport(), { tenant: async () => ({ ...TENANT, limits: {}, nextTier: { ...nextTier, at: begin } }) });
  expect((await at(NOW + 1)).book.intents).toMatchObject([{ tier: 'STANDARD' }]);
  const { book, reader } = await at(NOW);
  expect(book.intents).toMatchObject([{ tier: 'TRIAL' }]);
  expect(reader.headers['anthropic-ratelimit-requests-limit']).toBe('60');
});
