import { judgeConverse, MALFORMED, parseBody } from './converse.ts';
import { invalid, type Refusal } from './exceptions.ts';
import { readMagic } from './magic.ts';
import type { Model } from './models.ts';
import { lastUserText, type ModelRequest } from './request.ts';
import { promptTokens } from './usage.ts';
import { parseAndValidate } from './validate.ts';

/** CountTokens goes no further, whatever context the model itself has. */
const MAX_COUNTED = 200_000;

/** Reads a CountTokens request: what it holds must be a body that the model would take. */
export function readCount(body: Buffer, model: Model): ModelRequest | Refusal {
  const parsed = parseBody(body);
  if (parsed === undefined) return MALFORMED;
  const asked = readInput((parsed['input'] ?? {}) as CountInput, model);
  if ('exception' in asked) return asked;
  const tokens = promptTokens(asked);
  return tokens > MAX_COUNTED ? invalid(`prompt is too long: ${tokens} tokens > ${MAX_COUNTED} maximum`) : asked;
}

interface CountInput {
  readonly invokeModel?: { readonly body?: unknown } | null;
  readonly converse?: Readonly<Record<string, unknown>> | null;
}

function readInput({ invokeModel, converse }: CountInput, model: Model): ModelRequest | Refusal {
  if (converse && !invokeModel) return judgeConverse(converse, model, (complaint) => complaint);
  if (invokeModel && !converse) return parseAndValidate(Buffer.from(String(invokeModel.body), 'base64'), model);
  return invalid('The CountTokensInput object at input must set one of the following keys: invokeModel, converse.');
}

/** What an invocation of the same body would report as input, cache reads and cache writes together. */
export function countTokens(asked: ModelRequest): number {
  const { usage } = readMagic(lastUserText(asked.messages) ?? '');
  if (usage === undefined) return promptTokens(asked);
  return usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}
