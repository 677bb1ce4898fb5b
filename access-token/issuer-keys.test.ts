import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { whyFailed } from './fetch-json.ts';
import { fetchFromIssuers } from './issuer-fetch.ts';
import { keepIssuerKeys } from './issuer-keys.ts';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const document = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] };

test('keys of a hundred issuers are kept, and of those that nobody asked for the longest none', async () => {
  const fetched: string[] = [];
  const keysOf = keepIssuerKeys(
    async ({ url }) => {
      fetched.push(url);
      return document;
    },
    () => {},
  );
  const ask = (n: number) => keysOf(`https://${n}.example/keys`).find('k1', 0);
  for (let n = 0; n < 100; n++) expect(await ask(n)).toMatchObject({ outcome: 'found' });
  await ask(0);
  expect(fetched).toHaveLength(100);
  await ask(100);
  await ask(0);
  expect(fetched).toHaveLength(101);
  await ask(1);
  expect(fetched).toHaveLength(102);
});

test('a flood of key ids at one issuer costs another none of its fetches', async () => {
  const fetched: string[] = [];
  const keysOf = keepIssuerKeys(
    async ({ url }) => {
      fetched.push(url);
      return document;
    },
    () => {},
  );
  for (let n = 0; n < 50; n++) await keysOf('https://a.example').find(`x${n}`, 0);
  expect(await keysOf('https://b.example').find('k1', 0)).toMatchObject({ outcome: 'found' });
  expect(fetched).toEqual(['https://a.example', 'https://b.example']);
});

test('a name that leads inside is not gone to, unless the operator has named its very origin', async () => {
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const origin = `http://localhost:${port}`;
  const asked: string[] = [];
  const inside = async (host: string) => {
    asked.push(host);
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const get = (url: string, internal: readonly string[]) =>
    fetchFromIssuers(inside, internal)({ url, method: 'GET', headers: {}, timeoutMs: 3_000 }).catch(whyFailed);
  expect(await get(`${origin}/keys`, [])).toBe('its name leads to an address that is not public');
  expect(await get(`${origin}/keys`, ['http://localhost:1', `${origin}0`])).toMatch(/not public/);
  expect(asked).toEqual(['localhost', 'localhost']);
  expect(await get(`${origin}/keys`, [origin])).toEqual({});
  server.close();
});
