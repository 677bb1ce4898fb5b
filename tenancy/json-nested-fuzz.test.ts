import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Change, FUZZ_TIMEOUT_MS, fuzzSettings, mutateBytes, mutateText } from '../tests/fuzz.ts';
import { readNested } from './json-nested.ts';

const WATCHED = ['role', 'type'];
const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (bytes: Uint8Array) => readNested(bytes, { valueStart: 0, valueEnd: bytes.length }, WATCHED, 'messages');

const KEYS = ['role', 'type', 'content', 'r', 'Role', 'role ', '', 'ä', 'a"b', 'r\\u006f', '{', '😀'];
const VALUES: unknown[] = [
  'user',
  'sys"tem',
  'ü\u2028',
  1.5e10,
  null,
  true,
  [],
  {},
  [{ role: 1 }],
  { role: ']' },
  '\\',
];
/** Small and cheap: numbers that pick, so that a million of them are made in minutes. */
const element = fc.tuple(fc.nat(4), fc.array(fc.tuple(fc.nat(11), fc.nat(10)), { maxLength: 4 }));
const document = fc.tuple(fc.array(element, { maxLength: 4 }), fc.nat(3), fc.boolean()).map(([list, indent, array]) => {
  const values = list.map(([kind, members]) =>
    kind === 0
      ? VALUES[members.length]
      : Object.fromEntries(members.map(([key, value]) => [KEYS[key] ?? '', VALUES[value]])),
  );
  return JSON.stringify(array ? values : (values[0] ?? {}), null, indent);
});
const changes: fc.Arbitrary<Change[]> = fc.array(fc.record({ pick: fc.nat(400), how: fc.nat(5), with: fc.nat(255) }), {
  minLength: 1,
  maxLength: 3,
});
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\n',
  ' ',
  '"role":',
  '"r\\u006fle":',
  'null',
  '\t',
  '1',
  '\u0000',
];

/** What the scanner looked at, with `null` for every value that it passed over: that must be JSON by itself. */
function skeleton(bytes: Uint8Array, result: ReturnType<typeof read>): string {
  let text = '';
  let at = 0;
  const text_ = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
  for (const { start, end, members } of result.ok ? result.values : []) {
    text += text_(at, start);
    at = start;
    for (const { valueStart, valueEnd } of members ?? []) {
      text += `${text_(at, valueStart)}null`;
      at = valueEnd;
    }
    text += members ? text_(at, end) : 'null';
    at = end;
  }
  return text + text_(at, bytes.length);
}

/** Compares with JSON.parse. @returns whether both accepted */
function compare(bytes: Uint8Array): boolean {
  const result = read(bytes);
  if (!result.ok) return false;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (bytes[0] === 0x5b || bytes[0] === 0x7b) JSON.parse(skeleton(bytes, result));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return false;
  }
  const elements = Array.isArray(parsed) ? parsed : typeof parsed === 'object' && parsed !== null ? [parsed] : [];
  expect(result.values).toHaveLength(elements.length);
  for (const [i, { start, end, members }] of result.values.entries()) {
    const slice = (from: number, to: number): unknown => JSON.parse(new TextDecoder().decode(bytes.subarray(from, to)));
    if (JSON.stringify(slice(start, end)) !== JSON.stringify(elements[i])) throw new Error(`element ${i} of ${text}`);
    const seen = Object.fromEntries(
      (members ?? []).filter(({ key }) => key !== '').map((one) => [one.key, slice(one.valueStart, one.valueEnd)]),
    );
    const meant = members ? (elements[i] as Record<string, unknown>) : {};
    for (const key of WATCHED)
      if (JSON.stringify(seen[key]) !== JSON.stringify(meant[key])) throw new Error(`${key} of ${i} in ${text}`);
  }
  return true;
}

it(
  'what JSON.parse reads is read alike, or refused for its keys alone',
  () => {
    fc.assert(
      fc.property(document, (text) => {
        const bytes = bytesOf(text);
        const result = read(bytes);
        if (!result.ok) throw new Error(`${result.what}: ${text}`);
        return compare(bytes);
      }),
      fuzzSettings(),
    );
  },
  FUZZ_TIMEOUT_MS,
);

it(
  'what was damaged is refused, or read as JSON.parse reads it where it was looked at',
  () => {
    let both = 0;
    fc.assert(
      fc.property(document, changes, (text, damage) => {
        if (compare(bytesOf(mutateText(text, damage, PIECES).replace(/^[ \n\r\t]+/, '')))) both++;
      }),
      fuzzSettings(),
    );
    expect(both).toBeGreaterThan(100);
  },
  FUZZ_TIMEOUT_MS,
);

it(
  'nothing throws and nothing is read outside, whatever the bytes',
  () => {
    fc.assert(
      fc.property(document, changes, (text, damage) => {
        const bytes = mutateBytes(Buffer.from(text), damage);
        const result = read(bytes);
        return !result.ok || result.values.every(({ start, end }) => start < end && end <= bytes.length);
      }),
      fuzzSettings(),
    );
  },
  FUZZ_TIMEOUT_MS,
);
