import type { Dialect } from './dialect.ts';

/** How long, and with how much, the gateway waits for the two sides of a request. Times in ms. */
export type Patience = {
  /** Headers wait for Bedrock's answer this long, so that its refusals keep their status; then they go out. */
  readonly headersMs: number;
  /** A client that heard nothing for so long is sent a sign of life. */
  readonly quietMs: number;
  /** Bedrock's silence, before a stream or within it, ends the request at this limit. */
  readonly silenceMs: number;
  /** The same for an answer in one piece, of which nothing comes before the whole is generated. */
  readonly wholeAnswerMs: number;
  /**
   * Where a sign of life cannot be told from an answer that has begun, none is sent before so much silence: just in time
   * before CloudFront gives up at 120 s.
   */
  readonly bareMs: number;
  /** What may wait in memory for a slow reader before Bedrock is read no further. */
  readonly backlogBytes: number;
  /** How long in all a stream waits for its reader; past it the reader is given up and the rest only counted. */
  readonly readerMs: number;
};

export const PATIENCE: Patience = {
  headersMs: 15_000,
  quietMs: 10_000,
  silenceMs: 240_000,
  wholeAnswerMs: 600_000,
  bareMs: 100_000,
  backlogBytes: 1_048_576,
  readerMs: 60_000,
};

/**
 * How long a client is kept waiting. An answer in one piece has its status as long as can be: once a sign of life has gone,
 * a refusal would come as a 200, which clients take for the answer. Those of Bedrock's wire expect Bedrock's bytes and no
 * others, so there it comes as late with streams too; the events of Converse know none, so there the stream is ended
 * while it can still be said why.
 */
export function patienceFor({ wire, format }: Dialect, stream: boolean, patience: Patience): Patience {
  const { bareMs, silenceMs } = patience;
  if (wire === 'anthropic') return stream ? patience : { ...patience, headersMs: bareMs };
  const bare = { ...patience, headersMs: bareMs, quietMs: bareMs };
  return format === 'converse' ? { ...bare, silenceMs: Math.min(silenceMs, bareMs) } : bare;
}

export type SilenceWatch = {
  /** Something was heard: the count starts again. Cheap enough for every read. */
  heard(): void;
  stop(): void;
};

/**
 * Calls `onQuiet` after `firstMs` of silence and every `everyMs` from then on, and `onOver`, once, when the silence has
 * lasted `limitMs`. One timer, re-armed and never remade.
 */
export function watchSilence(
  { firstMs, everyMs, limitMs }: { readonly firstMs: number; readonly everyMs: number; readonly limitMs: number },
  onQuiet: () => void,
  onOver: () => void,
): SilenceWatch {
  let silent = 0;
  let stopped = false;
  let step = Math.min(firstMs, limitMs);
  const tick = (): void => {
    silent += step;
    if (silent >= limitMs) {
      stopped = true;
      onOver();
      return;
    }
    onQuiet();
    step = Math.min(everyMs, limitMs - silent);
    if (!stopped) timer = setTimeout(tick, step);
  };
  let timer = setTimeout(tick, step);
  return {
    heard() {
      silent = 0;
      if (!stopped) timer.refresh();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
