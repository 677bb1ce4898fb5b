import type { Answer } from './answer.ts';

/** How an operation words an answer: the same one goes out as the Messages API's JSON or in the shapes of Converse. */
export interface Wire {
  /** A stream's headers beside those that every answer has. */
  readonly streamHeaders: Readonly<Record<string, string>>;
  /** The answer in one piece. */
  whole(answer: Answer, latency: number): Whole;
  /** The answer as frames, in order, up to the last but one. */
  frames(answer: Answer): Iterable<AnswerFrame>;
  /** The last frame, which carries Bedrock's own count. */
  closing(answer: Answer, latencies: Latencies): Buffer;
}

export interface Whole {
  readonly json: unknown;
  readonly headers: Readonly<Record<string, number>>;
}

/** One frame of a stream; `delta` marks those that carry content. */
export interface AnswerFrame {
  readonly bytes: Buffer;
  readonly delta: boolean;
  /** Characters of content that the frame carries. */
  readonly characters: number;
}

/** In ms since the request arrived. */
export interface Latencies {
  readonly firstByte: number;
  readonly invocation: number;
}

/** What Bedrock adds to every event as `p`, so that its length tells an onlooker nothing. */
export function padding(length: number): string {
  return 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.slice(0, length % 52);
}
