type Json = Readonly<Record<string, unknown>>;

const ROLES = ['user', 'assistant', 'system'];
const KINDS = ['text', 'image', 'toolUse', 'toolResult', 'document', 'cachePoint', 'reasoningContent'];
const RESULT_KINDS = ['text', 'json', 'image', 'document'];
/** Fields of the Messages API that Converse has a place of its own for, so that nothing is said twice. */
const OWN_FIELDS = [
  'messages',
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'temperature',
  'top_p',
  'stop_sequences',
];

/** What is wrong with a Converse request before any model has seen it, in Bedrock's words; undefined = nothing. */
export function findConverseProblem(body: Json): string | undefined {
  const { messages, system, toolConfig, inferenceConfig, additionalModelRequestFields: additional } = body;
  if (!isOptional(isObject, inferenceConfig)) return unexpected('inferenceConfig');
  if (!isOptional(isObject, additional)) return unexpected('additionalModelRequestFields');
  const twice = Object.keys(additional ?? {}).find((field) => OWN_FIELDS.includes(field));
  if (twice !== undefined) return `The additional field ${twice} conflicts with an existing field.`;
  if (!isOptional(isList, messages)) return unexpected('messages');
  if (!isOptional(isList, system)) return unexpected('system');
  return (
    findTurnProblem(messages ?? []) ??
    findListProblem(system ?? [], 'system', 'SystemContentBlock', ['text', 'cachePoint']) ??
    findToolConfigProblem(toolConfig, messages ?? [])
  );
}

function findTurnProblem(messages: readonly unknown[]): string | undefined {
  let before: unknown;
  for (const [i, message] of messages.entries()) {
    if (!isObject(message) || !isOptional(isList, message['content'])) return unexpected(`messages.${i}`);
    const { role, content = [] } = message as { role?: unknown; content?: readonly unknown[] };
    if (!ROLES.includes(String(role))) {
      return `1 validation error detected: Value at 'messages.${i + 1}.member.role' failed to satisfy constraint: Member must satisfy enum value set: [${ROLES.join(', ')}]`;
    }
    if (content.length === 0) {
      return `The content field in the Message object at messages.${i} is empty. Add a ContentBlock object to the content field and try again.`;
    }
    if (i === 0 && role !== 'user') {
      return 'A conversation must start with a user message. Try again with a conversation that starts with a user message.';
    }
    if (role === before) {
      return 'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.';
    }
    if (role !== 'system') before = role;
    const problem = findListProblem(content, `messages.${i}.content`, 'ContentBlock', KINDS);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findListProblem(
  blocks: readonly unknown[],
  place: string,
  name: string,
  kinds: readonly string[],
): string | undefined {
  for (const [i, block] of blocks.entries()) {
    const where = `${place}.${i}`;
    const keys = isObject(block) ? Object.keys(block) : [];
    const [kind = ''] = keys;
    if (keys.length !== 1 || !kinds.includes(kind)) {
      return `The ${name} object at ${where} must set one of the following keys: ${kinds.join(', ')}.`;
    }
    const problem = findBlockProblem(kind, (block as Json)[kind], where, name);
    if (problem !== undefined) return problem;
    if (kind === 'cachePoint' && (i === 0 || isObject((blocks[i - 1] as Json)['cachePoint']))) {
      return `The cachePoint at ${where} has no content before it to cache.`;
    }
  }
  return undefined;
}

function findBlockProblem(kind: string, value: unknown, where: string, name: string): string | undefined {
  if (kind === 'json') return undefined;
  if (kind === 'text') {
    if (typeof value !== 'string') return unexpected(`${where}.text`);
    return value.trim() === '' && name === 'ContentBlock'
      ? `The text field in the ${name} object at ${where} is blank. Add text to the text field, and try again.`
      : undefined;
  }
  if (!isObject(value)) return unexpected(`${where}.${kind}`);
  if (kind === 'cachePoint' && value['type'] !== 'default') return unexpected(`${where}.cachePoint.type`);
  if ((kind === 'image' || kind === 'document') && !isObject(value['source']))
    return unexpected(`${where}.${kind}.source`);
  if (
    kind === 'reasoningContent' &&
    typeof value['redactedContent'] !== 'string' &&
    !isObject(value['reasoningText'])
  ) {
    return unexpected(`${where}.reasoningContent`);
  }
  if (kind === 'toolUse' && !(typeof value['toolUseId'] === 'string' && isObject(value['input']))) {
    return unexpected(`${where}.toolUse`);
  }
  if (kind !== 'toolResult') return undefined;
  const { content } = value;
  if (!isList(content)) return unexpected(`${where}.toolResult.content`);
  return findListProblem(content, `${where}.toolResult.content`, 'ToolResultContentBlock', RESULT_KINDS);
}

function findToolConfigProblem(toolConfig: unknown, messages: readonly unknown[]): string | undefined {
  if (toolConfig === undefined) {
    const blocks = (messages as readonly { content: readonly Json[] }[]).flatMap(({ content }) => content);
    const called = blocks.some((block) => 'toolUse' in block || 'toolResult' in block);
    return called
      ? 'The toolConfig field must be defined when using toolUse and toolResult content blocks.'
      : undefined;
  }
  if (!isObject(toolConfig) || !isList(toolConfig['tools'])) return unexpected('toolConfig.tools');
  const { tools, toolChoice } = toolConfig as { tools: readonly unknown[]; toolChoice?: unknown };
  if (toolChoice !== undefined && !(isObject(toolChoice) && Object.keys(toolChoice).length === 1)) {
    return unexpected('toolConfig.toolChoice');
  }
  return findListProblem(tools, 'toolConfig.tools', 'Tool', ['toolSpec', 'cachePoint']);
}

function unexpected(place: string): string {
  return `The format of the value at ${place} is invalid. Provide a value of the right type for the field and try again.`;
}

function isOptional<T>(is: (value: unknown) => value is T, value: unknown): value is T | undefined {
  return value === undefined || is(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
