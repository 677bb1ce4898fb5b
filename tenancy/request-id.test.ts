import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRequestId, mintRequestId, monotonicBytes } from './request-id.ts';

const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

it('a request id is a UUID of version 7 that carries its time', () => {
  fc.assert(
    fc.property(instant, random, (now, bytes) => {
      const id = mintRequestId(now, bytes);
      expect(isRequestId(id)).toBe(true);
      expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(now);
    }),
    { seed: 61, numRuns: 1000 },
  );
});

it('request ids are in the order of their times as text', () => {
  fc.assert(
    fc.property(instant, instant, random, random, (a, b, one, other) => {
      fc.pre(a < b);
      return mintRequestId(a, one) < mintRequestId(b, other);
    }),
    { seed: 62, numRuns: 1000 },
  );
});

it('two of one millisecond differ in each of the 74 random bits', () => {
  const zero = mintRequestId(0, new Uint8Array(10));
  const one = mintRequestId(0, new Uint8Array(10).fill(255));
  expect(zero).toBe('00000000-0000-7000-8000-000000000000');
  expect(one).toBe('00000000-0000-7fff-bfff-ffffffffffff');
  expect(mintRequestId(5, randomBytes(10))).not.toBe(mintRequestId(5, randomBytes(10)));
});

it('ids of one instant are in the order in which they were made, whatever others are made in between', () => {
  const begun = fc.constantFrom(0x00, 0x07, 0x0f, 0xff);
  const tail = fc.uint8Array({ minLength: 9, maxLength: 9 });
  const full = fc.constant(new Uint8Array(9).fill(255));
  const instants = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(begun, fc.oneof(tail, full), instants, (first, rest, asked) => {
      const bytesAt = monotonicBytes(() => Uint8Array.of(first, ...rest));
      const made = asked.map((at) => mintRequestId(at, bytesAt(at)));
      expect(made.every(isRequestId)).toBe(true);
      for (const at of new Set(asked)) {
        const ofOne = made.filter((_, n) => asked[n] === at);
        expect(ofOne).toEqual([...new Set(ofOne)].sort());
      }
    }),
    { seed: 63, numRuns: 500 },
  );
});

it('the first id of an instant is random, and no number of instants is remembered for ever', () => {
  let made = 0;
  const bytesAt = monotonicBytes((size) => new Uint8Array(size).fill(++made));
  for (let at = 0; at <= 1_000; at++) bytesAt(at);
  expect(made).toBe(1_001);
  bytesAt(1_000);
  bytesAt(1);
  expect(made).toBe(1_001);
  bytesAt(0);
  expect(made).toBe(1_002);
});

it.each([
  '',
  '019aa8c1-7e00-4d3a-9c41-5b2f8e6a1c90',
  '019aa8c1-7e00-7d3a-cc41-5b2f8e6a1c90',
  '019AA8C1-7E00-7D3A-9C41-5B2F8E6A1C90',
  '019aa8c17e007d3a9c415b2f8e6a1c90',
  '019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90\n',
  ' 019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90',
  '019aa8c1-7e00-7d3a-9c41-5b2f8e6a1c90#x',
  7,
  null,
])('%j is no request id', (value) => {
  expect(isRequestId(value)).toBe(false);
});
