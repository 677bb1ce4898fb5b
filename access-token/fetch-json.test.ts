import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchJson, whyFailed } from './fetch-json.ts';

let server: Server;
let url: string;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? '');
    switch (request.url) {
      case '/good':
        return response.end('{"a":1}');
      case '/redirect':
        return response.writeHead(302, { location: '/good' }).end('{"a":1}');
      case '/large':
        return response.end(`"${'x'.repeat(64 * 1024)}"`);
      case '/endless':
        return response.write('"'.padEnd(1000));
      case '/bytes':
        return response.end(Buffer.from([0x22, 0xff, 0x22]));
      case '/cut':
        response.writeHead(200, { 'content-length': '100' }).write('{"a":');
        return setImmediate(() => response.destroy());
      default:
        return response.writeHead(500).end('{"a":1}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, timeoutMs = 3_000) => fetchJson({ url: url + path, method: 'GET', headers: {}, timeoutMs });

test('a JSON document is read', async () => expect(await get('/good')).toEqual({ a: 1 }));

test('a redirect is refused and not followed', async () => {
  seen.length = 0;
  await expect(get('/redirect')).rejects.toThrow('answered 302');
  expect(seen).toEqual(['/redirect']);
});

test.each([
  ['/error', 'answered 500'],
  ['/large', 'answered more than 65536 bytes'],
  ['/bytes', 'answered something that is not JSON'],
])('%s is refused', (path, message) => expect(get(path)).rejects.toThrow(message));

test('an answer that is cut is refused', async () => {
  const error = await get('/cut').catch((reason: unknown) => reason);
  expect(whyFailed(error)).toBe('ECONNRESET');
});

test('an answer that does not end is given up', async () => {
  const error = await get('/endless', 100).catch((reason: unknown) => reason);
  expect(whyFailed(error)).toBe('ABORT_ERR');
});

test('why a fetch failed holds nothing that was read', () => {
  expect(whyFailed(new SyntaxError('Unexpected token in "secret"'))).toBe('SyntaxError');
  expect(whyFailed('secret')).toBe('unknown');
});
