import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keepPassportKeys } from './passport-keys.ts';
import { NOW } from './serve.fixture.ts';
import type { StoredPassportKey } from './stores.ts';

const pem = (type: 'ed25519' | 'x25519') =>
  (type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync(type)).publicKey
    .export({ type: 'spki', format: 'pem' })
    .toString();

function keeping(answer: (kid: string) => StoredPassportKey | null) {
  const asked: string[] = [];
  const find = keepPassportKeys(async (kid) => {
    asked.push(kid);
    return answer(kid);
  });
  return { asked, find };
}

describe("the edge's public keys", () => {
  const key = (kid: string): StoredPassportKey => ({ kid, publicKeyPem: pem('ed25519') });

  it('are read once in five minutes', async () => {
    const { asked, find } = keeping(key);
    expect(await find('a', NOW)).not.toBeNull();
    await find('a', NOW + 299_999);
    expect(asked).toEqual(['a']);
    await find('a', NOW + 300_000);
    expect(asked).toEqual(['a', 'a']);
  });

  it('that do not exist are not looked for with each request, and found soon after they appear', async () => {
    let stored: StoredPassportKey | null = null;
    const { asked, find } = keeping(() => stored);
    expect(await find('a', NOW)).toBeNull();
    stored = key('a');
    expect(await find('a', NOW + 9_999)).toBeNull();
    expect(asked).toHaveLength(1);
    expect(await find('a', NOW + 10_000)).not.toBeNull();
  });

  it('end when they end, kept or not', async () => {
    const { find } = keeping((kid) => ({ ...key(kid), expiresAt: NOW + 1_000 }));
    expect(await find('a', NOW + 999)).not.toBeNull();
    expect(await find('a', NOW + 1_000)).toBeNull();
  });

  it('are Ed25519 and nothing else', async () => {
    const { find } = keeping((kid) => ({ kid, publicKeyPem: pem('x25519') }));
    expect(await find('a', NOW)).toBeNull();
  });

  it('that could not be read are asked for again', async () => {
    let down = true;
    const { find } = keeping((kid) => {
      if (down) throw new Error('unreachable');
      return key(kid);
    });
    await expect(find('a', NOW)).rejects.toThrow('unreachable');
    down = false;
    expect(await find('a', NOW)).not.toBeNull();
  });

  it('are not kept for every junk that was ever sent', async () => {
    const { asked, find } = keeping(() => null);
    for (let i = 0; i < 1_000; i++) await find(`junk-${i}`, NOW);
    await find('junk-999', NOW);
    expect(asked).toHaveLength(1_000);
    await find('junk-0', NOW);
    expect(asked).toHaveLength(1_001);
  });
});
