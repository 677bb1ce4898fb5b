/** The AWS Lambda service on one machine: functions whose code runs in processes of its own behind a Runtime API. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Environment } from './lambda-environment.ts';
import {
  type FunctionError,
  LambdaError,
  readStreamedResponse,
  type StreamedResponse,
  trailerError,
} from './lambda-stream.ts';

/** What Lambda takes as one event, and gives as one buffered answer: bytes of the JSON text. */
export const PAYLOAD_LIMIT = 6_291_456;

const RETIRE_MS = 60_000;
const ACCOUNT = '111111111111';
/** The rest of the memory is the process's own: code, buffers, stacks. */
const HEAP_SHARE = 0.9;
const FINISHING_MS = 50;

export interface FunctionSettings {
  name: string;
  region: string;
  /** Folder with the deployed bundle: `index.mjs`, which exports `handler`. */
  bundleDir: string;
  /** The function's environment, which is all of it: nothing is inherited but what Lambda itself sets. */
  env: Record<string, string>;
  /** Megabytes; bounds the heap as on Lambda. */
  memory?: number;
  timeoutMs: number;
  /** isolated: one invocation at a time per process, frozen in between, as on Lambda. shared: one process for all. */
  mode?: 'isolated' | 'shared';
  /** Its processes give way to those of other functions, which on AWS have processors of their own. */
  isBackground?: boolean;
  /** How many invocations run at a time; one more is throttled. */
  concurrency?: number;
  /** How long a process may stand idle before it is retired; one always stays. */
  retireMs?: number;
  /** One line that the function printed, without its line end. */
  onLine(line: string): void;
}

export interface InvokeOptions {
  /** X-Ray trace header for this invocation. */
  traceId?: string;
}

export interface LambdaFunction {
  readonly name: string;
  readonly region: string;
  /** The processes that run now. */
  pids(): number[];
  /** Invokes and waits for the whole answer, as the Invoke API does. Never rejects. */
  invoke(
    event: unknown,
    options?: InvokeOptions,
  ): Promise<{ ok: true; payload: unknown } | { ok: false; error: FunctionError }>;
  /** Invokes with a streamed HTTP answer. Rejects with a LambdaError when it fails before the first byte of a body. */
  stream(event: unknown, options?: InvokeOptions): Promise<StreamedResponse>;
  close(): Promise<void>;
}

/** Makes a function and starts its first environment. Rejects, naming the function, when its code cannot be loaded. */
export async function createFunction(settings: FunctionSettings): Promise<LambdaFunction> {
  const { name, region, mode = 'isolated', retireMs = RETIRE_MS } = settings;
  const concurrency = settings.concurrency ?? (mode === 'shared' ? 512 : 64);
  const environments = new Set<Environment>();
  const idle: Environment[] = [];
  const idleSince = new WeakMap<Environment, number>();
  /** They are ending, and count as none of those that stay. */
  const retired = new Set<Environment>();
  const waiting: ((environment: Environment | undefined) => void)[] = [];
  let closed = false;

  const begin = (): { environment: Environment; started: Promise<void> } => {
    const environment = new Environment({
      arn: `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`,
      timeoutMs: settings.timeoutMs,
      parallel: mode === 'shared' ? concurrency : 1,
      isBackground: settings.isBackground ?? false,
      command: { args: nodeArguments(settings), cwd: settings.bundleDir, env: environmentOf(settings) },
      onLine: settings.onLine,
      onIdle: () => {
        const next = waiting.shift();
        if (next !== undefined) return next(environment);
        idle.push(environment);
        idleSince.set(environment, performance.now());
      },
      onExit: () => {
        environments.delete(environment);
        retired.delete(environment);
        const at = idle.indexOf(environment);
        if (at !== -1) idle.splice(at, 1);
      },
    });
    environments.add(environment);
    return { environment, started: environment.start() };
  };

  // One stays warm. The others go, as Lambda's do after a while: after a burst a laptop gets its memory back.
  const retiring = setInterval(() => {
    const old = idle.filter((environment) => performance.now() - (idleSince.get(environment) ?? 0) > retireMs);
    for (const environment of old.slice(0, Math.max(0, environments.size - retired.size - 1))) {
      idle.splice(idle.indexOf(environment), 1);
      retired.add(environment);
      void environment.close();
    }
  }, retireMs / 2).unref();

  const beginOne = (): Environment | undefined => {
    if (closed || environments.size >= (mode === 'shared' ? 1 : concurrency)) return undefined;
    const { environment, started } = begin();
    // Whatever keeps it from starting fails the invocation that it was started for.
    started.catch(() => {});
    return environment;
  };

  /** Calls `use` with an environment that may take one more invocation, or with undefined at the limit. */
  const find = (use: (environment: Environment | undefined) => void): void => {
    if (mode === 'shared') {
      const [environment] = environments;
      use(environment === undefined ? beginOne() : environment.load < concurrency ? environment : undefined);
      return;
    }
    // The one used last is used first, as Lambda does: the others may grow old.
    const environment = idle.pop();
    const finishing = [...environments].filter((candidate) => candidate.finishing).length;
    if (environment !== undefined || finishing <= waiting.length) {
      use(environment ?? beginOne());
      return;
    }
    // A client that calls again at once is faster than the runtime that asks for work again: that is no reason for a
    // cold start. But code that goes on after its answer is one.
    const take = (found: Environment | undefined): void => {
      clearTimeout(timer);
      use(found);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(take), 1);
      use(beginOne());
    }, FINISHING_MS);
    waiting.push(take);
  };

  const send = (
    event: unknown,
    options: InvokeOptions,
    answer: (response: IncomingMessage) => void,
    fail: (error: FunctionError) => void,
  ): void => {
    const payload = Buffer.from(JSON.stringify(event) ?? 'null');
    if (closed) fail({ errorType: 'ResourceNotFoundException', errorMessage: `${name} was closed` });
    else if (payload.length > PAYLOAD_LIMIT) fail(tooLarge(payload.length));
    else {
      find((environment) => {
        if (environment === undefined) fail({ errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' });
        else environment.run({ id: randomUUID(), payload, traceId: options.traceId, answer, fail });
      });
    }
  };

  try {
    await begin().started;
  } catch (error) {
    const { errorType, errorMessage } = error as FunctionError;
    throw new Error(`function ${name} in ${region} cannot start: ${errorType}: ${errorMessage}`, { cause: error });
  }
  return {
    name,
    region,
    pids: () => [...environments].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    invoke: (event, options = {}) =>
      new Promise((resolve) => {
        const fail = (error: FunctionError) => resolve({ ok: false, error });
        send(
          event,
          options,
          (response) => readWhole(response, (payload) => resolve({ ok: true, payload }), fail),
          fail,
        );
      }),
    stream: (event, options = {}) =>
      new Promise((resolve, reject) => {
        let fail = (error: FunctionError): void => reject(new LambdaError(error));
        const answer = (response: IncomingMessage): void => {
          fail = readStreamedResponse(response, resolve, reject);
        };
        send(event, options, answer, (error) => fail(error));
      }),
    close: async () => {
      closed = true;
      clearInterval(retiring);
      await Promise.all([...environments].map((environment) => environment.close()));
    },
  };
}

function tooLarge(size: number): FunctionError {
  const limit = `the RequestResponse invocation type (limit ${PAYLOAD_LIMIT} bytes)`;
  return {
    errorType: 'RequestEntityTooLargeException',
    errorMessage: `${size} byte payload is too large for ${limit}`,
  };
}

/** Reads a whole answer as JSON. A failure that came as trailers, or in place of the answer, goes to `fail`. */
function readWhole(
  response: IncomingMessage,
  use: (payload: unknown) => void,
  fail: (error: FunctionError) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= PAYLOAD_LIMIT) chunks.push(chunk);
  });
  response.once('error', () =>
    fail({ errorType: 'Runtime.TruncatedResponse', errorMessage: 'the response was cut off' }),
  );
  response.once('end', () => {
    const error = trailerError(response);
    if (error !== undefined) return fail(error);
    if (size > PAYLOAD_LIMIT) {
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT} bytes).`;
      return fail({ errorType: 'Function.ResponseSizeTooLarge', errorMessage });
    }
    try {
      use(JSON.parse(Buffer.concat(chunks).toString()));
    } catch {
      fail({ errorType: 'InvalidResponse', errorMessage: 'the answer is no JSON' });
    }
  });
}

function nodeArguments({ memory }: FunctionSettings): string[] {
  return memory === undefined ? [] : [`--max-old-space-size=${Math.floor(memory * HEAP_SHARE)}`];
}

/** Lambda's reserved variables win over the function's own, and nothing of this process's environment is passed on. */
function environmentOf({ name, region, env, memory, bundleDir }: FunctionSettings): Record<string, string> {
  return {
    ...env,
    _HANDLER: 'index.handler',
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `[$LATEST]${randomBytes(16).toString('hex')}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    ...(memory === undefined ? {} : { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory) }),
    AWS_REGION: region,
    LAMBDA_TASK_ROOT: bundleDir,
    TZ: ':UTC',
  };
}
