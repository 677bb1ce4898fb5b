import { encodeEvent } from '../event-stream.ts';
import { type Answer, type AnswerBlock, stopReason } from './answer.ts';
import type { Usage } from './usage.ts';
import { type AnswerFrame, padding, type Wire } from './wire.ts';

/**
 * Converse: Bedrock's own shapes. In a stream an event's name is its frame's `:event-type`; a block of text or thought
 * has no start, and the count comes last, as `metadata`.
 */
export const converseWire: Wire = {
  streamHeaders: {},
  whole: (answer, latency) => ({
    json: {
      metrics: { latencyMs: latency },
      output: { message: { content: answer.blocks.map((block) => wholeBlock(block)), role: 'assistant' } },
      stopReason: stopReason(answer),
      usage: tokenUsage(answer.usage),
    },
    headers: {},
  }),
  frames,
  closing: ({ usage }, { invocation }) =>
    encode('metadata', { metrics: { latencyMs: invocation }, usage: tokenUsage(usage) }),
};

type Json = Readonly<Record<string, unknown>>;

function* frames(answer: Answer): Generator<AnswerFrame> {
  yield frame('messageStart', { role: 'assistant' });
  for (const [contentBlockIndex, block] of answer.blocks.entries()) {
    if (block.type === 'tool_use') {
      const start = { toolUse: { name: block.name, toolUseId: block.id } };
      yield frame('contentBlockStart', { contentBlockIndex, start });
    }
    for (const piece of block.pieces) {
      yield frame('contentBlockDelta', { contentBlockIndex, delta: pieceDelta(block.type, piece) }, piece.length);
    }
    if (block.type === 'thinking') {
      const delta = { reasoningContent: { signature: block.signature } };
      yield frame('contentBlockDelta', { contentBlockIndex, delta }, 0);
    }
    yield frame('contentBlockStop', { contentBlockIndex });
  }
  yield frame('messageStop', { stopReason: stopReason(answer) });
}

function frame(type: string, json: Json, characters?: number): AnswerFrame {
  return { bytes: encode(type, json), delta: characters !== undefined, characters: characters ?? 0 };
}

function encode(type: string, json: Json): Buffer {
  return encodeEvent(type, JSON.stringify({ ...json, p: padding(JSON.stringify(json).length) }));
}

/** Of the five classes `inputTokens` has the uncached input alone, `totalTokens` all. */
function tokenUsage(usage: Usage): Json {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = usage;
  const written = [
    { inputTokens: cacheWrite1h, ttl: '1h' },
    { inputTokens: cacheWrite5m, ttl: '5m' },
  ];
  return {
    cacheDetails: written.filter(({ inputTokens }) => inputTokens > 0),
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite5m + cacheWrite1h,
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + output + cacheRead + cacheWrite5m + cacheWrite1h,
  };
}

function pieceDelta(type: AnswerBlock['type'], piece: string): Json {
  if (type === 'text') return { text: piece };
  return type === 'thinking' ? { reasoningContent: { text: piece } } : { toolUse: { input: piece } };
}

function wholeBlock(block: AnswerBlock): Json {
  const text = block.pieces.join('');
  if (block.type === 'text') return { text };
  if (block.type === 'thinking') return { reasoningContent: { reasoningText: { signature: block.signature, text } } };
  return { toolUse: { input: text === '' ? {} : JSON.parse(text), name: block.name, toolUseId: block.id } };
}
