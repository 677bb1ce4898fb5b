import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchJsonBy, whyFailed } from './fetch-json.ts';
import { isPublicAddress } from './public-address.ts';
import { lookUpBy } from './public-lookup.ts';

let server: Server;
let port: number;
let requests = 0;
beforeAll(async () => {
  server = createServer((_, response) => {
    requests++;
    response.end('{"a":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const LOOPBACK = { address: '127.0.0.1', family: 4 };
const PUBLIC = { address: '198.51.100.7', family: 4 };
const get = (resolve: Parameters<typeof lookUpBy>[0], mayReach = isPublicAddress) =>
  fetchJsonBy(lookUpBy(resolve, mayReach))({
    url: `http://issuer.example:${port}/`,
    method: 'GET',
    headers: {},
    timeoutMs: 2_000,
  }).catch((error: unknown) => whyFailed(error));

it('connects to the very address that was looked at, and asks for it once', async () => {
  const asked: string[] = [];
  const rebinding = async (host: string) => [asked.push(host) === 1 ? LOOPBACK : PUBLIC];
  const mayReach = (address: string) => address === LOOPBACK.address;
  expect(await get(rebinding, mayReach)).toEqual({ a: 1 });
  expect(asked).toEqual(['issuer.example']);
  // Nothing of the first connection is left for the second: the name leads elsewhere now.
  expect(await get(rebinding, mayReach)).toBe('its name leads to an address that is not public');
});

it.each([
  ['that is not public', [LOOPBACK]],
  ['of which one is not public', [{ address: '8.8.8.8', family: 4 }, LOOPBACK]],
  [
    'of which one is not public in IPv6',
    [
      { address: '8.8.8.8', family: 4 },
      { address: '::ffff:127.0.0.1', family: 6 },
    ],
  ],
  ['of no kind', []],
])('never connects to an address %s', async (_, addresses) => {
  const before = requests;
  expect(await get(async () => addresses)).toBe('its name leads to an address that is not public');
  expect(requests).toBe(before);
});

it('says what the resolver says of a name that is none', async () => {
  const missing = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  expect(await get(missing)).toBe('ENOTFOUND');
});

it('gives up on a name that nobody answers for', async () => {
  expect(await get(() => new Promise(() => {}))).toBe('ABORT_ERR');
});
