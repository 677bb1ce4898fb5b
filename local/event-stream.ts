import { crc32 } from 'node:zlib';

/**
 * The sending side of `application/vnd.amazon.eventstream`. One frame on the wire:
 *
 *   total length (4) | header length (4) | CRC32 of these 8 (4) | headers | payload | CRC32 of all before (4)
 *
 * A header is: name length (1), name, value type 7 = string (1), value length (2), value. Numbers are big-endian.
 */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Buffer | string): Buffer {
  return frameOf(encodeHeaders(headers), payload);
}

function frameOf(head: Buffer, payload: Buffer | string): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const frame = Buffer.alloc(12 + head.length + body.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

/** Headers of events by their type, of which there are few. */
const eventHeads = new Map<string, Buffer>();

/** A frame that carries an event of the operation's output, e.g. `chunk`; the payload is JSON. */
export function encodeEvent(eventType: string, payload: string): Buffer {
  let head = eventHeads.get(eventType);
  if (!head) {
    head = encodeHeaders({
      ':event-type': eventType,
      ':content-type': 'application/json',
      ':message-type': 'event',
    });
    eventHeads.set(eventType, head);
  }
  return frameOf(head, payload);
}

/** A frame that ends the stream with a modelled exception, e.g. `throttlingException` (lower first letter). */
export function encodeException(exceptionType: string, message: string): Buffer {
  const headers = {
    ':exception-type': exceptionType,
    ':content-type': 'application/json',
    ':message-type': 'exception',
  };
  return encodeFrame(headers, JSON.stringify({ message }));
}

function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const lengths = Buffer.alloc(2);
  lengths.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, Buffer.of(7), lengths, valueBytes]);
}
