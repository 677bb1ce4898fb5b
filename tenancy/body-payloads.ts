/**
 * Finds what stands in a request body as base64 and is no text to the model: images, documents, signatures of thinking.
 * Where it stands decides, not what it looks like: the same bytes inside a prompt or a tool's input are text, and somebody
 * who dresses text as an image must not pay an image's price for it.
 */
export type Payload = {
  readonly kind: 'image' | 'document' | 'signature';
  /** Offset of its first character, and of the quote after its last. */
  readonly start: number;
  readonly end: number;
};

export type BodyShape = {
  readonly payloads: readonly Payload[];
  /** Whether the request offers any tools. */
  readonly tools: boolean;
  /** How many of them are defined by the model's maker (`{"type":"bash_20250124"}`): their text is not in the body. */
  readonly definedTools: number;
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_DEPTH = 256;

const BLOCK = 'messages.[].content.[].';
const RESULT = `${BLOCK}content.[].`;
const CONVERSE_RESULT = `${BLOCK}toolResult.content.[].`;

/** Every place where a body of Messages or of Converse may carry one. */
const PLACES: ReadonlyMap<string, Payload['kind'] | 'source'> = new Map([
  [`${BLOCK}source.data`, 'source'],
  [`${BLOCK}source.content.[].source.data`, 'source'],
  [`${RESULT}source.data`, 'source'],
  [`${RESULT}source.content.[].source.data`, 'source'],
  [`${BLOCK}signature`, 'signature'],
  [`${BLOCK}data`, 'signature'],
  [`${BLOCK}image.source.bytes`, 'image'],
  [`${BLOCK}document.source.bytes`, 'document'],
  [`${CONVERSE_RESULT}image.source.bytes`, 'image'],
  [`${CONVERSE_RESULT}document.source.bytes`, 'document'],
  [`${BLOCK}reasoningContent.reasoningText.signature`, 'signature'],
  [`${BLOCK}reasoningContent.redactedContent`, 'signature'],
]);
const LAST_KEYS = new Set([...PLACES.keys()].map((place) => place.slice(place.lastIndexOf('.') + 1)));
/** Shorter ones are cheaper as text than as what they are. */
const SHORTEST = 32;
/** How much is read beside a source's data: its other members are short. */
const BESIDE = 200;
/** A PDF's first bytes in base64. */
const PDF = 'JVBERi';

/** Walks the JSON from string to string; what is malformed ends the walk, and is Bedrock's to refuse. */
export function readBodyShape(body: Uint8Array): BodyShape {
  const payloads: Payload[] = [];
  let [tools, definedTools] = [false, 0];
  /** Of every open container: where it opened, and the key that it is the value of. */
  const opened: number[] = [];
  const keys: string[] = [];
  let [keyStart, keyEnd] = [0, 0];
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      const start = at + 1;
      const end = stringEnd(body, start);
      if (end === -1) break;
      at = end;
      if (isKey(body, end)) {
        [keyStart, keyEnd] = [start, end];
      } else if (body[opened.at(-1) ?? 0] === 0x7b && keyEnd - keyStart <= 16) {
        const long = end - start >= SHORTEST;
        const key = long || opened.length === 3 ? ascii(body, keyStart, keyEnd) : '';
        if (key === 'type' && opened.length === 3 && keys[1] === 'tools' && ascii(body, start, end) !== 'custom')
          definedTools++;
        const kind = long && LAST_KEYS.has(key) ? PLACES.get([...keys.slice(1), key].join('.')) : undefined;
        if (kind === 'source') {
          if (isBase64Source(body, opened.at(-1) ?? 0, keyStart, end))
            payloads.push({ kind: ascii(body, start, start + PDF.length) === PDF ? 'document' : 'image', start, end });
        } else if (kind) payloads.push({ kind, start, end });
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (opened.length === MAX_DEPTH) break;
      keys.push(body[opened.at(-1) ?? -1] === 0x5b ? '[]' : ascii(body, keyStart, Math.min(keyEnd, keyStart + 32)));
      if (opened.push(at) === 3) tools ||= keys[1] === 'tools' || keys[1] === 'toolConfig';
    } else if (byte === 0x7d || byte === 0x5d) {
      opened.pop();
      keys.pop();
    }
  }
  return { payloads, tools, definedTools };
}

/** A source is base64 by what stands beside its data; `{"type":"text"}` has data, too, and that is plain text. */
function isBase64Source(body: Uint8Array, open: number, keyStart: number, end: number): boolean {
  // No further than a glance: a body of nothing but sources must not cost the square of its length.
  const after = body.subarray(end, end + BESIDE);
  const close = after.indexOf(0x7d);
  const beside =
    ascii(body, Math.max(open, keyStart - BESIDE), keyStart) + ascii(after, 0, close === -1 ? BESIDE : close);
  return /"type"\s*:\s*"base64"/.test(beside) && !/"type"\s*:\s*"text"/.test(beside);
}

/** The offset of the closing quote of a string whose text begins at `from`, or -1. */
function stringEnd(body: Uint8Array, from: number): number {
  for (let end = body.indexOf(QUOTE, from); end !== -1; end = body.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (end - slashes > from && body[end - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

function isKey(body: Uint8Array, quote: number): boolean {
  let at = quote + 1;
  for (let byte = body[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = body[at]) at++;
  return body[at] === 0x3a;
}

/** At most as much as anything that is compared here; a word of megabytes is none of them. */
function ascii(body: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...body.subarray(start, Math.min(end, start + BESIDE)));
}
