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

/** Why the model ended, in the words of both wires. */
export function stopReason(answer: Answer): 'tool_use' | 'end_turn' {
  return answer.blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn';
}
