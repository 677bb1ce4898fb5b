import { once } from 'node:events';
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CloudFrontRequestEvent } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { type CloudFrontSettings, type EdgeFunction, holdPort, startCloudFront } from './cloudfront.ts';

const PASS = "import cf from 'cloudfront';\nasync function handler(event) { return event.request; }\n";
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A viewer function whose handler has this body. */
function viewer(body: string): string {
  return `import cf from 'cloudfront';\nasync function handler(event) { ${body} }\n`;
}

type CfRequest = CloudFrontRequestEvent['Records'][number]['cf']['request'];

/** An origin-request function; what it is asked lies in `events`. */
function edgeFunction(handle: (request: CfRequest) => unknown = (request) => request) {
  const events: CloudFrontRequestEvent[] = [];
  const fn: EdgeFunction = {
    invoke: async (event) => {
      const own = structuredClone(event) as CloudFrontRequestEvent;
      events.push(structuredClone(own));
      return { ok: true, payload: handle(own.Records[0]!.cf.request) };
    },
  };
  return { fn, events };
}

async function originServer(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

async function start(settings: Partial<CloudFrontSettings> = {}) {
  const lines: string[] = [];
  const cloudFront = await startCloudFront({
    domain: 'localhost',
    viewer: PASS,
    lookUp: () => undefined,
    originRequest: edgeFunction().fn,
    resolveOrigin: () => undefined,
    onLine: (line) => lines.push(line),
    ...settings,
  });
  closers.push(cloudFront.close);
  return { ...cloudFront, lines };
}

/** Sends these very bytes and reads to the end of the connection. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return text(socket);
}

const HEAD = 'GET / HTTP/1.1\r\nHost: acme.proxy.localhost\r\n';
const END = 'Connection: close\r\n\r\n';

describe('a request that is not well-formed is refused before any function runs', () => {
  test.each([
    ['two Host headers', `${HEAD}Host: globex.proxy.localhost\r\n${END}`],
    ['two Host headers of one value', `${HEAD}Host: acme.proxy.localhost\r\n${END}`],
    ['no Host header', `GET / HTTP/1.1\r\n${END}`],
    ['an empty Host header', `GET / HTTP/1.1\r\nHost:\r\n${END}`],
    ['a Host header with a path', `GET / HTTP/1.1\r\nHost: acme.proxy.localhost/healthz?\r\n${END}`],
    ['a Host header with two names', `GET / HTTP/1.1\r\nHost: acme.proxy.localhost, b\r\n${END}`],
    ['two Authorization headers', `${HEAD}Authorization: Bearer a\r\nauthorization: Bearer b\r\n${END}`],
    ['two x-api-key headers', `${HEAD}x-api-key: a\r\nX-Api-Key: b\r\n${END}`],
    ['an absolute target', `GET http://globex.proxy.localhost/ HTTP/1.1\r\nHost: acme.proxy.localhost\r\n${END}`],
    ['an asterisk target', `OPTIONS * HTTP/1.1\r\nHost: acme.proxy.localhost\r\n${END}`],
    ['HTTP/1.0', `GET / HTTP/1.0\r\nHost: acme.proxy.localhost\r\n${END}`],
    ['a URL over 8,192 bytes', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\nHost: acme.proxy.localhost\r\n${END}`],
    ['headers over 20,480 bytes', `${HEAD}x-long: ${'a'.repeat(20_480)}\r\n${END}`],
    ['headers that no parser takes', `${HEAD}x-long: ${'a'.repeat(100_000)}\r\n${END}`],
    ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n${END}`],
    ['a length and a chunked body', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n${END}0\r\n\r\n`],
    ['a folded header', `${HEAD}x-a: b\r\n c\r\n${END}`],
  ])('%s', async (_, bytes) => {
    const { fn, events } = edgeFunction();
    const { port } = await start({ originRequest: fn });
    const answer = await raw(port, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"type":"invalid_request_error"');
    expect(answer.toLowerCase()).toContain('content-type: application/json');
    expect(events).toEqual([]);
  });

  test('a method that no behaviour takes', async () => {
    const { port } = await start();
    expect(await raw(port, HEAD.replace('GET', 'TRACE') + END)).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('and the limits themselves are allowed', async () => {
    const { port } = await start({ viewer: viewer("return { statusCode: 200, body: 'fine' };") });
    const long = `GET /${'a'.repeat(8_191)} HTTP/1.1\r\nHost: acme.proxy.localhost\r\n`;
    expect(await raw(port, long + END)).toMatch(/^HTTP\/1\.1 200 /);
    const room = 20_480 - (HEAD + END).length - 'x-long: \r\n'.length;
    expect(await raw(port, `${HEAD}x-long: ${'a'.repeat(room)}\r\n${END}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw(port, `${HEAD}x-long: ${'a'.repeat(room + 1)}\r\n${END}`)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('the viewer function', () => {
  test('sees the request as CloudFront shows it', async () => {
    const { port } = await start({ viewer: viewer('return { statusCode: 200, body: JSON.stringify(event) };') });
    const answer = await fetch(`http://127.0.0.1:${port}/a%20b?X=1&y=2&y=3`, {
      headers: { Cookie: 'one=1; two=2', 'X-Mixed': 'Case', 'X-Forwarded-Proto': 'http', 'X-Amzn-RequestId': 'forged' },
    });
    const event = (await answer.json()) as Record<string, Record<string, unknown>>;
    expect(event).toMatchObject({
      version: '1.0',
      context: { eventType: 'viewer-request', distributionId: expect.any(String) },
      viewer: { ip: '127.0.0.1' },
      request: {
        method: 'GET',
        uri: '/a%20b',
        querystring: { x: { value: '1' }, y: { value: '2', multiValue: [{ value: '2' }, { value: '3' }] } },
        headers: { host: { value: `127.0.0.1:${port}` }, 'x-mixed': { value: 'Case' } },
        cookies: { one: { value: '1' }, two: { value: '2' } },
      },
    });
    const headers = Object.keys(event['request']!['headers'] as object);
    for (const hidden of ['connection', 'cookie', 'x-forwarded-proto', 'x-amzn-requestid'])
      expect(headers).not.toContain(hidden);
    expect(event['context']!['requestId']).toBe(answer.headers.get('x-amz-cf-id'));
    expect(answer.headers.get('x-cache')).toBe('FunctionGeneratedResponse from cloudfront');
  });

  test.each([
    ['throws', "throw new Error('secret text');", 503],
    ['gives back nothing', '', 502],
    ['changes the Host header', "event.request.headers.host = { value: 'b' }; return event.request;", 502],
    ['removes the Host header', 'delete event.request.headers.host; return event.request;', 502],
    ['sets a length', "event.request.headers['content-length'] = { value: '1' }; return event.request;", 502],
    [
      'sets a header of CloudFront',
      "event.request.headers['x-amz-cf-id'] = { value: '1' }; return event.request;",
      502,
    ],
    ['splits a header', "event.request.headers['x-a'] = { value: 'a\\r\\nb: c' }; return event.request;", 502],
    ['changes the method', "event.request.method = 'PUT'; return event.request;", 502],
    [
      'answers with an error type of AWS',
      "return { statusCode: 200, headers: { 'x-amzn-errortype': { value: 'a' } } };",
      502,
    ],
    ['answers with a status as text', "return { statusCode: '200' };", 502],
    ['answers with over 40 KB', "return { statusCode: 200, body: 'a'.repeat(40961) };", 502],
  ])('that %s fails the request with JSON', async (_, body, status) => {
    const { fn, events } = edgeFunction();
    const { url, lines } = await start({ viewer: viewer(body), originRequest: fn });
    const answer = await fetch(`${url}/v1/messages`);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(events).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  test('its failure has the shape of the path that was asked', async () => {
    const { url } = await start({ viewer: viewer('') });
    expect(await (await fetch(`${url}/model/x/invoke`)).json()).toEqual({
      __type: expect.any(String),
      message: expect.any(String),
    });
  });

  test('reads the KeyValueStore as it is at this moment', async () => {
    const entries = new Map<string, string>();
    const body =
      "let v = 'none'; try { v = await cf.kvs().get('acme'); } catch (e) {} return { statusCode: 200, body: v };";
    const { url } = await start({ viewer: viewer(body), lookUp: (key) => entries.get(key) });
    expect(await (await fetch(url)).text()).toBe('none');
    entries.set('acme', 'entry');
    expect(await (await fetch(url)).text()).toBe('entry');
  });
});

describe('the origin-request function', () => {
  test('gets the event of CloudFront, without the body, and with what the viewer function set', async () => {
    const { fn, events } = edgeFunction(() => ({ status: '204' }));
    const { url } = await start({
      originRequest: fn,
      viewer: viewer("event.request.headers['x-ar-tenant'] = { value: 'acme' }; return event.request;"),
    });
    await fetch(`${url}/v1/messages?beta=true`, {
      method: 'POST',
      body: 'prompt',
      headers: {
        authorization: 'Bearer t',
        'x-api-key': 'k',
        'cloudfront-viewer-country': 'DE',
        via: '1.1 mine',
        cookie: 'a=b',
      },
    });
    expect(events).toHaveLength(1);
    const { config, request } = events[0]!.Records[0]!.cf;
    expect(config).toEqual({
      distributionDomainName: expect.stringMatching(/\.cloudfront\.net$/),
      distributionId: expect.any(String),
      eventType: 'origin-request',
      requestId: expect.stringMatching(/^[A-Za-z0-9_-]{55}=$/),
    });
    expect(request).toMatchObject({
      clientIp: '127.0.0.1',
      method: 'POST',
      uri: '/v1/messages',
      querystring: 'beta=true',
      origin: {
        custom: { domainName: 'eu-central-1.origin.localhost', protocol: 'https', port: 443, readTimeout: 120 },
      },
    });
    expect(request.headers).toMatchObject({
      host: [{ key: 'host', value: 'eu-central-1.origin.localhost' }],
      authorization: [{ value: 'Bearer t' }],
      'x-api-key': [{ value: 'k' }],
      'x-ar-tenant': [{ value: 'acme' }],
      'content-length': [{ value: '6' }],
      cookie: [{ value: 'a=b' }],
      'x-forwarded-for': [{ value: '127.0.0.1' }],
      via: [{ value: expect.stringMatching(/^1\.1 mine, 1\.1 .*\(CloudFront\)$/) }],
    });
    expect(request.headers).not.toHaveProperty('cloudfront-viewer-country');
    expect(request.headers).not.toHaveProperty('connection');
    expect(request).not.toHaveProperty('body');
    expect(JSON.stringify(events)).not.toContain('prompt');
  });

  test('answers by itself', async () => {
    const { fn } = edgeFunction(() => ({
      status: '403',
      headers: {
        'content-type': [{ key: 'Content-Type', value: 'application/json' }],
        'x-two': [{ value: 'a' }, { value: 'b' }],
      },
      body: Buffer.from('{"error":"é"}').toString('base64'),
      bodyEncoding: 'base64',
    }));
    const { url } = await start({ originRequest: fn });
    const answer = await fetch(url);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-two')).toBe('a, b');
    expect(answer.headers.get('x-cache')).toBe('LambdaGeneratedResponse from cloudfront');
    expect(await answer.json()).toEqual({ error: 'é' });
  });

  const edit = (change: (request: CfRequest) => unknown) => (request: CfRequest) => {
    change(request);
    return request;
  };
  test.each<[string, (request: CfRequest) => unknown]>([
    ['gives back nothing', () => null],
    ['answers with a number as status', () => ({ status: 403 })],
    ['answers with over 1 MB', () => ({ status: '200', body: 'a'.repeat(1_048_577) })],
    ['answers with a header of CloudFront', () => ({ status: '200', headers: { 'x-cache': [{ value: 'a' }] } })],
    ['answers with an error type of AWS', () => ({ status: '200', headers: { 'x-amzn-errortype': [{ value: 'a' }] } })],
    ['answers with headers that are no lists', () => ({ status: '200', headers: { 'x-a': 'b' } })],
    ['changes the length', edit(({ headers }) => Object.assign(headers, { 'content-length': [{ value: '1' }] }))],
    ['removes accept-encoding', edit(({ headers }) => Reflect.deleteProperty(headers, 'accept-encoding'))],
    ['adds a header of CloudFront', edit(({ headers }) => Object.assign(headers, { 'x-edge-a': [{ value: '1' }] }))],
    [
      'gives a header another key',
      edit(({ headers }) => Object.assign(headers, { 'x-a': [{ key: 'x-b', value: '1' }] })),
    ],
    ['splits a header', edit(({ headers }) => Object.assign(headers, { 'x-a': [{ value: 'a\r\nb: c' }] }))],
    ['names no origin', edit((request) => Reflect.deleteProperty(request, 'origin'))],
    [
      'names an origin that is no name',
      edit((request) => Object.assign(request.origin!.custom!, { domainName: 'a:1/b' })),
    ],
    [
      'asks for more patience than there is',
      edit((request) => Object.assign(request.origin!.custom!, { readTimeout: 121 })),
    ],
    ['changes the client', edit((request) => Object.assign(request, { clientIp: '1.1.1.1' }))],
  ])('that %s fails the request', async (_, handle) => {
    const { url, lines } = await start({ originRequest: edgeFunction(handle).fn });
    const answer = await fetch(`${url}/v1/messages`, { method: 'POST', body: 'prompt' });
    expect(answer.status).toBe(502);
    expect(answer.headers.get('x-cache')).toBe('LambdaValidationError from cloudfront');
    expect(await answer.json()).toMatchObject({ type: 'error' });
    expect(lines).toHaveLength(1);
  });

  test('that throws fails the request, and its message stays behind', async () => {
    const invoke = async () => ({ ok: false, error: { errorType: 'Error', errorMessage: 'of the function' } }) as const;
    const { url, lines } = await start({ originRequest: { invoke } });
    const answer = await fetch(`${url}/v1/messages`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('of the function');
    expect(lines.join()).not.toContain('of the function');
  });
});

describe('towards the origin', () => {
  /** Sends every request to the origin that `answer` is. */
  async function toOrigin(answer: (request: IncomingMessage, response: ServerResponse) => unknown, readTimeout = 120) {
    const where = await originServer(answer);
    const asked: string[] = [];
    const { fn } = edgeFunction((request) => {
      request.uri = '/origin';
      request.querystring = '';
      request.headers['host'] = [{ value: 'us-east-1.origin.localhost' }];
      Object.assign(request.origin!.custom!, { domainName: 'us-east-1.origin.localhost', readTimeout });
      return request;
    });
    const resolveOrigin = (name: string) => {
      asked.push(name);
      return where;
    };
    return { ...(await start({ originRequest: fn, resolveOrigin })), asked, where };
  }

  test('goes what the function made of the request, and the body byte for byte', async () => {
    let seen: IncomingMessage | undefined;
    let body = '';
    const { url, asked } = await toOrigin(async (request, response) => {
      seen = request;
      body = await text(request);
      response
        .writeHead(201, 'Made', { 'x-own': '1', connection: 'keep-alive, x-hop', 'x-hop': '1', via: '1.1 gateway' })
        .end('ok');
    });
    const answer = await fetch(`${url}/v1/messages?beta=true`, {
      method: 'POST',
      body: 'é'.repeat(100_000),
      headers: { te: 'trailers' },
    });
    expect(asked).toEqual(['us-east-1.origin.localhost']);
    expect(seen).toMatchObject({ method: 'POST', url: '/origin', httpVersion: '1.1' });
    expect(seen!.headers).toMatchObject({ host: 'us-east-1.origin.localhost', 'content-length': '200000' });
    expect(seen!.headers).not.toHaveProperty('te');
    expect(seen!.headers['x-amz-cf-id']).toBe(answer.headers.get('x-amz-cf-id'));
    expect(body).toBe('é'.repeat(100_000));
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-own')).toBe('1');
    expect(answer.headers.has('x-hop')).toBe(false);
    expect(answer.headers.get('via')).toMatch(/^1\.1 gateway, 1\.1 .*\(CloudFront\)$/);
    expect(answer.headers.get('x-cache')).toBe('Miss from cloudfront');
  });

  test('a body without a length stays one, and none stays none', async () => {
    const seen: [string | undefined, string | undefined, string][] = [];
    const { port } = await toOrigin(async (request, response) => {
      const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
      seen.push([encoding, length, await text(request)]);
      response.end('ok');
    });
    await raw(port, `${HEAD.replace('GET', 'POST')}Transfer-Encoding: chunked\r\n${END}3\r\nabc\r\n0\r\n\r\n`);
    await raw(port, HEAD + END);
    expect(seen).toEqual([
      ['chunked', undefined, 'abc'],
      [undefined, undefined, ''],
    ]);
  });

  test.each(['GET', 'HEAD', 'OPTIONS'])('goes %s as it came, without a body and without a length', async (method) => {
    const seen: unknown[] = [];
    const { url } = await toOrigin(async (request, response) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
      seen.push([request.method, length, encoding, await text(request)]);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
    });
    const answer = await fetch(`${url}/v1/models?limit=1000`, { method, headers: { origin: 'http://app.localhost' } });
    expect(seen).toEqual([[method, undefined, undefined, '']]);
    expect([answer.status, await answer.text()]).toEqual([200, method === 'HEAD' ? '' : '{"data":[]}']);
  });

  test('both directions stream: each side waits for the other, so a hop that held a byte back would hang', async () => {
    const { url } = await toOrigin((request, response) => {
      response.flushHeaders();
      request.on('data', (chunk: Buffer) => response.write(`got ${chunk};`));
      request.on('end', () => response.end());
    });
    const sent = openRequest(`${url}/v1/messages`, { method: 'POST' });
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    for (const word of ['one', 'two', 'three']) {
      sent.write(word);
      const [chunk] = (await once(answer, 'data')) as [Buffer];
      expect(`${chunk}`).toBe(`got ${word};`);
    }
    sent.end();
    await once(answer.resume(), 'end');
  });

  test('one connection serves many requests', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await toOrigin((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    for (let i = 0; i < 3; i++) await (await fetch(url)).text();
    expect(ports.size).toBe(1);
  });

  test('a silent origin becomes a 504 that says so', async () => {
    const { url } = await toOrigin(() => {}, 1);
    const answer = await fetch(`${url}/v1/messages`);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({
      error: { type: 'timeout_error', message: expect.stringContaining('1 seconds') },
    });
  });

  test('an origin that falls silent in mid-answer cuts it, so that it does not look whole', async () => {
    const { url } = await toOrigin((_, response) => void response.write('half'), 1);
    const answer = await fetch(url);
    await expect(answer.text()).rejects.toThrow();
  });

  test('an origin that breaks off in mid-answer cuts it', async () => {
    const { url } = await toOrigin((_, response) => {
      response.write('half', () => response.destroy());
    });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  });

  test('an origin that cannot be reached, or found, becomes a 502', async () => {
    const { fn } = edgeFunction();
    const gone = await originServer(() => {});
    await closers.pop()!();
    for (const resolveOrigin of [() => gone, () => undefined]) {
      const { url } = await start({ originRequest: fn, resolveOrigin });
      const answer = await fetch(`${url}/v1/messages`);
      expect(answer.status).toBe(502);
      expect(await answer.json()).toMatchObject({ type: 'error' });
    }
  });

  test('a viewer that hangs up closes the connection to the origin', async () => {
    const left = Promise.withResolvers<void>();
    const { url } = await toOrigin((request, response) => {
      response.write('first');
      request.socket.on('close', () => left.resolve());
    });
    const controller = new AbortController();
    const answer = await fetch(url, { signal: controller.signal });
    await answer.body!.getReader().read();
    controller.abort();
    await left.promise;
  });
});

test("a tenant's own port carries the tenant's host, whatever Host came", async () => {
  const { loopback } = await start({
    loopback: [{ tenant: 'acme' }, { tenant: 'globex', port: 0 }],
    viewer: viewer('return { statusCode: 200, body: event.request.headers.host.value };'),
  });
  expect(await (await fetch(loopback['acme']!.url)).text()).toBe('acme.proxy.localhost');
  expect(await (await fetch(loopback['globex']!.url)).text()).toBe('globex.proxy.localhost');
});

test('a port that is held is known, taken for others, and free again for CloudFront', async () => {
  const held = await holdPort(0);
  expect(held.port).toBeGreaterThan(0);
  await expect(fetch(`http://127.0.0.1:${held.port}`)).rejects.toThrow();
  await expect(holdPort(held.port)).rejects.toThrow(`port ${held.port} is taken`);
  await held.close();
  await held.close();
  expect((await start({ port: held.port })).port).toBe(held.port);
});

test('a taken port is named together with the way out, and nothing stays open', async () => {
  const { port } = await originServer(() => {});
  await expect(start({ port })).rejects.toThrow(new RegExp(`port ${port} is taken.*PORT=`));
  const free = await originServer(() => {});
  await closers.pop()!();
  await expect(start({ port: free.port, loopback: [{ tenant: 'acme', port }] })).rejects.toThrow(
    `port ${port} is taken`,
  );
  await expect(fetch(`http://127.0.0.1:${free.port}`)).rejects.toThrow();
});
