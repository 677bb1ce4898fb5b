import { encodeEvent } from '../event-stream.ts';
import { type Answer, type AnswerBlock, stopReason } from './answer.ts';
import type { Usage } from './usage.ts';
import { type AnswerFrame, padding, type Wire } from './wire.ts';

/**
 * InvokeModel: the Messages API's own JSON. In a stream every event of it is one `chunk` whose `bytes` hold the JSON
 * in base64; Bedrock's count comes in headers, or inside the closing event.
 */
export const invokeWire: Wire = {
  streamHeaders: { 'x-amzn-bedrock-content-type': 'application/json' },
  whole: (answer, latency) => ({ json: messageJson(answer), headers: countHeaders(answer.usage, latency) }),
  frames,
  closing: ({ usage }, { firstByte, invocation }) =>
    chunk({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': {
        inputTokenCount: usage.input,
        outputTokenCount: usage.output,
        invocationLatency: invocation,
        firstByteLatency: firstByte,
        cacheReadInputTokenCount: usage.cacheRead,
        cacheWriteInputTokenCount: usage.cacheWrite5m + usage.cacheWrite1h,
      },
    }),
};

type Json = Readonly<Record<string, unknown>>;

function countHeaders(usage: Usage, latency: number): Record<string, number> {
  return {
    'x-amzn-bedrock-invocation-latency': latency,
    'x-amzn-bedrock-input-token-count': usage.input,
    'x-amzn-bedrock-output-token-count': usage.output,
    'x-amzn-bedrock-cache-read-input-token-count': usage.cacheRead,
    'x-amzn-bedrock-cache-write-input-token-count': usage.cacheWrite5m + usage.cacheWrite1h,
  };
}

function messageJson(answer: Answer): Json {
  return {
    ...emptyMessage(answer),
    content: answer.blocks.map((block) => wholeBlock(block)),
    stop_reason: stopReason(answer),
    usage: usageJson(answer.usage, answer.usage.output),
  };
}

function* frames(answer: Answer): Generator<AnswerFrame> {
  const first = { ...emptyMessage(answer), usage: usageJson(answer.usage, Math.min(1, answer.usage.output)) };
  yield frame({ type: 'message_start', message: first });
  for (const [index, block] of answer.blocks.entries()) {
    yield frame({ type: 'content_block_start', index, content_block: wholeBlock({ ...block, pieces: [] }, true) });
    for (const piece of block.pieces) {
      yield frame({ type: 'content_block_delta', index, delta: pieceDelta(block.type, piece) }, piece.length);
    }
    if (block.type === 'thinking') {
      const delta = { type: 'signature_delta', signature: block.signature };
      yield frame({ type: 'content_block_delta', index, delta }, 0);
    }
    yield frame({ type: 'content_block_stop', index });
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null };
  const { cache_creation: _, ...usage } = usageJson(answer.usage, answer.usage.output);
  yield frame({ type: 'message_delta', delta, usage });
}

function frame(json: Json, characters?: number): AnswerFrame {
  return { bytes: chunk(json), delta: characters !== undefined, characters: characters ?? 0 };
}

function chunk(json: Json): Buffer {
  const bytes = Buffer.from(JSON.stringify(json)).toString('base64');
  return encodeEvent('chunk', JSON.stringify({ bytes, p: padding(bytes.length) }));
}

function emptyMessage({ id, model }: Answer): Json {
  return { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null };
}

function usageJson(usage: Usage, output: number): Json {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: output,
  };
}

function pieceDelta(type: AnswerBlock['type'], piece: string): Json {
  if (type === 'text') return { type: 'text_delta', text: piece };
  return type === 'thinking'
    ? { type: 'thinking_delta', thinking: piece }
    : { type: 'input_json_delta', partial_json: piece };
}

function wholeBlock(block: AnswerBlock, opening = false): Json {
  const text = block.pieces.join('');
  if (block.type === 'text') return { type: 'text', text };
  if (block.type === 'thinking') return { type: 'thinking', thinking: text, signature: opening ? '' : block.signature };
  return { type: 'tool_use', id: block.id, name: block.name, input: text === '' ? {} : JSON.parse(text) };
}
