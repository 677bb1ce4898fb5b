import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { stopChildren } from './children.ts';
import { createFunction, type FunctionSettings, type LambdaFunction, PAYLOAD_LIMIT } from './lambda.ts';
import { STREAM_LIMIT } from './lambda-stream.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A function that does what its event says. `step(name)` returns when the test has let that step pass. */
const BUFFERED = `
  let ticks = 0;
  setInterval(() => { ticks++; }, 20).unref();
  let release;
  export const handler = async (event, context) => {
    const step = async (name) => { await (await fetch(process.env.STEPS + name)).text(); };
    switch (event.do) {
      case 'echo': return event;
      case 'context': return { ...context, remaining: context.getRemainingTimeInMillis() };
      case 'environment': return { env: process.env, cwd: process.cwd(), trace: process.env._X_AMZN_TRACE_ID };
      case 'throw': throw Object.assign(new Error('no such luck'), { name: 'Luckless' });
      case 'throw text': throw 'just text';
      case 'ticks': return ticks;
      case 'pid': return process.pid;
      case 'step': await step(event.name); return process.pid;
      case 'exit': process.exit(3);
      case 'raise': setImmediate(() => { throw new Error('nobody catches this'); }); return new Promise(() => {});
      case 'never': return new Promise(() => setInterval(() => {}, 1000));
      case 'size': return 'x'.repeat(event.size - 2);
      case 'nothing': return undefined;
      case 'console': console.log('two\\nlines'); console.error({ a: 1 }); return context.awsRequestId;
      case 'write':
        process.stdout.write('first ha'); process.stdout.write(Buffer.from([0x6c, 0x66, 0xc3]));
        process.stdout.write(Buffer.from([0xbc, 0x0a])); process.stderr.write('on stderr\\n');
        process.stdout.write('no end'); return null;
    }
  };
`;

const STREAMED = `
  let open = 0;
  let release;
  const all = new Promise((resolve) => { release = resolve; });
  export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
    const step = async (name) => { await (await fetch(process.env.STEPS + name)).text(); };
    if (event.do === 'throw first') throw new RangeError('before the first byte');
    if (event.do === 'no prelude') { stream.write('hello'); stream.end(); return; }
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' }, cookies: ['c=d'] });
    switch (event.do) {
      case 'hello': out.write('hello '); out.write(Buffer.from('world')); out.end(); break;
      case 'end with a chunk': out.end('hello'); break;
      case 'empty': out.end(); break;
      case 'empty write': out.write(''); out.end(); break;
      case 'throw': out.write('partial'); await step('seen'); throw new RangeError('in mid-stream');
      case 'destroy': out.write('partial'); await step('seen'); out.destroy(); break;
      case 'never': out.write('partial'); await new Promise(() => setInterval(() => {}, 1000)); break;
      case 'lockstep':
        for (let i = 0; i < event.chunks; i++) { out.write('chunk ' + i); await step('seen' + i); }
        out.end(); break;
      case 'flood': {
        let blocked = 0;
        for (let left = event.bytes; left > 0; left -= 65536) {
          if (!out.write(Buffer.alloc(Math.min(left, 65536), 'x'))) {
            const drained = new Promise((resolve) => out.once('drain', resolve));
            if (blocked++ === 0 && event.tell) await step('blocked');
            await drained;
          }
        }
        out.end();
        if (event.tell) await step('finished');
        break;
      }
      case 'together':
        out.write('open'); open++; if (open === event.count) release();
        await all; out.write(' and closed'); out.end(); break;
    }
  });
`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lambda-test-')));
const functions: LambdaFunction[] = [];

/** Steps that a function waits at. `reached(name)` resolves with what lets it go on. */
const steps = new Map<string, PromiseWithResolvers<() => void>>();
const stepServer = createServer((request, response: ServerResponse) => {
  step(request.url?.slice(1) ?? '').resolve(() => response.end('go'));
});
let stepsUrl = '';

function step(name: string): PromiseWithResolvers<() => void> {
  const known = steps.get(name) ?? Promise.withResolvers<() => void>();
  steps.set(name, known);
  return known;
}

const reached = (name: string) => step(name).promise;

function bundle(name: string, code: string): string {
  const bundleDir = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(bundleDir, 'index.mjs'), code);
  return bundleDir;
}

async function start(code: string, settings: Partial<FunctionSettings> = {}): Promise<LambdaFunction> {
  const fn = await createFunction({
    name: 'under-test',
    region: 'eu-central-2',
    bundleDir: bundle('fn', code),
    timeoutMs: 30_000,
    onLine: () => {},
    ...settings,
    env: { STEPS: stepsUrl, ...settings.env },
  });
  functions.push(fn);
  return fn;
}

const common = new Map<string, Promise<LambdaFunction>>();

/** The same function for every test that leaves it as it was. */
function usual(code: string): Promise<LambdaFunction> {
  const known =
    common.get(code) ??
    createFunction({
      name: 'usual',
      region: 'us-east-1',
      bundleDir: bundle('usual', code),
      env: { STEPS: stepsUrl },
      timeoutMs: 30_000,
      onLine: () => {},
    });
  common.set(code, known);
  return known;
}

async function payload(fn: LambdaFunction, event: object): Promise<unknown> {
  const result = await fn.invoke(event);
  if (!result.ok) throw new Error(`${result.error.errorType}: ${result.error.errorMessage}`);
  return result.payload;
}

async function text(body: Readable): Promise<string> {
  let all = '';
  for await (const chunk of body) all += String(chunk);
  return all;
}

function state(pid: number): string | undefined {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

beforeAll(async () => {
  stepServer.listen(0, '127.0.0.1');
  await once(stepServer, 'listening');
  stepsUrl = `http://127.0.0.1:${(stepServer.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  await Promise.all(functions.splice(0).map((fn) => fn.close()));
  steps.clear();
});

afterAll(async () => {
  await Promise.all([...common.values()].map(async (fn) => (await fn).close()));
  stepServer.closeAllConnections();
  stepServer.close();
  await stopChildren(0);
  rmSync(folder, { recursive: true });
});

test('an event goes in, the answer comes back, with a context as Lambda gives it', async () => {
  const fn = await start(BUFFERED, { memory: 256 });
  expect(await payload(fn, { do: 'echo', text: 'grüß \u0000 \ud83d\ude00' })).toEqual({
    do: 'echo',
    text: 'grüß \u0000 \ud83d\ude00',
  });
  expect(await payload(fn, { do: 'nothing' })).toBeNull();
  const context = (await payload(fn, { do: 'context' })) as Record<string, unknown>;
  expect(context).toMatchObject({
    functionName: 'under-test',
    functionVersion: '$LATEST',
    memoryLimitInMB: '256',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-2:111111111111:function:under-test',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(context['remaining']).toBeGreaterThan(0);
  expect(context['remaining']).toBeLessThanOrEqual(30_000);
});

test('a function sees its own environment and nothing of ours, and runs in its bundle', async () => {
  vi.stubEnv('PARENT_SECRET', 'must not travel');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the user’s own');
  vi.stubEnv('NODE_OPTIONS', '--title=inherited');
  const bundleDir = bundle('environment', BUFFERED);
  const fn = await start(BUFFERED, { bundleDir, env: { TABLE: 'ledger', AWS_REGION: 'mars-1' } });
  vi.unstubAllEnvs();
  const result = await fn.invoke({ do: 'environment' }, { traceId: 'Root=1-2-3' });
  const { env, cwd, trace } = (result as { payload: unknown }).payload as Record<string, Record<string, string>>;
  expect(cwd).toBe(bundleDir);
  expect(trace).toBe('Root=1-2-3');
  expect(Object.keys(env!).sort()).toEqual(
    [
      ...['AWS_DEFAULT_REGION', 'AWS_EXECUTION_ENV', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION'],
      ...['AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME'],
      ...['AWS_LAMBDA_RUNTIME_API', 'AWS_REGION', 'LAMBDA_TASK_ROOT', 'STEPS', 'TABLE', 'TZ', '_HANDLER'],
      '_X_AMZN_TRACE_ID',
    ].sort(),
  );
  expect(env).toMatchObject({ AWS_REGION: 'eu-central-2', TZ: ':UTC', _HANDLER: 'index.handler' });
});

test('what a handler throws is the answer, and the environment goes on', async () => {
  const fn = await usual(BUFFERED);
  const pid = await payload(fn, { do: 'pid' });
  expect(await fn.invoke({ do: 'throw' })).toEqual({
    ok: false,
    error: { errorType: 'Luckless', errorMessage: 'no such luck' },
  });
  expect(await fn.invoke({ do: 'throw text' })).toEqual({
    ok: false,
    error: { errorType: 'string', errorMessage: 'just text' },
  });
  expect(await payload(fn, { do: 'pid' })).toBe(pid);
});

test.each([
  [
    'a handler with a callback',
    'export const handler = (event, context, callback) => {};',
    'CallbackHandlerDeprecated',
  ],
  ['no handler', 'export const other = 1;', 'HandlerNotFound'],
  ['a syntax error', 'export const = 1;', 'SyntaxError'],
  ['code that throws as it loads', 'throw new TypeError("not today");', 'not today'],
  ['code that exits as it loads', 'process.exit(9);', 'exit status 9'],
])('%s is refused at the start, by name', async (_, code, reason) => {
  await expect(start(code)).rejects.toThrow(new RegExp(`under-test in eu-central-2 .*${reason}`));
});

test('a streaming handler may take three parameters', async () => {
  const fn = await usual(STREAMED);
  const { body, ...head } = await fn.stream({ do: 'hello' });
  expect(head).toEqual({ statusCode: 201, headers: { a: 'b' }, cookies: ['c=d'] });
  expect(await text(body)).toBe('hello world');
});

test('lines come one by one, also those that were written in pieces, with the prefix of the runtime', async () => {
  const lines: string[] = [];
  const fn = await start(BUFFERED, { onLine: (line) => lines.push(line) });
  const id = await payload(fn, { do: 'console' });
  await payload(fn, { do: 'write' });
  await fn.close();
  expect(lines.map((line) => line.replace(/^[\d:.TZ-]+\t/, ''))).toEqual(
    expect.arrayContaining([`${id}\tINFO\ttwo\rlines`, `${id}\tERROR\t{ a: 1 }`, 'first halfü', 'on stderr', 'no end']),
  );
  expect(lines).toHaveLength(5);
});

test('each chunk is there before the next is written', async () => {
  const fn = await usual(STREAMED);
  const { body } = await fn.stream({ do: 'lockstep', chunks: 50 });
  let seen = 0;
  for await (const chunk of body) {
    expect(String(chunk)).toBe(`chunk ${seen}`);
    const go = await reached(`seen${seen}`);
    seen++;
    go();
  }
  expect(seen).toBe(50);
});

test('an error in mid-stream ends the body with it, after what was written before', async () => {
  const fn = await usual(STREAMED);
  const { body } = await fn.stream({ do: 'throw' });
  const [chunk] = (await once(body, 'data')) as [Buffer];
  expect(String(chunk)).toBe('partial');
  const ended = text(body);
  (await reached('seen'))();
  await expect(ended).rejects.toMatchObject({ errorType: 'RangeError', errorMessage: 'in mid-stream' });
  expect(await text((await fn.stream({ do: 'hello' })).body)).toBe('hello world');
});

test('a stream that its handler destroys ends the body with an error, and the environment goes on', async () => {
  const fn = await usual(STREAMED);
  const pids = fn.pids();
  const { body } = await fn.stream({ do: 'destroy' });
  await once(body, 'data');
  const ended = text(body);
  (await reached('seen'))();
  await expect(ended).rejects.toMatchObject({ errorType: 'Runtime.TruncatedResponse' });
  expect(await text((await fn.stream({ do: 'hello' })).body)).toBe('hello world');
  expect(fn.pids()).toEqual(pids);
});

test.each([
  ['throws before the first byte', 'throw first', 'RangeError'],
  ['writes without a prelude', 'no prelude', 'InvalidStreamedResponse'],
  ['ends with its only chunk, which sends no prelude', 'end with a chunk', 'InvalidStreamedResponse'],
  ['writes no body, which sends no prelude', 'empty', 'EmptyStreamedResponse'],
  ['writes an empty body', 'empty write', 'EmptyStreamedResponse'],
])('a streamed answer that %s is a failure', async (_, what, errorType) => {
  const fn = await usual(STREAMED);
  await expect(fn.stream({ do: what })).rejects.toMatchObject({ errorType });
});

test('a function that writes faster than its client reads has to wait, and nothing is lost', async () => {
  const fn = await usual(STREAMED);
  const bytes = 64 * 1024 * 1024;
  const { body } = await fn.stream({ do: 'flood', bytes, tell: true });
  const finished = vi.fn();
  void reached('finished').then((go) => {
    finished();
    go();
  });
  (await reached('blocked'))();
  // Whoever does not stop it sees it grow to the end.
  let before = -1;
  await vi.waitFor(
    () => {
      const grown = body.readableLength - before;
      before = body.readableLength;
      expect(grown).toBe(0);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(body.readableLength).toBeLessThan(1024 * 1024);
  expect(finished).not.toHaveBeenCalled();
  let size = 0;
  for await (const chunk of body) size += (chunk as Buffer).length;
  expect(size).toBe(bytes);
  await vi.waitFor(() => expect(finished).toHaveBeenCalled(), 10_000);
});

test.each(['at once', 'when the function waits for it'])(
  'a client that leaves %s does not stop the function',
  async (when) => {
    const fn = await usual(STREAMED);
    const { body } = await fn.stream({ do: 'flood', bytes: 32 * 1024 * 1024, tell: true });
    if (when === 'at once') body.destroy();
    const go = await reached('blocked');
    if (!body.destroyed) await vi.waitFor(() => expect(body.readableLength).toBeGreaterThanOrEqual(65_536), 10_000);
    body.destroy();
    go();
    (await reached('finished'))();
    expect(await text((await fn.stream({ do: 'hello' })).body)).toBe('hello world');
  },
);

test('a streamed answer over the limit is cut, one at the limit is not', async () => {
  const fn = await usual(STREAMED);
  let size = 0;
  for await (const chunk of (await fn.stream({ do: 'flood', bytes: STREAM_LIMIT })).body)
    size += (chunk as Buffer).length;
  expect(size).toBe(STREAM_LIMIT);
  const { body } = await fn.stream({ do: 'flood', bytes: STREAM_LIMIT + 1 });
  body.resume();
  const [error] = (await once(body, 'error')) as [Error];
  expect(error).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
});

test('events and buffered answers are measured in bytes of JSON', async () => {
  const fn = await usual(BUFFERED);
  const event = { do: 'pid', filler: '' };
  const room = PAYLOAD_LIMIT - Buffer.byteLength(JSON.stringify(event));
  expect((await fn.invoke({ ...event, filler: 'x'.repeat(room) })).ok).toBe(true);
  expect(await fn.invoke({ ...event, filler: `${'x'.repeat(room - 1)}ü` })).toMatchObject({
    error: { errorType: 'RequestEntityTooLargeException' },
  });
  expect((await fn.invoke({ do: 'size', size: PAYLOAD_LIMIT })).ok).toBe(true);
  expect(await fn.invoke({ do: 'size', size: PAYLOAD_LIMIT + 1 })).toMatchObject({
    error: { errorType: 'Function.ResponseSizeTooLarge' },
  });
});

test('isolated: each process has one invocation at a time, at the limit one more is throttled', async () => {
  const fn = await start(BUFFERED, { concurrency: 2 });
  const first = payload(fn, { do: 'step', name: 'one' });
  const second = payload(fn, { do: 'step', name: 'two' });
  const gates = await Promise.all([reached('one'), reached('two')]);
  expect(await fn.invoke({ do: 'pid' })).toEqual({
    ok: false,
    error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' },
  });
  for (const go of gates) go();
  const pids = await Promise.all([first, second]);
  expect(new Set(pids).size).toBe(2);
  expect(new Set(fn.pids())).toEqual(new Set(pids));
});

test('isolated: after a burst the processes that stand idle are retired, but for one', async () => {
  // Looked at many times while a process ends: one that is ending must not pass for the one that stays.
  const fn = await start(BUFFERED, { concurrency: 3, retireMs: 4 });
  const calls = ['a', 'b', 'c'].map((name) => payload(fn, { do: 'step', name }));
  const gates = await Promise.all([reached('a'), reached('b'), reached('c')]);
  expect(fn.pids()).toHaveLength(3);
  for (const go of gates) go();
  await Promise.all(calls);
  await vi.waitFor(() => expect(fn.pids()).toHaveLength(1), 10_000);
  expect(await payload(fn, { do: 'pid' })).toBe(fn.pids()[0]);
});

test('isolated: calls one after the other stay in one process', async () => {
  const fn = await usual(BUFFERED);
  const pids: unknown[] = [];
  for (let i = 0; i < 20; i++) pids.push(await payload(fn, { do: 'pid' }));
  expect(new Set(pids).size).toBe(1);
});

test.skipIf(process.platform !== 'linux')('isolated: between invocations a process is frozen', async () => {
  const [frozen, running] = await Promise.all([start(BUFFERED), start(BUFFERED, { mode: 'shared' })]);
  const before = Number(await payload(frozen, { do: 'ticks' }));
  await vi.waitFor(() => expect(state(frozen.pids()[0]!)).toBe('T'), { timeout: 10_000 });
  // The same code in a process that is not frozen is the clock.
  const target = Number(await payload(running, { do: 'ticks' })) + 30;
  await vi.waitFor(async () => expect(await payload(running, { do: 'ticks' })).toBeGreaterThan(target), {
    timeout: 30_000,
  });
  expect(Number(await payload(frozen, { do: 'ticks' })) - before).toBeLessThan(15);
});

test('a timeout kills the environment, and the next call gets a new one', async () => {
  const lines: string[] = [];
  const fn = await start(BUFFERED, { timeoutMs: 2_000, onLine: (line) => lines.push(line) });
  const ended = fn.invoke({ do: 'never' });
  const [pid] = fn.pids();
  expect(await ended).toEqual({
    ok: false,
    error: {
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 2.00 seconds$/),
    },
  });
  expect(lines.join('\n')).toContain('Task timed out after 2.00 seconds');
  expect(await payload(fn, { do: 'pid' })).not.toBe(pid);
  await vi.waitFor(() => expect(fn.pids()).not.toContain(pid), 10_000);
});

test('a timeout in mid-stream ends the body with it', async () => {
  const fn = await start(STREAMED, { timeoutMs: 2_000 });
  const { body } = await fn.stream({ do: 'never' });
  await expect(text(body)).rejects.toMatchObject({ errorType: 'Sandbox.Timedout' });
});

test('shared: a timeout fails its invocation alone', async () => {
  const fn = await start(BUFFERED, { mode: 'shared', timeoutMs: 2_000 });
  const pids = fn.pids();
  expect(await fn.invoke({ do: 'never' })).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } });
  expect([await payload(fn, { do: 'pid' })]).toEqual(pids);
});

test.each([
  ['exits', 'exit', 'exit status 3'],
  ['throws where nobody catches', 'raise', 'exit status 129'],
])('an environment that %s fails its invocation and is replaced', async (_, what, reason) => {
  const fn = await start(BUFFERED);
  const pid = await payload(fn, { do: 'pid' });
  const result = await fn.invoke({ do: what });
  expect(result).toMatchObject({ ok: false, error: { errorType: 'Runtime.ExitError' } });
  expect(JSON.stringify(result)).toContain(`Runtime exited with error: ${reason}`);
  expect(await payload(fn, { do: 'pid' })).not.toBe(pid);
});

test('kill -9 of an environment in mid-stream ends the body with an error, and of an idle one does no harm', async () => {
  const fn = await start(STREAMED);
  const { body } = await fn.stream({ do: 'never' });
  await once(body, 'data');
  const ended = text(body);
  process.kill(fn.pids()[0]!, 'SIGKILL');
  await expect(ended).rejects.toThrow(/cut off|signal: SIGKILL/);
  expect(await text((await fn.stream({ do: 'hello' })).body)).toBe('hello world');
  process.kill(fn.pids()[0]!, 'SIGKILL');
  await vi.waitFor(() => expect(fn.pids()).toEqual([]), 10_000);
  expect(await text((await fn.stream({ do: 'hello' })).body)).toBe('hello world');
});

test('shared: 500 streams are open at once in one process, one more is throttled', async () => {
  const fn = await start(STREAMED, { mode: 'shared', concurrency: 500 });
  const streams = await Promise.all(
    Array.from({ length: 500 }, async () => (await fn.stream({ do: 'together', count: 501 })).body),
  );
  await expect(fn.stream({ do: 'hello' })).rejects.toMatchObject({ errorType: 'TooManyRequestsException' });
  expect(fn.pids()).toHaveLength(1);
  for (const body of streams) body.destroy();
});

test('shared: 500 streams run to their end together', async () => {
  const fn = await start(STREAMED, { mode: 'shared', concurrency: 500 });
  const all = await Promise.all(
    Array.from({ length: 500 }, async () => text((await fn.stream({ do: 'together', count: 500 })).body)),
  );
  expect(new Set(all)).toEqual(new Set(['open and closed']));
});

test('a closed function has no process left and says so', async () => {
  const fn = await start(BUFFERED);
  const pids = fn.pids();
  await fn.close();
  expect(fn.pids()).toEqual([]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(await fn.invoke({ do: 'pid' })).toMatchObject({ error: { errorMessage: 'under-test was closed' } });
});
