import type { Refusal } from '../../tenancy/refusal.ts';
import type { Upstream } from './invoke.ts';
import { errorPlace } from './log.ts';
import type { Meter } from './meter.ts';
import { type Patience, watchSilence } from './patience.ts';
import type { Relay } from './relay.ts';
import type { Reply } from './reply.ts';

/** What a relay tells of its end: null when the model came to its own. `told`: the client knows it already. */
export type RelayEnd = { readonly refusal: Refusal | null; readonly told?: boolean; readonly firstByteAt?: number };

export type RelayDeps = {
  readonly patience: Patience;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Aborted, with a refusal as its reason, when the request must not go on. */
  readonly cut: AbortSignal;
  /** Output has flowed: the meter knows how much. */
  readonly onFlow: () => void;
  readonly onReaderGivenUp: () => void;
};

/**
 * Carries Bedrock's event stream to the client: what one read brings leaves in one write, at once. Bedrock is read to
 * the end whatever becomes of the client, for every token that it makes is paid for and has to be counted.
 */
export function relayStream(
  { body }: Pick<Upstream, 'body'>,
  reply: Reply,
  meter: Meter,
  relay: Relay,
  { patience, now, cut, onFlow, onReaderGivenUp }: RelayDeps,
): Promise<RelayEnd> {
  return new Promise((resolve) => {
    let scheduled = false;
    let firstByteAt: number | undefined;
    let readerMs = patience.readerMs;
    let ended = false;

    const end = (refusal: Refusal | null): void => {
      if (ended) return;
      ended = true;
      silence.stop();
      cut.removeEventListener('abort', cutOff);
      // After a fault the rest cannot be trusted, nor the connection used again.
      if (!body.readableEnded) body.destroy();
      const fault = flush();
      resolve({
        refusal: fault ?? refusal,
        told: fault === null && relay.told,
        ...(firstByteAt === undefined ? {} : { firstByteAt }),
      });
    };
    const cutOff = (): void => end(cut.reason as Refusal);
    /** A model that has said its last word is done, however its connection ends. */
    const over = (otherwise: Refusal): void => end(meter.stopped && !relay.midFrame ? null : otherwise);
    const silence = watchSilence(
      { firstMs: patience.quietMs, everyMs: patience.quietMs, limitMs: patience.silenceMs },
      () => reply.signOfLife(),
      () => over({ kind: 'upstream_silent', seconds: Math.round(patience.silenceMs / 1000) }),
    );

    /** Sends what the frames of this read have become. */
    const flush = (): Refusal | null => {
      scheduled = false;
      try {
        const bytes = relay.take();
        if (bytes) reply.write(bytes);
        return null;
      } catch (error) {
        return { kind: 'internal', why: errorPlace(error) };
      }
    };
    const flushAndGoOn = (): void => {
      if (ended) return;
      const fault = flush();
      if (fault) end(fault);
      else if (reply.backlog > patience.backlogBytes) void hold();
    };

    /** Reads no further until the reader has caught up; past its patience the reader is given up. */
    const hold = async (): Promise<void> => {
      body.pause();
      const since = now();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((tooLate) => {
        timer = setTimeout(() => tooLate('late'), readerMs);
      });
      const outcome = await Promise.race([reply.drained(), late]);
      clearTimeout(timer);
      readerMs -= now() - since;
      if (outcome === 'late' || readerMs <= 0) {
        reply.giveUp();
        onReaderGivenUp();
      }
      if (!ended) silence.heard();
      body.resume();
    };

    body.on('data', (chunk: Buffer) => {
      if (ended) return;
      firstByteAt ??= now();
      silence.heard();
      try {
        // One read of the socket is as many data events as the sender wrote pieces, all before the next tick.
        if (!scheduled) process.nextTick(flushAndGoOn);
        scheduled = true;
        const fault = relay.push(chunk);
        if (fault) end(fault);
        else onFlow();
      } catch (error) {
        end({ kind: 'internal', why: errorPlace(error) });
      }
    });
    body.on('end', () => over({ kind: 'upstream_broken', message: "the model's stream ended in the middle" }));
    const broken = (): void => over({ kind: 'upstream_broken', message: 'the connection to the model broke' });
    body.on('error', broken);
    body.on('close', broken);
    if (body.destroyed) broken();
    cut.addEventListener('abort', cutOff);
    if (cut.aborted) cutOff();
  });
}
