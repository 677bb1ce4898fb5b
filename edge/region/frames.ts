import { crc32 } from 'node:zlib';

/** What a frame's headers say: an event by its type, or an exception or error by its name. */
export type FrameHead = {
  readonly kind: 'event' | 'exception' | 'error';
  readonly name: string;
  /** Of an `error` frame alone; an exception's message is in its payload. */
  readonly message?: string;
};

/** Takes one frame. Payload and frame are views of what was pushed, or of a buffer that is used for nothing else. */
export type TakeFrame = (head: FrameHead, payload: Buffer, frame: Buffer) => void;

const PRELUDE = 12;
const MAX_FRAME = 16 * 1024 * 1024;

/** How many bytes the value of a header type has; types 6 and 7 say it themselves. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

/**
 * Cuts `application/vnd.amazon.eventstream` into frames, wherever the network cut it into chunks. Whole frames are read
 * where they lie; one that is split is gathered once, into a buffer of its own length.
 *
 *   total length (4) | header length (4) | CRC32 of these 8 (4) | headers | payload | CRC32 of all before (4)
 */
export class FrameDecoder {
  /** A frame's beginning: first its prelude alone, then, once the length is known, room for the whole of it. */
  #part: Buffer = Buffer.alloc(PRELUDE);
  #filled = 0;
  /** Nearly every frame of a stream has the very same headers: they are read once. */
  #headBytes: Buffer = Buffer.alloc(0);
  #head: FrameHead | null = null;

  /** Whether a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#filled > 0;
  }

  /** Hands every frame that `chunk` completes to `take`. Returns what is broken, after which the stream is over; or null. */
  push(chunk: Buffer, take: TakeFrame): string | null {
    let at = 0;
    while (at < chunk.length) {
      if (this.#filled === 0 && chunk.length - at >= PRELUDE) {
        const total = chunk.readUInt32BE(at);
        if (total <= chunk.length - at) {
          const broken = preludeFault(chunk, at) ?? this.#read(chunk, at, total, take);
          if (broken) return broken;
          at += total;
          continue;
        }
      }
      const copied = chunk.copy(this.#part, this.#filled, at);
      this.#filled += copied;
      at += copied;
      if (this.#filled < this.#part.length) break;
      const total = this.#part.readUInt32BE(0);
      if (this.#filled === PRELUDE) {
        const broken = preludeFault(this.#part, 0);
        if (broken) return broken;
        const whole = Buffer.allocUnsafe(total);
        this.#part.copy(whole);
        this.#part = whole;
        continue;
      }
      const frame = this.#part;
      this.#part = Buffer.alloc(PRELUDE);
      this.#filled = 0;
      const broken = this.#read(frame, 0, total, take);
      if (broken) return broken;
    }
    return null;
  }

  #read(bytes: Buffer, at: number, total: number, take: TakeFrame): string | null {
    const end = at + total - 4;
    if (crc32(bytes.subarray(at, end)) !== bytes.readUInt32BE(end)) return 'a frame has a wrong checksum';
    const payload = at + PRELUDE + bytes.readUInt32BE(at + 4);
    if (this.#head === null || this.#headBytes.compare(bytes, at + PRELUDE, payload) !== 0) {
      this.#headBytes = Buffer.from(bytes.subarray(at + PRELUDE, payload));
      this.#head = readHead(this.#headBytes);
    }
    if (this.#head === null) return "a frame's headers cannot be read";
    take(this.#head, bytes.subarray(payload, end), bytes.subarray(at, at + total));
    return null;
  }
}

/** Lengths are believed only under their own checksum: a flipped bit must not make us wait for gigabytes. */
function preludeFault(bytes: Buffer, at: number): string | null {
  const [total, headers] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) return "a frame's prelude has a wrong checksum";
  if (total > MAX_FRAME) return 'a frame is too long';
  return total < PRELUDE + headers + 4 ? "a frame's headers are longer than the frame" : null;
}

/** Null also when a name stands twice: which of the two counts, no two readers agree on. */
function readHead(bytes: Buffer): FrameHead | null {
  const names = new Set<string>();
  const texts = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const type = bytes[nameEnd];
    if (type === undefined) return null;
    const name = bytes.toString('latin1', at + 1, nameEnd);
    const sized = type === 6 || type === 7;
    if (sized && nameEnd + 3 > bytes.length) return null;
    const start = nameEnd + (sized ? 3 : 1);
    const length = sized ? bytes.readUInt16BE(nameEnd + 1) : VALUE_BYTES[type];
    if (length === undefined || start + length > bytes.length || names.has(name)) return null;
    names.add(name);
    if (type === 7) texts.set(name, bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  const text = (name: string): string => texts.get(name) ?? '';
  switch (text(':message-type')) {
    case 'event':
      return { kind: 'event', name: text(':event-type') };
    case 'exception':
      return { kind: 'exception', name: text(':exception-type') };
    case 'error':
      return { kind: 'error', name: text(':error-code'), message: text(':error-message') };
    default:
      return null;
  }
}

const BYTES_PREFIX = Buffer.from('{"bytes":"');

/** The base64 text of a `chunk` event's payload `{"bytes":"...","p":"..."}`; null when it has none. */
export function chunkBase64(payload: Buffer): string | null {
  if (payload.subarray(0, BYTES_PREFIX.length).equals(BYTES_PREFIX)) {
    const end = payload.indexOf(0x22, BYTES_PREFIX.length);
    const text = payload.toString('latin1', BYTES_PREFIX.length, end === -1 ? 0 : end);
    if (text !== '' && !text.includes('\\')) return text;
  }
  try {
    const { bytes } = JSON.parse(payload.toString()) as { bytes?: unknown };
    return typeof bytes === 'string' && bytes !== '' ? bytes : null;
  } catch {
    return null;
  }
}
