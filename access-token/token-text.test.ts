import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bearer, bench, goodClaims, handmadeToken, refused } from '../edge/origin/fixture.ts';
import { readToken } from './token-text.ts';

const SEED = 20_261_122;
const token = handmadeToken('{"alg":"RS256","kid":"k1"}', JSON.stringify(goodClaims));

test('what is read is read from the one spelling that its bytes have', () => {
  const part = fc.oneof(
    fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString('base64url')),
    fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString('base64')),
    fc
      .dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 })
      .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
    fc.string(),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
      const text = parts.join('.');
      const read = readToken(text);
      if (!read.ok) return;
      accepted++;
      const decoded = text.split('.').map((one) => Buffer.from(one, 'base64url'));
      expect(decoded.map((bytes) => bytes.toString('base64url')).join('.')).toBe(text);
      expect(JSON.parse(String(decoded[0]))).toEqual(read.value.header);
      expect(JSON.parse(String(decoded[1]))).toEqual(read.value.payload);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  expect(accepted).toBeGreaterThan(10);
});

test('a good token with one character changed, added or taken away is refused', async () => {
  const tools = bench();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(token.length - 1),
      fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('change', 'add', 'take'),
      async (at, character, how) => {
        const tail = token.slice(how === 'add' ? at : at + 1);
        const bent = `${token.slice(0, at)}${how === 'take' ? '' : character}${tail}`;
        if (bent === token) return;
        expect((await refused({ headers: bearer(bent) }, tools)).status).toBe(401);
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});
