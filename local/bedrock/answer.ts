import { randomBytes } from 'node:crypto';
import type { Magic } from './magic.ts';
import { lastToolResult, type ModelRequest, type Tool } from './request.ts';
import { signThinking } from './thinking.ts';
import { tokensOf, type Usage } from './usage.ts';

/** A whole answer, decided before its first byte leaves. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly AnswerBlock[];
  readonly usage: Usage;
}

/** `pieces` are the block's text (or a tool call's JSON) cut into what one delta each carries. */
export type AnswerBlock =
  | { readonly type: 'text'; readonly pieces: readonly string[] }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly pieces: readonly string[] }
  | { readonly type: 'thinking'; readonly signature: string; readonly pieces: readonly string[] };

/** One event of the Messages API; `delta` marks those that carry content. */
export interface AnswerEvent {
  readonly json: Readonly<Record<string, unknown>>;
  readonly delta: boolean;
  /** Characters of content that the event carries. */
  readonly characters: number;
}

const MAX_ECHO = 400;

/** What the model says: a tool call or a number of deltas where the prompt asks for it, else a short echo. */
export function composeAnswer(
  request: ModelRequest,
  magic: Magic,
  model: string,
  input: Omit<Usage, 'output'>,
): Answer {
  const calls = magic.tools.map((call) => callTool(request.tools ?? [], call));
  const blocks = [...think(request, magic), ...calls];
  if (calls.length === 0) blocks.push({ type: 'text', pieces: textPieces(request, magic) });
  const characters = blocks.flatMap((block) => block.pieces).reduce((sum, piece) => sum + piece.length, 0);
  const usage = magic.usage ?? { ...input, output: tokensOf(characters) };
  return { id: `msg_bdrk_01${randomBytes(11).toString('hex')}`, model, blocks, usage };
}

function textPieces(request: ModelRequest, magic: Magic): string[] {
  if (magic.deltas !== undefined) return Array.from({ length: magic.deltas }, (_, n) => `#${n + 1} `);
  const result = lastToolResult(request.messages);
  if (result !== undefined) return words(`The tool said: ${result.slice(0, MAX_ECHO)}`);
  return words(magic.rest === '' ? 'Hello from the local stand-in.' : `You said: ${magic.rest.slice(0, MAX_ECHO)}`);
}

function think(request: ModelRequest, magic: Magic): AnswerBlock[] {
  const { type, display } = request.thinking ?? { type: 'disabled' };
  if (!magic.think || type === 'disabled') return [];
  // `omitted` keeps the thought from the client: what he replays, and what the signature holds for, is the empty text.
  const pieces = display === 'omitted' ? [] : words('The prompt asks for a thought, so here is one.');
  return [{ type: 'thinking', signature: signThinking(pieces.join('')), pieces }];
}

function callTool(tools: readonly Tool[], call: { name: string; input: string }): AnswerBlock {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) return { type: 'text', pieces: words(`I was not offered a tool named ${call.name}.`) };
  const pieces = toolInput(tool, call.input).match(/[\s\S]{1,16}/g) ?? [];
  return { type: 'tool_use', id: `toolu_bdrk_01${randomBytes(11).toString('hex')}`, name: call.name, pieces };
}

function toolInput(tool: Tool, text: string): string {
  if (isJsonObject(text)) return text;
  const schema = tool['input_schema'] as { required?: readonly string[] } | undefined;
  const field = schema?.required?.[0];
  return field === undefined ? '{}' : JSON.stringify({ [field]: text });
}

function isJsonObject(text: string): boolean {
  try {
    return text.startsWith('{') && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Cut so that every answer has at least two deltas: a fault in mid-stream needs a before and an after. */
function words(text: string): string[] {
  return text.match(/\s*\S+\s*?/g) ?? [text];
}

/** The Messages API's usage object. */
export function usageJson(usage: Usage, output: number): Record<string, unknown> {
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

/** The answer as one message, for a call that does not stream. */
export function messageJson(answer: Answer): Record<string, unknown> {
  return {
    ...emptyMessage(answer),
    content: answer.blocks.map((block) => wholeBlock(block)),
    stop_reason: stopReason(answer),
    usage: usageJson(answer.usage, answer.usage.output),
  };
}

/** The answer as its events, in order. */
export function* answerEvents(answer: Answer): Generator<AnswerEvent> {
  const first = { ...emptyMessage(answer), usage: usageJson(answer.usage, Math.min(1, answer.usage.output)) };
  yield event({ type: 'message_start', message: first });
  for (const [index, block] of answer.blocks.entries()) {
    yield event({ type: 'content_block_start', index, content_block: wholeBlock({ ...block, pieces: [] }, true) });
    for (const piece of block.pieces) {
      yield event({ type: 'content_block_delta', index, delta: pieceDelta(block.type, piece) }, piece.length);
    }
    if (block.type === 'thinking') {
      const delta = { type: 'signature_delta', signature: block.signature };
      yield event({ type: 'content_block_delta', index, delta }, 0);
    }
    yield event({ type: 'content_block_stop', index });
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null };
  const { cache_creation: _, ...usage } = usageJson(answer.usage, answer.usage.output);
  yield event({ type: 'message_delta', delta, usage });
}

/** The closing event, into which Bedrock puts its own count; latencies in ms. */
export function closingEvent(usage: Usage, firstByteLatency: number, invocationLatency: number): AnswerEvent {
  return event({
    type: 'message_stop',
    'amazon-bedrock-invocationMetrics': {
      inputTokenCount: usage.input,
      outputTokenCount: usage.output,
      invocationLatency,
      firstByteLatency,
      cacheReadInputTokenCount: usage.cacheRead,
      cacheWriteInputTokenCount: usage.cacheWrite5m + usage.cacheWrite1h,
    },
  });
}

function event(json: Record<string, unknown>, characters?: number): AnswerEvent {
  return { json, delta: characters !== undefined, characters: characters ?? 0 };
}

function emptyMessage({ id, model }: Answer): Record<string, unknown> {
  return { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null };
}

function stopReason(answer: Answer): string {
  return answer.blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn';
}

function pieceDelta(type: AnswerBlock['type'], piece: string): Record<string, string> {
  if (type === 'text') return { type: 'text_delta', text: piece };
  return type === 'thinking'
    ? { type: 'thinking_delta', thinking: piece }
    : { type: 'input_json_delta', partial_json: piece };
}

function wholeBlock(block: AnswerBlock, opening = false): Record<string, unknown> {
  const text = block.pieces.join('');
  if (block.type === 'text') return { type: 'text', text };
  if (block.type === 'thinking') return { type: 'thinking', thinking: text, signature: opening ? '' : block.signature };
  return { type: 'tool_use', id: block.id, name: block.name, input: text === '' ? {} : JSON.parse(text) };
}
