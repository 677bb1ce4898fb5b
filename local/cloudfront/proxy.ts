import { type Agent, type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import { type Exchange, edgeFields, sendOwnError } from './answers.ts';
import { endToEnd, toFields, valuesOf } from './headers.ts';
import type { OriginCall } from './origin-request.ts';

/** Where a name leads, as DNS would tell; undefined when it leads nowhere. */
export type ResolveOrigin = (domainName: string) => { readonly host: string; readonly port: number } | undefined;

/**
 * Sends the request to its origin and its answer to the viewer, both as they come: nothing is gathered, every chunk
 * goes out at once, and a side that is slow holds the other back.
 *
 * A viewer that hangs up closes the connection to the origin, as CloudFront does. What runs behind the origin goes on:
 * API Gateway tells a function nothing of it.
 */
export function proxy(
  call: OriginCall,
  viewer: IncomingMessage,
  exchange: Exchange,
  resolve: ResolveOrigin,
  agent: Agent,
): void {
  const { requestId, response } = exchange;
  const where = resolve(call.domainName);
  if (!where) {
    sendOwnError(exchange, 'originAway', `the origin ${call.domainName} cannot be found`);
    return;
  }
  const headers = [...call.headers, ['x-amz-cf-id', requestId]].flat();
  const origin = openRequest({ ...where, agent, method: call.method, path: call.path, headers });
  const silence = silenceTimer(call.readTimeout * 1_000, () => {
    // After the first byte there is no status left to tell it with: the answer is cut.
    sendOwnError(exchange, 'originSilent', `the origin sent nothing for ${call.readTimeout} seconds`);
    origin.destroy();
  });

  origin.on('response', (answer) => relay(answer, exchange, silence));
  origin.on('finish', silence.start);
  origin.on('close', silence.stop);
  origin.on('error', () => sendOwnError(exchange, 'originAway', 'the origin cannot be reached'));
  response.on('close', () => {
    if (!response.writableFinished) origin.destroy();
  });
  sendBody(viewer, origin, call);
}

/** A request without a length has no body: Node would make it a chunked one. */
function sendBody(viewer: IncomingMessage, origin: ClientRequest, { headers }: OriginCall): void {
  const hasBody = valuesOf(headers, 'content-length').length + valuesOf(headers, 'transfer-encoding').length > 0;
  if (!hasBody) {
    origin.end();
    return;
  }
  origin.flushHeaders();
  viewer.pipe(origin);
}

function relay(answer: IncomingMessage, { requestId, response }: Exchange, silence: SilenceTimer): void {
  const { statusCode = 502, statusMessage } = answer;
  const cache = statusCode >= 400 ? 'Error' : 'Miss';
  const own = edgeFields(requestId, cache);
  const via = valuesOf(toFields(answer.rawHeaders), 'via');
  const kept = endToEnd(toFields(answer.rawHeaders)).filter(([name]) => !own.some(([mine]) => mine === name));
  const fields = [...kept, ...own.map(([name, value]) => [name, name === 'via' ? [...via, value].join(', ') : value])];
  response.writeHead(statusCode, statusMessage, fields.flat());
  response.flushHeaders();
  silence.start();
  answer.on('data', (chunk: Buffer) => {
    silence.start();
    if (response.write(chunk)) return;
    // A slow viewer is not a silent origin.
    silence.stop();
    answer.pause();
    response.once('drain', () => {
      answer.resume();
      silence.start();
    });
  });
  answer.on('end', () => {
    silence.stop();
    response.end();
  });
  // The origin broke off: so does the answer, or a cut stream would look whole.
  answer.on('error', () => response.destroy());
}

type SilenceTimer = { start(): void; stop(): void };

function silenceTimer(ms: number, onSilence: () => void): SilenceTimer {
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      if (timer) timer.refresh();
      else timer = setTimeout(onSilence, ms);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
