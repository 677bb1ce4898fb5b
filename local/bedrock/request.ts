/** The request body's shapes, as far as the stand-in looks into them. `validate` proves what is required here. */
export interface ModelRequest {
  readonly anthropic_beta?: readonly string[];
  readonly max_tokens: number;
  readonly messages: readonly Message[];
  readonly system?: string | readonly Block[];
  readonly tools?: readonly Tool[];
  readonly thinking?: { readonly type: string; readonly display?: string; readonly budget_tokens?: number };
}

export interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

export interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Tool {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** A message's or the system prompt's blocks; plain text is one block. */
export function blocksOf(content: string | readonly Block[] | undefined): readonly Block[] {
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The user's last turn: all his messages between the model's. */
function lastUserBlocks(messages: readonly Message[]): Block[] {
  const until = messages.findLastIndex((message) => message.role === 'user') + 1;
  const from = messages.slice(0, until).findLastIndex((message) => message.role === 'assistant') + 1;
  const turn = messages.slice(from, until).filter((message) => message.role === 'user');
  return turn.flatMap(({ content }) => blocksOf(content));
}

/**
 * What the person typed last: the last text block of his last turn that is more than `<system-reminder>`s,
 * which Claude Code puts around it. Undefined when there is none.
 */
export function lastUserText(messages: readonly Message[]): string | undefined {
  for (const block of lastUserBlocks(messages).toReversed()) {
    if (block.type !== 'text' || typeof block['text'] !== 'string') continue;
    const text = block['text'].replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim();
    if (text !== '') return text;
  }
  return undefined;
}

/** The text of the last tool result in the user's last turn; undefined when it holds none. */
export function lastToolResult(messages: readonly Message[]): string | undefined {
  const result = lastUserBlocks(messages).findLast((block) => block.type === 'tool_result');
  if (result === undefined) return undefined;
  return blocksOf(result['content'] as string | readonly Block[] | undefined)
    .map((block) => (typeof block['text'] === 'string' ? block['text'] : `[${block.type}]`))
    .join('\n');
}
