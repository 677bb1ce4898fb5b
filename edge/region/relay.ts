import type { Refusal } from '../../tenancy/refusal.ts';
import { refusalOfException } from './exceptions.ts';
import type { FrameHead } from './frames.ts';

/** What Bedrock's bytes become for one kind of client. Usage is read off them on the way. */
export type Relay = {
  /** Takes one read. Returns what the client must be told, after which the stream is over; or null. */
  push(chunk: Buffer): Refusal | null;
  /** What has come of the reads since the last time, to be sent at once; null when nothing has. */
  take(): Uint8Array | null;
  /** Whether a frame has begun and not ended. */
  readonly midFrame: boolean;
  /** Whether the client has been told how the stream ended, by Bedrock itself. */
  readonly told: boolean;
};

/** What a frame that is no event says of the stream's end. */
export function refusalOfFrame(head: FrameHead, payload: Buffer): Refusal {
  return refusalOfException(head.name, head.kind === 'error' ? (head.message ?? '') : exceptionMessage(payload));
}

export const UNREADABLE: Refusal = {
  kind: 'upstream_broken',
  message: "the model's stream broke: an event cannot be read",
};

export function brokenFrame(what: string): Refusal {
  return { kind: 'upstream_broken', message: `the model's stream broke: ${what}` };
}

function exceptionMessage(payload: Buffer): string {
  try {
    const { message, Message } = JSON.parse(payload.toString()) as { message?: unknown; Message?: unknown };
    return String(message ?? Message ?? '');
  } catch {
    return '';
  }
}
