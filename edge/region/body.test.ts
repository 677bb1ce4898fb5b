import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonMembers } from '../../tenancy/json-members.ts';
import { readMessagesBody, toBedrockBody } from './body.ts';
import type { RegionRequest } from './exchange.ts';

const asked = (body: string | Buffer, headers: Record<string, string> = {}): RegionRequest => ({
  method: 'POST',
  path: '/origin',
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(body),
});

const refusal = (body: string, headers: Record<string, string> = {}) => {
  const read = readMessagesBody(asked(body, headers));
  return read.ok ? 'accepted' : read.reason;
};

function spliced(body: string, betas: readonly string[] = [], dropFields: readonly string[] = []): string {
  const read = readMessagesBody(asked(body));
  if (!read.ok) throw new Error(JSON.stringify(read.reason));
  return toBedrockBody(read.value, betas, dropFields).toString();
}

describe('the body for Bedrock', () => {
  it('loses model and stream, gains version and betas, and keeps every other byte', () => {
    const messages = '[ {"role" :"user","content":[{"type":"thinking","signature":"Eq\\u0041/+=="}]} ]';
    const body = `{ "model":"claude-x", "messages":${messages},\n "stream" : true, "max_tokens":1e2 }`;
    expect(spliced(body, ['a-beta'])).toBe(
      `{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a-beta"],"messages":${messages},"max_tokens":1e2}`,
    );
  });

  it('is whole when nothing is left of the request but what is cut', () => {
    expect(spliced('{"model":"m","stream":false}')).toBe('{"anthropic_version":"bedrock-2023-05-31"}');
  });

  it('carries one version and one list of betas, whatever the client put there', () => {
    const body = '{"anthropic_version":"2023-06-01","model":"m","anthropic_beta":["x"],"max_tokens":1}';
    expect(spliced(body, ['y'])).toBe(
      '{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["y"],"max_tokens":1}',
    );
  });

  it('is what parsing, editing and writing anew would mean, and keeps the bytes of what is kept', () => {
    const key = fc.oneof(
      fc.constantFrom('messages', 'system', 'tools', 'max_tokens', 'context_management', 'metadata', 'thinking'),
      fc.string({ maxLength: 8 }).filter((text) => JSON.stringify(text) === `"${text}"` && !/[^\x20-\x7e]/.test(text)),
    );
    const special = new Set(['model', 'stream', 'anthropic_version', 'anthropic_beta', '__proto__']);
    const members = fc.uniqueArray(fc.tuple(key, fc.jsonValue({ maxDepth: 4 }), fc.nat(3)), {
      selector: ([name]) => name,
      maxLength: 8,
    });
    const space = fc.stringMatching(/^[ \n\r\t]{0,3}$/);
    const betas = fc.array(fc.stringMatching(/^[a-z0-9-]{1,20}$/), { maxLength: 3 });
    const drop = fc.subarray(['context_management', 'thinking', 'tools']);
    fc.assert(
      fc.property(members, space, fc.boolean(), fc.nat(8), betas, drop, (given, gap, stream, at, names, dropFields) => {
        const rest = given.filter(([name]) => !special.has(name));
        const texts = rest.map(
          ([name, value, indent]) => `${JSON.stringify(name)}${gap}:${gap}${JSON.stringify(value, null, indent)}`,
        );
        texts.splice(at, 0, `"model":${gap}"m"`);
        texts.splice((at * 3) % (texts.length + 1), 0, `"stream"${gap}:${stream}`);
        const out = spliced(`${gap}{${gap}${texts.join(`${gap},${gap}`)}${gap}}${gap}`, names, dropFields);
        const kept = rest.filter(([name]) => !dropFields.some((field) => field === name));
        const meant = {
          anthropic_version: 'bedrock-2023-05-31',
          ...(names.length > 0 ? { anthropic_beta: names } : {}),
          ...Object.fromEntries(kept.map(([name, value]) => [name, JSON.parse(JSON.stringify(value))])),
        };
        const read = readJsonMembers(Buffer.from(out));
        const untouched = (read.ok ? read.members : []).every(({ key: name, valueStart, valueEnd }) => {
          const source = kept.find((one) => one[0] === name);
          const bytes = Buffer.from(out).subarray(valueStart, valueEnd).toString();
          return !source || bytes === JSON.stringify(source[1], null, source[2]);
        });
        return read.ok && untouched && isDeepStrictEqual(JSON.parse(out), meant);
      }),
      { seed: 20261122, numRuns: 20_000 },
    );
  }, 120_000);
});

describe('a body that two readers could read differently', () => {
  it.each([
    ['a second model', '{"model":"granted","model":"other"}'],
    ['a second model in an escaped key', '{"model":"granted","mod\\u0065l":"other"}'],
    ['a second stream', '{"model":"m","stream":true,"stream":false}'],
    ['something after the object', '{"model":"m"}{"model":"other"}'],
    ['a list', '[{"model":"m"}]'],
    ['no object', '"model"'],
    ['nothing', ''],
    ['an unclosed string', '{"model":"m'],
    ['a bracket of the wrong kind', '{"model":"m","messages":[}]'],
  ])('is refused: %s', (_, body) => {
    expect(refusal(body)).toMatchObject({ kind: 'request_malformed' });
  });

  it.each([
    ['no model', '{"stream":true}', 'model: Field required'],
    ['a model that is no string', '{"model":{"name":"m"}}', 'model: Input should be a valid string'],
    ['a model that is no JSON', '{"model":tru}', 'model: Input should be a valid string'],
    ['a stream that is no boolean', '{"model":"m","stream":"true"}', 'stream: Input should be a valid boolean'],
    ['a stream of null', '{"model":"m","stream":null}', 'stream: Input should be a valid boolean'],
    [
      'betas that are no list',
      '{"model":"m","anthropic_beta":"x"}',
      'anthropic_beta: Input should be a valid list of strings',
    ],
    [
      'betas that are no strings',
      '{"model":"m","anthropic_beta":[1]}',
      'anthropic_beta: Input should be a valid list of strings',
    ],
  ])('is refused in the words of the API: %s', (_, body, what) => {
    expect(refusal(body)).toEqual({ kind: 'request_malformed', what });
  });

  it('may escape in a value: what is granted is what the escapes mean', () => {
    const read = readMessagesBody(asked('{"model":"claude\\u002dx"}'));
    expect(read.ok && read.value.model).toBe('claude-x');
    expect(read.ok && read.value.stream).toBe(false);
  });
});

it('is refused with an empty model: no grant could ever name it', () => {
  expect(refusal('{"model":""}', {})).toMatchObject({ kind: 'request_malformed' });
});

it('is refused over the limit, also where the edge was told no length', () => {
  const limit = 5_000_000;
  const text = (length: number) => `{"model":"m","x":"${'x'.repeat(length - 100)}"}`.padEnd(length, ' ');
  expect(refusal(text(limit), {})).toBe('accepted');
  expect(refusal(text(limit + 1), {})).toEqual({ kind: 'body_too_large', limitBytes: limit });
});

describe('the content type', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'is taken: %s',
    (type) => {
      expect(refusal('{"model":"m"}', { 'content-type': type })).toBe('accepted');
    },
  );

  it.each([
    '',
    'text/plain',
    'application/json; charset=utf-16',
    'application/json, application/json',
    'application/jsonp',
  ])('is refused: "%s"', (type) => {
    expect(refusal('{"model":"m"}', { 'content-type': type })).toMatchObject({ kind: 'content_type_unsupported' });
  });

  it('goes with plain bytes alone', () => {
    expect(refusal('{"model":"m"}', { 'content-encoding': 'gzip' })).toMatchObject({
      kind: 'content_type_unsupported',
    });
    expect(refusal('{"model":"m"}', { 'content-encoding': 'identity' })).toBe('accepted');
  });
});
