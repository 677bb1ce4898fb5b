import { type Block, blocksOf, type Message } from './request.ts';

/** Messages of one role in a row are one turn to the model; a `system` message between them divides nothing. */
interface Turn {
  readonly role: string;
  readonly blocks: { readonly place: string; readonly block: Block }[];
  readonly lastMessage: number;
}

/**
 * What is wrong with the pairs of tool calls and results: a turn that follows calls begins with one result for each,
 * and no result stands anywhere else.
 */
export function findToolPairProblem(messages: readonly Message[]): string | undefined {
  let open: readonly unknown[] = [];
  let asking = 0;
  for (const { blocks, lastMessage } of mergeTurns(messages)) {
    const answered = new Set<unknown>();
    for (const { place, block } of blocks) {
      if (block.type !== 'tool_result') continue;
      const id = block['tool_use_id'];
      if (!open.includes(id)) {
        return `${place}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
      }
      if (answered.has(id)) {
        return `${place}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`;
      }
      answered.add(id);
    }
    const firstOther = blocks.findIndex(({ block }) => block.type !== 'tool_result');
    const leading = firstOther === -1 ? blocks : blocks.slice(0, firstOther);
    const unanswered = open.filter((id) => !leading.some(({ block }) => block['tool_use_id'] === id));
    if (unanswered.length > 0) {
      return `messages.${asking}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
    }
    open = blocks.filter(({ block }) => block.type === 'tool_use').map(({ block }) => block['id']);
    asking = lastMessage;
  }
  return undefined;
}

function mergeTurns(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const [i, { role, content }] of messages.entries()) {
    if (role === 'system') continue;
    const blocks = blocksOf(content).map((block, n) => ({ place: `messages.${i}.content.${n}`, block }));
    const last = turns.at(-1);
    if (last?.role === role) turns[turns.length - 1] = { role, blocks: [...last.blocks, ...blocks], lastMessage: i };
    else turns.push({ role, blocks, lastMessage: i });
  }
  return turns;
}
