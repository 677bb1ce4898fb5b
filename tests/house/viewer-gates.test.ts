import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderViewer } from '../../edge/viewer/render.ts';
import { createViewerRuntime } from '../../local/cloudfront/viewer-runtime.ts';
import { type EventWishes, viewerEvent, wholeKey } from './viewer-events.ts';
import { buildProblems, hasNjs, lintProblems, runUnderNjs, sizeProblems } from './viewer-gates.ts';

const source = readFileSync(new URL('../../edge/viewer/viewer.js', import.meta.url), 'utf8');
const CONSOLE = 'https://app.gateway.customer-facing.example.com';
const code = renderViewer(source, {
  domain: 'gateway.customer-facing.example.com',
  consoleOrigin: CONSOLE,
});

/** Puts a statement into the handler: where the gates must find it. */
function plant(statement: string): string {
  const start = 'async function handler(event) {\n';
  expect(code).toContain(start);
  return code.replace(start, `${start}  ${statement}\n`);
}

const FOR_OF = 'for (const name of Object.keys(event)) event[name];';

test('the function fits in 10 KB, and one that does not is found', () => {
  expect(sizeProblems(code)).toEqual([]);
  expect(sizeProblems(plant(`// ${'x'.repeat(10_240 - code.length)}`))).not.toEqual([]);
  expect(sizeProblems(plant(`// ${'é'.repeat(5_120 - Math.floor(code.length / 2))}`))).not.toEqual([]);
});

test("the build for CloudFront's language passes, and fails on what cannot be said in it", async () => {
  expect(await buildProblems(code)).toEqual([]);
  for (const beyond of [FOR_OF, 'const { request: it } = event;', 'class It {}', 'const f = (a = 1) => a;']) {
    expect(await buildProblems(plant(beyond)), beyond).not.toEqual([]);
  }
});

test('the lint passes, and finds what a build would quietly lower or not look at', () => {
  expect(lintProblems(code)).toEqual([]);
  const beyond = [
    FOR_OF,
    'event?.request;',
    'event.x ??= 1;',
    'event.x ?? 1;',
    'f(...event.list);',
    'const copy = { ...event };',
    'const [first] = event.list;',
    'const f = (a = 1) => a;',
    'class It {}',
    'function* it() {}',
    'new Map();',
    'new Set();',
    'event.list.at(0);',
    'event.text.replaceAll("a", "b");',
    'event.list.includes(1);',
    'event.list.flat();',
    'Object.fromEntries([]);',
    'Object.hasOwn(event, "x");',
    '1n;',
    'try { f(); } catch { f(); }',
    '/(?<=a)b/.test("");',
    '1_000;',
    'Promise.allSettled([]);',
  ];
  for (const statement of beyond) expect(lintProblems(plant(statement)), statement).not.toEqual([]);
});

const acme = '{"h":"euc1","r":"euc1          ","s":"A"}';
const key = wholeKey('acme');
const host = 'acme.proxy.gateway.customer-facing.example.com';
const PAIR = 'https://acme.okta.com/oauth2/aus1 api://gateway';
const STORE = { acme, 'idp:acme': PAIR, [PAIR]: '{"t":"acme","j":"/v1/keys"}' };
const claims = Buffer.from(JSON.stringify({ iss: PAIR.split(' ')[0], aud: ['x', PAIR.split(' ')[1]] }));
const token = `e30.${claims.toString('base64url')}.c2ln`;
const EVENTS: readonly EventWishes[] = [
  { host, headers: { authorization: `Bearer ${token}` } },
  { host, headers: { authorization: `Bearer ${token}`, 'x-api-key': token } },
  { host, headers: { authorization: 'Bearer a.b.c' } },
  { host, headers: { authorization: 'Bearer e30.e30.e30' } },
  { host, method: 'GET', uri: '/.well-known/oauth-protected-resource', headers: {} },
  { host },
  { host: host.replace('acme', 'unknown-tenant') },
  { host: `${host.toUpperCase()}.:443` },
  { host: `x.${host}` },
  { host, headers: { 'x-api-key': key, 'x-ar-tenant': 'globex', 'x_ar-host': 'a', x_ar_directory: 'b', 'x-arx': 'c' } },
  { host, headers: { authorization: `Bearer ${key}`, 'x-api-key': key, 'accept-encoding': 'br' } },
  { host, headers: { authorization: `Bearer ${key.slice(0, -1)}` } },
  { host, headers: { 'x-api-key': `${key.slice(0, 20)}!${key.slice(21)}` } },
  { host, headers: { 'x-api-key': [key, key] } },
  { host, headers: { 'x-api-key': `${key}, ${key}` } },
  { host, headers: {} },
  { host, headers: { authorization: 'Bearer ' } },
  { host, uri: '/model/some/invoke', headers: {} },
  { host, method: 'HEAD', uri: '/', headers: {} },
  { host, method: 'HEAD', uri: '/api/hello', headers: {} },
  { host, method: 'GET', uri: '/inference-profiles', headers: {} },
  { host, method: 'HEAD', uri: '/', headers: { 'x-api-key': key } },
  { host, method: 'OPTIONS', uri: '/v1/models/claude-opus-5-5', headers: { origin: CONSOLE } },
  { host, method: 'OPTIONS', uri: '/v1/usage/self', headers: { origin: [CONSOLE, CONSOLE] } },
  { host, method: 'OPTIONS', uri: '/v1/models/', headers: { origin: CONSOLE } },
  { host, method: 'GET', uri: '/v1/models', headers: { origin: CONSOLE } },
  { host, method: 'GET', uri: '/v1/models', headers: { origin: `${CONSOLE}.evil.test` } },
  { host, headers: { authorization: 'AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=host, Signature=0' } },
  { host, headers: { 'x-api-key': key, 'content-length': '5000001' } },
  { host, headers: { 'x-api-key': key, 'content-length': '5000000' } },
];

const njsIsHere = hasNjs();

test.runIf(process.env['CI'] === 'true')('njs is installed where the pipeline runs', () => {
  expect(njsIsHere).toBe(true);
});

// Skipped in sight where njs is not installed (Debian: apt-get install njs).
describe.skipIf(!njsIsHere)('under njs', () => {
  const runInNode = createViewerRuntime(code, (name) => Object.entries(STORE).find(([key]) => key === name)?.[1]);

  test.each(EVENTS.map((wishes) => [JSON.stringify(wishes), viewerEvent(wishes)] as const))(
    'the answer is the same as under Node: %s',
    (_, event) => {
      const run = runUnderNjs(code, event, STORE);
      expect(run.ok).toBe(true);
      expect(run).toEqual(runInNode(event, 0));
    },
  );

  test.each([
    [FOR_OF, 'SyntaxError'],
    ['event?.request;', 'SyntaxError'],
    ['try { f(); } catch { f(); }', 'SyntaxError'],
    ['new Map();', '"Map" is not defined'],
  ])('%s does not run', (statement, error) => {
    const run = runUnderNjs(plant(statement), viewerEvent({ host }), STORE);
    expect(run).toEqual({ ok: false, error: expect.stringContaining(error) });
  });
});
