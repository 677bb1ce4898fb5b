import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { key } from './keys.ts';

describe('a key', () => {
  it('is the template with its values in place', () => {
    expect(key`TENANT#${'acme'}#REQUEST#${'r-1'}`).toBe('TENANT#acme#REQUEST#r-1');
    expect(key`MODEL#${'anthropic.claude:0'}`).toBe('MODEL#anthropic.claude:0');
  });

  it.each([
    ['the separator', 'acme#KEY'],
    ['nothing', ''],
    ['a NUL', 'ac\u0000me'],
    ['a line end', 'acme\n'],
    ['a space', 'ac me'],
    ['DEL', 'acme\u007f'],
    ['a letter that looks like one of ours', 'аcme'],
    ['half of a surrogate pair', 'acme\ud800'],
    ['more than any id of ours', 'a'.repeat(129)],
  ])('refuses %s in a value, wherever it stands', (_, value) => {
    expect(() => key`TENANT#${value}`).toThrow(RangeError);
    expect(() => key`TENANT#${'acme'}#REQUEST#${value}`).toThrow(RangeError);
    expect(() => key`TENANT#${value}#REQUEST#${'r-1'}`).toThrow(RangeError);
  });

  it('never means the same for two different lists of values', () => {
    const part = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '#', '-', '\\', '\n') });
    const built = (parts: [string, string]) => {
      try {
        return key`${parts[0]}#${parts[1]}`;
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(fc.tuple(part, part), fc.tuple(part, part), (one, other) => {
        const [a, b] = [built(one), built(other)];
        return a === null || a !== b || (one[0] === other[0] && one[1] === other[1]);
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  it('says no more of a refused value than its start: it may be a secret that went astray', () => {
    expect(() => key`KEY#${`${'s'.repeat(200)}`}`).toThrow(/"s{40}"$/);
  });
});
