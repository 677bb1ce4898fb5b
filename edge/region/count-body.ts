import { readJsonMembers } from '../../tenancy/json-members.ts';
import { readNested } from '../../tenancy/json-nested.ts';
import type { Model } from '../../tenancy/model.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { Translated } from './content.ts';
import { objectPieces, type Piece, writePieces } from './pieces.ts';

/**
 * Refuses what nobody could count. Bedrock would say so itself, but an estimate prices any bytes: a client that is given a
 * number for a damaged prompt believes it.
 * @param path how a refusal names the body
 */
export function refuseUncountable(bytes: Uint8Array, path = ''): Refusal | null {
  const body = parsed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  if (!isObject(body)) return malformed(`${path || 'the body'} is not JSON, or no object`);
  return refuseMessages(body['messages'], path === '' ? 'messages' : `${path}.messages`);
}

function refuseMessages(messages: unknown, path: string): Refusal | null {
  if (messages === undefined) return malformed(`${path}: Field required`);
  if (!Array.isArray(messages)) return malformed(`${path}: Input should be a valid list`);
  if (messages.length === 0) return malformed(`${path}: at least one message is required`);
  const odd = messages.findIndex((message) => !isObject(message));
  return odd === -1 ? null : malformed(`${path}.${odd}: Input should be an object`);
}

/** What Bedrock's own CountTokens is to count: the bytes of an InvokeModel body, or null where it is a Converse request. */
export function readCountInput(input: unknown): Result<Buffer | null, Refusal> {
  if (!isObject(input))
    return no(malformed(`input: ${input === undefined ? 'Field required' : 'Input should be an object'}`));
  const { invokeModel, converse } = input;
  const given = [invokeModel, converse].filter((one) => one !== undefined && one !== null);
  if (given.length !== 1) return no(malformed('input: set one of invokeModel, converse'));
  if (!isObject(given[0])) return no(malformed('input: invokeModel or converse should be an object'));
  if (given[0] === converse) {
    const refusal = refuseMessages(given[0]['messages'], 'input.converse.messages');
    return refusal ? no(refusal) : ok(null);
  }
  const text = given[0]['body'];
  const body = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  // Decoding skips what is no base64: only what comes back as it was, was one.
  if (body.toString('base64') !== text) return no(malformed('input.invokeModel.body: Input should be base64'));
  const refusal = refuseUncountable(body, 'input.invokeModel.body');
  return refusal ? no(refusal) : ok(body);
}

/**
 * A request of CountTokens around a translated body. Anthropic's count takes no `max_tokens` and Bedrock's takes a whole
 * request, so the model's limit goes in; and a budget for thinking, which counts for nothing here, is kept below it.
 */
export function countRequest({ body, maxTokens }: Translated, { maxOutputTokens }: Model): Buffer {
  const whole = maxTokens === null ? withLimit(body, maxOutputTokens) : body;
  return Buffer.from(JSON.stringify({ input: { invokeModel: { body: whole.toString('base64') } } }));
}

function withLimit(body: Buffer, limit: number): Buffer {
  const read = readJsonMembers(body);
  if (!read.ok) return body;
  const thinking = read.members.find(({ key }) => key === 'thinking');
  const lowered = thinking && loweredBudget(body, thinking, limit - 1);
  const values = new Map(lowered ? [['thinking', lowered]] : []);
  const without = (key: string): boolean => key === 'max_tokens';
  return writePieces(body, objectPieces(read.members, without, { first: `"max_tokens":${limit}`, values }));
}

/** `thinking` with a budget of `most`; null when it names none above. */
function loweredBudget(
  body: Buffer,
  thinking: { readonly valueStart: number; readonly valueEnd: number },
  most: number,
): readonly Piece[] | null {
  const read = readNested(body, thinking, ['budget_tokens'], 'thinking');
  const members = read.ok ? read.values[0]?.members : null;
  const budget = members?.find(({ key }) => key === 'budget_tokens');
  if (!members || !budget || !(Number(body.toString('utf8', budget.valueStart, budget.valueEnd)) > most)) return null;
  return objectPieces(members, () => false, { values: new Map([['budget_tokens', [String(most)]]]) });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(what: string): Refusal {
  return { kind: 'request_malformed', what };
}
