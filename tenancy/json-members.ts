/**
 * Finds the top-level members of a JSON object in its bytes, without building any value: what the gateway must read or
 * replace in a request is at the top level, and everything else has to stay as it is, byte for byte.
 */
export type JsonMember = {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
};

export type JsonMembers =
  | { readonly ok: true; readonly members: readonly JsonMember[]; readonly open: number; readonly close: number }
  | { readonly ok: false; readonly what: string };

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Deeper than any real conversation; a body of nothing but brackets must not cost memory in proportion. */
export const MAX_DEPTH = 256;
const TOO_DEEP = -1;
/** Several times what the API knows, for the same reason. */
export const MAX_MEMBERS = 128;
/** A top-level field as every API of this family names them. */
const FIELD = /^[\x20-\x7e]{0,100}$/;

/**
 * Scans the object. Refused: anything but one object, a key written with an escape or with other than printable ASCII,
 * and a key that stands twice. These are how a second `model` would be smuggled past the grant: two readers of one body
 * must see one document, also when one of them forgives a NUL or an overlong encoding.
 * Values are delimited, not validated: what is malformed inside one is the model's to refuse.
 * @param maxDepth of a model's own answer none: that it can be made to nest deeply must not hide what it used
 */
export function readJsonMembers(bytes: Uint8Array, maxDepth = MAX_DEPTH): JsonMembers {
  const length = bytes.length;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== 0x7b) return { ok: false, what: 'the body must be one JSON object' };
  const open = at;
  const members: JsonMember[] = [];
  const seen = new Set<string>();
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === 0x7d) return end(bytes, at, members, open);
  for (;;) {
    if (bytes[at] !== QUOTE) return { ok: false, what: `the body is not JSON: expected a key at byte ${at}` };
    const keyEnd = skipString(bytes, at);
    if (keyEnd > length) return { ok: false, what: 'the body is not JSON: a string is not closed' };
    const raw = bytes.subarray(at + 1, keyEnd - 1);
    if (raw.includes(BACKSLASH))
      return { ok: false, what: 'a top-level key is written with an escape; write it plainly' };
    const key = String.fromCharCode(...raw.subarray(0, 101));
    if (!FIELD.test(key)) return { ok: false, what: `the top-level key at byte ${at} is no field of this API` };
    if (seen.has(key)) return { ok: false, what: `the top-level key "${key.slice(0, 40)}" stands twice; send it once` };
    if (seen.add(key).size > MAX_MEMBERS) return { ok: false, what: `more than ${MAX_MEMBERS} top-level keys` };
    const start = at;
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== 0x3a) return { ok: false, what: `the body is not JSON: expected ":" at byte ${at}` };
    const valueStart = skipSpace(bytes, at + 1);
    const valueEnd = skipValue(bytes, valueStart, maxDepth);
    if (valueEnd === TOO_DEEP) return { ok: false, what: `the body is nested deeper than ${maxDepth} levels` };
    if (valueEnd <= valueStart || valueEnd > length) {
      return { ok: false, what: `the body is not JSON: no complete value for "${key.slice(0, 40)}"` };
    }
    members.push({ key, start, valueStart, valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === 0x7d) return end(bytes, at, members, open);
    if (bytes[at] !== 0x2c) return { ok: false, what: `the body is not JSON: expected "," or "}" at byte ${at}` };
    at = skipSpace(bytes, at + 1);
  }
}

function end(bytes: Uint8Array, close: number, members: readonly JsonMember[], open: number): JsonMembers {
  return skipSpace(bytes, close + 1) === bytes.length
    ? { ok: true, members, open, close }
    : { ok: false, what: 'the body is not JSON: something follows the object' };
}

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at]) at++;
  return at;
}

/** Bytes that are sooner looked at one by one than leapt over. */
const STEP = 24;

/** The offset after a string's closing quote; past the end when it is not closed. `indexOf` leaps over the text between. */
export function skipString(bytes: Uint8Array, from: number): number {
  let quote = nextQuote(bytes, from + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (bytes[quote - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    quote = nextQuote(bytes, quote + 1);
  }
  return bytes.length + 1;
}

function nextQuote(bytes: Uint8Array, from: number): number {
  const near = Math.min(from + STEP, bytes.length);
  for (let at = from; at < near; at++) if (bytes[at] === QUOTE) return at;
  return bytes.indexOf(QUOTE, near);
}

export function skipValue(bytes: Uint8Array, from: number, maxDepth = MAX_DEPTH): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === 0x7b || first === 0x5b) return skipContainer(bytes, from, maxDepth);
  let at = from;
  for (let byte = bytes[at]; byte !== undefined && isScalarByte(byte); byte = bytes[at]) at++;
  return at;
}

/** Letters, digits, sign, point: all that numbers and the three literals are made of. */
function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  );
}

/** Brackets must nest by kind, or a crafted body would end, for us, somewhere else than for the model. */
function skipContainer(bytes: Uint8Array, from: number, maxDepth: number): number {
  const closers: number[] = [];
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) {
      if (closers.push(byte + 2) > maxDepth) return TOO_DEEP;
    }
    if (byte === 0x7d || byte === 0x5d) {
      if (closers.pop() !== byte) return from;
      if (closers.length === 0) return at + 1;
    }
    at++;
  }
  return from;
}
