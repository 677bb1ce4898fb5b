import { createPrivateKey, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { PASSPORT_HEADER, PASSPORT_LIFE_MS, type Passport, sealPassport } from '../../edge/passport.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { requestBody, type Scenario, wholeText } from './scenarios.ts';
import { wholeAnswer } from './wires.ts';
import { serveWorker } from './worker.ts';

/** How a target is called and what it must answer. */
export type Call = {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the body names as its model. */
  readonly model: string;
  /** `text`: server-sent events that carry the upstream's text; `frames`: the upstream's very bytes. */
  readonly answers: 'text' | 'frames';
  /** The body is what Lambda's runtime gets: API Gateway's event as JSON, with the request in it. */
  readonly asEvent?: true;
  /** For a target behind the edge: each request comes with a passport of its own. */
  readonly passport?: {
    readonly kid: string;
    readonly privateKeyPem: string;
    readonly claims: Omit<Passport, 'requestId' | 'expiresAt'>;
  };
};

export type LoadAsk = { readonly call: Call; readonly scenario: Scenario };
/** Every answer is read and compared in full; `firstBad` tells what the first bad one was. */
export type LoadReply = {
  readonly bad: number;
  readonly firstBad?: string;
  /** Of each request: ms from its first byte sent to the first byte of its answer's body. */
  readonly firstByteMs: readonly number[];
  /** Of each request: when each of its deltas arrived, in ms on the machine's monotonic clock. */
  readonly arrivals: readonly (readonly number[])[];
};

serveWorker<LoadAsk, LoadReply>(async ({ call, scenario }) => {
  const { connections, requests, deltas, bodyBytes } = scenario;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const body = requestBody(call.model, bodyBytes);
  const judge = call.answers === 'frames' ? sameBytes(wholeAnswer('invoke', deltas)) : sameText(wholeText(deltas));
  const passport = passports(call);
  // Made before the first is sent, so that sending costs the same for every target.
  const ready = Array.from({ length: requests }, () => {
    const headers = { ...call.headers, 'content-type': 'application/json', ...passport() };
    return call.asEvent
      ? { headers: { 'content-type': 'application/json' }, body: eventOf(call, headers, body) }
      : { headers, body };
  });
  let [next, bad] = [0, 0];
  let firstBad: string | undefined;
  const firstByteMs: number[] = [];
  const arrivals: number[][] = [];
  async function connection(): Promise<void> {
    for (let own = ready[next++]; own; own = ready[next++]) {
      const start = monotonicMs();
      try {
        const { fault, chunks } = await once(call, own.headers, own.body, agent, judge);
        firstByteMs.push((chunks[0]?.at ?? Number.NaN) - start);
        arrivals.push(chunks.flatMap(({ at, bytes }) => deltasIn(bytes).map(() => at)));
        if (fault === null) continue;
        firstBad ??= fault;
      } catch (error) {
        firstBad ??= String(error);
      }
      bad++;
    }
  }
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return { bad, ...(firstBad === undefined ? {} : { firstBad }), firstByteMs, arrivals };
});

type Chunk = { readonly at: number; readonly bytes: Buffer };

/** One request. @returns what was wrong with its answer, or null, and when each piece of it came */
async function once(
  { port, path }: Call,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  agent: Agent,
  judge: (answer: Buffer) => string | null,
): Promise<{ fault: string | null; chunks: readonly Chunk[] }> {
  const response = await new Promise<IncomingMessage>((done, fail) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent };
    send({ ...options, headers: { ...headers, 'content-length': body.length } }, done)
      .once('error', fail)
      .end(body);
  });
  const chunks = await new Promise<Chunk[]>((done, fail) => {
    const parts: Chunk[] = [];
    response.on('data', (bytes: Buffer) => parts.push({ at: monotonicMs(), bytes }));
    response.once('end', () => done(parts));
    response.once('error', fail);
  });
  const answer = Buffer.concat(chunks.map(({ bytes }) => bytes));
  if (response.statusCode === 200) return { fault: judge(answer), chunks };
  return { fault: `status ${response.statusCode}: ${answer.toString().slice(0, 400)}`, chunks };
}

/** API Gateway's event, as far as it is read, in the order that AWS has it: the body comes last. */
function eventOf({ path }: Call, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const event = { path, httpMethod: 'POST', headers, multiValueHeaders, body: body.toString(), isBase64Encoded: false };
  return Buffer.from(JSON.stringify(event));
}

function deltasIn(bytes: Buffer): string[] {
  return bytes.toString().match(/event: content_block_delta/g) ?? [];
}

/** One clock for all processes of the machine. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function passports({ passport }: Call): () => Record<string, string> {
  if (!passport) return () => ({});
  const key = createPrivateKey(passport.privateKeyPem);
  return () => {
    const now = Date.now();
    const requestId = mintRequestId(now, randomBytes(10));
    const claims = { ...passport.claims, requestId, expiresAt: now + PASSPORT_LIFE_MS };
    return { [PASSPORT_HEADER]: sealPassport(claims, passport.kid, key) };
  };
}

function sameBytes(expected: Buffer): (answer: Buffer) => string | null {
  return (answer) =>
    answer.equals(expected) ? null : `${answer.length} bytes, not the ${expected.length} of the upstream`;
}

/** Reads the events as a client does: the text of all deltas must be there, in order, and the message must have ended. */
function sameText(expected: string): (answer: Buffer) => string | null {
  return (answer) => {
    let text = '';
    let last = '';
    for (const line of answer.toString().split('\n')) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice(6)) as { type: string; delta?: { type?: string; text?: string } };
      if (event.type === 'ping') continue;
      if (event.delta?.type === 'text_delta') text += event.delta.text;
      last = event.type;
    }
    if (last !== 'message_stop') return `the last event is ${JSON.stringify(last)}`;
    return text === expected ? null : `the text differs (${text.length} characters, not ${expected.length})`;
  };
}
