/**
 * The program inside a Lambda environment: what AWS's Node.js 24 runtime does around a handler, over the same Runtime
 * API. It is started by `local/lambda-environment.ts` with an environment of its own and in the bundle's folder.
 * Where AWS's runtime has edges that a product can fall over, they are kept: `end(chunk)` as the first call of a
 * response sends no prelude, an empty body sends none either, callback handlers are refused, console lines get a prefix.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

type Handler = (event: unknown, ...rest: unknown[]) => unknown;
interface Message {
  headers: IncomingMessage['headers'];
  body: Buffer;
}

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';

const env = process.env;
const [host = '', port = ''] = (env['AWS_LAMBDA_RUNTIME_API'] ?? '').split(':');
const agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY });
const invocations = new AsyncLocalStorage<string>();

function open(method: string, path: string, headers: Record<string, string | string[]>): ClientRequest {
  return httpRequest({ host, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers });
}

/** Reads the answer of a request to its end. Rejects when the connection breaks: then the environment is over. */
function answer(request: ClientRequest): Promise<Message> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.once('error', reject);
    });
  });
}

async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  const request = open('POST', path, { 'Content-Type': 'application/json', ...headers });
  const answered = answer(request);
  request.end(body);
  await answered;
}

/** An error as the Runtime API wants it, and as it is printed. */
function describe(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function print(level: string, text: string): void {
  const line = `${new Date().toISOString()}\t${invocations.getStore() ?? 'undefined'}\t${level}\t${text}`;
  // One console call is one log event, whatever it holds.
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
}

function patchConsole(): void {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'TRACE', warn: 'WARN', error: 'ERROR' } as const;
  for (const [name, level] of Object.entries(levels)) {
    console[name as keyof typeof levels] = (...values: unknown[]) => print(level, format(...values));
  }
}

/** What a handler is given to write to: the request to the Runtime API, shown as a plain writable and nothing else. */
function writable(request: ClientRequest): Record<string, unknown> {
  let written = false;
  const shown: Record<string, unknown> = {};
  const write = request.write.bind(request) as (...values: unknown[]) => boolean;
  const end = request.end.bind(request) as (value?: unknown) => void;
  const inner = request as unknown as Record<string, unknown>;
  inner['setContentType'] = (type: string) => {
    if (written) throw new Error('Cannot set content-type, too late.');
    request.setHeader('Content-Type', type);
  };
  inner['write'] = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (!written) {
      written = true;
      (shown['_onBeforeFirstWrite'] as ((write: (chunk: unknown) => boolean) => void) | undefined)?.(write);
    }
    const raw = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return write(raw ? chunk : JSON.stringify(chunk), ...rest);
  };
  inner['end'] = (value?: unknown) => end(value);
  const methods =
    'cork uncork write end destroy setContentType addListener emit eventNames getMaxListeners listenerCount'
      .concat(' listeners off on once prependListener prependOnceListener rawListeners removeAllListeners')
      .concat(' removeListener setMaxListeners');
  for (const name of methods.split(' ')) shown[name] = (inner[name] as () => unknown).bind(request);
  const properties = 'destroyed writable writableFinished writableObjectMode writableEnded writableNeedDrain';
  for (const name of `${properties} writableHighWaterMark writableCorked writableLength`.split(' ')) {
    Object.defineProperty(shown, name, { get: () => inner[name], enumerable: true });
  }
  return shown;
}

async function runStreaming(handler: Handler, id: string, event: unknown, context: unknown): Promise<void> {
  const request = open('POST', `invocation/${id}/response`, {
    'Lambda-Runtime-Function-Response-Mode': 'streaming',
    'Content-Type': 'application/octet-stream',
    Trailer: [ERROR_TYPE, ERROR_BODY],
  });
  const answered = answer(request);
  // A handler may destroy its stream: that fails the invocation, and if it was the Runtime API that broke, the next
  // poll finds out.
  const done = answered.then(
    () => {},
    () => {},
  );
  try {
    await handler(event, writable(request), context);
  } catch (error) {
    const description = describe(error);
    print('ERROR', `Invoke Error \t${JSON.stringify(description)}`);
    if (!request.writableEnded && !request.destroyed) {
      request.addTrailers({
        [ERROR_TYPE]: description.errorType,
        [ERROR_BODY]: Buffer.from(JSON.stringify(description)).toString('base64'),
      });
      request.end();
    }
  }
  await done;
}

async function runBuffered(handler: Handler, id: string, event: unknown, context: unknown): Promise<void> {
  let body: string;
  try {
    body = JSON.stringify(await handler(event, context)) ?? 'null';
  } catch (error) {
    const description = describe(error);
    print('ERROR', `Invoke Error \t${JSON.stringify(description)}`);
    await post(`invocation/${id}/error`, JSON.stringify(description), { [ERROR_TYPE]: description.errorType });
    return;
  }
  await post(`invocation/${id}/response`, body);
}

function contextOf(id: string, headers: Message['headers']): Record<string, unknown> {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: id,
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

const SPARE_POLLS = 16;
const limit = Number(env['AWS_LAMBDA_MAX_CONCURRENCY'] ?? 1);
let loops = 0;
let waiting = 0;

/** Takes one invocation after another. More of these loops are started as they are used, up to the limit. */
async function work(handler: Handler): Promise<never> {
  loops++;
  for (;;) {
    waiting++;
    const request = open('GET', 'invocation/next', {});
    request.end();
    const { headers, body } = await answer(request);
    waiting--;
    startWork(handler);
    const id = String(headers['lambda-runtime-aws-request-id']);
    const trace = headers['lambda-runtime-trace-id'];
    if (limit === 1 && typeof trace === 'string') env['_X_AMZN_TRACE_ID'] = trace;
    const run = (handler as { [STREAMING]?: unknown })[STREAMING] === 'response' ? runStreaming : runBuffered;
    await invocations.run(id, () => run(handler, id, JSON.parse(body.toString()), contextOf(id, headers)));
  }
}

function startWork(handler: Handler): void {
  while (loops < limit && waiting < SPARE_POLLS) {
    // The Runtime API is gone: so is the service that started this environment.
    work(handler).catch(() => process.exit(1));
  }
}

async function load(): Promise<Handler> {
  const module = (await import(pathToFileURL(join(env['LAMBDA_TASK_ROOT'] ?? '', 'index.mjs')).href)) as object;
  const handler: unknown = Reflect.get(module, 'handler');
  if (typeof handler !== 'function') {
    throw Object.assign(new Error('index.handler is undefined or not exported'), { name: 'Runtime.HandlerNotFound' });
  }
  if (!(STREAMING in handler) && handler.length >= 3) {
    const text = 'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24';
    throw Object.assign(new Error(text), { name: 'Runtime.CallbackHandlerDeprecated' });
  }
  return handler as Handler;
}

function dieOf(kind: string, error: unknown, code: number): never {
  print('ERROR', `${kind} \t${JSON.stringify(describe(error))}`);
  process.exit(code);
}

process.on('uncaughtException', (error) => dieOf('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => dieOf('Unhandled Promise Rejection', reason, 128));
patchConsole();
Reflect.set(globalThis, 'awslambda', {
  streamifyResponse: (handler: Handler) => Object.assign(handler, { [STREAMING]: 'response' }),
  HttpResponseStream: {
    from(stream: Record<string, unknown>, prelude: unknown) {
      (stream['setContentType'] as (type: string) => void)('application/vnd.awslambda.http-integration-response');
      const text = JSON.stringify(prelude);
      stream['_onBeforeFirstWrite'] = (write: (chunk: unknown) => void) => {
        write(text);
        write(new Uint8Array(8));
      };
      return stream;
    },
  },
});
try {
  startWork(await load());
} catch (error) {
  const description = describe(error);
  print('ERROR', `Init Error \t${JSON.stringify(description)}`);
  await post('init/error', JSON.stringify(description), { [ERROR_TYPE]: description.errorType });
  process.exit(1);
}
