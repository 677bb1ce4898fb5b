import { describe, expect, it } from 'vitest';
import { corsHeadersAt, corsHeadersOn, isConsoleOrigin, preflightAnswer } from './cors.ts';
import { matchRoute, ROUTE_NAMES, type RouteName } from './route.ts';

const CONSOLE = 'https://app.example.com';
const OPEN: readonly RouteName[] = ['models', 'model', 'usage_self'];
const PATHS = [
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/models',
  '/v1/models/claude-opus-5-5',
  '/v1/usage/self',
  ...['invoke', 'invoke-with-response-stream', 'converse', 'converse-stream', 'count-tokens'].map(
    (operation) => `/model/claude-opus-5-5/${operation}`,
  ),
  '/inference-profiles',
  '/inference-profiles/claude-opus-5-5',
];

describe('an answer to the console’s origin', () => {
  it('names that origin, is not to be mixed up with another’s, and shows our own headers', () => {
    const headers = corsHeadersOn('models', CONSOLE, CONSOLE);
    expect(headers).toMatchObject({ 'access-control-allow-origin': CONSOLE, vary: 'Origin' });
    const exposed = headers['access-control-expose-headers']!.split(',');
    expect(exposed).toEqual(expect.arrayContaining(['anthropic-ratelimit-requests-remaining']));
    expect(exposed.filter((name) => !name.startsWith('anthropic-ratelimit-'))).toEqual([
      'request-id',
      'retry-after',
      'x-should-retry',
      'x-ar-budget-spent',
      'x-ar-dropped-betas',
      'x-ar-token-count',
    ]);
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('is open on these routes and no other, and the edge and the region agree on it', () => {
    expect(ROUTE_NAMES.filter((name) => Object.keys(corsHeadersOn(name, CONSOLE, CONSOLE)).length > 0)).toEqual(OPEN);
    const named = PATHS.map((path) => {
      const found = ['GET', 'POST'].map((method) => matchRoute(method, path)).find(({ ok }) => ok);
      if (!found?.ok) throw new Error(path);
      const { name } = found.value;
      expect(corsHeadersAt(path, CONSOLE, CONSOLE), path).toEqual(corsHeadersOn(name, CONSOLE, CONSOLE));
      return name;
    });
    expect(named.sort()).toEqual([...ROUTE_NAMES].sort());
  });

  it.each([
    undefined,
    '',
    'null',
    '*',
    'https://app.example.com.evil.test',
    'http://app.example.com',
    'HTTPS://APP.EXAMPLE.COM',
  ])('is not given to %j', (origin) => {
    expect(corsHeadersOn('models', origin, CONSOLE)).toEqual({});
    expect(corsHeadersAt('/v1/models', origin, CONSOLE)).toEqual({});
  });
});

it('a preflight is told one method, the headers of a credential, and no more', () => {
  expect(preflightAnswer(CONSOLE, 'req')).toEqual({
    statusCode: 200,
    headers: {
      'cache-control': 'no-store',
      'request-id': 'req',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
      ...corsHeadersOn('models', CONSOLE, CONSOLE),
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization,x-api-key,anthropic-version',
      'access-control-max-age': '600',
    },
    body: '{}',
  });
});

it.each([
  ['https://app.example.com', true],
  ['https://app.example.com:8443', true],
  ['http://app.localhost:4000', true],
  ['http://localhost', true],
  ['http://app.example.com', false],
  ['http://localhost.evil.test', false],
  ['http://evillocalhost', false],
  ['https://app.example.com/', false],
  ['https://App.example.com', false],
  ['https://*', false],
  ['*', false],
  ['null', false],
  [undefined, false],
])('%j as the origin of a console: %s', (text, good) => {
  expect(isConsoleOrigin(text)).toBe(good);
});
