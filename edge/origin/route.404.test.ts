import type { CloudFrontResultResponse } from 'aws-lambda';
import { expect, test } from 'vitest';
import { apiKey, bearer, bench, NOW, originRequest, passed, refused } from './fixture.ts';
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
  const request = originRequest({ headers, uri: '/model/x/invoke' });
  const answer = (await handleOriginRequest(request, bench(), NOW)) as CloudFrontResultResponse;
  expect(answer.status).toBe('404');
  expect(Object.keys(JSON.parse(answer.body ?? '') as object)).toContain('message');
  expect(Object.keys(answer.headers ?? {}).filter((name) => /^(x-amz|connection|x-cache|x-edge)/.test(name))).toEqual(
    [],
  );
});

test('the query takes no part', async () => {
  expect((await passed({ headers })).querystring).toBe('');
});
