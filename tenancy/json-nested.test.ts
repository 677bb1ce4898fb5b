import { describe, expect, it } from 'vitest';
import { readNested } from './json-nested.ts';

const read = (text: string, watched = ['role']) => {
  const bytes = new TextEncoder().encode(text);
  return readNested(bytes, { valueStart: 0, valueEnd: bytes.length }, watched, 'messages');
};
const reason = (text: string) => {
  const result = read(text);
  return result.ok ? 'accepted' : result.what;
};

it('an array is cut into its elements, and those that are objects into their members', () => {
  expect(read('[ {"a":1, "role" : "x"} ,[2],"s" ]')).toEqual({
    ok: true,
    values: [
      {
        start: 2,
        end: 23,
        members: [
          { key: '', start: 3, valueStart: 7, valueEnd: 8 },
          { key: 'role', start: 10, valueStart: 19, valueEnd: 22 },
        ],
      },
      { start: 25, end: 28, members: null },
      { start: 29, end: 32, members: null },
    ],
  });
});

it('an object is the only value, and what is neither has none', () => {
  expect(read('{"role":1}')).toMatchObject({ values: [{ start: 0, end: 10, members: [{ key: 'role' }] }] });
  for (const text of ['"x"', '1', 'null', '[]', '[ ]']) expect(read(text)).toEqual({ ok: true, values: [] });
});

describe('refused', () => {
  it.each([
    ['a key twice', '[{},{"role":1,"x":2,"role":3}]', 'messages.1: the key "role" stands twice; send it once'],
    ['an escape in it', '[{"r\\u006fle":1}]', 'messages.0: the key "role" is written with an escape; write it plainly'],
    ['a control character', '[{"a\tb":1}]', /a control character in the key/],
    ['an unknown escape', '[{"\\x":1}]', /an unknown escape in the key/],
    ['no key', '[{1:2}]', /expected a key/],
    ['no colon', '[{"a" 1}]', /expected ":"/],
    ['no value', '[{"a":}]', /no complete value/],
    ['a comma at the end', '[1,]', /no complete value/],
    ['a comma at the end of an object', '[{"a":1,}]', /expected a key/],
    ['no comma', '[1 2]', /expected ","/],
    ['no comma in an object', '[{"a":1 "b":2}]', /expected ","/],
    ['what goes on behind the end', '[1]]', /not JSON behind byte/],
    ['what goes on behind an object', '{"a":1}}', /not JSON behind byte/],
    ['too deep a nest', `[${'['.repeat(257)}${']'.repeat(257)}]`, /nested deeper than 256 levels/],
    ['too many keys', `[{${Array.from({ length: 129 }, (_, n) => `"k${n}":0`)}}]`, /more than 128 keys/],
    ['too many elements', `[${'0,'.repeat(100_000)}0]`, /more than 100000 items/],
  ])('%s', (_, text, what) => {
    expect(reason(text)).toMatch(what);
  });

  it('but not an escape or a second one of another key, nor of the same one deeper down', () => {
    expect(reason('[{"a":1,"a":2,"\\u0061":3,"x":{"role":1,"role":2}},{"role":1},{"role":2}]')).toBe('accepted');
  });
});
