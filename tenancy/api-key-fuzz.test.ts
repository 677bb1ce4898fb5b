import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzzSettings, mutateText } from '../tests/fuzz.ts';
import { isApiKeyAuthentic, mintApiKey, parseApiKey, randomBase62 } from './api-key.ts';
import { parseTenantId } from './tenant.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const isBase62 = (text: string) => [...text].every((one) => DIGITS.includes(one));

/** CRC-32 by the runtime's own library, as six digits. */
function checksum(text: string): string {
  let [digits, rest] = ['', crc32(text)];
  for (let i = 0; i < 6; i++) [digits, rest] = [DIGITS.charAt(rest % 62) + digits, Math.floor(rest / 62)];
  return digits;
}

/** The parts by counting from both ends. */
function byHand(text: string): { version: string; tenantId: string; keyId: string; mac: string } | null {
  const [head = '', tenant = '', keyId = '', end = '', ...more] = text.split('_');
  const version = head.slice(3);
  if (more.length > 0 || head.slice(0, 3) !== 'ark' || !/^[1-9]$/.test(version) || version.length !== 1) return null;
  if (keyId.length !== 10 || end.length !== 49 || !isBase62(keyId + end) || parseTenantId(tenant) === null) return null;
  return checksum(text.slice(0, -6)) === end.slice(43)
    ? { version, tenantId: tenant, keyId, mac: end.slice(32, 43) }
    : null;
}

const mac = (text: string): Uint8Array => createHmac('sha256', 'a secret').update(text).digest();
const tenants = ['acme', 'globex', 'a-b-c', 'z'.repeat(32), '0x0'].map((one) => parseTenantId(one)!);
const key = fc.tuple(fc.constantFrom(...tenants), fc.nat()).map(([tenant, salt]) => {
  const random = Uint8Array.from({ length: 84 }, (_, i) => Math.imul(salt + i, 2_654_435_761) >>> 24);
  return mintApiKey(tenant, randomBase62(random.subarray(0, 20), 10), randomBase62(random.subarray(20), 32), mac);
});
const PIECES = [
  '_',
  '-',
  '--',
  '0',
  '1',
  '9',
  'z',
  'A',
  'ark1_',
  'ark0_',
  ' ',
  '\n',
  '\0',
  '.',
  '+',
  '/',
  '=',
  'é',
  '\u0130',
  'www',
  '000000',
];
const change = fc.record({ pick: fc.nat(120), how: fc.nat(5), with: fc.nat(255) });

it(
  'a key is read as its parts, and formats back into the very text',
  () => {
    let accepted = 0;
    fc.assert(
      // A checksum that is made right again lets the shape itself be compared.
      fc.property(key, fc.array(change, { maxLength: 2 }), fc.boolean(), (whole, changes, mend) => {
        const bent = mutateText(whole, changes, PIECES);
        const text = mend && bent.length > 6 ? bent.slice(0, -6) + checksum(bent.slice(0, -6)) : bent;
        const [read, wanted] = [parseApiKey(text), byHand(text)];
        if (read === null || wanted === null) return read === wanted;
        accepted++;
        const { version, tenantId, keyId, macedText } = read;
        const again = `${macedText}${read.mac}${checksum(macedText + read.mac)}`;
        return (
          again === text &&
          macedText.startsWith(`ark${version}_${tenantId}_${keyId}_`) &&
          macedText.length === text.length - 17 &&
          version === wanted.version &&
          tenantId === wanted.tenantId &&
          keyId === wanted.keyId &&
          read.mac === wanted.mac &&
          // Only what was minted is authentic, to the letter.
          (isApiKeyAuthentic(read, mac) ? macedText === whole.slice(0, -17) : text !== whole)
        );
      }),
      fuzzSettings(),
    );
    expect(accepted).toBeGreaterThan(fuzzSettings().numRuns / 4);
  },
  FUZZ_TIMEOUT_MS,
);
