import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent, encodeException } from '../event-stream.ts';
import { type Answer, type AnswerEvent, answerEvents, closingEvent, messageJson } from './answer.ts';
import type { LockstepRun } from './lockstep.ts';
import type { Fault } from './magic.ts';
import { tokensOf, type Usage } from './usage.ts';

/** How an answer leaves. `signal` fires when the client has gone. */
export interface Sending {
  readonly requestId: string;
  /** ms since the epoch when the request arrived. */
  readonly startedAt: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly paceMs: number;
  readonly lockstep?: LockstepRun;
  readonly fault?: Fault;
}

/** What was sent in the end; `usage` is what Bedrock would charge for it. */
export interface Sent {
  readonly usage: Usage;
  readonly deltas: number;
  /** Why the answer is not whole. */
  readonly error?: string;
}

/** Ends or breaks the response off; called when the request has been put on record, so that a reader finds it there. */
export type Finish = () => void;

/** The answer in one piece, with Bedrock's count in the headers. */
export function sendMessage(response: ServerResponse, answer: Answer, sending: Sending): [Sent, Finish] {
  const { usage } = answer;
  const body = Buffer.from(JSON.stringify(messageJson(answer)));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-amzn-requestid': sending.requestId,
    'x-amzn-bedrock-invocation-latency': sending.now() - sending.startedAt,
    'x-amzn-bedrock-input-token-count': usage.input,
    'x-amzn-bedrock-output-token-count': usage.output,
    'x-amzn-bedrock-cache-read-input-token-count': usage.cacheRead,
    'x-amzn-bedrock-cache-write-input-token-count': usage.cacheWrite5m + usage.cacheWrite1h,
  });
  const kind = sending.fault?.kind;
  if (kind !== 'reset' && kind !== 'stall') return [{ usage, deltas: 0 }, () => response.end(body)];
  const half = body.subarray(0, body.length / 2);
  const breakOff: Finish = () => {
    response.write(half, () => {
      if (kind === 'reset') response.socket?.resetAndDestroy();
    });
  };
  return [{ usage, deltas: 0, error: kind }, breakOff];
}

/**
 * The answer as Bedrock frames it: every event of the Messages API is one `chunk` whose `bytes` hold its JSON in
 * base64, with a padding `p` that hides the length from whoever watches the wire.
 */
export async function sendStream(response: ServerResponse, answer: Answer, sending: Sending): Promise<[Sent, Finish]> {
  const { signal, lockstep, fault } = sending;
  const total = answer.blocks.reduce((sum, block) => sum + block.pieces.length, 0);
  const faultAfter = Math.max(1, Math.floor(total / 2));
  let deltas = 0;
  let characters = 0;
  let firstByteLatency = 0;
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-bedrock-content-type': 'application/json',
    'x-amzn-requestid': sending.requestId,
  });
  // A stream that breaks off is charged for what it had said; a whole one for what the answer declares.
  const soFar = (error: string): Sent => ({ usage: { ...answer.usage, output: tokensOf(characters) }, deltas, error });

  for (const event of answerEvents(answer)) {
    if (event.delta && deltas > 0) {
      if (sending.paceMs > 0) await sleep(sending.paceMs);
      await lockstep?.untilSeen(deltas);
    }
    if (signal.aborted) return [soFar('client went'), () => response.destroy()];
    const ready = response.write(encodeChunk(event));
    if (firstByteLatency === 0) firstByteLatency = sending.now() - sending.startedAt;
    if (event.delta) {
      deltas += 1;
      characters += event.characters;
      lockstep?.sent(deltas);
    }
    if (event.delta && deltas === faultAfter && fault !== undefined) {
      return [soFar(fault.kind === 'exception' ? fault.exception : fault.kind), breaking(response, fault, event)];
    }
    if (!ready) await drained(response, signal);
  }
  const closing = encodeChunk(closingEvent(answer.usage, firstByteLatency, sending.now() - sending.startedAt));
  return [{ usage: answer.usage, deltas }, () => response.end(closing)];
}

function breaking(response: ServerResponse, fault: Fault, event: AnswerEvent): Finish {
  switch (fault.kind) {
    case 'stall':
      return () => {};
    case 'cut':
      return () => response.end();
    case 'exception':
      return () => response.end(encodeException(fault.exception, 'The model stopped in the middle of its answer.'));
    case 'reset':
      // Only when all before has left: a reset throws away what still waits in the sender's buffer.
      return () => response.write(Buffer.alloc(0), () => response.socket?.resetAndDestroy());
    case 'badcrc': {
      const frame = encodeChunk(event);
      frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 0xff;
      return () => response.end(frame);
    }
  }
}

function encodeChunk({ json }: AnswerEvent): Buffer {
  const bytes = Buffer.from(JSON.stringify(json)).toString('base64');
  const p = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.slice(0, bytes.length % 52);
  return encodeEvent('chunk', JSON.stringify({ bytes, p }));
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal }).catch(() => undefined);
}
