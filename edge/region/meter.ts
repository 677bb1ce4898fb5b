import { readJsonMembers } from '../../tenancy/json-members.ts';
import { NO_TOKENS, type TokenCounts } from '../../tenancy/usage.ts';

/** What the meter has read so far. */
export type Reading = {
  readonly tokens: TokenCounts;
  readonly stopReason?: string;
  /** For finance: what about these counts is not as it should be. */
  readonly flags: readonly string[];
  /** Whether the final usage was seen; what came before it is provisional. */
  readonly complete: boolean;
};

/** Anthropic's usage fields, flattened. Absent = never told. */
type Told = {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
};

/** Bytes of a `content_block_delta` event around its text. */
const DELTA_OVERHEAD = 80;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads token counts off an answer that passes by. Counts are cumulative: of each field the last value told wins. What
 * Bedrock itself counted (its metrics) wins over the model's events, and a difference is flagged.
 */
export class Meter {
  readonly #told: Told = {};
  readonly #counted: Told = {};
  #stopReason: string | undefined;
  #final = false;
  #stopped = false;
  #flowed = 0;

  /** One of the stream's events. */
  readonly event = (type: string, event: Json): void => {
    if (type === 'message_start') this.#usage(object(object(event['message'])['usage']));
    if (type === 'message_delta') {
      const usage = object(event['usage']);
      this.#usage(usage);
      this.#reason(object(event['delta'])['stop_reason']);
      this.#final ||= count(usage['output_tokens']) !== undefined;
    }
    if (type === 'message_stop') this.#stopped = true;
    const metrics = object(event['amazon-bedrock-invocationMetrics']);
    this.#metrics(
      metrics['inputTokenCount'],
      metrics['outputTokenCount'],
      metrics['cacheReadInputTokenCount'],
      metrics['cacheWriteInputTokenCount'],
    );
  };

  /**
   * An answer in one piece: only its usage is parsed.
   * @param header Bedrock's counts, from the answer's headers
   * @returns whether it is a message; if not, Bedrock's own counts still count
   */
  message(bytes: Uint8Array, header: (name: string) => string | undefined): boolean {
    const field = readFields(bytes);
    const usage = object(field('usage'));
    this.#usage(usage);
    this.#reason(field('stop_reason'));
    this.#final = count(usage['output_tokens']) !== undefined;
    this.#stopped = true;
    const number = (name: string): number => Number(header(name) ?? Number.NaN);
    this.#metrics(
      number('x-amzn-bedrock-input-token-count'),
      number('x-amzn-bedrock-output-token-count'),
      number('x-amzn-bedrock-cache-read-input-token-count'),
      number('x-amzn-bedrock-cache-write-input-token-count'),
    );
    return field('type') === 'message';
  }

  /** An answer of Converse in one piece. @returns whether it is one */
  converseMessage(bytes: Uint8Array): boolean {
    const field = readFields(bytes);
    this.#reason(field('stopReason'));
    this.#converseUsage(object(field('usage')));
    return field('output') !== undefined;
  }

  /** One of ConverseStream's events, by its frame's name. @returns false when it cannot be read */
  converseEvent(name: string, payload: Buffer): boolean {
    if (name !== 'contentBlockDelta' && name !== 'messageStop' && name !== 'metadata') return true;
    const event = parseObject(payload);
    if (!event) return false;
    if (name === 'contentBlockDelta') this.#flow(textBytes(event['delta']));
    if (name === 'messageStop') this.#reason(event['stopReason']);
    // The count comes last, behind the model's own end.
    if (name === 'metadata') this.#converseUsage(object(event['usage']));
    return true;
  }

  /** Whether any count was told at all: a call that was answered and told none may have used tokens all the same. */
  get told(): boolean {
    return Object.keys(this.#told).length > 0 || Object.keys(this.#counted).length > 0;
  }

  /**
   * A delta passed by, of so many bytes of JSON. Its tokens are told only at the end, so they are estimated: at least
   * one, and one for each three bytes beyond what the JSON around the text takes.
   */
  passed(jsonBytes: number): void {
    this.#flow(jsonBytes - DELTA_OVERHEAD);
  }

  /** Output tokens that have flowed so far, by estimate. */
  get flowed(): number {
    return this.#flowed;
  }

  /** Whether the answer has come to its own end. */
  get stopped(): boolean {
    return this.#stopped;
  }

  get reading(): Reading {
    const { tokens, splitMissing } = classes({ ...this.#told, ...this.#counted });
    const told = this.#told;
    const fields = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;
    const disagree = fields.some((field) => {
      const counted = this.#counted[field];
      return counted !== undefined && told[field] !== undefined && counted !== told[field];
    });
    const counted = this.#counted.output !== undefined;
    return {
      tokens,
      flags: [...(splitMissing ? ['cache_split_missing'] : []), ...(disagree ? ['metrics_disagree'] : [])],
      complete: this.#stopped && (this.#final || counted),
      ...(this.#stopReason === undefined ? {} : { stopReason: this.#stopReason }),
    };
  }

  #usage(usage: Json): void {
    const split = object(usage['cache_creation']);
    set(this.#told, 'input', usage['input_tokens']);
    set(this.#told, 'output', usage['output_tokens']);
    set(this.#told, 'cacheRead', usage['cache_read_input_tokens']);
    set(this.#told, 'cacheWrite', usage['cache_creation_input_tokens']);
    set(this.#told, 'cacheWrite5m', split['ephemeral_5m_input_tokens']);
    set(this.#told, 'cacheWrite1h', split['ephemeral_1h_input_tokens']);
  }

  #flow(bytes: number): void {
    this.#flowed += Math.max(1, Math.ceil(bytes / 3));
  }

  #converseUsage(usage: Json): void {
    const written = (ttl: string): unknown => {
      const parts = Array.isArray(usage['cacheDetails']) ? usage['cacheDetails'].map(object) : [];
      return parts.find((part) => part['ttl'] === ttl)?.['inputTokens'];
    };
    set(this.#told, 'input', usage['inputTokens']);
    set(this.#told, 'output', usage['outputTokens']);
    set(this.#told, 'cacheRead', usage['cacheReadInputTokens']);
    set(this.#told, 'cacheWrite', usage['cacheWriteInputTokens']);
    set(this.#told, 'cacheWrite5m', written('5m'));
    set(this.#told, 'cacheWrite1h', written('1h'));
    this.#final = count(usage['outputTokens']) !== undefined;
    this.#stopped = true;
  }

  #metrics(input: unknown, output: unknown, cacheRead: unknown, cacheWrite: unknown): void {
    set(this.#counted, 'input', input);
    set(this.#counted, 'output', output);
    set(this.#counted, 'cacheRead', cacheRead);
    set(this.#counted, 'cacheWrite', cacheWrite);
  }

  #reason(reason: unknown): void {
    if (typeof reason === 'string' && /^[a-z_]{1,40}$/.test(reason)) this.#stopReason = reason;
  }
}

/**
 * The five classes that are priced apart. The sum of what was written to the cache is sure, its split by lifetime is
 * not always told: what no part claims is counted as the cheaper 5 minutes, and flagged.
 */
function classes(told: Told): { tokens: TokenCounts; splitMissing: boolean } {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = told;
  const written = told.cacheWrite ?? cacheWrite5m + cacheWrite1h;
  const oneHour = Math.min(cacheWrite1h, written);
  return {
    tokens: { ...NO_TOKENS, input, output, cacheRead, cacheWrite5m: written - oneHour, cacheWrite1h: oneHour },
    splitMissing: cacheWrite5m + cacheWrite1h !== written,
  };
}

/** Reads top-level fields one by one: of an answer in one piece only the small ones are parsed. */
function readFields(bytes: Uint8Array): (key: string) => unknown {
  const read = readJsonMembers(bytes, Number.POSITIVE_INFINITY);
  return (key) => {
    const member = read.ok ? read.members.find((one) => one.key === key) : undefined;
    if (!member) return undefined;
    const { valueStart, valueEnd } = member;
    try {
      return JSON.parse(Buffer.from(bytes.subarray(valueStart, valueEnd)).toString());
    } catch {
      return undefined;
    }
  };
}

function parseObject(json: Buffer): Json | null {
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}

/** The bytes of text in a delta of Converse's, wherever its kind keeps them. */
function textBytes(delta: unknown): number {
  const { text, toolUse, reasoningContent } = object(delta);
  const said = [text, object(toolUse)['input'], object(reasoningContent)['text']];
  return said.reduce<number>((sum, one) => sum + (typeof one === 'string' ? Buffer.byteLength(one) : 0), 0);
}

function set(told: Told, field: keyof Told, value: unknown): void {
  const number = count(value);
  if (number !== undefined) told[field] = number;
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
