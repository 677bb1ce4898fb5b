import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { type ApiGatewaySettings, BODY_LIMIT, DEFAULT_GATEWAY_RESPONSES, startApiGateway } from './api-gateway.ts';
import { stopChildren } from './children.ts';
import { createFunction, PAYLOAD_LIMIT } from './lambda.ts';
import { LambdaError, type StreamedResponse } from './lambda-stream.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const agent = new Agent({ keepAlive: true });
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(async () => {
  agent.destroy();
  await stopChildren(0);
});

type Stream = (event: APIGatewayProxyEvent, traceId: string | undefined) => Promise<StreamedResponse>;

function answer(body: Iterable<string> | Readable, head: Partial<StreamedResponse> = {}): StreamedResponse {
  return { statusCode: 200, headers: {}, ...head, body: body instanceof Readable ? body : Readable.from(body) };
}

async function start(stream: Stream, settings: Partial<ApiGatewaySettings> = {}) {
  const events: APIGatewayProxyEvent[] = [];
  const fn: ApiGatewaySettings['fn'] = {
    stream: (event, options) => {
      events.push(event as APIGatewayProxyEvent);
      return stream(event as APIGatewayProxyEvent, options?.traceId);
    },
  };
  const gateway = await startApiGateway({ region: 'eu-central-1', fn, ...settings });
  closing.push(gateway.close);
  return { ...gateway, events };
}

interface Call {
  path?: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

/** Sends one request and resolves with the head of its answer, whose body has still to be read. */
async function open({ port }: { port: number }, call: Call = {}): Promise<IncomingMessage> {
  const { path = '/origin', method = 'POST', headers = {}, body } = call;
  const request = httpRequest({ host: '127.0.0.1', port, agent, path, method, headers });
  request.on('error', () => {});
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function send(gateway: { port: number }, call: Call = {}) {
  const response = await open(gateway, call);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

test('the event is the one that a REST API makes', async () => {
  const { events, ...gateway } = await start(async () => answer(['ok']), { stage: 'test' });
  const raw = connect(gateway.port, '127.0.0.1');
  raw.write(
    [
      'POST /origin?a=1&b=x%20y&a=2 HTTP/1.1',
      'Host: eu-central-1.origin.example.com',
      'X-Ar-Passport: sealed',
      'x-twice: one',
      'X-Twice: two',
      'User-Agent: claude-cli/2',
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Proto: http',
      'Content-Type: application/json',
      'Connection: keep-alive, X-Private',
      'X-Private: for this hop',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Content-Length: 17',
      '',
      '{"text":"grüß"}',
    ].join('\r\n'),
  );
  await once(raw, 'data');
  raw.destroy();
  const [event] = events;
  const { requestId, extendedRequestId, requestTime, requestTimeEpoch, apiId } = event!.requestContext;
  const trace = event!.headers['X-Amzn-Trace-Id'];
  expect(trace).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(extendedRequestId).toMatch(/^[\w+/]{15}=$/);
  expect(requestTime).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  expect(Math.abs(Date.now() - requestTimeEpoch)).toBeLessThan(60_000);
  const single = {
    Host: 'eu-central-1.origin.example.com',
    'X-Ar-Passport': 'sealed',
    'User-Agent': 'claude-cli/2',
    'Content-Type': 'application/json',
    'Content-Length': '17',
    'X-Forwarded-For': '203.0.113.9, 127.0.0.1',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
    'X-Amzn-Trace-Id': trace,
  };
  expect(event).toEqual({
    resource: '/origin',
    path: '/origin',
    httpMethod: 'POST',
    headers: { ...single, 'x-twice': 'two' },
    multiValueHeaders: {
      ...Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]])),
      'x-twice': ['one', 'two'],
    },
    queryStringParameters: { a: '2', b: 'x y' },
    multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'] },
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '111111111111',
      apiId,
      authorizer: null,
      domainName: `${apiId}.execute-api.eu-central-1.amazonaws.com`,
      domainPrefix: apiId,
      extendedRequestId,
      httpMethod: 'POST',
      identity: expect.objectContaining({ sourceIp: '127.0.0.1', userAgent: 'claude-cli/2', user: null }),
      path: '/origin',
      protocol: 'HTTP/1.1',
      requestId,
      requestTime,
      requestTimeEpoch,
      resourceId: 'origin',
      resourcePath: '/origin',
      stage: 'test',
    },
    body: '{"text":"grüß"}',
    isBase64Encoded: false,
  });
});

test('without a body and a query they are null, and bytes that are no text arrive as replacement characters', async () => {
  const { events, ...gateway } = await start(async () => answer(['ok']));
  for (const method of ['GET', 'HEAD', 'OPTIONS']) await send(gateway, { method });
  await send(gateway, { body: Buffer.from([0x61, 0xff, 0x62]) });
  for (const [i, httpMethod] of ['GET', 'HEAD', 'OPTIONS'].entries())
    expect(events[i]).toMatchObject({ httpMethod, body: null, queryStringParameters: null });
  expect(events[3]).toMatchObject({ body: 'a\ufffdb', isBase64Encoded: false });
});

test('a trace that comes with a root is kept and handed to the function, any other is made new', async () => {
  const traces: (string | undefined)[] = [];
  const gateway = await start(async (_, traceId) => {
    traces.push(traceId);
    return answer(['ok']);
  });
  const given = 'Self=1-2-3;Root=1-67891233-abcdef012345678912345678;Sampled=1';
  const kept = await send(gateway, { headers: { 'X-Amzn-Trace-Id': given } });
  const made = await send(gateway, { headers: { 'x-amzn-trace-id': 'NotRoot=1' } });
  expect(traces[0]).toBe(given);
  expect(kept.headers['x-amzn-trace-id']).toBe(given);
  expect(traces[1]).toMatch(/^Root=1-/);
  expect(made.headers['x-amzn-trace-id']).toBe(traces[1]);
});

test('an answer passes with its headers; those of a hop and those the gateway keeps to itself do not', async () => {
  const head = {
    statusCode: 207,
    headers: {
      'Request-Id': 'r1',
      Connection: 'close, x-inner',
      'X-Inner': 'for this hop',
      'Transfer-Encoding': 'chunked',
      'Keep-Alive': 'timeout=1',
      'Content-Length': '3',
      'WWW-Authenticate': 'Bearer',
      'x-amzn-requestid': 'not yours',
      both: 'single',
    },
    multiValueHeaders: { both: ['one', 'two'] },
    cookies: ['a=1', 'b=2'],
  };
  const { events, ...gateway } = await start(async () => answer(['the answer'], head));
  const { status, headers, text } = await send(gateway);
  expect({ status, text }).toEqual({ status: 207, text: 'the answer' });
  expect(headers).toMatchObject({
    'request-id': 'r1',
    both: 'one, two',
    'set-cookie': ['a=1', 'b=2'],
    'content-type': 'application/json',
    'x-amzn-remapped-www-authenticate': 'Bearer',
    'x-amzn-remapped-content-length': '3',
    'x-amzn-requestid': events[0]!.requestContext.requestId,
    'x-amz-apigw-id': events[0]!.requestContext.extendedRequestId,
    'transfer-encoding': 'chunked',
    connection: 'keep-alive',
  });
  for (const name of ['x-inner', 'content-length', 'www-authenticate']) expect(headers).not.toHaveProperty(name);
});

const failing = (errorType: string) => async (): Promise<StreamedResponse> => {
  throw new LambdaError({ errorType, errorMessage: 'secret detail' });
};

test.each<[string, Stream, Call, Partial<ApiGatewaySettings>, number, string]>([
  ['another path', async () => answer(['ok']), { path: '/origin/x' }, {}, 404, 'not_found_error'],
  ['a path with a slash at its end', async () => answer(['ok']), { path: '/origin/' }, {}, 404, 'not_found_error'],
  [
    'an announced body over 10 MB',
    async () => answer(['ok']),
    { body: Buffer.alloc(BODY_LIMIT + 1, 'x') },
    {},
    413,
    'request_too_large',
  ],
  [
    'a chunked body over 10 MB',
    async () => answer(['ok']),
    { body: Buffer.alloc(BODY_LIMIT + 1, 'x'), headers: { 'transfer-encoding': 'chunked' } },
    {},
    413,
    'request_too_large',
  ],
  ['an event that Lambda finds too large', failing('RequestEntityTooLargeException'), {}, {}, 413, 'request_too_large'],
  [
    'a stage over its rate',
    async () => answer(['ok']),
    {},
    { throttle: { rate: 0, burst: 0 } },
    429,
    'rate_limit_error',
  ],
  ['a function that fails', failing('Runtime.ExitError'), {}, {}, 502, 'api_error'],
  ['a throttled function', failing('TooManyRequestsException'), {}, {}, 502, 'api_error'],
  ['a function that does not answer', () => new Promise(() => {}), {}, { timeoutMs: 30 }, 504, 'api_error'],
  ['a function that is silent for too long', () => new Promise(() => {}), {}, { idleTimeoutMs: 30 }, 504, 'api_error'],
  [
    'a header that HTTP cannot carry',
    async () => answer(['x'], { headers: { a: 'b\r\nc: d' } }),
    {},
    {},
    502,
    'api_error',
  ],
])('%s is answered by the gateway, in shape', async (_, stream, call, settings, status, type) => {
  const gateway = await start(stream, settings);
  const response = await send(gateway, call);
  expect(response.status).toBe(status);
  expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  expect(JSON.parse(response.text)).toEqual({
    type: 'error',
    error: { type, message: expect.stringMatching(/./) },
    request_id: response.headers['x-amzn-requestid'],
  });
  expect(response.text).not.toContain('secret detail');
});

test('a body of exactly 10 MB passes the gateway', async () => {
  const { events, ...gateway } = await start(async () => answer(['ok']));
  expect((await send(gateway, { body: Buffer.alloc(BODY_LIMIT, 'x') })).status).toBe(200);
  expect(events[0]?.body).toHaveLength(BODY_LIMIT);
});

test('a function that fails is told of in the log, by the request id that the client was given', async () => {
  const lines: string[] = [];
  const gateway = await start(failing('TooManyRequestsException'), { onLine: (line) => lines.push(line) });
  const { headers } = await send(gateway);
  expect(headers['request-id']).toBeTruthy();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'error',
      event: 'integration_failed',
      requestId: headers['request-id'],
      errorType: 'TooManyRequestsException',
    },
  ]);
});

test('the gateway’s own answers can be given', async () => {
  const missing = (id: string) => ({ statusCode: 410, headers: { 'x-own': '1' }, body: `gone ${id}` });
  const gateway = await start(async () => answer(['ok']), { gatewayResponses: { missing } });
  const { status, headers, text } = await send(gateway, { path: '/' });
  expect({ status, text }).toEqual({ status: 410, text: `gone ${headers['x-amzn-requestid']}` });
  expect(headers['x-own']).toBe('1');
  expect(DEFAULT_GATEWAY_RESPONSES.missing('').statusCode).toBe(404);
});

test('a burst passes the stage’s limit, one more does not', async () => {
  const gateway = await start(async () => answer(['ok']), { throttle: { rate: 1e-9, burst: 3 } });
  const statuses: unknown[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await send(gateway)).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
});

test('each chunk reaches the client before the next is made', async () => {
  const seen = new Map<number, () => void>();
  async function* chunks() {
    for (let i = 0; i < 50; i++) {
      const shown = new Promise<void>((resolve) => seen.set(i, resolve));
      yield `chunk ${i}`;
      await shown;
    }
  }
  const gateway = await start(async () => answer(Readable.from(chunks())));
  const response = await open(gateway);
  let i = 0;
  for await (const chunk of response) {
    expect(String(chunk)).toBe(`chunk ${i}`);
    seen.get(i++)?.();
  }
  expect(i).toBe(50);
});

test('a function that fails in mid-stream cuts the connection: the client cannot take it for the end', async () => {
  const body = new Readable({ read() {} });
  const gateway = await start(async () => answer(body));
  body.push('partial');
  const response = await open(gateway);
  expect(String((await once(response, 'data'))[0])).toBe('partial');
  body.destroy(new Error('broken'));
  const [error] = (await once(response, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(response.complete).toBe(false);
});

test.each([
  ['silence', { idleTimeoutMs: 50 }],
  ['time', { timeoutMs: 50 }],
])('a stream over its %s is cut', async (_, limit) => {
  const body = new Readable({ read() {} });
  const gateway = await start(async () => answer(body), limit);
  body.push('partial');
  const response = await open(gateway);
  response.resume();
  const [error] = (await once(response, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  await vi.waitFor(() => expect(body.destroyed).toBe(true), 10_000);
});

test('a client that leaves lets go of the body, also when it left before the answer began', async () => {
  const body = new Readable({ read() {} });
  const late = new Readable({ read() {} });
  const begin = Promise.withResolvers<void>();
  const gateway = await start(async ({ httpMethod }) => {
    if (httpMethod === 'POST') return answer(body);
    await begin.promise;
    return answer(late);
  });
  body.push('partial');
  const response = await open(gateway);
  response.destroy();
  await vi.waitFor(() => expect(body.destroyed).toBe(true), 10_000);

  const raw = connect(gateway.port, '127.0.0.1');
  raw.write('GET /origin HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() => expect(gateway.events).toHaveLength(2), 10_000);
  raw.destroy();
  await once(raw, 'close');
  // The server has seen the connection go when a request that came after it was answered.
  await send(gateway, { path: '/' });
  begin.resolve();
  await vi.waitFor(() => expect(late.destroyed).toBe(true), 10_000);
});

test('a client that does not read stops the body, and nothing is lost', async () => {
  const total = 64 * 1024 * 1024;
  let made = 0;
  const body = new Readable({
    read() {
      made += 65_536;
      this.push(Buffer.alloc(65_536, 'x'));
      if (made === total) this.push(null);
    },
  });
  const gateway = await start(async () => answer(body));
  const response = await open(gateway);
  let before = -1;
  // It has stopped when it makes nothing more between two answers of the same server.
  await vi.waitFor(
    async () => {
      await send(gateway, { path: '/' });
      const now = made;
      const stopped = now === before;
      before = now;
      expect(stopped).toBe(true);
    },
    { timeout: 20_000 },
  );
  expect(made).toBeLessThan(total);
  let size = 0;
  for await (const chunk of response) size += (chunk as Buffer).length;
  expect(size).toBe(total);
});

test('a port that is taken is named', async () => {
  const { port } = await start(async () => answer(['ok']));
  await expect(start(async () => answer(['ok']), { port })).rejects.toThrow(`port ${port}`);
});

test('with a real function: an answer streams, an empty one and an event over 6 MB are refused in shape', async () => {
  const bundleDir = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  writeFileSync(
    join(bundleDir, 'index.mjs'),
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
       const out = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { 'content-type': 'text/plain' } });
       if (event.body !== null) out.write(event.body.slice(0, 5) + process.env._X_AMZN_TRACE_ID.slice(0, 7));
       out.end();
     });`,
  );
  const settings = { name: 'region', region: 'us-east-1', bundleDir, env: {}, timeoutMs: 20_000, onLine: () => {} };
  const fn = await createFunction(settings);
  closing.push(async () => {
    await fn.close();
    rmSync(bundleDir, { recursive: true });
  });
  const gateway = await startApiGateway({ region: 'us-east-1', fn });
  closing.push(gateway.close);
  expect(await send(gateway, { body: 'hello' })).toMatchObject({ status: 202, text: 'helloRoot=1-' });
  expect(await send(gateway)).toMatchObject({ status: 502 });
  expect(await send(gateway, { body: 'x'.repeat(PAYLOAD_LIMIT) })).toMatchObject({ status: 413 });
  // Within the gateway's limit, but every quote costs the event two bytes.
  expect(await send(gateway, { body: '"'.repeat(PAYLOAD_LIMIT / 2) })).toMatchObject({ status: 413 });
});
