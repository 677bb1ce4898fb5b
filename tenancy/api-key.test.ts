import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32 as crc32OfZlib } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApiKey,
  crc32,
  isApiKeyAuthentic,
  keyLiveness,
  looksLikeApiKey,
  mintApiKey,
  parseApiKey,
  randomBase62,
  withoutKeys,
} from './api-key.ts';
import { parseTenantId } from './tenant.ts';

const mac = (text: string) => createHmac('sha256', 'edge key 1').update(text).digest();
const otherMac = (text: string) => createHmac('sha256', 'edge key 2').update(text).digest();
const acme = parseTenantId('acme')!;
const KEY = mintApiKey(acme, 'k3jD8sQ0aZ', 's'.repeat(32), mac);

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base62 = (length: number) =>
  fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: length, maxLength: length });
const tenants = fc.constantFrom('acme', 'a-1', 'globex-eu', 'x'.repeat(32)).map((text) => parseTenantId(text)!);
const keys = fc
  .tuple(tenants, base62(10), base62(32))
  .map(([tenant, keyId, secret]) => ({ tenant, keyId, text: mintApiKey(tenant, keyId, secret, mac) }));

describe('an API key', () => {
  it('has the shape that secret scanners look for', () => {
    expect(KEY).toMatch(/^ark1_acme_k3jD8sQ0aZ_[0-9A-Za-z]{49}$/);
  });

  it('is stable: keys that were given out stay valid', () => {
    const fixed = mintApiKey(acme, '0000000000', 'A'.repeat(32), () => new Uint8Array(32).fill(255));
    expect(fixed).toBe('ark1_acme_0000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAALygHa16AHYF4CXqsZ');
  });

  it('that was minted is read back, is authentic, and is not so under another MAC key', () => {
    fc.assert(
      fc.property(keys, ({ tenant, keyId, text }) => {
        const parts = parseApiKey(text)!;
        expect(parts).toMatchObject({ version: '1', tenantId: tenant, keyId });
        expect(isApiKeyAuthentic(parts, mac)).toBe(true);
        expect(isApiKeyAuthentic(parts, otherMac)).toBe(false);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('with one wrong character is never accepted, in 100,000 tries', () => {
    const written = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n));
    let tries = 0;
    fc.assert(
      fc.property(keys, ({ text }) => {
        for (let at = 0; at < text.length; at++) {
          for (const character of written) {
            if (character === text[at]) continue;
            tries++;
            if (parseApiKey(text.slice(0, at) + character + text.slice(at + 1))) return false;
          }
        }
        return true;
      }),
      { seed: 4, numRuns: 16 },
    );
    expect(tries).toBeGreaterThan(100_000);
  });

  it('with two neighbours exchanged, one character left out or one doubled is never accepted', () => {
    fc.assert(
      fc.property(keys, fc.nat(80), ({ text }, n) => {
        const at = n % (text.length - 1);
        const [a, b] = [text[at]!, text[at + 1]!];
        const rest = text.slice(at + 2);
        const head = text.slice(0, at);
        const wrong = [head + b + a + rest, head + b + rest, head + a + a + b + rest];
        return wrong.every((one) => one === text || parseApiKey(one) === null);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('with a right checksum and a made-up MAC is read, and is no key of ours', () => {
    const forged = mintApiKey(acme, 'k3jD8sQ0aZ', 's'.repeat(32), otherMac);
    const parts = parseApiKey(forged)!;
    expect(parts.tenantId).toBe('acme');
    expect(isApiKeyAuthentic(parts, mac)).toBe(false);
  });

  it("of one tenant cannot be carried to another: the MAC covers the tenant's name", () => {
    const stolen = mac(parseApiKey(KEY)!.macedText);
    const carried = mintApiKey(parseTenantId('globex')!, 'k3jD8sQ0aZ', 's'.repeat(32), () => stolen);
    expect(isApiKeyAuthentic(parseApiKey(carried)!, mac)).toBe(false);
  });

  it.each([
    ['version 0', KEY.replace('ark1', 'ark0')],
    ['a space in front', ` ${KEY}`],
    ['a line end', `${KEY}\n`],
    ['upper case', KEY.toUpperCase()],
    ['its checksum missing', KEY.slice(0, -6)],
    ['nothing', ''],
  ])('with %s is refused', (_, text) => {
    expect(parseApiKey(text)).toBeNull();
  });

  it.each(['www', 'ac--me', '-acme'])(
    'of %s, which can be no tenant, is refused with a right checksum too',
    (tenant) => {
      expect(parseApiKey(mintApiKey(tenant as typeof acme, 'k3jD8sQ0aZ', 's'.repeat(32), mac))).toBeNull();
    },
  );

  it('never throws, whatever is presented', () => {
    const near = fc.tuple(fc.string(), fc.string()).map(([a, b]) => `ark1_${a}_${b}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), near), (text) => parseApiKey(text) === null),
      { seed: 6, numRuns: 1000 },
    );
  });

  it('is told from a token by its start alone, also when the rest is broken', () => {
    expect([KEY, 'ark1_', 'ark9_x'].map(looksLikeApiKey)).toEqual([true, true, true]);
    expect(['eyJhbGciOi', 'ark_', 'xark1_', 'ARK1_acme', ''].map(looksLikeApiKey)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('the checksum', () => {
  it('is the CRC-32 that everybody computes', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.string(), (text) => crc32(text) === crc32OfZlib(text)),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('random text', () => {
  it('has the length asked for and letters of the alphabet alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        fc.pre(bytes.filter((byte) => byte < 248).length >= 32);
        return /^[0-9A-Za-z]{32}$/.test(randomBase62(bytes, 32));
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  it('has no favourite letter: the bytes that would make one are left out', () => {
    const every = Uint8Array.from({ length: 256 }, (_, n) => n);
    const text = randomBase62(every, 248);
    for (const letter of new Set(text)) expect(text.split(letter)).toHaveLength(5);
    expect(() => randomBase62(every, 249)).toThrow(RangeError);
  });
});

describe('a presented key', () => {
  const [old, fresh] = ['a'.repeat(64), 'b'.repeat(64)];
  const key: ApiKey = {
    tenantId: acme,
    keyId: 'k3jD8sQ0aZ',
    name: 'laptop',
    ownerId: 'usr_anna',
    ownerDisabled: false,
    state: 'ACTIVE',
    secrets: [
      { sha256: old, validUntil: 1000 },
      { sha256: fresh, validUntil: 2000 },
    ],
    version: 1,
  };

  it.each<[string, ApiKey | null, string, number, string]>([
    ['is live with its secret', key, fresh, 0, 'live'],
    ['is live with the older secret while the overlap lasts', key, old, 999, 'live'],
    ['has expired at the very end of the older secret', key, old, 1000, 'expired'],
    ['is live with the new one after that', key, fresh, 1000, 'live'],
    ['has expired at the end of the new one', key, fresh, 2000, 'expired'],
    ['is unknown when no such key is stored', null, fresh, 0, 'unknown'],
    ['is unknown with another secret', key, 'c'.repeat(64), 0, 'unknown'],
    ['is unknown with the start of a secret', key, 'b'.repeat(63), 0, 'unknown'],
    ['is unknown with more than a secret', key, 'b'.repeat(65), 0, 'unknown'],
    ['is unknown with nothing', key, '', 0, 'unknown'],
    ['is revoked, whatever its times', { ...key, state: 'REVOKED' }, fresh, 0, 'revoked'],
    ['is revoked rather than expired', { ...key, state: 'REVOKED' }, fresh, 9000, 'revoked'],
    ['stops with its owner', { ...key, ownerDisabled: true }, fresh, 0, 'owner_disabled'],
    [
      'of a stranger is unknown also when the key is revoked',
      { ...key, state: 'REVOKED' },
      'c'.repeat(64),
      0,
      'unknown',
    ],
  ])('%s', (_, stored, sha256, now, liveness) => {
    expect(keyLiveness(stored, sha256, now)).toBe(liveness);
  });
});

it('a key that was pasted into a text is told without its secret', () => {
  const text = withoutKeys(`see ${KEY} and https://x.example/?k=${KEY}`);
  expect(text).toBe('see ark1_acme_k3jD8sQ0aZ_... and https://x.example/?k=ark1_acme_k3jD8sQ0aZ_...');
});

describe('what docs/api-keys.md says to scanners', () => {
  const page = readFileSync(new URL('../docs/api-keys.md', import.meta.url), 'utf8');
  const [example = '', pattern = ''] = [...page.matchAll(/```\n(ark.+)\n```/g)].map(([, text]) => text);

  it('has an example that is a key, and takes it apart', () => {
    expect(parseApiKey(example)).toMatchObject({ version: '1', tenantId: 'acme', keyId: 'EXAMPLEkey' });
    const parts = [...page.matchAll(/^\| [^|]+\| `([^`]+)`/gm)].map(([, part]) => part ?? '');
    expect(`${parts.slice(0, 3).join('_')}_${parts.slice(3).join('')}`).toBe(example);
  });

  it('has a pattern that finds every key in whatever stands around it, and the same in its rule', () => {
    expect(page).toContain(`regex = '''${pattern}'''`);
    fc.assert(
      fc.property(keys, fc.constantFrom('', ' ', '"', '=', '/', ':', '\n', '('), ({ text }, beside) => {
        const found = `key${beside}${text}${beside === '' ? ' ' : beside}`.match(new RegExp(pattern, 'g'));
        expect(found).toEqual([text]);
      }),
      { seed: 12, numRuns: 300 },
    );
    for (const no of ['ark0_acme_', 'ark1_ac_', 'ark1_-acme_', 'ark1_ACME_'])
      expect(no + KEY.slice('ark1_acme_'.length)).not.toMatch(new RegExp(`^${pattern}$`));
  });

  it('has a check that takes our keys and no others', async () => {
    const [, program = ''] = /```js\n(.+?)```/s.exec(page) ?? [];
    const { isKey } = (await import(`data:text/javascript,${encodeURIComponent(program)}`)) as {
      isKey: (text: string) => boolean;
    };
    const some = [example, ...fc.sample(keys, { seed: 3, numRuns: 200 }).map(({ text }) => text)];
    const mistyped = some.map((text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'));
    expect(some.filter((text) => !isKey(text))).toEqual([]);
    expect(mistyped.filter(isKey)).toEqual([]);
  });
});
