import { encodeEvent } from '../../local/event-stream.ts';
import { deltaText } from './scenarios.ts';

/** How the upstream answers: Bedrock's two streaming operations, or what a client is sent in the end. */
export type Wire = 'invoke' | 'converse' | 'sse';

/** One answer, encoded before it is asked for, so that sending costs as little as it can. */
export type Answer = { readonly opening: Buffer; readonly deltas: readonly Buffer[]; readonly closing: Buffer };

const INPUT_TOKENS = 25;

export function answerOf(wire: Wire, deltas: number): Answer {
  const texts = Array.from({ length: deltas }, (_, index) => deltaText(index));
  return wire === 'converse'
    ? converseAnswer(texts)
    : wire === 'invoke'
      ? messagesAnswer(texts, invokeFrame, { 'amazon-bedrock-invocationMetrics': metricsOf(texts) })
      : messagesAnswer(texts, sseEvent, {});
}

/** The same answer as one piece, for a target that passes bytes through. */
export function wholeAnswer(wire: Wire, deltas: number): Buffer {
  const { opening, deltas: middle, closing } = answerOf(wire, deltas);
  return Buffer.concat([opening, ...middle, closing]);
}

type MessagesEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

function messagesAnswer(texts: readonly string[], encode: (event: MessagesEvent) => Buffer, last: object): Answer {
  const usage = {
    input_tokens: INPUT_TOKENS,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  };
  const message = {
    id: 'msg_bdrk_01BenchBenchBenchBench',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5-20250929',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  const text = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  const stop = { stop_reason: 'end_turn', stop_sequence: null };
  return {
    opening: Buffer.concat([
      encode({ type: 'message_start', message }),
      encode({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ]),
    deltas: texts.map((one) => encode(text(one))),
    closing: Buffer.concat([
      encode({ type: 'content_block_stop', index: 0 }),
      encode({ type: 'message_delta', delta: stop, usage: { output_tokens: texts.length } }),
      encode({ type: 'message_stop', ...last }),
    ]),
  };
}

/** What Bedrock itself counted, in the last event. */
function metricsOf(texts: readonly string[]) {
  const counts = { inputTokenCount: INPUT_TOKENS, outputTokenCount: texts.length };
  return { ...counts, invocationLatency: 950, firstByteLatency: 310 };
}

/** As Bedrock frames an event: base64 in JSON, padded against guessing by length. */
function invokeFrame(event: MessagesEvent): Buffer {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  return encodeEvent('chunk', JSON.stringify({ bytes, p: 'abcdefgh' }));
}

function sseEvent(event: MessagesEvent): Buffer {
  return Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function converseAnswer(texts: readonly string[]): Answer {
  const encode = (type: string, payload: object) => encodeEvent(type, JSON.stringify({ ...payload, p: 'abcdefgh' }));
  const usage = { inputTokens: INPUT_TOKENS, outputTokens: texts.length, totalTokens: INPUT_TOKENS + texts.length };
  return {
    opening: encode('messageStart', { role: 'assistant' }),
    deltas: texts.map((text) => encode('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
    closing: Buffer.concat([
      encode('contentBlockStop', { contentBlockIndex: 0 }),
      encode('messageStop', { stopReason: 'end_turn' }),
      encode('metadata', { usage, metrics: { latencyMs: 950 } }),
    ]),
  };
}
