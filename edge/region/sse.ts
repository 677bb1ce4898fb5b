import { readJsonMembers } from '../../tenancy/json-members.ts';
import { withoutMembers } from './body.ts';

export const PING = 'event: ping\ndata: {"type":"ping"}\n\n';

/** What Bedrock adds to an Anthropic event for its own customers; ours never see it. */
const METRICS = 'amazon-bedrock-invocationMetrics';

/** An error as an event of a stream whose status is long out. @param json one line of JSON, as `JSON.stringify` makes it */
export function errorEvent(json: string): string {
  return `event: error\ndata: ${json}\n\n`;
}

/** Sees what usage is read from. */
export type Watch = {
  event(type: string, event: Readonly<Record<string, unknown>>): void;
  /** A delta went by, of so many bytes of JSON. */
  passed(jsonBytes: number): void;
};

const DELTA = 'content_block_delta';

const WATCHED = new Set(['message_start', 'message_delta', 'message_stop']);

const DELTA_JSON = '{"type":"content_block_delta",';
/** 30 bytes are 40 characters of base64 and no remainder, so the commonest event is known before it is decoded. */
const DELTA_BASE64 = Buffer.from(DELTA_JSON).toString('base64');
const DELTA_HEAD = 'event: content_block_delta\ndata: ';
const TYPE_PREFIX = Buffer.from('{"type":"');
const EVENT_TYPE = /^[a-z_]{1,64}$/;

/**
 * The events of one upstream read, as they go to the client in one write. An event's JSON is decoded straight into the
 * outgoing bytes and nothing of it is built or changed, but for Bedrock's metrics.
 */
export class SseBatch {
  #bytes: Buffer;
  #length = 0;

  /** @param size a guess at the bytes to come; an event stream's own length is a good one */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Appends one event. Returns false when it has no type, without which no client would take it. */
  append(base64: string, watch: Watch): boolean {
    if (base64.startsWith(DELTA_BASE64)) {
      this.#text(DELTA_HEAD, base64.length);
      const start = this.#length;
      this.#length += this.#bytes.write(base64, start, 'base64');
      this.#oneLine(start);
      watch.passed(this.#length - start);
      this.#text('\n\n', 0);
      return true;
    }
    let json: Buffer = Buffer.from(base64, 'base64');
    let type = leadingType(json);
    if (type === null || WATCHED.has(type)) {
      const event = parseObject(json);
      if (event === null) return false;
      if (typeof event['type'] !== 'string' || !EVENT_TYPE.test(event['type'])) return false;
      type = event['type'];
      if (WATCHED.has(type)) watch.event(type, event);
      if (METRICS in event) json = withoutMetrics(json, event);
    }
    if (type === DELTA) watch.passed(json.length);
    this.#text(`event: ${type}\ndata: `, json.length + 2);
    const start = this.#length;
    this.#length += json.copy(this.#bytes, start);
    this.#oneLine(start);
    this.#text('\n\n', 0);
    return true;
  }

  /** Writes ASCII, and makes room for `more` bytes after it. */
  #text(text: string, more: number): void {
    const needed = this.#length + text.length + more;
    if (needed > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(2 * needed);
      this.#bytes.copy(wider, 0, 0, this.#length);
      this.#bytes = wider;
    }
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /**
   * Line ends in JSON are white space, but in an event stream they would end the field: text after one could pose as an
   * event of its own. They become spaces, which mean the same.
   */
  #oneLine(start: number): void {
    const bytes = this.#bytes;
    for (let at = start; at < this.#length; at++) {
      const byte = bytes[at];
      if (byte === 0x0a || byte === 0x0d) bytes[at] = 0x20;
    }
  }
}

/** Shows the watch one event that goes on as it is. Returns false when it has no type. */
export function watchEvent(base64: string, watch: Watch): boolean {
  if (base64.startsWith(DELTA_BASE64)) {
    watch.passed(Math.floor((base64.length * 3) / 4));
    return true;
  }
  const json = Buffer.from(base64, 'base64');
  let type = leadingType(json);
  if (type === null || WATCHED.has(type)) {
    const event = parseObject(json);
    if (typeof event?.['type'] !== 'string' || !EVENT_TYPE.test(event['type'])) return false;
    type = event['type'];
    if (WATCHED.has(type)) watch.event(type, event);
  }
  if (type === DELTA) watch.passed(json.length);
  return true;
}

/** The type, when it stands first, as Bedrock writes it; null sends the event to the parser. */
function leadingType(json: Buffer): string | null {
  if (!json.subarray(0, TYPE_PREFIX.length).equals(TYPE_PREFIX)) return null;
  const end = json.indexOf(0x22, TYPE_PREFIX.length);
  const type = json.toString('latin1', TYPE_PREFIX.length, end === -1 ? 0 : end);
  return EVENT_TYPE.test(type) ? type : null;
}

function parseObject(json: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function withoutMetrics(json: Buffer, event: Readonly<Record<string, unknown>>): Buffer {
  const read = readJsonMembers(json);
  if (read.ok) return withoutMembers(json, read.members, (key) => key === METRICS);
  // The key is written in some way that cannot be cut out; these events hold no content, so they may be written anew.
  return Buffer.from(JSON.stringify({ ...event, [METRICS]: undefined }));
}
