import { type JsonMember, readJsonMembers } from '../../tenancy/json-members.ts';
import { BODY_LIMIT_BYTES, type Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { RegionRequest } from './exchange.ts';

/** A Messages request: what the gateway reads of it, and the bytes that it does not touch. */
export type MessagesBody = {
  readonly bytes: Uint8Array;
  readonly members: readonly JsonMember[];
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** `anthropic_beta` of the body, as one header value; empty when there is none. */
  readonly betas: string;
};

const BEDROCK_VERSION = 'bedrock-2023-05-31';
const JSON_TYPE = /^application\/json(?: *; *charset="?utf-8"?)?$/i;

/** Reads a Messages request without parsing its messages: refused is whatever two readers could read differently. */
export function readMessagesBody(request: RegionRequest): Result<MessagesBody, Refusal> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!JSON_TYPE.test(type)) {
    return no({
      kind: 'content_type_unsupported',
      what: 'send the request as content-type: application/json in UTF-8',
    });
  }
  if (encoding.toLowerCase() !== 'identity') {
    return no({
      kind: 'content_type_unsupported',
      what: 'compressed requests are not taken; send no content-encoding',
    });
  }
  const { body: bytes } = request;
  // Again, for the edge knows a length only where the client declares one.
  if (bytes.length > BODY_LIMIT_BYTES) return no({ kind: 'body_too_large', limitBytes: BODY_LIMIT_BYTES });
  const read = readJsonMembers(bytes);
  if (!read.ok) return malformed(read.what);
  const field = (key: string): unknown => {
    const member = read.members.find((one) => one.key === key);
    return member && parseValue(bytes, member);
  };
  const model = field('model');
  if (model === undefined) return malformed('model: Field required');
  if (typeof model !== 'string' || model === '') return malformed('model: Input should be a valid string');
  const stream = field('stream') ?? false;
  if (typeof stream !== 'boolean' || field('stream') === null) {
    return malformed('stream: Input should be a valid boolean');
  }
  const betas = field('anthropic_beta') ?? [];
  if (!Array.isArray(betas) || !betas.every((beta) => typeof beta === 'string')) {
    return malformed('anthropic_beta: Input should be a valid list of strings');
  }
  return ok({ bytes, members: read.members, model, stream, betas: betas.join(',') });
}

/**
 * The body for Bedrock: the members it does not take are cut out, its own put in front, and every other member stays as
 * it is, byte for byte (thinking signatures and tool JSON survive). One buffer, one copy.
 * @param betas in Bedrock's names @param dropFields further top-level fields that this model refuses
 */
export function toBedrockBody(
  { bytes, members }: Pick<MessagesBody, 'bytes' | 'members'>,
  betas: readonly string[],
  dropFields: readonly string[],
): Buffer {
  const dropped = new Set(['model', 'stream', 'anthropic_version', 'anthropic_beta', ...dropFields]);
  const beta = betas.length > 0 ? `,"anthropic_beta":${JSON.stringify(betas)}` : '';
  return withoutMembers(bytes, members, (key) => dropped.has(key), `"anthropic_version":"${BEDROCK_VERSION}"${beta}`);
}

/**
 * An object's bytes with some members cut out, and `first` (members without braces, ASCII) put in front.
 * Neighbours that stay are copied in one piece, with the white space between them.
 */
export function withoutMembers(
  bytes: Uint8Array,
  members: readonly JsonMember[],
  drop: (key: string) => boolean,
  first = '',
): Buffer {
  const runs: { start: number; end: number }[] = [];
  let open: { start: number; end: number } | undefined;
  for (const member of members) {
    if (drop(member.key)) open = undefined;
    else if (open) open.end = member.valueEnd;
    else {
      open = { start: member.start, end: member.valueEnd };
      runs.push(open);
    }
  }
  const length = runs.reduce((sum, run) => sum + run.end - run.start + 1, first.length + 2);
  const out = Buffer.allocUnsafe(length);
  let at = out.write(`{${first}`, 'latin1');
  for (const run of runs) {
    if (at > 1) at = out.writeUInt8(0x2c, at);
    out.set(bytes.subarray(run.start, run.end), at);
    at += run.end - run.start;
  }
  return out.subarray(0, out.writeUInt8(0x7d, at));
}

/** The value of one small member; NaN, which no field accepts, when it is no JSON. */
function parseValue(bytes: Uint8Array, { valueStart, valueEnd }: JsonMember): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + valueStart, valueEnd - valueStart).toString());
  } catch {
    return Number.NaN;
  }
}

function malformed(what: string): { readonly ok: false; readonly reason: Refusal } {
  return no({ kind: 'request_malformed', what });
}
