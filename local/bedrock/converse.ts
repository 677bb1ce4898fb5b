import { findConverseProblem } from './converse-shape.ts';
import { invalid, type Refusal, refuse } from './exceptions.ts';
import type { Model } from './models.ts';
import type { ModelRequest } from './request.ts';
import { validate } from './validate.ts';

type Json = Readonly<Record<string, unknown>>;

/** What Converse lets the model say where the request names no `maxTokens`. */
const DEFAULT_MAX_TOKENS = 64_000;

/** A body as a JSON object; undefined when it is none. */
export function parseBody(body: Buffer): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** What Bedrock's own operations say to a body that is no JSON object. */
export const MALFORMED = refuse('SerializationException', 'Unable to parse the request body');

/** Reads a Converse request for a model, whose complaint comes back quoted. */
export function readConverse(body: Buffer, model: Model): ModelRequest | Refusal {
  const parsed = parseBody(body);
  const quote = (complaint: string): string => `The model returned the following errors: ${complaint}`;
  return parsed === undefined ? MALFORMED : judgeConverse(parsed, model, quote);
}

/**
 * Judges a Converse request as Bedrock does: its shape first, in Bedrock's words, and then, put into the Messages API's
 * words, as the model would; `quote` words the model's complaint.
 */
export function judgeConverse(body: Json, model: Model, quote: (complaint: string) => string): ModelRequest | Refusal {
  const problem = findConverseProblem(body);
  if (problem !== undefined) return invalid(problem);
  const asked = validate(toMessagesBody(body as unknown as ConverseBody), model);
  return 'exception' in asked ? invalid(quote(asked.message)) : asked;
}

interface ConverseBody {
  readonly messages?: readonly { readonly role: string; readonly content: readonly Json[] }[];
  readonly system?: readonly Json[];
  readonly inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  readonly toolConfig?: { readonly tools: readonly Json[]; readonly toolChoice?: Json };
  readonly additionalModelRequestFields?: Json;
}

function toMessagesBody(body: ConverseBody): Json {
  const { maxTokens, temperature, topP, stopSequences } = body.inferenceConfig ?? {};
  const { tools, toolChoice } = body.toolConfig ?? {};
  return compact({
    anthropic_version: 'bedrock-2023-05-31',
    ...body.additionalModelRequestFields,
    max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    temperature,
    top_p: topP,
    stop_sequences: stopSequences,
    messages: body.messages?.map(({ role, content }) => ({ role, content: marked(content, toBlock) })),
    system: body.system && marked(body.system, toBlock),
    tools: tools && marked(tools, toTool),
    tool_choice: toolChoice && toToolChoice(toolChoice),
  });
}

/** A `cachePoint` of Converse stands behind what it marks; the Messages API has the mark on the block itself. */
function marked(items: readonly Json[], translate: (item: Json) => Json): Json[] {
  const blocks: Json[] = [];
  for (const item of items) {
    const point = item['cachePoint'] as { ttl?: string } | undefined;
    const last = blocks.pop();
    if (point === undefined) blocks.push(...(last === undefined ? [] : [last]), translate(item));
    else blocks.push({ ...last, cache_control: compact({ type: 'ephemeral', ttl: point.ttl }) });
  }
  return blocks;
}

function toTool(item: Json): Json {
  const { name, description, inputSchema, strict } = item['toolSpec'] as Json;
  return compact({ name, description, input_schema: (inputSchema as { json?: unknown } | undefined)?.json, strict });
}

function toToolChoice(choice: Json): Json {
  const { name } = (choice['tool'] ?? {}) as { name?: string };
  return name === undefined ? { type: Object.keys(choice)[0] } : { type: 'tool', name };
}

function toBlock(item: Json): Json {
  const [[kind = '', value] = []] = Object.entries(item);
  if (kind === 'text') return { type: 'text', text: value };
  const fields = value as Json;
  switch (kind) {
    case 'image':
      return { type: 'image', source: toSource(fields['source'] as Json, `image/${fields['format']}`) };
    case 'document':
      return compact({
        type: 'document',
        title: fields['name'],
        source: toSource(fields['source'] as Json, fields['format'] === 'pdf' ? 'application/pdf' : 'text/plain'),
      });
    case 'toolUse':
      return { type: 'tool_use', id: fields['toolUseId'], name: fields['name'], input: fields['input'] };
    case 'toolResult':
      return compact({
        type: 'tool_result',
        tool_use_id: fields['toolUseId'],
        content: (fields['content'] as readonly Json[]).map(toBlock),
        is_error: fields['status'] === 'error' ? true : undefined,
      });
    case 'json':
      return { type: 'text', text: JSON.stringify(value) };
    default: {
      const { reasoningText, redactedContent } = fields;
      if (reasoningText === undefined) return { type: 'redacted_thinking', data: redactedContent };
      const { text, signature } = reasoningText as Json;
      return { type: 'thinking', thinking: text, signature };
    }
  }
}

function toSource(source: Json, mediaType: string): Json {
  if (typeof source['text'] === 'string') return { type: 'text', media_type: mediaType, data: source['text'] };
  return { type: 'base64', media_type: mediaType, data: source['bytes'] };
}

function compact(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
