import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request as open, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConsoleDistribution } from './cloudfront/console.ts';
import { openGraphiql } from './graphiql.ts';

const repository = fileURLToPath(new URL('../', import.meta.url));
let folder: string;
let server: Server;
let signedIn = 0;
const never = async () => expect.unreachable('the packages are there');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'graphiql-'));
  const token = async () => `token-${++signedIn}`;
  const graphiql = openGraphiql({ repository, folder: join(folder, 'built'), token, fetchTools: never });
  const serve = createConsoleDistribution({ domainName: 'api.test', graphiql }, () => undefined, new Agent());
  server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

async function ask(path: string, { method = 'GET', headers = {} }: { method?: string; headers?: object } = {}) {
  const { port } = server.address() as AddressInfo;
  const sent = { host: 'app.localhost:4000', ...headers };
  const request = open({ host: '127.0.0.1', port, path, method, headers: sent }).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

it('the page asks for nothing but what this machine serves, and may ask nobody else', async () => {
  const page = await ask('/graphiql');
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toContain('text/html');
  expect([...page.body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual([
    '/graphiql/app.css',
    '/graphiql/app.js',
  ]);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*|script-src[^;]*unsafe/);
  expect(page.body).not.toContain('token-');
});

it('is built when somebody first asks, with the workers of its editor, and without an address of anybody else’s', async () => {
  expect(existsSync(join(folder, 'built'))).toBe(false);
  const [script, style] = await Promise.all([ask('/graphiql/app.js'), ask('/graphiql/app.css')]);
  expect([script.status, style.status]).toEqual([200, 200]);
  expect(script.headers['content-type']).toContain('text/javascript');
  expect(script.body).toContain('/graphiql/');
  // What the style sheet asks for by itself, and what the script loads from a network for code.
  expect(style.body).not.toMatch(/url\(["']?https?:|@import/);
  expect(script.body).not.toMatch(/esm\.sh|cdn\.|unpkg|jsdelivr|importScripts\(["']https?:/);
  for (const name of ['editor', 'json', 'graphql']) {
    expect((await ask(`/graphiql/${name}.worker.js`)).status, name).toBe(200);
  }
  expect(readdirSync(join(folder, 'built'))).toHaveLength(5);
  expect((await ask('/graphiql/schema.graphql')).body).toContain('type Query');
}, 60_000);

it('without its packages it fetches them, once at a time, and says what went wrong before', async () => {
  const bare = mkdtempSync(join(tmpdir(), 'bare-'));
  const fetching: (() => void)[] = [];
  const fetchTools = () => new Promise<void>((_, reject) => fetching.push(() => reject(new Error('no <network>'))));
  const graphiql = openGraphiql({ repository: bare, folder: bare, token: async () => '', fetchTools });
  const port = createServer((request, response) => void graphiql(request.url ?? '', request, response)).listen(0);
  await once(port, 'listening');
  const look = async () => {
    const { port: number } = port.address() as AddressInfo;
    const request = open({ host: '127.0.0.1', port: number, path: '/graphiql', headers: { host: 'localhost' } }).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, body: await text(answer) };
  };
  try {
    expect(await look()).toMatchObject({ status: 503, body: expect.stringContaining('http-equiv="refresh"') });
    await look();
    expect(fetching).toHaveLength(1);
    fetching[0]!();
    await new Promise(setImmediate);
    await look();
    expect(fetching).toHaveLength(2);
    fetching[1]!();
    await new Promise(setImmediate);
    expect((await look()).body).toContain('That failed before (no  network>)');
  } finally {
    port.close();
    port.closeAllConnections();
    rmSync(bare, { recursive: true });
  }
});

it('the page gets a token of the staff member of this machine', async () => {
  const token = await ask('/graphiql/token', { method: 'POST', headers: { 'x-graphiql': '1' } });
  expect(token).toMatchObject({ status: 200, body: 'token-1' });
  expect(token.headers['cache-control']).toBe('no-store');
});

it.each([
  ['by a link', { headers: { 'x-graphiql': '1' } }],
  ['by a form of another page', { method: 'POST' }],
  ['by a page of another site', { method: 'POST', headers: { 'x-graphiql': '1', 'sec-fetch-site': 'cross-site' } }],
  [
    'under a name that somebody pointed here',
    { method: 'POST', headers: { 'x-graphiql': '1', host: 'evil.example:4000' } },
  ],
  [
    'under a name that only begins like ours',
    { method: 'POST', headers: { 'x-graphiql': '1', host: 'app.localhost.evil.example' } },
  ],
])('nobody gets one %s', async (_, asked) => {
  const before = signedIn;
  const answer = await ask('/graphiql/token', asked);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.body).not.toContain('token-');
  expect(signedIn).toBe(before);
});

it.each(['/graphiql/../platform.json', '/graphiql/package.json', '/graphiql/toString', '/graphiqlx'])(
  '%s is nothing',
  async (path) => {
    expect((await ask(path)).status).toBeGreaterThanOrEqual(400);
  },
);
