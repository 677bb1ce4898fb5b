import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonMembers } from './json-members.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readJsonMembers(bytes(text));
const text = (source: Uint8Array, from: number, to: number) => new TextDecoder().decode(source.subarray(from, to));
const reason = (source: string | Uint8Array) => {
  const result = readJsonMembers(typeof source === 'string' ? bytes(source) : source);
  return result.ok ? 'accepted' : result.what;
};

/** JSON as other writers write it: any spacing, escapes in values, keys that are nearly the same. */
const space = fc.stringMatching(/^[ \n\r\t]{0,2}$/);
const keys = fc.oneof(
  fc.constantFrom('model', 'stream', 'Model', 'model ', '', '{', ':', ','),
  fc.stringMatching(/^[a-z_]{1,9}$/),
);
const value = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.string({ unit: 'binary' }).map((one) => JSON.stringify(one)),
  fc.constantFrom(
    '"\\""',
    '"\\\\"',
    '"\\u0022}"',
    '[]',
    '{}',
    '-1.5e+10',
    '1E5',
    '{"model":"x"}',
    '["}",{"]":"\\\\\\""}]',
  ),
);
const member = fc.tuple(space, keys, space, space, value, space);
const object = fc
  .tuple(space, fc.uniqueArray(member, { selector: ([, key]) => key, maxLength: 8 }), space)
  .map(([before, members, after]) => {
    const inside = members.map(([a, key, b, c, one, d]) => `${a}${JSON.stringify(key)}${b}:${c}${one}${d}`);
    return `${before}{${inside.join(',')}}${after}`;
  });

describe('a JSON object', () => {
  it('is cut into the very members that JSON.parse sees', () => {
    fc.assert(
      fc.property(object, (source) => {
        const raw = bytes(source);
        const result = readJsonMembers(raw);
        if (!result.ok) throw new Error(`${result.what}: ${source}`);
        const parsed = JSON.parse(source) as Record<string, unknown>;
        expect(result.members.map(({ key }) => key).sort()).toEqual(Object.keys(parsed).sort());
        for (const { key, start, valueStart, valueEnd } of result.members) {
          expect(JSON.parse(text(raw, valueStart, valueEnd))).toEqual(parsed[key]);
          expect(text(raw, start, start + key.length + 2)).toBe(JSON.stringify(key));
        }
        expect([raw[result.open], raw[result.close]]).toEqual([0x7b, 0x7d]);
      }),
      { seed: 51, numRuns: 1000 },
    );
  });

  it('that was damaged is refused, or is cut as JSON.parse would cut it', () => {
    const damage = fc.record({
      at: fc.nat(200),
      put: fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', 'x', '\n'),
    });
    let both = 0;
    fc.assert(
      fc.property(object, damage, (whole, { at, put }) => {
        const n = at % (whole.length + 1);
        const source = whole.slice(0, n) + put + whole.slice(n + 1);
        const raw = bytes(source);
        const result = readJsonMembers(raw);
        let parsed: unknown;
        try {
          // From the bytes: half a surrogate pair has no encoding of its own.
          parsed = JSON.parse(text(raw, 0, raw.length));
        } catch {
          return;
        }
        if (!result.ok) return;
        both++;
        expect(result.members.map(({ key }) => key).sort()).toEqual(Object.keys(parsed as object).sort());
        for (const { key, valueStart, valueEnd } of result.members)
          expect(JSON.parse(text(raw, valueStart, valueEnd))).toEqual((parsed as Record<string, unknown>)[key]);
      }),
      { seed: 52, numRuns: 1000 },
    );
    expect(both).toBeGreaterThan(100);
  });

  it('never throws and never reads outside, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const source = new Uint8Array([0x7b, 0x22, ...noise]);
        const result = readJsonMembers(source);
        return !result.ok || result.close < source.length;
      }),
      { seed: 53, numRuns: 1000 },
    );
  });

  it('tells where each member stands', () => {
    const source = ' {"model" : "opus", "stream":true}\n';
    const result = read(source);
    expect(result).toEqual({
      ok: true,
      open: 1,
      close: 33,
      members: [
        { key: 'model', start: 2, valueStart: 12, valueEnd: 18 },
        { key: 'stream', start: 20, valueStart: 29, valueEnd: 33 },
      ],
    });
  });
});

describe('refused, because two readers could see two documents', () => {
  it.each([
    ['a key twice', '{"model":"a","x":1,"model":"b"}', 'the top-level key "model" stands twice; send it once'],
    [
      'a key with an escape',
      '{"model":"a","\\u006dodel":"b"}',
      'a top-level key is written with an escape; write it plainly',
    ],
    ['a harmless escape too', '{"a\\/b":1}', 'a top-level key is written with an escape; write it plainly'],
    ['a key with a NUL', '{"model\u0000":"b"}', 'the top-level key at byte 1 is no field of this API'],
    ['a key of other letters', '{"mоdel":"b"}', 'the top-level key at byte 1 is no field of this API'],
    ['a key longer than any', `{"${'m'.repeat(101)}":1}`, 'the top-level key at byte 1 is no field of this API'],
    [
      'more keys than any request has',
      `{${Array.from({ length: 129 }, (_, n) => `"k${n}":0`)}}`,
      'more than 128 top-level keys',
    ],
  ])('%s', (_, source, what) => {
    expect(reason(source)).toBe(what);
  });

  it('an overlong encoding, which a forgiving parser reads as a plain letter', () => {
    const overlong = new Uint8Array([...bytes('{"model":1,"'), 0xc1, 0xad, ...bytes('odel":2}')]);
    expect(reason(overlong)).toBe('the top-level key at byte 11 is no field of this API');
  });

  it('but not the same key deeper down, nor 128 keys, nor a long key in a value', () => {
    expect(read('{"model":{"model":1},"x":[{"model":2}]}').ok).toBe(true);
    expect(read(`{${Array.from({ length: 128 }, (_, n) => `"k${n}":0`)}}`).ok).toBe(true);
    expect(read(`{"x":{"${'m'.repeat(999)}":1,"\\u006d":2}}`).ok).toBe(true);
  });
});

describe('refused, because it is not one JSON object', () => {
  it.each([
    ['nothing', '', /must be one JSON object/],
    ['a list', '[{"model":1}]', /must be one JSON object/],
    ['a byte order mark', '\ufeff{}', /must be one JSON object/],
    ['a second object', '{}{"model":1}', /something follows the object/],
    ['a comment', '{} // x', /something follows the object/],
    ['a comma at the end', '{"a":1,}', /expected a key at byte 7/],
    ['two commas', '{"a":1,,"b":2}', /expected a key at byte 7/],
    ['a key without quotes', '{model:1}', /expected a key at byte 1/],
    ['a key without a value', '{"a"}', /expected ":" at byte 4/],
    ['an empty value', '{"a":}', /no complete value for "a"/],
    ['two values', '{"a":1 2}', /expected "," or "}" at byte 7/],
    ['a key that does not end', '{"a', /a string is not closed/],
    ['a text that does not end', '{"a":"b', /no complete value for "a"/],
    ['a text that only seems to end', '{"a":"b\\"}', /no complete value for "a"/],
    ['brackets that do not close', '{"a":[1,2', /no complete value for "a"/],
    ['brackets that close another kind', '{"a":[1,2}}', /no complete value for "a"/],
    [
      'brackets deeper than any conversation',
      `{"a":${'['.repeat(257)}${']'.repeat(257)}}`,
      /nested deeper than 256 levels/,
    ],
    ['an object that does not end', '{"a":1', /expected "," or "}" at byte 6/],
  ])('%s', (_, source, what) => {
    expect(reason(source)).toMatch(what);
  });

  it('though 256 levels are read', () => {
    expect(read(`{"a":${'['.repeat(256)}${']'.repeat(256)}}`).ok).toBe(true);
  });
});

it('a refusal repeats at most the start of a key and nothing of a value', () => {
  expect(reason(`{"${'k'.repeat(90)}":"my secret prompt`)).toBe(
    `the body is not JSON: no complete value for "${'k'.repeat(40)}"`,
  );
  expect(reason('{"a":"my secret prompt" "b"}')).not.toContain('secret');
});
