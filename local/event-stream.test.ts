import { expect, test } from 'vitest';
import { encodeEvent, encodeException, encodeFrame } from './event-stream.ts';

test("encodes the published vectors of AWS's event-stream suite", () => {
  expect(encodeFrame({}, '').toString('hex')).toBe('000000100000000005c248eb7d98c8ff');
  const noHeaders = '0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936';
  expect(encodeFrame({}, "{'foo':'bar'}").toString('hex')).toBe(noHeaders);
  const oneHeader =
    '0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1';
  expect(encodeFrame({ 'content-type': 'application/json' }, "{'foo':'bar'}").toString('hex')).toBe(oneHeader);
});

test('tells an event from an exception by its headers', () => {
  expect(headersOf(encodeEvent('chunk', '{}'))).toMatchObject({ ':message-type': 'event', ':event-type': 'chunk' });
  const frame = encodeException('throttlingException', 'slow down');
  expect(headersOf(frame)).toMatchObject({ ':message-type': 'exception', ':exception-type': 'throttlingException' });
  expect(frame.toString()).toContain('{"message":"slow down"}');
});

/** Reads the header block back: name length, name, 7, value length in two bytes, value. */
function headersOf(frame: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 12; at < 12 + frame.readUInt32BE(4); ) {
    const name = frame.toString('utf8', at + 1, at + 1 + frame.readUInt8(at));
    at += 1 + name.length;
    const value = frame.toString('utf8', at + 3, at + 3 + frame.readUInt16BE(at + 1));
    expect(frame.readUInt8(at)).toBe(7);
    headers[name] = value;
    at += 3 + value.length;
  }
  return headers;
}
