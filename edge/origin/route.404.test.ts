import type { CloudFrontResultResponse } from 'aws-lambda';
import { expect, test } from 'vitest';
import { accessToken, apiKey, bearer, bench, NOW, originRequest, passed, refused } from './fixture.ts';
import { handleOriginRequest } from './origin.ts';

const headers = bearer(apiKey());

test.each([
  '/',
  '/v1/messages/',
  '//v1/messages',
  '/v1//messages',
  '/V1/messages',
  '/v1%2Fmessages',
  '/v1/messages/..',
  '/v1/./messages',
  '/origin',
  '/v1/messages;x',
  '/v1/messages%00',
  '/v1/models/',
  '/model/a%252Fb/invoke',
  '/model/..%2Fx/invoke',
])('POST %s is 404 for a caller of the tenant', async (uri) => {
  expect((await refused({ headers, uri })).status).toBe(404);
});

test('nobody else learns which paths there are', async () => {
  expect((await refused({ uri: '/nothing' })).status).toBe(401);
  expect((await refused({ uri: '/nothing', headers: bearer(apiKey('globex')) })).status).toBe(403);
});

test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
  '%s /v1/messages is 405 and names what is allowed',
  async (method) => {
    const answer = await refused({ headers, method });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  },
);

test('a method override does not change the method', async () => {
  expect((await refused({ headers: { ...headers, 'x-http-method-override': 'POST' }, method: 'GET' })).status).toBe(
    405,
  );
});

test('a Bedrock path is answered in Bedrock’s shape, without the headers for which CloudFront answers 502', async () => {
  const request = originRequest({ headers, uri: '/model/x/nothing' });
  const answer = (await handleOriginRequest(request, bench(), NOW)) as CloudFrontResultResponse;
  expect(answer.status).toBe('404');
  expect(Object.keys(JSON.parse(answer.body ?? '') as object)).toContain('message');
  expect(Object.keys(answer.headers ?? {}).filter((name) => /^(x-amz|connection|x-cache|x-edge)/.test(name))).toEqual(
    [],
  );
});

const NO_MODEL = 'there is no model Mistral for you here; ask your tenant admin';
const wrongAddress = (asked: string, variable: string) =>
  `nothing is served at ${asked}; ${variable} must be the hostname alone, without a path`;

test.each([
  ['POST', '/model/Mistral/invoke', { __type: 'ResourceNotFoundException', message: NO_MODEL }],
  ['GET', '/inference-profiles/Mistral', { __type: 'ResourceNotFoundException', message: NO_MODEL }],
  ['GET', '/v1/models/Mistral', { error: { type: 'not_found_error', message: NO_MODEL } }],
  [
    'POST',
    '/model/a/b',
    {
      __type: 'UnknownOperationException',
      message: wrongAddress('POST /model/a/b', 'ANTHROPIC_BEDROCK_BASE_URL'),
    },
  ],
  [
    'POST',
    '/v1/v1/messages',
    { error: { type: 'not_found_error', message: wrongAddress('POST /v1/v1/messages', 'ANTHROPIC_BASE_URL') } },
  ],
])('%s %s: what cannot be a model is told apart from a wrong address', async (method, uri, body) => {
  const answer = await refused({ headers, method, uri });
  expect([answer.status, answer.headers['x-should-retry']]).toEqual([404, 'false']);
  expect(JSON.parse(answer.body)).toMatchObject(body);
});

test('the query takes no part', async () => {
  expect((await passed({ headers })).querystring).toBe('');
});

test.each(['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'])(
  '%s is right or 405 on a route of the other method',
  async (method) => {
    for (const [uri, allow] of [
      ['/v1/models', 'GET'],
      ['/v1/models/claude-opus-5-5', 'GET'],
      ['/v1/usage/self', 'GET'],
      ['/v1/messages/count_tokens', 'POST'],
    ] as const) {
      if (method === allow) await passed({ headers, method, uri });
      else expect((await refused({ headers, method, uri })).headers['allow']).toBe(allow);
    }
  },
);

test('a page that is none is 400 and names the parameter, never its value', async () => {
  const answer = await refused({ headers, method: 'GET', uri: '/v1/models', querystring: 'limit=canary' });
  expect(answer).toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    message: expect.stringMatching(/^limit /),
  });
  expect(answer.body).not.toContain('canary');
  // Who has no credential here does not learn even that.
  expect((await refused({ method: 'GET', uri: '/v1/models', querystring: 'limit=0' })).status).toBe(401);
});

test('the console’s scripts can read why they were refused, and no other page’s can', async () => {
  const consoleOrigin = bench().settings.consoleOrigin;
  const asked = [
    { method: 'GET', uri: '/v1/models', headers: {} },
    { method: 'GET', uri: '/v1/models/claude-opus-5-5', headers: bearer(apiKey('globex')) },
    { method: 'GET', uri: '/v1/usage/self', headers: bearer(await accessToken({ exp: 1 })) },
    { method: 'GET', uri: '/v1/models', querystring: 'limit=0', headers },
    { method: 'POST', uri: '/v1/usage/self', headers },
  ];
  for (const one of asked) {
    const answer = await refused({ ...one, headers: { ...one.headers, origin: consoleOrigin } });
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': consoleOrigin, vary: 'Origin' });
    expect(answer.headers['access-control-expose-headers']).toContain('request-id');
    for (const origin of ['https://evil.test', [consoleOrigin, consoleOrigin], ''])
      expect((await refused({ ...one, headers: { ...one.headers, origin } })).headers).not.toHaveProperty(
        'access-control-allow-origin',
      );
  }
  const elsewhere = await refused({ headers: { origin: consoleOrigin } });
  expect(elsewhere.headers).not.toHaveProperty('access-control-allow-origin');
});
