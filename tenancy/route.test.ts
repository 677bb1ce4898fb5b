import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originDomain, REGIONS } from './region.ts';
import {
  isModelId,
  isRouteName,
  matchRoute,
  methodOfRoute,
  namesModel,
  ROUTE_NAMES,
  type RouteName,
  wireOf,
  wireOfRoute,
} from './route.ts';

/** The contract with clients, spelt out once more: `:id` is one segment. */
const PATHS: Record<RouteName, readonly ['GET' | 'POST', string]> = {
  messages: ['POST', '/v1/messages'],
  count_tokens: ['POST', '/v1/messages/count_tokens'],
  models: ['GET', '/v1/models'],
  model: ['GET', '/v1/models/:id'],
  usage_self: ['GET', '/v1/usage/self'],
  invoke: ['POST', '/model/:id/invoke'],
  invoke_stream: ['POST', '/model/:id/invoke-with-response-stream'],
  converse: ['POST', '/model/:id/converse'],
  converse_stream: ['POST', '/model/:id/converse-stream'],
  bedrock_count_tokens: ['POST', '/model/:id/count-tokens'],
  inference_profiles: ['GET', '/inference-profiles'],
  inference_profile: ['GET', '/inference-profiles/:id'],
};
const rows = ROUTE_NAMES.map((name) => [name, ...PATHS[name]] as const);
const withId = rows.filter(([, , path]) => path.includes(':id'));
const pathOf = (path: string, segment: string) => path.replace(':id', () => segment);

const IDS = [
  'claude-opus-5-5',
  'tenant-sonnet',
  'a',
  'anthropic.claude-sonnet-4-5-20250929-v1:0',
  'eu.anthropic.claude-opus-5-5',
  'claude-opus-5-5[1m]',
  'arn:aws:bedrock:eu-central-1:111111111111:application-inference-profile/abcd1234',
  'arn:aws:bedrock:eu-central-1:111111111111:inference-profile/eu.anthropic.claude-opus-5-5',
  'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0',
  'arn:aws-us-gov:bedrock:us-gov-west-1:111111111111:inference-profile/x[1m]',
  `a${'b'.repeat(95)}`,
];

/** Ids of every shape that there is. */
const name = fc.stringMatching(/^[a-z0-9][a-z0-9.:-]{0,95}$/);
const arn = fc
  .tuple(
    fc.constantFrom('aws', 'aws-us-gov', 'aws-cn'),
    fc.constantFrom('eu-central-1', 'us-east-1'),
    fc.constantFrom('111111111111', ''),
    fc.constantFrom('inference-profile', 'application-inference-profile', 'foundation-model'),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,60}$/),
  )
  .map(([partition, region, account, kind, id]) => `arn:${partition}:bedrock:${region}:${account}:${kind}/${id}`);
const id = fc
  .tuple(fc.oneof(name, arn), fc.constantFrom('', '[1m]'))
  .map((parts) => parts.join(''))
  .filter((text) => !text.includes('..'));

/** One segment that says `text`: each character plain or escaped, in either case, but a slash always escaped. */
function encoded(text: string): fc.Arbitrary<string> {
  const hex = (letter: string) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return fc.array(fc.nat(2), { minLength: text.length, maxLength: text.length }).map((ways) =>
    Array.from(text, (letter, i) => {
      if (ways[i] === 0 && letter !== '/') return letter;
      return ways[i] === 1 ? hex(letter).toUpperCase() : hex(letter);
    }).join(''),
  );
}

describe('a route', () => {
  it.each(rows)('%s is found by its method and its exact path: %s %s', (route, method, path) => {
    const segment = encodeURIComponent('claude-opus-5-5');
    const model = namesModel(route) ? { model: 'claude-opus-5-5' } : {};
    expect(matchRoute(method, pathOf(path, segment))).toEqual({ ok: true, value: { name: route, method, ...model } });
    expect([namesModel(route), methodOfRoute(route)]).toEqual([path.includes(':id'), method]);
  });

  it.each(rows)('%s is known, but by no other method', (_, allow, path) => {
    const whole = pathOf(path, 'claude-opus-5-5');
    const wrong = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', allow.toLowerCase(), `${allow} `, ''];
    for (const method of wrong.filter((one) => one !== allow)) {
      const reason = { kind: 'method_not_allowed', method, allow };
      expect(matchRoute(method, whole)).toEqual({ ok: false, reason });
    }
  });

  it.each([
    '/',
    '',
    '//v1/messages',
    '/v1//messages',
    '/v1/messages/',
    '/V1/messages',
    '/v1/messages?beta=true',
    '/v1/models?limit=1',
    '/v1%2Fmessages',
    '/v1/%6dessages',
    '/v1/../v1/messages',
    '/v1/messages/count_tokens/',
    '/v1/models/',
    '/v1/models//',
    '/v1/models/a/b',
    '/v1/usage',
    '/v1/usage/self/',
    '/v1/usage/other',
    '/model',
    '/model/',
    '/model//invoke',
    '/model/invoke',
    '/model/a',
    '/model/a/',
    '/model/a/invoke/',
    '/model/a/invoke2',
    '/model/a/Invoke',
    '/model/a/b/invoke',
    '/model/a/../b/invoke',
    '/model/a%2Finvoke',
    '/models/a/invoke',
    '/inference-profiles/',
    '/inference-profilesx',
    'https://acme.proxy.example.com/v1/messages',
    '/origin',
    'constructor',
    '__proto__',
  ])('is none at %j: a path is never made to fit', (path) => {
    for (const method of ['POST', 'GET'])
      expect(matchRoute(method, path)).toEqual({ ok: false, reason: { kind: 'route_unknown', method, path } });
  });

  it('is found nowhere but at its exact path', () => {
    const known = fc.constantFrom(...rows).map(([, , path]) => path.replace(':id', 'eu.anthropic.claude-opus-5-5'));
    const change = fc.record({ at: fc.nat(80), to: fc.constantFrom(...'/.%2FaAm:?;\\ \0é'), how: fc.nat(2) });
    const near = fc.tuple(known, fc.array(change, { minLength: 1, maxLength: 3 })).map(([path, changes]) =>
      changes.reduce((now, { at, to, how }) => {
        const here = at % (now.length + 1);
        return now.slice(0, here) + (how === 2 ? '' : to) + now.slice(how === 0 ? here : here + 1);
      }, path),
    );
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (path) => {
        for (const method of ['GET', 'POST']) {
          const found = matchRoute(method, path);
          if (!found.ok) continue;
          const [, , expected] = rows.find(([route]) => route === found.value.name)!;
          const segment = expected.includes(':id') ? path.split('/')[expected.split('/').indexOf(':id')]! : '';
          expect(path).toBe(pathOf(expected, segment));
          if (found.value.model !== undefined) expect(found.value.model).toBe(decodeURIComponent(segment));
        }
      }),
      { seed: 111, numRuns: 5_000 },
    );
  });

  it('has a name from a closed list', () => {
    const texts = ['messages', 'message', '', 'constructor', '__proto__', 'toString', null, 1];
    expect(texts.map(isRouteName)).toEqual([true, false, false, false, false, false, false, false]);
    expect([...ROUTE_NAMES].sort()).toEqual(Object.keys(PATHS).sort());
    expect(ROUTE_NAMES.every(isRouteName)).toBe(true);
  });
});

describe('an id in a path', () => {
  it.each(IDS)('%s is read as it was meant', (model) => {
    for (const [route, method, path] of withId) {
      for (const segment of [encodeURIComponent(model), encodeURIComponent(model).replaceAll('%3A', ':')])
        expect(matchRoute(method, pathOf(path, segment))).toEqual({ ok: true, value: { name: route, method, model } });
    }
  });

  it('is decoded once, however it was encoded', () => {
    const sent = id.chain((model) => fc.tuple(fc.constant(model), encoded(model)));
    fc.assert(
      fc.property(fc.constantFrom(...withId), sent, ([route, method, path], [model, segment]) => {
        expect(matchRoute(method, pathOf(path, segment))).toEqual({ ok: true, value: { name: route, method, model } });
        // Encoded once more it is another text, and no id at all.
        const twice = encodeURIComponent(encodeURIComponent(`${model}:`));
        expect(matchRoute(method, pathOf(path, twice)).ok).toBe(false);
      }),
      { seed: 112, numRuns: 1_000 },
    );
  });

  it.each([
    ['a cut escape', 'claude%'],
    ['a cut escape of two', 'claude%2'],
    ['no escape', 'claude%zz'],
    ['bytes that are no UTF-8', 'claude%ff'],
    ['an overlong slash', 'claude%c0%af'],
    ['a percent sign', 'claude%25'],
    ['an escape within an escape', 'arn%253Aaws'],
    ['a slash without an ARN', 'a%2Fb'],
    ['a path', '..%2F..%2Fv1%2Fmessages'],
    ['the folder above', '..'],
    ['the folder above, escaped', '%2e%2e'],
    ['this folder', '.'],
    ['the folder above within an id', 'a..b'],
    ['the folder above within an ARN', 'arn:aws:bedrock:us-east-1::foundation-model%2Fa..b'],
    ['two slashes in an ARN', 'arn:aws:bedrock:us-east-1::foundation-model%2Fa%2Fb'],
    ['an ARN of nothing', 'arn:aws:bedrock:us-east-1::foundation-model%2F'],
    ['an ARN of another service', 'arn:aws:s3:us-east-1:111111111111:inference-profile%2Fa'],
    ['an ARN of another kind', 'arn:aws:bedrock:us-east-1:111111111111:provisioned-model%2Fa'],
    ['an ARN of no account', 'arn:aws:bedrock:us-east-1:1:inference-profile%2Fa'],
    ['NUL', 'claude%00'],
    ['a line end', 'claude%0A'],
    ['a space', 'claude%20'],
    ['a plus for a space', 'claude+opus'],
    ['a question mark', 'claude%3Fa'],
    ['capitals', 'Claude-Opus'],
    ['a place holder', '{id}'],
    ['another alphabet', 'cl%D0%B0ude'],
    ['another suffix', 'claude[2m]'],
    ['two suffixes', 'claude[1m][1m]'],
    ['97 characters', 'a'.repeat(97)],
    ['over 200 characters', `arn:aws${'-'.repeat(160)}:bedrock:us-east-1::foundation-model%2Fa`],
  ])('is no model when it is %s, and the path is not blamed for it', (_, segment) => {
    for (const [, , path] of withId) {
      for (const method of ['GET', 'POST']) {
        const reason = { kind: 'model_not_listed', model: segment };
        expect(matchRoute(method, pathOf(path, segment))).toEqual({ ok: false, reason });
      }
    }
  });

  it.each(['', 'arn:aws:bedrock:us-east-1::foundation-model/a', '/', 'a/', '/a'])(
    'is one segment, so %j makes another path',
    (segment) => {
      for (const [, method, path] of withId) {
        const reason = { kind: 'route_unknown', method, path: pathOf(path, segment) };
        expect(matchRoute(method, pathOf(path, segment))).toEqual({ ok: false, reason });
      }
    },
  );

  it('is a text of bounded length', () => {
    expect([...IDS.map(isModelId), isModelId(7), isModelId(undefined)]).toEqual([...IDS.map(() => true), false, false]);
    const long = (length: number) => `arn:aws${'-'.repeat(length - 50)}:bedrock:us-east-1::foundation-model/abcdef`;
    expect([200, 201].map((length) => [long(length).length, isModelId(long(length))])).toEqual([
      [200, true],
      [201, false],
    ]);
  });
});

it.each([
  ['/model/eu.anthropic.claude-opus-5-5/invoke', 'bedrock'],
  ['/inference-profiles', 'bedrock'],
  ['/v1/messages', 'anthropic'],
  ['/', 'anthropic'],
  ['/models', 'anthropic'],
  ['/v1/model/x', 'anthropic'],
])('at %s a client speaks %s', (path, wire) => {
  expect(wireOf(path)).toBe(wire);
});

it('a route and its path are of one wire', () => {
  for (const [route, , path] of rows) expect(wireOfRoute(route)).toBe(wireOf(path));
});

it('each region has one fixed host name', () => {
  expect(REGIONS.map((region) => originDomain(region, 'example.com'))).toEqual([
    'eu-central-1.origin.example.com',
    'eu-central-2.origin.example.com',
    'us-east-1.origin.example.com',
  ]);
});
