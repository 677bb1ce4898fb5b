import { invalid, type Refusal } from './exceptions.ts';
import type { Model } from './models.ts';
import { blocksOf, type Message, type ModelRequest } from './request.ts';
import { thinkingIsGenuine } from './thinking.ts';
import { findToolPairProblem } from './tool-turns.ts';
import { promptTokens } from './usage.ts';

/** Top-level fields that every model takes; `undefined` = always, a flag = only with that beta. */
const FIELDS: Readonly<Record<string, string | undefined>> = {
  anthropic_version: undefined,
  anthropic_beta: undefined,
  max_tokens: undefined,
  messages: undefined,
  system: undefined,
  tools: undefined,
  tool_choice: undefined,
  thinking: undefined,
  temperature: undefined,
  top_p: undefined,
  top_k: undefined,
  stop_sequences: undefined,
  metadata: undefined,
  output_config: undefined,
  context_management: 'context-management-2025-06-27',
};

type Json = Readonly<Record<string, unknown>>;

/** Checks a body as Bedrock does for this model, and gives it its type; the first fault found is the answer. */
export function parseAndValidate(body: Buffer, model: Model): ModelRequest | Refusal {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return invalid('Malformed input request, please reformat your input and try again.');
  }
  if (!isObject(parsed)) return invalid('Malformed input request: #: expected type: JSONObject');
  return validate(parsed, model);
}

/** The same for a body that was parsed, or put together, already. */
export function validate(body: Json, model: Model): ModelRequest | Refusal {
  const problem = findProblem(body, model);
  return problem === undefined ? (body as unknown as ModelRequest) : invalid(problem);
}

function findProblem(body: Json, model: Model): string | undefined {
  const betas = body['anthropic_beta'] ?? [];
  // One unknown flag refuses the whole request, whatever else is right about it.
  if (!Array.isArray(betas) || betas.some((beta) => !model.betas.has(beta))) return 'invalid beta flag';
  const version = body['anthropic_version'];
  if (version === undefined) return 'anthropic_version: Field required';
  if (version !== 'bedrock-2023-05-31') return "anthropic_version: Input should be 'bedrock-2023-05-31'";
  for (const field of Object.keys(body)) {
    const known = Object.hasOwn(FIELDS, field);
    const beta = field === 'output_config' && !model.outputConfig ? 'effort-2025-11-24' : FIELDS[field];
    if (!known || (beta !== undefined && !betas.includes(beta))) return `${field}: Extra inputs are not permitted`;
  }
  const maxTokens = body['max_tokens'];
  if (maxTokens === undefined) return 'max_tokens: Field required';
  if (!Number.isInteger(maxTokens)) return 'max_tokens: Input should be a valid integer';
  if (Number(maxTokens) < 1) return 'max_tokens: Input should be greater than or equal to 1';
  return (
    findMessageProblem(body['messages'], model) ??
    findSystemProblem(body['system']) ??
    findToolProblem(body['tools'], betas) ??
    findThinkingProblem(body['thinking'], Number(maxTokens), model) ??
    findCacheProblem(body as unknown as ModelRequest) ??
    findSizeProblem(body as unknown as ModelRequest, model, betas)
  );
}

function findMessageProblem(messages: unknown, model: Model): string | undefined {
  if (messages === undefined) return 'messages: Field required';
  if (!Array.isArray(messages)) return 'messages: Input should be a valid list';
  if (messages.length === 0) return 'messages: at least one message is required';
  for (const [i, message] of messages.entries()) {
    if (!isObject(message)) return `messages.${i}: Input should be an object`;
    const { role, content } = message;
    if (role === 'system' && !model.systemMessages) {
      return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
    }
    if (role !== 'user' && role !== 'assistant' && role !== 'system') {
      return `messages.${i}.role: Input should be 'user' or 'assistant'`;
    }
    if (i === 0 && role !== 'user') return 'messages: first message must use the "user" role';
    if (!isContent(content)) return `messages.${i}.content: Input should be a valid string or list of blocks`;
    if (content.length === 0 && !(role === 'assistant' && i === messages.length - 1)) {
      return `messages.${i}: all messages must have non-empty content except for the optional final assistant message`;
    }
    const forged = blocksOf(content).findIndex(
      (block) => block.type === 'thinking' && !thinkingIsGenuine(block['thinking'], block['signature']),
    );
    if (forged >= 0) return `messages.${i}.content.${forged}: Invalid \`signature\` in \`thinking\` block`;
  }
  return findToolPairProblem(messages as Message[]);
}

function findSystemProblem(system: unknown): string | undefined {
  if (system === undefined || isContent(system)) return undefined;
  return 'system: Input should be a valid string or list of blocks';
}

function findToolProblem(tools: unknown, betas: readonly unknown[]): string | undefined {
  if (tools === undefined) return undefined;
  if (!Array.isArray(tools)) return 'tools: Input should be a valid list';
  for (const [i, tool] of tools.entries()) {
    if (!isObject(tool) || typeof tool['name'] !== 'string') return `tools.${i}.custom.name: Field required`;
    if ('defer_loading' in tool && !betas.includes('tool-search-tool-2025-10-19')) {
      return `tools.${i}.custom.defer_loading: Extra inputs are not permitted`;
    }
  }
  return undefined;
}

function findThinkingProblem(thinking: unknown, maxTokens: number, model: Model): string | undefined {
  if (thinking === undefined) return undefined;
  if (!isObject(thinking)) return 'thinking: Input should be an object';
  const tags = model.adaptiveThinking ? ['disabled', 'enabled', 'adaptive'] : ['disabled', 'enabled'];
  const type = String(thinking['type']);
  if (!tags.includes(type)) {
    const expected = tags.map((tag) => `'${tag}'`).join(', ');
    return `thinking: Input tag '${type}' found using 'type' does not match any of the expected tags: ${expected}`;
  }
  if (type !== 'enabled') return undefined;
  const budget = thinking['budget_tokens'];
  if (typeof budget !== 'number') return 'thinking.enabled.budget_tokens: Field required';
  if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
  return maxTokens > budget ? undefined : '`max_tokens` must be greater than `thinking.budget_tokens`.';
}

function findCacheProblem(request: ModelRequest): string | undefined {
  const places: [string, Json][] = [
    ...(request.tools ?? []).map((tool, i): [string, Json] => [`tools.${i}`, tool]),
    ...blocksOf(request.system).map((block, i): [string, Json] => [`system.${i}`, block]),
    ...request.messages.flatMap(({ content }, m) =>
      blocksOf(content).map((block, i): [string, Json] => [`messages.${m}.content.${i}`, block]),
    ),
  ];
  const marked = places.filter(([, block]) => isObject(block['cache_control']));
  for (const [place, block] of marked) {
    const { type, ttl, ...extra } = block['cache_control'] as Json;
    const where = `${place}.cache_control`;
    if (type !== 'ephemeral') return `${where}.type: Input should be 'ephemeral'`;
    if (ttl !== undefined && ttl !== '5m' && ttl !== '1h')
      return `${where}.ephemeral.ttl: Input should be '5m' or '1h'`;
    const [unknown] = Object.keys(extra);
    if (unknown !== undefined) return `${where}.ephemeral.${unknown}: Extra inputs are not permitted`;
  }
  if (marked.length <= 4) return undefined;
  return `A maximum of 4 blocks with cache_control may be provided. Found ${marked.length}.`;
}

function findSizeProblem(request: ModelRequest, model: Model, betas: readonly unknown[]): string | undefined {
  const limit = betas.includes('context-1m-2025-08-07') ? 1_000_000 : model.contextTokens;
  const tokens = promptTokens(request);
  return tokens > limit ? `prompt is too long: ${tokens} tokens > ${limit} maximum` : undefined;
}

function isContent(content: unknown): content is string | Message['content'] {
  if (typeof content === 'string') return true;
  return Array.isArray(content) && content.every((block) => isObject(block) && typeof block['type'] === 'string');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
