import { type JsonMember, MAX_DEPTH, MAX_MEMBERS, QUOTE, skipSpace, skipString, skipValue } from './json-members.ts';

/**
 * A value that stands inside the body. `members` is null for one that is no object; of others, every member in order.
 * A key that nobody watches for is the empty text.
 */
export type NestedValue = {
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[] | null;
};

export type NestedValues =
  | { readonly ok: true; readonly values: readonly NestedValue[] }
  | { readonly ok: false; readonly what: string };

type Step<Value> = { readonly ok: true; readonly value: Value; readonly end: number } | Fault;
type Fault = { readonly ok: false; readonly what: string };

/** As many messages as the API takes in one request; a body of nothing but commas must not cost memory in proportion. */
const MAX_ELEMENTS = 100_000;
const BACKSLASH = 0x5c;

/**
 * The elements of an array, or an object as the only value; none for a value of another kind, which is the model's to
 * refuse. Two levels are looked at and no more, so a nest of brackets costs a scan and no stack.
 * Refused: what is no JSON at these levels, and one of the `watched` keys written twice in an object or with an escape.
 * Other keys and all values are as free as they are at the top level.
 * @param path how a refusal names the place: `messages`
 */
export function readNested(
  bytes: Uint8Array,
  { valueStart: from, valueEnd: to }: Pick<JsonMember, 'valueStart' | 'valueEnd'>,
  watched: readonly string[],
  path: string,
): NestedValues {
  if (bytes[from] === 0x7b) {
    const one = readObject(bytes, from, watched, path);
    if (!one.ok) return one;
    return one.end === to
      ? { ok: true, values: [{ start: from, end: to, members: one.value }] }
      : fault(`${path}: not JSON behind byte ${one.end}`);
  }
  if (bytes[from] !== 0x5b) return { ok: true, values: [] };
  const values: NestedValue[] = [];
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === 0x5d && at + 1 === to) return { ok: true, values };
  for (;;) {
    const place = `${path}.${values.length}`;
    const one: Step<readonly JsonMember[] | null> =
      bytes[at] === 0x7b ? readObject(bytes, at, watched, place) : readOther(bytes, at, place);
    if (!one.ok) return one;
    if (values.push({ start: at, end: one.end, members: one.value }) > MAX_ELEMENTS)
      return fault(`${path}: more than ${MAX_ELEMENTS} items`);
    at = skipSpace(bytes, one.end);
    if (bytes[at] === 0x5d) return at + 1 === to ? { ok: true, values } : fault(`${path}: not JSON behind byte ${at}`);
    if (bytes[at] !== 0x2c) return fault(`${path}: not JSON: expected "," or "]" at byte ${at}`);
    at = skipSpace(bytes, at + 1);
  }
}

function readObject(
  bytes: Uint8Array,
  from: number,
  watched: readonly string[],
  path: string,
): Step<readonly JsonMember[]> {
  const members: JsonMember[] = [];
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === 0x7d) return { ok: true, value: members, end: at + 1 };
  for (;;) {
    const start = at;
    const key = readKey(bytes, at, watched, path);
    if (!key.ok) return key;
    if (key.value !== '' && members.some((one) => one.key === key.value))
      return fault(`${path}: the key "${key.value}" stands twice; send it once`);
    at = skipSpace(bytes, key.end);
    if (bytes[at] !== 0x3a) return fault(`${path}: not JSON: expected ":" at byte ${at}`);
    const valueStart = skipSpace(bytes, at + 1);
    const one = readOther(bytes, valueStart, path);
    if (!one.ok) return one;
    if (members.push({ key: key.value, start, valueStart, valueEnd: one.end }) > MAX_MEMBERS)
      return fault(`${path}: more than ${MAX_MEMBERS} keys`);
    at = skipSpace(bytes, one.end);
    if (bytes[at] === 0x7d) return { ok: true, value: members, end: at + 1 };
    if (bytes[at] !== 0x2c) return fault(`${path}: not JSON: expected "," or "}" at byte ${at}`);
    at = skipSpace(bytes, at + 1);
  }
}

/** The key at this byte, if it is a watched one; else an empty text: only its bytes matter from here on. */
function readKey(bytes: Uint8Array, at: number, watched: readonly string[], path: string): Step<string> {
  const end = bytes[at] === QUOTE ? skipString(bytes, at) : 0;
  if (end === 0 || end > bytes.length) return fault(`${path}: not JSON: expected a key at byte ${at}`);
  let escaped = false;
  for (let one = at + 1; one < end - 1; one++) {
    const byte = bytes[one] ?? 0;
    if (byte === BACKSLASH) escaped = true;
    else if (byte < 0x20) return fault(`${path}: not JSON: a control character in the key at byte ${at}`);
  }
  if (!escaped) return { ok: true, value: watched.find((key) => stands(bytes, at + 1, end - 1, key)) ?? '', end };
  const meant = unescaped(bytes.subarray(at, end));
  if (meant === null) return fault(`${path}: not JSON: an unknown escape in the key at byte ${at}`);
  if (watched.includes(meant)) return fault(`${path}: the key "${meant}" is written with an escape; write it plainly`);
  return { ok: true, value: '', end };
}

function stands(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let at = from; at < to; at++) if (bytes[at] !== text.charCodeAt(at - from)) return false;
  return true;
}

function unescaped(text: Uint8Array): string | null {
  try {
    return String(JSON.parse(new TextDecoder().decode(text)));
  } catch {
    return null;
  }
}

function readOther(bytes: Uint8Array, at: number, path: string): Step<null> {
  const end = skipValue(bytes, at);
  if (end < 0) return fault(`${path}: nested deeper than ${MAX_DEPTH} levels`);
  return end > at && end <= bytes.length
    ? { ok: true, value: null, end }
    : fault(`${path}: not JSON: no complete value at byte ${at}`);
}

function fault(what: string): Fault {
  return { ok: false, what };
}
