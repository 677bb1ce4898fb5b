import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, type Setting, SettingsError, takeBack, writeSettings } from './claude-settings.ts';

const SETTINGS: readonly Setting[] = [
  { path: ['apiKeyHelper'], value: "'/opt/node' /opt/agent-runner.cjs login --print https://acme.example" },
  { path: ['env', 'ANTHROPIC_BASE_URL'], value: 'https://acme.example' },
  { path: ['env', 'CLAUDE_CODE_API_KEY_HELPER_TTL_MS'], value: '300000' },
];

/** Settings as people have them: ours among them at times, in any white space. */
const name = fc.oneof(
  fc.constantFrom('apiKeyHelper', 'env', 'permissions', 'ANTHROPIC_BASE_URL', '__proto__', ''),
  fc.string(),
);
const object = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 });
const settings = fc
  .tuple(object, fc.option(object))
  .map(([top, env]) => ({ ...top, ...(env ? { env } : { env: {} }) }));
const text = fc
  .tuple(
    fc.oneof(object, settings),
    fc.constantFrom(undefined, 2, 4, '\t'),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\uFEFF'),
    fc.constantFrom('', '\n'),
  )
  .map(([value, indent, eol, bom, end]) => bom + JSON.stringify(value, null, indent).replaceAll('\n', eol) + end);

const writes = (source: string) => {
  try {
    return writeSettings(source, SETTINGS);
  } catch (error) {
    // An `env` that is no object is refused, and nothing is written.
    if (error instanceof SettingsError) return undefined;
    throw error;
  }
};

describe('settings', () => {
  it('are all there after they are written, and everything else is as before', () => {
    fc.assert(
      fc.property(text, (source) => {
        const written = writes(source);
        fc.pre(written !== undefined);
        const [before, after] = [parse(source), parse(written?.text ?? '')];
        expect(after).toEqual({
          ...before,
          apiKeyHelper: SETTINGS[0]?.value,
          env: {
            ...(before['env'] as object),
            ANTHROPIC_BASE_URL: 'https://acme.example',
            CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '300000',
          },
        });
      }),
    );
  });

  it('taken back from a file that was changed since leave the change, and nothing of ours', () => {
    fc.assert(
      fc.property(text, fc.string(), fc.jsonValue(), (source, key, value) => {
        const written = writes(source);
        fc.pre(written !== undefined && !['apiKeyHelper', 'env', '__proto__'].includes(key));
        const changed = JSON.stringify({ ...parse(written?.text ?? ''), [key]: value }, null, 3);
        // As JSON has it, which knows no negative zero.
        const expected: Record<string, unknown> = {
          ...parse(JSON.stringify({ ...parse(source), [key]: value })),
        };
        // An empty object that ours were put into may be gone with them.
        if (JSON.stringify(expected['env']) === '{}') delete expected['env'];
        const found: Record<string, unknown> = { ...parse(takeBack(changed, written?.changes ?? [])) };
        if (JSON.stringify(found['env']) === '{}') delete found['env'];
        expect(found).toEqual(expected);
      }),
    );
  });

  it('that somebody has set to another value since are theirs', () => {
    const { text: written, changes } = writeSettings('{"apiKeyHelper":"mine"}', SETTINGS);
    const changed = written.replace('https://acme.example"', 'https://other.example"').replace('"300000"', '"5"');
    expect(
      parse(
        takeBack(changed.replace('login --print https://other.example', 'login --print https://acme.example'), changes),
      ),
    ).toEqual({
      apiKeyHelper: 'mine',
      env: { CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '5' },
    });
  });

  it('keep the file’s own look', () => {
    const source = '{\r\n\t"model": "opus",\r\n\r\n\t"env": { "A": "1" }\r\n}\r\n';
    const { text: written } = writeSettings(source, SETTINGS);
    expect(written).toContain('{\r\n\t"model": "opus",\r\n\r\n\t"env": {');
    expect(written.replaceAll('\r\n', '')).not.toContain('\n');
    expect(written.endsWith('}\r\n')).toBe(true);
  });

  it.each([
    ['{\n  "a": 1,\n  "b" 2\n}', 'is not JSON', 3],
    ['{\n  "a": 1,\n}', 'is not JSON', 3],
    ['{ // words\n}', 'is not JSON', 1],
    ['{\n"a": [1,\n', 'is not JSON', 3],
    ['[]', 'is no JSON object', 1],
    ['{"env": "x"}', 'has env that is no object', undefined],
    ['{"env": {}, "env": {"B": "2"}}', 'has env more than once', undefined],
  ])('are not written to %j', (source, message, line) => {
    const refused = () => writeSettings(source, SETTINGS);
    expect(refused).toThrow(SettingsError);
    expect(refused).toThrow(message);
    try {
      refused();
    } catch (error) {
      expect((error as SettingsError).line).toBe(line);
    }
  });
});
