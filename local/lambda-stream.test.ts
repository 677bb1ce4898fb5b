import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPreludeReader, PRELUDE_LIMIT } from './lambda-stream.ts';

const NULS = Buffer.alloc(8);

/** Feeds the pieces one by one and returns what the reader found, with every byte that comes after the delimiter. */
function read(pieces: Buffer[]): { prelude: unknown; body: Buffer } | undefined {
  const reader = createPreludeReader();
  for (const [i, piece] of pieces.entries()) {
    const found = reader(piece);
    if (found) return { prelude: found.prelude, body: Buffer.concat([found.rest, ...pieces.slice(i + 1)]) };
  }
  return undefined;
}

function wire(prelude: unknown, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(JSON.stringify(prelude)), NULS, body]);
}

test('a prelude is found wherever its bytes are split in two', () => {
  const prelude = { statusCode: 418, headers: { 'x-umlaut': 'grüß' }, cookies: ['a=1', 'b=2'] };
  const body = Buffer.from('\0\0the body');
  const bytes = wire(prelude, body);
  for (let at = 0; at <= bytes.length; at++) {
    expect(read([bytes.subarray(0, at), bytes.subarray(at)]), `split at ${at}`).toEqual({ prelude, body });
  }
});

test('a prelude is found in single bytes, and before all of the delimiter is there nothing is', () => {
  const prelude = { statusCode: 200, headers: {}, multiValueHeaders: { a: ['1', '2'] } };
  const bytes = wire(prelude, Buffer.from('x'));
  const pieces = [...bytes].map((byte) => Buffer.from([byte]));
  expect(read(pieces)).toEqual({ prelude, body: Buffer.from('x') });
  expect(read(pieces.slice(0, -2))).toBeUndefined();
});

test('any prelude and body come out as they went in, in any pieces', () => {
  const unit = fc.constantFrom('a', '"', '\\', 'ü', '😀', '\0', '\n', '{');
  const text = fc.string({ unit, maxLength: 40 });
  const property = fc.property(
    fc.integer({ min: 200, max: 599 }),
    fc.dictionary(text, text, { maxKeys: 4 }),
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.nat(), { maxLength: 12 }),
    (statusCode, headers, body, cuts) => {
      const bytes = wire({ statusCode, headers }, Buffer.from(body));
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      expect(read(pieces)).toEqual({ prelude: { statusCode, headers: { ...headers } }, body: Buffer.from(body) });
    },
  );
  fc.assert(property, { seed: 20261122, numRuns: 300 });
});

test.each([
  ['no JSON', '{"statusCode":', 'not JSON'],
  ['no object', '[]', 'no object'],
  ['no status of an answer', '{"statusCode":101}', 'statusCode'],
  ['a status that is no number', '{"statusCode":"200"}', 'statusCode'],
  ['headers that are no object', '{"headers":["a"]}', 'no object'],
  ['a single value where a list belongs', '{"multiValueHeaders":{"a":"1"}}', 'list'],
])('a prelude with %s is refused', (_, text, reason) => {
  expect(() => read([Buffer.from(text), NULS])).toThrow(reason);
});

test('what has no delimiter within the limit is refused, what just fits is not', () => {
  const filler = (length: number) => ({ headers: { a: 'x'.repeat(length) } });
  const overhead = JSON.stringify(filler(0)).length;
  const fits = wire(filler(PRELUDE_LIMIT - overhead), Buffer.from('b'));
  expect(read([fits])?.body.toString()).toBe('b');
  expect(() => read([wire(filler(PRELUDE_LIMIT - overhead + 1), Buffer.from('b'))])).toThrow('8 NUL bytes');
  expect(() => read([Buffer.alloc(PRELUDE_LIMIT * 2, 'x')])).toThrow('8 NUL bytes');
});

test('numbers and truth values in headers become strings, and a status that is left out is 200', () => {
  const found = read([wire({ headers: { a: 1, b: true } }, Buffer.from('b'))]);
  expect(found?.prelude).toEqual({ statusCode: 200, headers: { a: '1', b: 'true' } });
});
