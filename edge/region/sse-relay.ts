import type { Refusal } from '../../tenancy/refusal.ts';
import { chunkBase64, FrameDecoder, type FrameHead } from './frames.ts';
import type { Meter } from './meter.ts';
import { brokenFrame, type Relay, refusalOfFrame, UNREADABLE } from './relay.ts';
import { SseBatch } from './sse.ts';

/** Bedrock's frames as Anthropic's events: what one read brings leaves in one piece. */
export class SseRelay implements Relay {
  readonly #decoder = new FrameDecoder();
  readonly #meter: Meter;
  #batch: SseBatch | undefined;
  readonly told = false;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  get midFrame(): boolean {
    return this.#decoder.midFrame;
  }

  push(chunk: Buffer): Refusal | null {
    this.#batch ??= new SseBatch(chunk.length + 256);
    const into = this.#batch;
    let fault: Refusal | null = null;
    const broken = this.#decoder.push(chunk, (head, payload) => {
      fault ??= this.#read(head, payload, into);
    });
    return fault || broken === null ? fault : brokenFrame(broken);
  }

  take(): Uint8Array | null {
    const { length = 0, bytes } = this.#batch ?? {};
    this.#batch = undefined;
    return length > 0 && bytes ? bytes : null;
  }

  #read(head: FrameHead, payload: Buffer, batch: SseBatch): Refusal | null {
    if (head.kind !== 'event') return refusalOfFrame(head, payload);
    // Bedrock may come to send other kinds of event, which no Anthropic client could read.
    if (head.name !== 'chunk') return null;
    const base64 = chunkBase64(payload);
    return base64 !== null && batch.append(base64, this.#meter) ? null : UNREADABLE;
  }
}
