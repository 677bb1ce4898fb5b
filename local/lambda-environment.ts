import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { signalGroup, startChild, stopChild } from './children.ts';
import type { FunctionError } from './lambda-stream.ts';
import { eachLine } from './lines.ts';

/** One request to a function on its way through an environment. */
export interface Invocation {
  id: string;
  payload: Buffer;
  traceId: string | undefined;
  /** The runtime has begun to answer: `response` is its request body, which has to be read or resumed. */
  answer(response: IncomingMessage): void;
  /** The invocation failed, before or after it began to answer. May be called more than once: the first counts. */
  fail(error: FunctionError): void;
}

export interface EnvironmentSettings {
  arn: string;
  timeoutMs: number;
  /** How many invocations the process takes at a time. At 1 it is frozen whenever it has none. */
  parallel: number;
  /** Yields the processor to whatever else wants it. */
  isBackground: boolean;
  command: { args: string[]; cwd: string; env: Record<string, string> };
  onLine(line: string): void;
  /** The runtime asks for work and has none left: the environment can be used again. */
  onIdle(): void;
  /** The process has gone; nothing runs here any more. */
  onExit(): void;
}

const RUNTIME = fileURLToPath(new URL('./lambda-runtime.ts', import.meta.url));
const INIT_TIMEOUT_MS = 60_000;
const BACKGROUND = ['nice', '-n', '15'];
const ROUTE = /^\/2018-06-01\/runtime\/(?:(init)|invocation\/([\w-]+))\/(next|response|error)$|\/invocation\/next$/;

/**
 * One execution environment: a process, and a Runtime API of its own for it, as on Lambda, so that no environment
 * can take or answer what belongs to another.
 */
export class Environment {
  readonly #settings: EnvironmentSettings;
  readonly #server: Server;
  readonly #polls: ServerResponse[] = [];
  readonly #queue: Invocation[] = [];
  readonly #running = new Map<string, { invocation: Invocation; timer: NodeJS.Timeout }>();
  readonly #ready = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #initError: FunctionError | undefined;
  #polled = false;
  #frozen = false;
  #gone = false;

  constructor(settings: EnvironmentSettings) {
    this.#settings = settings;
    this.#server = createServer((request, response) => this.#serve(request, response));
    // A poll waits for work as long as it takes, and a streamed answer may take the whole timeout.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
    this.#ready.promise.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#gone ? undefined : this.#child?.pid;
  }

  /** It has answered, but does not ask for work yet: in a moment, as a rule. */
  get finishing(): boolean {
    return !this.#gone && this.#polled && !this.#frozen && this.load === 0;
  }

  get load(): number {
    return this.#running.size + this.#queue.length;
  }

  /** Starts the process; resolves when the handler is loaded. Rejects with a FunctionError when it cannot be. */
  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { args, cwd, env } = this.#settings.command;
    const api = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const parallel = this.#settings.parallel > 1 ? { AWS_LAMBDA_MAX_CONCURRENCY: `${this.#settings.parallel}` } : {};
    const words = [...(this.#settings.isBackground ? BACKGROUND : []), process.execPath, ...args, RUNTIME];
    const [program = '', ...rest] = words;
    const child = startChild(program, rest, {
      cwd,
      env: { ...env, ...parallel, AWS_LAMBDA_RUNTIME_API: api },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.once('error', (error) => this.#end({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: error.message }));
    child.once('exit', (code, signal) => {
      const reason = signal === null ? `exit status ${code}` : `signal: ${signal}`;
      this.#end({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${reason}` });
    });
    for (const output of [child.stdout, child.stderr]) if (output) eachLine(output, this.#settings.onLine);
    const timer = setTimeout(() => {
      this.#initError = { errorType: 'Sandbox.Timedout', errorMessage: `Init timed out after ${INIT_TIMEOUT_MS} ms` };
      this.#kill();
    }, INIT_TIMEOUT_MS);
    try {
      await this.#ready.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Hands over one invocation; it waits here while the process starts or all its loops are busy. */
  run(invocation: Invocation): void {
    if (this.#gone) invocation.fail({ errorType: 'Runtime.ExitError', errorMessage: 'the environment has gone' });
    else this.#queue.push(invocation);
    this.#deliver();
  }

  /** Ends the process and resolves when it has gone and its last line was read. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined) {
      const closed = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined;
      await stopChild(child);
      await closed;
    }
    this.#end({ errorType: 'Runtime.ExitError', errorMessage: 'the function was closed' });
  }

  #deliver(): void {
    while (this.#queue.length > 0 && this.#polls.length > 0) {
      const invocation = this.#queue.shift() as Invocation;
      const poll = this.#polls.pop() as ServerResponse;
      if (this.#frozen && this.#child !== undefined) signalGroup(this.#child, 'SIGCONT');
      this.#frozen = false;
      const { timeoutMs, arn } = this.#settings;
      const timer = setTimeout(() => this.#timeOut(invocation), timeoutMs);
      this.#running.set(invocation.id, { invocation, timer });
      poll.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': invocation.payload.length,
        'Lambda-Runtime-Aws-Request-Id': invocation.id,
        'Lambda-Runtime-Deadline-Ms': Date.now() + timeoutMs,
        'Lambda-Runtime-Invoked-Function-Arn': arn,
        ...(invocation.traceId === undefined ? {} : { 'Lambda-Runtime-Trace-Id': invocation.traceId }),
      });
      poll.end(invocation.payload);
    }
  }

  #timeOut(invocation: Invocation): void {
    const seconds = (this.#settings.timeoutMs / 1000).toFixed(2);
    const errorMessage = `RequestId: ${invocation.id} Error: Task timed out after ${seconds} seconds`;
    this.#settings.onLine(errorMessage);
    this.#forget(invocation.id);
    invocation.fail({ errorType: 'Sandbox.Timedout', errorMessage });
    // A process that serves others too lives on, as where Lambda shares one; alone it is killed and replaced.
    if (this.#settings.parallel === 1) this.#kill();
  }

  #kill(): void {
    if (this.#child !== undefined) signalGroup(this.#child, 'SIGKILL');
  }

  #forget(id: string): Invocation | undefined {
    const running = this.#running.get(id);
    clearTimeout(running?.timer);
    this.#running.delete(id);
    return running?.invocation;
  }

  #end(error: FunctionError): void {
    if (this.#gone) return;
    this.#gone = true;
    const reason = this.#initError ?? error;
    this.#ready.reject(reason);
    const left = [...[...this.#running.keys()].map((id) => this.#forget(id)), ...this.#queue.splice(0)];
    for (const invocation of left) {
      const errorMessage = `RequestId: ${invocation?.id} Error: ${reason.errorMessage}`;
      this.#settings.onLine(errorMessage);
      invocation?.fail({ ...reason, errorMessage });
    }
    this.#server.close();
    this.#server.closeAllConnections();
    this.#settings.onExit();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', init, id, action] = ROUTE.exec(request.url ?? '') ?? [];
    if (request.method === 'GET' && path.endsWith('/next')) {
      this.#poll(response);
      return;
    }
    if (request.method === 'POST' && init !== undefined && action === 'error') {
      readError(request, (error) => {
        this.#initError = error;
        accept(response);
      });
      return;
    }
    const invocation = id === undefined ? undefined : this.#running.get(id)?.invocation;
    if (request.method !== 'POST' || invocation === undefined) {
      request.resume();
      response.writeHead(400, { 'Content-Type': 'application/json' });
      response.end('{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}');
      return;
    }
    const done = () => {
      this.#forget(invocation.id);
      accept(response);
    };
    if (action === 'error') {
      readError(request, (error) => {
        done();
        invocation.fail(error);
      });
      return;
    }
    request.once('end', done);
    request.once('error', () => this.#forget(invocation.id));
    invocation.answer(request);
  }

  #poll(response: ServerResponse): void {
    this.#polls.push(response);
    this.#polled = true;
    this.#ready.resolve();
    this.#deliver();
    if (this.load > 0 || this.#settings.parallel > 1 || this.#child === undefined) return;
    this.#frozen = true;
    signalGroup(this.#child, 'SIGSTOP');
    this.#settings.onIdle();
  }
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' });
  response.end('{"status":"OK"}');
}

function readError(request: IncomingMessage, use: (error: FunctionError) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.once('end', () => {
    let error: Partial<FunctionError> = {};
    try {
      error = (JSON.parse(text) ?? {}) as Partial<FunctionError>;
    } catch {
      // Whatever runs in there may say anything: what is no JSON is an error without a description.
    }
    use({ errorType: error.errorType ?? 'Runtime.Unknown', errorMessage: error.errorMessage ?? '' });
  });
}
