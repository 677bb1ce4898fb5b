import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent, encodeException, encodeFrame } from '../../local/event-stream.ts';
import { chunkBase64, FrameDecoder, type FrameHead } from './frames.ts';

type Read = { frames: { head: FrameHead; payload: string }[]; broken: string | null; midFrame: boolean };

/** Decodes the bytes, cut before each of `cuts`. */
function decode(bytes: Buffer, cuts: readonly number[] = []): Read {
  const decoder = new FrameDecoder();
  const read: Read = { frames: [], broken: null, midFrame: false };
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < edges.length && read.broken === null; i++) {
    read.broken = decoder.push(Buffer.from(bytes.subarray(edges[i - 1], edges[i])), (head, payload) =>
      read.frames.push({ head, payload: payload.toString('latin1') }),
    );
  }
  return { ...read, midFrame: decoder.midFrame };
}

const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
const wire = (list: readonly Uint8Array[]): Buffer =>
  Buffer.concat(list.map((bytes, i) => encodeFrame(heads[i % heads.length] ?? {}, Buffer.from(bytes))));
const heads: Record<string, string>[] = [
  { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
  { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
  { ':exception-type': 'throttlingException', ':message-type': 'exception' },
  { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'naïve' },
];

describe('the frame decoder', () => {
  it('reads the same frames wherever the network cuts them', () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(2_500), { maxLength: 12 }), (list, cuts) => {
        const bytes = wire(list);
        const { frames, broken, midFrame } = decode(
          bytes,
          cuts.map((cut) => cut % (bytes.length + 1)),
        );
        const read = frames.map(({ payload }) => payload);
        const sent = list.map((one) => Buffer.from(one).toString('latin1'));
        return broken === null && !midFrame && isDeepStrictEqual(read, sent);
      }),
      { seed: 20261122, numRuns: 20_000 },
    );
  }, 120_000);

  it('reads them one byte at a time', () => {
    const bytes = wire([Buffer.from('one'), Buffer.from(''), Buffer.from('three')]);
    const { frames } = decode(
      bytes,
      Array.from(bytes, (_, i) => i),
    );
    expect(frames.map(({ payload }) => payload)).toEqual(['one', '', 'three']);
  });

  it('lets no flipped bit through: what comes out is a prefix of what went in', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(2_000), (list, at, flip, cut) => {
        const bytes = wire(list);
        const good = decode(bytes).frames;
        bytes[at % bytes.length]! ^= flip;
        const { frames, broken, midFrame } = decode(bytes, [cut % bytes.length]);
        const noticed = frames.length < good.length && (broken !== null || midFrame);
        return noticed && isDeepStrictEqual(frames, good.slice(0, frames.length));
      }),
      { seed: 20261122, numRuns: 20_000 },
    );
  }, 120_000);

  it('reads what kind of frame it is, and its name', () => {
    const { frames } = decode(wire(Array.from({ length: 4 }, () => Buffer.alloc(0))));
    expect(frames.map(({ head }) => head)).toEqual([
      { kind: 'event', name: 'chunk' },
      { kind: 'event', name: 'chunk' },
      { kind: 'exception', name: 'throttlingException' },
      { kind: 'error', name: 'InternalFailure', message: 'naïve' },
    ]);
  });

  it('tells an exception from the events before it, though both come in one read', () => {
    const { frames } = decode(
      Buffer.concat([encodeEvent('chunk', '{}'), encodeException('modelTimeoutException', 'x')]),
    );
    expect(frames.map(({ head }) => head.kind)).toEqual(['event', 'exception']);
  });

  it('waits for no more than 16 MB, whatever a prelude asks for', () => {
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(16 * 1024 * 1024 + 1, 0);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    expect(decode(prelude).broken).toBe('a frame is too long');
  });

  it('believes no length whose own checksum is wrong', () => {
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(1_000_000, 0);
    expect(decode(prelude).broken).toBe("a frame's prelude has a wrong checksum");
  });

  it.each([
    [0, 0],
    [15, 0],
    [20, 5],
    [100, 0xffffffff],
  ])('refuses a frame of %i bytes with headers of %i', (total, headers) => {
    const bytes = Buffer.alloc(200);
    bytes.writeUInt32BE(total, 0);
    bytes.writeUInt32BE(headers, 4);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    expect(decode(bytes).broken).toBe("a frame's headers are longer than the frame");
  });

  it('refuses headers that cannot be read, and a kind of message that it does not know', () => {
    expect(decode(encodeFrame({ ':message-type': 'rumour' }, '')).broken).toBe("a frame's headers cannot be read");
    expect(decode(encodeFrame({}, '')).broken).toBe("a frame's headers cannot be read");
    const bad = encodeFrame({ ':message-type': 'event' }, '');
    bad[12 + 1 + 13] = 77;
    bad.writeUInt32BE(crc32(bad.subarray(0, -4)), bad.length - 4);
    expect(decode(bad).broken).toBe("a frame's headers cannot be read");
  });

  it('refuses a header that stands twice, of whatever types', () => {
    const name = Buffer.from(':message-type');
    const event = Buffer.concat([Buffer.of(name.length), name, Buffer.of(7, 0, 5), Buffer.from('event')]);
    for (const second of [event, Buffer.concat([Buffer.of(name.length), name, Buffer.of(0)])]) {
      const bytes = Buffer.alloc(16 + event.length + second.length);
      bytes.writeUInt32BE(bytes.length, 0);
      bytes.writeUInt32BE(event.length + second.length, 4);
      bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
      Buffer.concat([event, second]).copy(bytes, 12);
      bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
      expect(decode(bytes).broken).toBe("a frame's headers cannot be read");
    }
  });

  it('says that a frame was cut off in the middle', () => {
    const bytes = encodeEvent('chunk', '{}');
    expect(decode(bytes.subarray(0, -1))).toMatchObject({ frames: [], broken: null, midFrame: true });
    expect(decode(bytes.subarray(0, 5))).toMatchObject({ frames: [], broken: null, midFrame: true });
  });
});

describe("a chunk's payload", () => {
  it.each([
    ['as Bedrock writes it', '{"bytes":"QUJD","p":"abcdef"}', 'QUJD'],
    ['in another order', '{"p":"abc","bytes":"QUJD"}', 'QUJD'],
    ['with white space', '{ "bytes" : "QUJD" }', 'QUJD'],
    ['with escapes', '{"bytes":"QU\\/D"}', 'QU/D'],
    ['without bytes', '{"p":"abc"}', null],
    ['with empty bytes', '{"bytes":""}', null],
    ['that is no JSON', '{"bytes":"QUJD', null],
    ['that is empty', '', null],
  ])('%s', (_, payload, base64) => {
    expect(chunkBase64(Buffer.from(payload))).toBe(base64);
  });
});
