import { crc32 } from 'node:zlib';
import type { Refusal } from '../../tenancy/refusal.ts';
import { describe } from '../../tenancy/refusal-description.ts';

/**
 * A refusal as the frame that ends an event stream: one of the exceptions that the AWS SDKs know in a model's stream, so
 * that their callers get an error and no cut.
 */
export function exceptionFrame(refusal: Refusal): Buffer {
  const { message } = describe(refusal, 'bedrock');
  const head = [':exception-type', exceptionName(refusal), ':content-type', JSON_TYPE, ':message-type', 'exception'];
  return encodeFrame(head, JSON.stringify({ message }));
}

const JSON_TYPE = 'application/json';

/** Anthropic's own sign of life, framed as Bedrock frames any other of its events. */
export const PING_FRAME = encodeFrame(
  [':event-type', 'chunk', ':content-type', JSON_TYPE, ':message-type', 'event'],
  JSON.stringify({ bytes: Buffer.from('{"type":"ping"}').toString('base64') }),
);

function exceptionName(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'upstream_throttled':
    case 'rate_limited':
    case 'limit_spent':
    case 'capacity_shared':
      return 'throttlingException';
    case 'upstream_invalid':
      return 'validationException';
    case 'upstream_overloaded':
    case 'store_unavailable':
      return 'serviceUnavailableException';
    case 'internal':
    case 'upstream_denied':
      return 'internalServerException';
    default:
      return 'modelStreamErrorException';
  }
}

/** @param headers names and values by turns, all of them strings; layout in `frames.ts` */
function encodeFrame(headers: readonly string[], payload: string): Buffer {
  const parts = headers.map((text, index) => {
    const bytes = Buffer.from(text);
    // A name has a length of one byte; a value a type, 7 for a string, and a length of two.
    const before = index % 2 === 0 ? Buffer.of(bytes.length) : Buffer.of(7, bytes.length >> 8, bytes.length & 0xff);
    return Buffer.concat([before, bytes]);
  });
  const head = Buffer.concat(parts);
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(12 + head.length + body.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}
