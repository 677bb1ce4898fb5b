import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scenario } from './scenarios.ts';
import { type Answer, answerOf, type Wire } from './wires.ts';
import { serveWorker } from './worker.ts';

/** Requests since the last report, by wire; `unsigned` of them came to Bedrock's paths without a SigV4 signature. */
export type Calls = Readonly<Record<Wire, number>> & { readonly unsigned: number; readonly unknown: number };
export type UpstreamAsk = { readonly serve: Scenario } | 'report';
/** `sent`: of each paced answer since the last report, when each delta was sent, in ms on the machine's monotonic clock. */
export type UpstreamReply = {
  readonly port: number;
  readonly calls: Calls;
  readonly sent: readonly (readonly number[])[];
};

const TYPES: Record<Wire, string> = {
  invoke: 'application/vnd.amazon.eventstream',
  converse: 'application/vnd.amazon.eventstream',
  sse: 'text/event-stream; charset=utf-8',
};
const NO_CALLS: Calls = { invoke: 0, converse: 0, sse: 0, unsigned: 0, unknown: 0 };
const PIECE = 1_000;

let sends: Scenario['sends'] = 'at once';
let answers: Partial<Record<Wire, Answer & { whole: Buffer }>> = {};
let deltas = 0;
let calls = { ...NO_CALLS };
let sent: number[][] = [];

const server = createServer((request, response) => {
  const wire = wireOf(request.url ?? '');
  if (!wire) {
    calls.unknown++;
    response.writeHead(404).end();
    return;
  }
  calls[wire]++;
  if (wire !== 'sse' && !isSigned(request)) calls.unsigned++;
  request.resume().once('end', () => {
    response.writeHead(200, {
      'content-type': TYPES[wire],
      'x-amzn-requestid': '6f5d2c5e-0000-4000-8000-00000000bead',
      'x-amzn-bedrock-content-type': 'application/json',
    });
    send(prepared(wire), response).catch(() => response.destroy());
  });
});
server.keepAliveTimeout = 120_000;

function wireOf(url: string): Wire | null {
  if (url.endsWith('/invoke-with-response-stream')) return 'invoke';
  if (url.endsWith('/converse-stream')) return 'converse';
  return url === '/sse' ? 'sse' : null;
}

/** A pass-through signs nothing, and its path says that it is one. */
function isSigned({ headers, url }: IncomingMessage): boolean {
  return headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true || url?.startsWith('/raw/') === true;
}

function prepared(wire: Wire): Answer & { whole: Buffer } {
  const known = answers[wire];
  if (known) return known;
  const answer = answerOf(wire, deltas);
  const made = { ...answer, whole: Buffer.concat([answer.opening, ...answer.deltas, answer.closing]) };
  answers[wire] = made;
  return made;
}

async function send(
  { opening, deltas, closing, whole }: Answer & { whole: Buffer },
  response: ServerResponse,
): Promise<void> {
  if (sends === 'at once') {
    response.end(whole);
  } else if (sends === 'in pieces') {
    for (let at = 0; at < whole.length; at += PIECE) {
      response.write(whole.subarray(at, at + PIECE));
      await new Promise(setImmediate);
    }
    response.end();
  } else {
    response.write(opening);
    let next = 0;
    const times: number[] = [];
    sent.push(times);
    const timer = setInterval(() => {
      const delta = deltas[next++];
      if (delta) {
        times.push(Number(process.hrtime.bigint()) / 1e6);
        response.write(delta);
      } else {
        clearInterval(timer);
        response.end(closing);
      }
    }, sends.everyMs);
    response.once('close', () => clearInterval(timer));
  }
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

serveWorker<UpstreamAsk, UpstreamReply>(async (ask) => {
  if (ask !== 'report') {
    ({ sends, deltas } = ask.serve);
    answers = {};
  }
  const reply = { port, calls, sent };
  calls = { ...NO_CALLS };
  sent = [];
  return reply;
});
