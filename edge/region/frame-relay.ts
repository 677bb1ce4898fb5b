import type { Refusal } from '../../tenancy/refusal.ts';
import type { Dialect } from './dialect.ts';
import { chunkBase64, FrameDecoder, type FrameHead } from './frames.ts';
import type { Meter } from './meter.ts';
import { brokenFrame, type Relay, refusalOfFrame, UNREADABLE } from './relay.ts';
import { watchEvent } from './sse.ts';

/**
 * Bedrock's frames as they are, byte for byte, to a client that reads them itself. A frame goes out once it is whole and
 * its checksum is right: before that no client can use it, and whatever ends the stream can stand behind it.
 */
export class FrameRelay implements Relay {
  readonly #decoder = new FrameDecoder();
  readonly #meter: Meter;
  readonly #format: Dialect['format'];
  #ready: Buffer[] = [];
  told = false;

  constructor(meter: Meter, format: Dialect['format']) {
    this.#meter = meter;
    this.#format = format;
  }

  get midFrame(): boolean {
    return this.#decoder.midFrame;
  }

  push(chunk: Buffer): Refusal | null {
    let fault: Refusal | null = null;
    const broken = this.#decoder.push(chunk, (head, payload, frame) => {
      if (fault) return;
      fault = this.#read(head, payload);
      // Bedrock's own word on its end passes like the rest, unless it names our roles.
      this.told = head.kind !== 'event' && fault?.kind !== 'upstream_denied';
      if (fault === null || this.told) this.#pass(frame);
    });
    return fault || broken === null ? fault : brokenFrame(broken);
  }

  take(): Uint8Array | null {
    const [first, ...rest] = this.#ready;
    if (!first) return null;
    const ready = rest.length === 0 ? first : Buffer.concat(this.#ready);
    this.#ready = [];
    return ready;
  }

  /** Frames that lie side by side in one read leave as the one piece that they came in. */
  #pass(frame: Buffer): void {
    const last = this.#ready.at(-1);
    if (last && last.buffer === frame.buffer && last.byteOffset + last.length === frame.byteOffset) {
      const whole = Buffer.from(last.buffer, last.byteOffset, last.length + frame.length);
      this.#ready[this.#ready.length - 1] = whole;
    } else this.#ready.push(frame);
  }

  #read(head: FrameHead, payload: Buffer): Refusal | null {
    if (head.kind !== 'event') return refusalOfFrame(head, payload);
    if (this.#format === 'converse') return this.#meter.converseEvent(head.name, payload) ? null : UNREADABLE;
    if (head.name !== 'chunk') return null;
    const base64 = chunkBase64(payload);
    return base64 !== null && watchEvent(base64, this.#meter) ? null : UNREADABLE;
  }
}
