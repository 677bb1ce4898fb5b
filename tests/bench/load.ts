import { createPrivateKey, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { PASSPORT_HEADER, PASSPORT_LIFE_MS, type Passport, sealPassport } from '../../edge/passport.ts';
import { mintRequestId } from '../../tenancy/request-id.ts';
import { readBody } from './body.ts';
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
  /** For a target behind the edge: each request comes with a passport of its own. */
  readonly passport?: {
    readonly kid: string;
    readonly privateKeyPem: string;
    readonly claims: Omit<Passport, 'requestId' | 'expiresAt'>;
  };
};

export type LoadAsk = { readonly call: Call; readonly scenario: Scenario };
/** Every answer is read and compared in full; `firstBad` tells what the first bad one was. */
export type LoadReply = { readonly bad: number; readonly firstBad?: string };

serveWorker<LoadAsk, LoadReply>(async ({ call, scenario }) => {
  const { connections, requests, deltas, bodyBytes } = scenario;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const body = requestBody(call.model, bodyBytes);
  const judge = call.answers === 'frames' ? sameBytes(wholeAnswer('invoke', deltas)) : sameText(wholeText(deltas));
  const passport = passports(call);
  const headers = Array.from({ length: requests }, () => ({ ...call.headers, ...passport() }));
  let [next, bad] = [0, 0];
  let firstBad: string | undefined;
  async function connection(): Promise<void> {
    for (let own = headers[next++]; own; own = headers[next++]) {
      const fault = await once(call, own, body, agent, judge).catch((error: unknown) => String(error));
      if (fault === null) continue;
      bad++;
      firstBad ??= fault;
    }
  }
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return firstBad === undefined ? { bad } : { bad, firstBad };
});

/** One request. @returns what was wrong with its answer, or null */
async function once(
  { port, path }: Call,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  agent: Agent,
  judge: (answer: Buffer) => string | null,
): Promise<string | null> {
  const response = await new Promise<IncomingMessage>((done, fail) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent };
    send(
      { ...options, headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length } },
      done,
    )
      .once('error', fail)
      .end(body);
  });
  const answer = await readBody(response);
  if (response.statusCode === 200) return judge(answer);
  return `status ${response.statusCode}: ${answer.toString().slice(0, 400)}`;
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
