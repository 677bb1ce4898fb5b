/** A regional API Gateway REST API on one machine: one resource, Lambda proxy integration, streamed or in one piece. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isHopByHop, proxyEvent, type RequestIds } from './api-gateway-event.ts';
import { readProxyResult } from './api-gateway-result.ts';
import type { LambdaFunction } from './lambda.ts';
import { LambdaError, type StreamedResponse } from './lambda-stream.ts';

/** An answer that the gateway gives by itself. */
export type GatewayResponse = (requestId: string) => {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/**
 * missing: no such path (AWS: MISSING_AUTHENTICATION_TOKEN). tooLarge: over the gateway's or Lambda's limit.
 * throttled: over the stage's rate. failure: the function failed, was throttled or answered nonsense (DEFAULT_5XX; AWS
 * tells none of these apart). timeout: no answer within the integration's time (INTEGRATION_TIMEOUT).
 */
export type GatewayResponses = Record<'missing' | 'tooLarge' | 'throttled' | 'failure' | 'timeout', GatewayResponse>;

export interface ApiGatewaySettings {
  region: string;
  fn: Pick<LambdaFunction, 'stream'> & Partial<Pick<LambdaFunction, 'invoke'>>;
  /** The integration's responseTransferMode; STREAM when absent. */
  transfer?: 'STREAM' | 'BUFFERED';
  /** 0 or absent: any free port. */
  port?: number;
  /** The one path that exists; `/origin` when absent. */
  resource?: string;
  stage?: string;
  gatewayResponses?: Partial<GatewayResponses>;
  /** The stage's rate limit: requests a second, and how many at once beyond it. */
  throttle?: { rate: number; burst: number };
  /** Told, as the access log would be, of each call of the function that failed; never a header or a body. */
  onLine?: (line: string) => void;
  /** From the request's last byte to the answer's end, and the longest silence. */
  timeoutMs?: number;
  idleTimeoutMs?: number;
}

/** What the gateway takes as one request body. */
export const BODY_LIMIT = 10 * 1024 * 1024;

const TIMEOUT_MS = 15 * 60_000;
const IDLE_TIMEOUT_MS = 5 * 60_000;
const KEEP_ALIVE_MS = 75_000;

function shaped(statusCode: number, type: string, message: string): GatewayResponse {
  return (requestId) => ({
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'request-id': requestId },
    body: JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId }),
  });
}

export const DEFAULT_GATEWAY_RESPONSES: GatewayResponses = {
  missing: shaped(404, 'not_found_error', 'there is nothing at this path'),
  tooLarge: shaped(413, 'request_too_large', 'the request is too large: at most about 5 MB are taken'),
  throttled: shaped(429, 'rate_limit_error', 'too many requests; try again in a moment'),
  failure: shaped(502, 'api_error', 'the service failed to answer; try again'),
  timeout: shaped(504, 'api_error', 'the service did not answer in time'),
};

/** Starts the API on 127.0.0.1. Rejects when the port is taken, naming it. */
export async function startApiGateway(
  settings: ApiGatewaySettings,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const { region, fn, resource = '/origin', stage = 'live', throttle = { rate: 10_000, burst: 5_000 } } = settings;
  const { timeoutMs = TIMEOUT_MS, idleTimeoutMs = IDLE_TIMEOUT_MS } = settings;
  const responses = { ...DEFAULT_GATEWAY_RESPONSES, ...settings.gatewayResponses };
  const apiId = randomBytes(5).toString('hex');
  const api = { apiId, stage, domainName: `${apiId}.execute-api.${region}.amazonaws.com` };
  const take = createBucket(throttle.rate, throttle.burst);
  const call = async (event: unknown, traceId: string): Promise<StreamedResponse> => {
    if (settings.transfer !== 'BUFFERED' || !fn.invoke) return fn.stream(event, { traceId });
    const result = await fn.invoke(event, { traceId });
    if (!result.ok) throw new LambdaError(result.error);
    return readProxyResult(result.payload);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const ids = makeIds(request);
    const refuse = (kind: keyof GatewayResponses): void => {
      answerByItself(response, responses[kind], ids);
      // The rest of a refused body is taken and dropped: closing on it would reset the answer on its way.
      request.resume();
    };
    if (!take(Date.now())) return refuse('throttled');
    if (request.url?.split('?')[0] !== resource) return refuse('missing');
    const body = await readBody(request);
    if (body === undefined) return refuse('tooLarge');
    const event = proxyEvent(request, body, ids, api, Date.now());

    const limits = { total: setTimeout(expire, timeoutMs), idle: setTimeout(expire, idleTimeoutMs) };
    function expire(): void {
      if (response.headersSent) response.destroy();
      else refuse('timeout');
    }
    response.once('close', () => {
      clearTimeout(limits.total);
      clearTimeout(limits.idle);
    });
    let streamed: StreamedResponse;
    try {
      streamed = await call(event, ids.traceId);
    } catch (error) {
      const { errorType } = error as Partial<InstanceType<typeof LambdaError>>;
      // The client is told nothing more than that: whoever looks for its request id finds why.
      settings.onLine?.(
        JSON.stringify({ level: 'error', event: 'integration_failed', requestId: ids.requestId, errorType }),
      );
      if (!response.headersSent) refuse(errorType === 'RequestEntityTooLargeException' ? 'tooLarge' : 'failure');
      return;
    }
    if (response.destroyed || response.headersSent) streamed.body.on('error', () => {}).destroy();
    else pass(streamed, response, ids, () => refuse('failure'), limits.idle);
  };

  const server = createServer((request, response) => {
    request.on('error', () => response.destroy());
    handle(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(settings.port ?? 0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${settings.port} (API Gateway in ${region}) is taken; stop what listens there`, {
      cause: error,
    });
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Passes a streamed answer on, chunk by chunk and no faster than the client reads. */
function pass(
  { body, ...head }: StreamedResponse,
  response: ServerResponse,
  ids: RequestIds,
  fail: () => void,
  idle: NodeJS.Timeout,
): void {
  body.on('error', () => response.destroy());
  response.once('close', () => body.destroy());
  try {
    writeHead(response, head, ids);
  } catch {
    // A header that HTTP cannot carry: the gateway refuses the whole answer.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    body.destroy();
    fail();
    return;
  }
  body.on('data', (chunk: Buffer) => {
    idle.refresh();
    if (!response.write(chunk)) body.pause();
  });
  response.on('drain', () => body.resume());
  body.once('end', () => response.end());
}

const REMAPPED = new Set(['connection', 'content-length', 'date', 'host', 'server', 'www-authenticate']);

function writeHead(response: ServerResponse, head: Omit<StreamedResponse, 'body'>, ids: RequestIds): void {
  const headers = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of Object.entries(head.headers)) headers.set(name.toLowerCase(), { name, values: [value] });
  for (const [name, values] of Object.entries(head.multiValueHeaders ?? {})) {
    headers.set(name.toLowerCase(), { name, values });
  }
  const nominated = headers.get('connection')?.values.join(',') ?? '';
  for (const [lower, { name, values }] of headers) {
    // The gateway keeps some headers for itself and passes a function's own under another name.
    if (REMAPPED.has(lower)) response.setHeader(`x-amzn-remapped-${lower}`, values);
    else if (!isHopByHop(lower, nominated)) response.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
  }
  if (!headers.has('content-type')) response.setHeader('content-type', 'application/json');
  for (const cookie of head.cookies ?? []) response.appendHeader('set-cookie', cookie);
  setIds(response, ids);
  response.writeHead(head.statusCode);
}

function answerByItself(response: ServerResponse, answer: GatewayResponse, ids: RequestIds): void {
  const { statusCode, headers, body } = answer(ids.requestId);
  setIds(response, ids);
  response.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function setIds(response: ServerResponse, { requestId, extendedRequestId, traceId }: RequestIds): void {
  response.setHeader('x-amzn-requestid', requestId);
  response.setHeader('x-amz-apigw-id', extendedRequestId);
  response.setHeader('x-amzn-trace-id', traceId);
}

function makeIds(request: IncomingMessage): RequestIds {
  const given = String(request.headers['x-amzn-trace-id'] ?? '');
  const time = Math.floor(Date.now() / 1000).toString(16);
  return {
    requestId: randomUUID(),
    extendedRequestId: randomBytes(11).toString('base64'),
    traceId: /(^|;)Root=/.test(given) ? given : `Root=1-${time}-${randomBytes(12).toString('hex')}`,
  };
}

/** The whole body, or undefined as soon as it is known to be over the limit. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return undefined;
  return await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else resolve(undefined);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', () => resolve(undefined));
  });
}

/** A token bucket: whether one more request may pass now. */
function createBucket(rate: number, burst: number): (now: number) => boolean {
  let tokens = burst;
  let last = 0;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * rate);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
