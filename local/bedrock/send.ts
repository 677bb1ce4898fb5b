import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeException } from '../event-stream.ts';
import type { Answer } from './answer.ts';
import type { LockstepRun } from './lockstep.ts';
import type { Fault } from './magic.ts';
import { tokensOf, type Usage } from './usage.ts';
import type { AnswerFrame, Wire } from './wire.ts';

/** How an answer leaves. `signal` fires when the client has gone. */
export interface Sending {
  readonly wire: Wire;
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

/** The answer in one piece. */
export function sendMessage(response: ServerResponse, answer: Answer, sending: Sending): [Sent, Finish] {
  const { usage } = answer;
  const { json, headers } = sending.wire.whole(answer, sending.now() - sending.startedAt);
  const body = Buffer.from(JSON.stringify(json));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-amzn-requestid': sending.requestId,
    ...headers,
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

/** The answer in event-stream frames, one by one, until it is whole, breaks off as asked, or nobody listens. */
export async function sendStream(response: ServerResponse, answer: Answer, sending: Sending): Promise<[Sent, Finish]> {
  const { wire, signal, lockstep, fault } = sending;
  const total = answer.blocks.reduce((sum, block) => sum + block.pieces.length, 0);
  const faultAfter = Math.max(1, Math.floor(total / 2));
  let deltas = 0;
  let characters = 0;
  let firstByte = 0;
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-requestid': sending.requestId,
    ...wire.streamHeaders,
  });
  // A stream that breaks off is charged for what it had said; a whole one for what the answer declares.
  const soFar = (error: string): Sent => ({ usage: { ...answer.usage, output: tokensOf(characters) }, deltas, error });

  for (const frame of wire.frames(answer)) {
    if (frame.delta && deltas > 0) {
      if (sending.paceMs > 0) await sleep(sending.paceMs);
      await lockstep?.untilSeen(deltas);
    }
    if (signal.aborted) return [soFar('client went'), () => response.destroy()];
    const ready = response.write(frame.bytes);
    if (firstByte === 0) firstByte = sending.now() - sending.startedAt;
    if (frame.delta) {
      deltas += 1;
      characters += frame.characters;
      lockstep?.sent(deltas);
    }
    if (frame.delta && deltas === faultAfter && fault !== undefined) {
      return [soFar(fault.kind === 'exception' ? fault.exception : fault.kind), breaking(response, fault, frame)];
    }
    if (!ready) await drained(response, signal);
  }
  const closing = wire.closing(answer, { firstByte, invocation: sending.now() - sending.startedAt });
  return [{ usage: answer.usage, deltas }, () => response.end(closing)];
}

function breaking(response: ServerResponse, fault: Fault, frame: AnswerFrame): Finish {
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
      const damaged = Buffer.from(frame.bytes);
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 0xff;
      return () => response.end(damaged);
    }
  }
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal }).catch(() => undefined);
}
