import { expect, test } from 'vitest';
import { viewerEvent } from './viewer-request.ts';
import { createViewerRuntime } from './viewer-runtime.ts';

const IMPORT = "import cf from 'cloudfront';\n";
const event = viewerEvent({ method: 'GET', uri: '/', querystring: '', headers: [], clientIp: '127.0.0.1' }, 'id');

function run(body: string, lookUp: (key: string) => string | undefined = () => undefined) {
  return createViewerRuntime(`${IMPORT}async function handler(event) { ${body} }`, lookUp)(event, 1_234);
}

test('the world has no timers, network, process or modules', () => {
  const absent = ['setTimeout', 'fetch', 'process', 'URL', 'require', 'performance', 'setImmediate'];
  const run1 = run(`return [${absent.map((name) => `typeof ${name}`).join(', ')}];`);
  expect(run1).toEqual({ ok: true, value: absent.map(() => 'undefined') });
});

test('of Buffer there is what tokens are read with, and no more', () => {
  expect(run("return [Buffer.from('eyJhIjoxfQ', 'base64url').toString(), typeof Buffer.alloc];")).toEqual({
    ok: true,
    value: ['{"a":1}', 'undefined'],
  });
});

test('text does not become code', () => {
  expect(run("return eval('1');")).toMatchObject({ ok: false, error: expect.stringContaining('disallowed') });
  expect(run("return Function('return 1')();")).toMatchObject({ ok: false });
});

test('the clock stands still', () => {
  const value = [1_234, 1_234, 5, true];
  const body = 'return [Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date];';
  expect(run(body)).toEqual({ ok: true, value });
});

test('nothing is kept from one run to the next', () => {
  const count = createViewerRuntime(`${IMPORT}let n = 0;\nasync function handler() { return ++n; }`, () => undefined);
  expect([count(event, 0), count(event, 0)]).toEqual([
    { ok: true, value: 1 },
    { ok: true, value: 1 },
  ]);
});

test('the store gives a value, and throws for a key it has not', () => {
  const lookUp = (key: string) => (key === 'acme' ? 'entry' : undefined);
  expect(run("return await cf.kvs().get('acme');", lookUp)).toEqual({ ok: true, value: 'entry' });
  expect(run("return await cf.kvs().get('globex');", lookUp)).toMatchObject({ ok: false });
});

test('a function that throws, never ends or waits for ever has failed', () => {
  expect(run("throw new Error('out');")).toEqual({ ok: false, error: 'Error: out' });
  expect(run('for (;;);')).toMatchObject({ ok: false });
  expect(run('await new Promise(() => {});')).toEqual({ ok: false, error: 'the function never finished' });
});

test('the first line must be the import, or CloudFront would not find the store', () => {
  expect(() => createViewerRuntime('async function handler() {}', () => undefined)).toThrow('the first line must be');
});
