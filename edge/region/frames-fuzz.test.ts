import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzzSettings, mutateBytes } from '../../tests/fuzz.ts';
import { FrameDecoder, type FrameHead } from './frames.ts';

/** The codec that the AWS SDK itself decodes with: of its own dependencies, so always the one of its version. */
type Codec = {
  decode(frame: Uint8Array): {
    headers: Readonly<Record<string, { type: string; value: unknown }>>;
    body: Uint8Array;
  };
};
const sdk = createRequire(import.meta.resolve('@aws-sdk/client-bedrock-runtime'));
const { EventStreamCodec } = sdk('@smithy/core/event-streams') as {
  EventStreamCodec: new (toUtf8: (bytes: Uint8Array) => string, fromUtf8: (text: string) => Uint8Array) => Codec;
};
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
  (text) => Buffer.from(text),
);

type Frame = { readonly head: FrameHead; readonly payload: string };

/** What the official codec reads, frame by frame, up to the first that it refuses or that is not whole. */
function official(bytes: Buffer): (Frame | 'no head')[] {
  const frames: (Frame | 'no head')[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + bytes.readUInt32BE(at);
    if (end > bytes.length || end < at + 16) break;
    try {
      const { headers, body } = codec.decode(Uint8Array.from(bytes.subarray(at, end)));
      const text = (name: string) => (headers[name]?.type === 'string' ? String(headers[name].value) : '');
      const kind = text(':message-type');
      const payload = Buffer.from(body).toString('latin1');
      if (kind === 'event') frames.push({ head: { kind, name: text(':event-type') }, payload });
      else if (kind === 'exception') frames.push({ head: { kind, name: text(':exception-type') }, payload });
      else if (kind === 'error')
        frames.push({ head: { kind, name: text(':error-code'), message: text(':error-message') }, payload });
      else frames.push('no head');
    } catch {
      break;
    }
    at = end;
  }
  return frames;
}

function ours(bytes: Buffer, cuts: readonly number[]): { frames: Frame[]; ended: 'whole' | 'broken' | 'mid frame' } {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  const edges = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  for (const edge of edges) {
    const broken = decoder.push(Buffer.from(bytes.subarray(from, edge)), (head, payload) =>
      frames.push({ head, payload: payload.toString('latin1') }),
    );
    if (broken !== null) return { frames, ended: 'broken' };
    from = edge;
  }
  return { frames, ended: decoder.midFrame ? 'mid frame' : 'whole' };
}

function header(name: string, type: number, value: Buffer): Buffer {
  const sized = type === 6 || type === 7;
  const nameBytes = Buffer.from(name);
  const length = sized ? Buffer.of(value.length >> 8, value.length & 255) : Buffer.alloc(0);
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, Buffer.of(type), length, value]);
}
const text = (name: string, value: string) => header(name, 7, Buffer.from(value));

const HEADERS: readonly Buffer[] = [
  text(':event-type', 'chunk'),
  text(':content-type', 'application/json'),
  text(':message-type', 'event'),
  text(':message-type', 'exception'),
  text(':message-type', 'error'),
  text(':exception-type', 'throttlingException'),
  text(':error-code', 'InternalFailure'),
  text(':error-message', 'naïve'),
  text('', ''),
  ...[0, 1, 2, 3, 4, 5, 8, 9].map((type) =>
    header('x', type, Buffer.alloc({ 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }[type] ?? 0, type)),
  ),
  header(':message-type', 0, Buffer.alloc(0)),
  header(':event-type', 6, Buffer.from('chunk')),
];
const COMMON = Buffer.concat(HEADERS.slice(0, 3));

/** A frame with right checksums, whatever it claims. @param lengthOff how much its header length is off */
function frame(headers: Buffer, payload: Uint8Array, lengthOff = 0): Buffer {
  const bytes = Buffer.alloc(16 + headers.length + payload.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(Math.max(0, headers.length + lengthOff), 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  bytes.set(payload, 12 + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

const change = fc.record({ pick: fc.nat(600), how: fc.nat(5), with: fc.nat(255) });
const common = fc.constant(COMMON);
const mixed = fc.array(fc.constantFrom(...HEADERS), { maxLength: 5 }).map((list) => Buffer.concat(list));
const extended = fc
  .uniqueArray(fc.constantFrom(...HEADERS.slice(5, 12)), { maxLength: 3 })
  .map((list) => Buffer.concat([...list, COMMON]));
const bent = fc
  .tuple(fc.oneof(common, mixed), fc.array(change, { minLength: 1, maxLength: 2 }))
  .map(([bytes, changes]) => mutateBytes(bytes, changes));
const payload = fc.uint8Array({ maxLength: 40 });
const cuts = fc.array(fc.nat(700), { maxLength: 6 });

it(
  'every frame that the official codec makes comes out as it does there, wherever the network cuts',
  () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(2, 3, 4), payload), { maxLength: 5 }), cuts, (list, at) => {
        const bytes = Buffer.concat(
          list.map(([kind, body]) => frame(Buffer.concat([HEADERS[0]!, HEADERS[kind]!, HEADERS[5]!]), body)),
        );
        const read = ours(bytes, at);
        return (
          read.ended === 'whole' &&
          read.frames.length === list.length &&
          isDeepStrictEqual(read.frames, official(bytes))
        );
      }),
      fuzzSettings(),
    );
  },
  FUZZ_TIMEOUT_MS,
);

it(
  'whatever is bent, nothing is read that the official codec does not read, byte for byte',
  () => {
    const one = fc.tuple(
      fc.oneof(common, extended, mixed, bent),
      payload,
      fc.constantFrom(0, 0, 0, 0, 0, 0, 0, -1, 1, 7, -30, 1e6),
    );
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 3 }),
        fc.oneof(fc.constant([]), fc.array(change, { maxLength: 2 })),
        cuts,
        (list, changes, at) => {
          const whole = Buffer.concat(list.map(([headers, body, off]) => frame(headers, body, off)));
          const bytes = changes.length > 0 ? mutateBytes(whole, changes) : whole;
          const theirs = official(bytes);
          const read = ours(bytes, at);
          accepted += read.frames.length;
          const rest = bytes.length > 0 && read.frames.length < theirs.length;
          return (
            isDeepStrictEqual(read.frames, theirs.slice(0, read.frames.length)) &&
            // What is left out was refused, and is not waited for as if more would come.
            (!rest || read.ended === 'broken') &&
            (read.ended !== 'whole' || theirs.length === read.frames.length)
          );
        },
      ),
      fuzzSettings(),
    );
    expect(accepted).toBeGreaterThan(fuzzSettings().numRuns / 4);
  },
  FUZZ_TIMEOUT_MS,
);
