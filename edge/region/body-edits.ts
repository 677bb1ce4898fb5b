import type { JsonMember } from '../../tenancy/json-members.ts';
import { type NestedValue, readNested } from '../../tenancy/json-nested.ts';
import type { Model } from '../../tenancy/model.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { FieldPath } from '../../tenancy/translation.ts';
import { objectPieces, type Piece, Pieces } from './pieces.ts';

/** By top-level field: what its value becomes, or null where the whole member goes. What is not named stays. */
export type Edits = ReadonlyMap<string, readonly Piece[] | null>;

type Source = { readonly bytes: Uint8Array; readonly members: readonly JsonMember[] };
type Fields = Omit<Model, 'betas'>;

const LEAST_BUDGET = 1024;

/**
 * What this model needs changed in a body. Nothing is looked into that the model takes as it is, so that a model which
 * takes everything costs the reading of `max_tokens`.
 * @param cut what belongs to betas that are not sent
 * @returns or, in words for the client, why it cannot be decided
 */
export function planEdits(
  source: Source,
  model: Fields,
  cut: readonly FieldPath[],
): Result<{ edits: Edits; maxTokens: number | null }, string> {
  const edits = new Map<string, readonly Piece[] | null>();
  for (const field of model.dropFields) edits.set(field, null);
  for (const { field, member } of cut) if (member === undefined) edits.set(field, null);
  if (!model.outputConfig) edits.set('output_config', null);

  const asked = readField(source, 'max_tokens');
  const maxTokens = typeof asked === 'number' && !Number.isNaN(asked) ? Math.min(asked, model.maxOutputTokens) : null;
  if (maxTokens !== null && maxTokens !== asked) edits.set('max_tokens', [String(maxTokens)]);

  for (const [name, members] of nestedCuts(cut)) {
    const field = edits.has(name) ? undefined : fieldOf(source, name);
    const done = field && withoutNested(source.bytes, field, members);
    if (done && !done.ok) return done;
    if (done?.value) edits.set(name, done.value);
  }
  const thinking = model.adaptiveThinking || edits.has('thinking') ? undefined : fieldOf(source, 'thinking');
  if (thinking) {
    const limit = Math.min(model.thinkingBudgetTokens, (maxTokens ?? model.maxOutputTokens) - 1);
    const done = withBudget(source.bytes, thinking, Math.floor(limit));
    if (!done.ok) return done;
    if (done.value !== undefined) edits.set('thinking', done.value);
  }
  const messages = model.systemMessages || edits.has('messages') ? undefined : fieldOf(source, 'messages');
  if (messages) {
    const done = withoutSystemRole(source.bytes, messages);
    if (!done.ok) return done;
    if (done.value) edits.set('messages', done.value);
  }
  return ok({ edits, maxTokens });
}

/** The value of one small top-level member: undefined when it is not there; NaN, which no field accepts, when it is no JSON. */
export function readField(source: Source, key: string): unknown {
  const member = fieldOf(source, key);
  return member && parsed(source.bytes, member);
}

function fieldOf({ members }: Source, key: string): JsonMember | undefined {
  return members.find((one) => one.key === key);
}

function parsed(bytes: Uint8Array, { valueStart, valueEnd }: JsonMember): unknown {
  try {
    return JSON.parse(view(bytes, valueStart, valueEnd).toString());
  } catch {
    return Number.NaN;
  }
}

function view(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}

/**
 * Whether this text can stand in the value, as a key or as a string of its own. Letters have no escape but `\u00..`, so a
 * value without either cannot hold it in any spelling, and needs no scan. What is looked for begins with a letter: quotes
 * and backslashes stand everywhere in a conversation, and each would stop the search.
 */
function mayHold(bytes: Uint8Array, { valueStart, valueEnd }: JsonMember, text: string): boolean {
  const value = view(bytes, valueStart, valueEnd);
  return value.includes(`${text}"`) || value.includes('u00');
}

function nestedCuts(cut: readonly FieldPath[]): Map<string, string[]> {
  const cuts = new Map<string, string[]>();
  for (const { field, member } of cut) {
    if (member !== undefined) cuts.set(field, [...(cuts.get(field) ?? []), member]);
  }
  return cuts;
}

/** Cuts members out of each element of an array. Null when there is nothing to cut. */
function withoutNested(
  bytes: Uint8Array,
  field: JsonMember,
  names: readonly string[],
): Result<readonly Piece[] | null, string> {
  if (bytes[field.valueStart] !== 0x5b || !names.some((name) => mayHold(bytes, field, name))) return ok(null);
  const read = readNested(bytes, field, names, field.key);
  if (!read.ok) return no(read.what);
  const pieces = new Pieces();
  let at = field.valueStart;
  for (const { start, end, members } of read.values) {
    if (!members?.some(({ key }) => names.includes(key))) continue;
    pieces.run(at, start);
    for (const piece of objectPieces(members, (key) => names.includes(key))) pieces.add(piece);
    at = end;
  }
  if (at === field.valueStart) return ok(null);
  pieces.run(at, field.valueEnd);
  return ok(pieces.list);
}

/**
 * Adaptive thinking as a budget, for a model that knows no other. Undefined when it is not adaptive; null when no budget
 * is possible below `max_tokens`: then the model answers without thinking.
 */
function withBudget(
  bytes: Uint8Array,
  field: JsonMember,
  budget: number,
): Result<readonly Piece[] | null | undefined, string> {
  if (bytes[field.valueStart] !== 0x7b || !mayHold(bytes, field, 'adaptive')) return ok(undefined);
  const read = readNested(bytes, field, ['type'], field.key);
  if (!read.ok) return no(read.what);
  const type = read.values[0]?.members?.find(({ key }) => key === 'type');
  if (!type || parsed(bytes, type) !== 'adaptive') return ok(undefined);
  return ok(budget < LEAST_BUDGET ? null : [`{"type":"enabled","budget_tokens":${budget}}`]);
}

/**
 * Messages of the role `system` as the user's, each as it is but for its role. One that stands between an assistant's
 * message and the user's answer goes behind the answer: tool results must come first there. Null when there is none.
 */
function withoutSystemRole(bytes: Uint8Array, field: JsonMember): Result<readonly Piece[] | null, string> {
  if (bytes[field.valueStart] !== 0x5b || !mayHold(bytes, field, 'system')) return ok(null);
  const read = readNested(bytes, field, ['role'], field.key);
  if (!read.ok) return no(read.what);
  const roles = read.values.map(({ members }) => {
    const role = members?.find(({ key }) => key === 'role');
    return role && { at: role, means: parsed(bytes, role) };
  });
  if (!roles.some((role) => role?.means === 'system')) return ok(null);

  const pieces = new Pieces();
  let gap = field.valueStart;
  const order = answersFirst(roles.map((role) => role?.means));
  // The separators stay in their places; the messages between them may have moved.
  for (const [place, from] of order.entries()) {
    const [slot, message] = [read.values[place], read.values[from]] as [NestedValue, NestedValue];
    pieces.run(gap, slot.start);
    const role = roles[from];
    if (role?.means === 'system') {
      pieces.run(message.start, role.at.valueStart);
      pieces.add('"user"');
      pieces.run(role.at.valueEnd, message.end);
    } else pieces.run(message.start, message.end);
    gap = slot.end;
  }
  pieces.run(gap, field.valueEnd);
  return ok(pieces.list);
}

/** The order in which the messages go out, by their places: a run of `system` behind an assistant lets the user pass. */
function answersFirst(roles: readonly unknown[]): number[] {
  const order: number[] = [];
  for (let at = 0; at < roles.length; at++) {
    let end = at;
    while (roles[end] === 'system') end++;
    const waits = end > at && roles[at - 1] === 'assistant' && roles[end] === 'user';
    if (waits) order.push(end);
    for (let one = at; one < Math.max(end, at + 1); one++) order.push(one);
    at = waits ? end : Math.max(end, at + 1) - 1;
  }
  return order;
}
