import { type BodyShape, type Payload, readBodyShape } from './body-payloads.ts';

/**
 * Input tokens of a request where nobody counts them for us. The method is published in docs/count-tokens.md, with how far
 * it errs: a low count makes a session die of a prompt that is too long, so this one is meant to be high.
 */

/** What no image exceeds on any model: the limit of those that see in high resolution. Others take a third of it. */
const IMAGE_TOKENS = 4_784;
/** A PDF page: the upper end of what its text takes. How many there are cannot be seen from outside; see PAGE_BYTES. */
const PAGE_TOKENS = 3_000;
const PAGE_BYTES = 10_000;
const MAX_PAGES = 600;
/** The system prompt that any tool brings along; 346 to 935 tokens, by model. */
const TOOLS_TOKENS = 1_000;
/** The hidden description of a tool that the model's maker defines; up to 735 tokens in the older tokenizer. */
const DEFINED_TOOL_TOKENS = 1_000;
/** A signature is the thinking itself, sealed: three quarters of its characters are bytes of text. */
const SIGNATURE_CHARACTERS = 3;

/** Prices of bytes are in this fraction of a token, so that the sum is one of integers. */
const UNIT = 20;

const BACKSLASH = 0x5c;

const [LOWER, UPPER, DIGIT, SPACE, LINE, MARK] = [0, 1, 2, 3, 4, 5];
const [LATIN, CYRILLIC, SCRIPT_2, SCRIPT_3, SYMBOL, CJK, HANGUL, ASTRAL, INSIDE, ESCAPE] = [
  6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

const START = INSIDE << 3;

/**
 * Tokens by kind of character: the first of a run of its kind, the 2nd to 7th, each further one. Fitted to a public
 * tokenizer, enlarged by what newer ones make of the same text (docs/count-tokens.md).
 */
const PRICES: readonly (readonly [kind: number, first: number, next: number, further: number])[] = [
  [LOWER, 1.15, 0.2, 0.8],
  [UPPER, 1.9, 0.4, 0.4],
  [DIGIT, 2, 0.4, 0.6],
  [SPACE, 0.05, 0.05, 0.05],
  [LINE, 0.6, 0.6, 0.6],
  [MARK, 1.35, 0.25, 0.25],
  [LATIN, 4, 4, 4],
  [CYRILLIC, 1, 1, 1],
  [SCRIPT_2, 1.8, 1.8, 1.8],
  [SCRIPT_3, 2.6, 2.6, 2.6],
  [SYMBOL, 1.45, 1.45, 1.45],
  [CJK, 1.8, 1.8, 1.8],
  [HANGUL, 2.05, 2.05, 2.05],
  [ASTRAL, 4.3, 4.3, 4.3],
  // \uXXXX: whatever it is, and half of an astral one.
  [ESCAPE, 2.6, 2.6, 2.6],
];

/** A character's kind by its first byte in UTF-8: up to and with each of these. */
const KINDS: readonly (readonly [last: number, kind: number])[] = [
  [0x08, MARK],
  [0x0a, LINE],
  [0x1f, MARK],
  [0x20, SPACE],
  [0x2f, MARK],
  [0x39, DIGIT],
  [0x40, MARK],
  [0x5a, UPPER],
  [0x5b, MARK],
  [0x5c, ESCAPE],
  [0x60, MARK],
  [0x7a, LOWER],
  [0x7f, MARK],
  [0xbf, INSIDE],
  [0xcb, LATIN],
  [0xcf, SCRIPT_2],
  [0xd3, CYRILLIC],
  [0xdf, SCRIPT_2],
  [0xe1, SCRIPT_3],
  [0xe2, SYMBOL],
  [0xe9, CJK],
  [0xef, HANGUL],
  [0xff, ASTRAL],
];

const KIND = Uint8Array.from({ length: 256 }, (_, byte) => KINDS.find(([last]) => byte <= last)?.[1] ?? MARK);

/**
 * The whole rule as one table, because branches for each byte would cost several times the sum: a state is a kind (upper
 * bits) and a place in its run (lower three), and `STEPS[state << 4 | kind]` is the next state and, from bit 8, the price.
 */
const STEPS = Uint16Array.from({ length: 16 * 8 * 16 }, (_, at) => {
  const [state, kind] = [at >> 4, at & 15];
  // The four digits of a \uXXXX are in its price: they count down to where a new run begins.
  if (state > START && state <= START + 4) return state - 1;
  const [last, run] = [state >> 3, state & 7];
  const goesOn = kind === last || (kind === LOWER && last === UPPER);
  const place = goesOn && kind !== INSIDE ? Math.min(run + 1, 7) : 0;
  const [, first, next, further] = PRICES.find(([one]) => one === kind) ?? [0, 0, 0, 0];
  const price = place === 0 ? first : place < 7 ? next : further;
  return (Math.round(price * UNIT) << 8) | (kind === ESCAPE ? START + 4 : (kind << 3) | place);
});

/**
 * An upper estimate of the input tokens of a whole Messages body, for any Claude model: errs high on all but text whose
 * words are random letters. Linear in the body's length, about 4 ms per MB.
 * @param body the JSON as it is sent to Bedrock; what is no JSON is counted as the text that it is
 */
export function estimateInputTokens(body: Uint8Array): number {
  const shape = readBodyShape(body);
  let units = 0;
  let from = 0;
  for (const { start, end } of shape.payloads) {
    units += textUnits(body, from, start);
    from = end;
  }
  units += textUnits(body, from, body.length);
  return Math.ceil(units / UNIT) + hiddenTokens(shape);
}

const ROUGH_BYTES_PER_TOKEN = 2.5;
/** Payloads of twice this length are never overlooked. */
const STRIDE = 4_096;
const WINDOW = 64;

/**
 * A quick estimate for reservations, which the model's own count corrects with the first event: the body's length, without
 * what stands in it as base64. Right for code and prose; up to half too low for scripts of many tokens per byte.
 * Reads one byte in a thousand, unless the body carries a payload.
 */
export function roughInputTokens(body: Uint8Array): number {
  if (!hasPayload(body)) return Math.ceil(body.length / ROUGH_BYTES_PER_TOKEN);
  const shape = readBodyShape(body);
  const taken = shape.payloads.reduce((sum, { start, end }) => sum + end - start, 0);
  return Math.ceil((body.length - taken) / ROUGH_BYTES_PER_TOKEN) + hiddenTokens(shape);
}

/** What the model reads and the body's text does not show. */
function hiddenTokens({ payloads, tools, definedTools }: BodyShape): number {
  const overhead = (tools ? TOOLS_TOKENS : 0) + definedTools * DEFINED_TOOL_TOKENS;
  return payloads.reduce((sum, payload) => sum + payloadTokens(payload), overhead);
}

function payloadTokens({ kind, start, end }: Payload): number {
  if (kind === 'image') return IMAGE_TOKENS;
  if (kind === 'signature') return Math.ceil((end - start) / SIGNATURE_CHARACTERS);
  const bytes = ((end - start) * 3) / 4;
  return Math.min(MAX_PAGES, Math.ceil(bytes / PAGE_BYTES)) * PAGE_TOKENS;
}

/** The price of a stretch of JSON text. An escape is priced as the character that it stands for. */
function textUnits(body: Uint8Array, from: number, to: number): number {
  let units = 0;
  let state = START;
  for (let at = from; at < to; at++) {
    let kind = KIND[body[at] as number] as number;
    if (kind === ESCAPE) {
      at++;
      const escaped = body[at] as number;
      kind = escaped === 0x75 ? ESCAPE : escaped > BACKSLASH ? LINE : MARK;
    }
    const step = STEPS[(state << 4) | kind] as number;
    state = step & 0x7f;
    units = (units + (step >> 8)) | 0;
  }
  return units;
}

/** Looks into the body here and there: within base64 every place is nothing but its alphabet, within text hardly any is. */
function hasPayload(body: Uint8Array): boolean {
  for (let at = STRIDE; at + WINDOW <= body.length; at += STRIDE) {
    let seen = 0;
    while (seen < WINDOW && isBase64(body[at + seen] as number)) seen++;
    if (seen === WINDOW) return true;
  }
  return false;
}

function isBase64(byte: number): boolean {
  const kind = KIND[byte];
  return kind === LOWER || kind === UPPER || kind === DIGIT || byte === 0x2b || byte === 0x2f;
}
