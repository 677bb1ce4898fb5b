import { type JsonMember, readJsonMembers } from '../../tenancy/json-members.ts';
import type { Model } from '../../tenancy/model.ts';
import { BODY_LIMIT_BYTES, type Refusal } from '../../tenancy/refusal.ts';
import type { Region } from '../../tenancy/region.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { planBetas } from '../../tenancy/translation.ts';
import { type Edits, planEdits, readField } from './body-edits.ts';
import type { RegionRequest } from './exchange.ts';
import { objectPieces, writePieces } from './pieces.ts';

/** A request's body: what the gateway reads of it, and the bytes that it does not touch. */
export type ReadBody = {
  readonly bytes: Uint8Array;
  readonly members: readonly JsonMember[];
  /** `anthropic_beta` of the body, as one header value; empty when there is none. */
  readonly betas: string;
  /** Its `anthropic_version` is Bedrock's and stays where the client wrote it. */
  readonly keepsVersion: boolean;
};

/** A Messages request, as Anthropic's API takes it. */
export type MessagesBody = ReadBody & {
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly stream: boolean;
};

/** What a body is planned for. */
export type BodyFor = {
  readonly model: Model;
  readonly region: Region;
  /** All betas asked for, as one header value: on Anthropic's wire the header's and the body's, on Bedrock's the body's. */
  readonly asked: string;
  /** The model was named with `[1m]`. */
  readonly longContext: boolean;
  /** Betas that Bedrock was seen to refuse with this model here, in its own names. */
  readonly rejected: ReadonlySet<string>;
};

/** How a body is to be written for Bedrock. Nothing of it is copied yet: another plan with fewer betas costs little. */
export type BodyPlan = {
  /** What is sent, in Bedrock's names. */
  readonly betas: readonly string[];
  /** What the client asked for and does not get, in its own names. */
  readonly dropped: readonly string[];
  /** `max_tokens` as it is sent; null where the client sent no number. */
  readonly maxTokens: number | null;
  readonly edits: Edits;
};

const BEDROCK_VERSION = 'bedrock-2023-05-31';
/** Cut out of every body: the path and the plan say these, and a second word on them must not reach Bedrock. */
const OURS: ReadonlySet<string> = new Set(['model', 'stream', 'anthropic_beta']);
/**
 * A field's name as every API of this family writes it. Bedrock quotes a field that it does not know in its refusal, and a
 * name made of words would put words into its mouth.
 */
const FIELD = /^[A-Za-z0-9_.-]+$/;
/** As much as a header holds. */
const MAX_BETAS_LENGTH = 8192;
const JSON_TYPE = /^application\/json(?: *; *charset="?utf-8"?)?$/i;
/** The AWS SDKs send octet-stream, or nothing, where their caller names no type. */
const INVOKE_TYPE = /^(?:application\/json(?: *; *charset="?utf-8"?)?|application\/octet-stream|)$/i;

/** Reads a Messages request without parsing its messages: refused is whatever two readers could read differently. */
export function readMessagesBody(request: RegionRequest): Result<MessagesBody, Refusal> {
  const read = readBody(request, JSON_TYPE);
  if (!read.ok) return read;
  const field = (key: string): unknown => readField(read.value, key);
  const model = field('model');
  if (model === undefined) return malformed('model: Field required');
  if (typeof model !== 'string' || model === '') return malformed('model: Input should be a valid string');
  const stream = field('stream') ?? false;
  if (typeof stream !== 'boolean' || field('stream') === null) {
    return malformed('stream: Input should be a valid boolean');
  }
  return ok({ ...read.value, keepsVersion: false, model, stream });
}

/** The same for a body of Bedrock's own wire, where the path names the model and the operation. */
export function readInvokeBody(request: RegionRequest): Result<ReadBody, Refusal> {
  return readBody(request, INVOKE_TYPE);
}

function readBody(request: RegionRequest, types: RegExp): Result<ReadBody, Refusal> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!types.test(type)) {
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
  const { members } = read;
  const odd = members.find(({ key }) => !FIELD.test(key));
  if (odd) return malformed(`the top-level key at byte ${odd.start} is no field of this API`);
  const betas = readField({ bytes, members }, 'anthropic_beta') ?? [];
  if (!Array.isArray(betas) || !betas.every((beta) => typeof beta === 'string')) {
    return malformed('anthropic_beta: Input should be a valid list of strings');
  }
  const asked = betas.join(',');
  if (asked.length > MAX_BETAS_LENGTH) return malformed(`anthropic_beta: more than ${MAX_BETAS_LENGTH} characters`);
  const keepsVersion = readField({ bytes, members }, 'anthropic_version') === BEDROCK_VERSION;
  return ok({ bytes, members, betas: asked, keepsVersion });
}

/**
 * Decides what becomes of a body with this model in this region. Refused is a nested key that must be decided on and is
 * written twice or with an escape.
 */
export function planBody(read: ReadBody, { model, ...call }: BodyFor): Result<BodyPlan, Refusal> {
  const { betas, dropped, cut } = planBetas(model, call.region, call.asked, call.longContext, call.rejected);
  const edits = planEdits(read, model, cut);
  return edits.ok ? ok({ betas, dropped, ...edits.value }) : malformed(edits.reason);
}

/**
 * The body for Bedrock: the members it does not take are cut out, its own put in front, and every other member stays as
 * it is, byte for byte (thinking signatures and tool JSON survive). One buffer, one copy.
 */
export function writeBody({ bytes, members, keepsVersion }: ReadBody, { betas, edits }: BodyPlan): Buffer {
  const first = [
    ...(keepsVersion ? [] : [`"anthropic_version":"${BEDROCK_VERSION}"`]),
    ...(betas.length > 0 ? [`"anthropic_beta":${JSON.stringify(betas)}`] : []),
  ];
  const cut = (key: string) =>
    OURS.has(key) || (key === 'anthropic_version' && !keepsVersion) || edits.get(key) === null;
  return writePieces(bytes, objectPieces(members, cut, { first: first.join(','), values: edits }));
}

/** An object's bytes with some members cut out. */
export function withoutMembers(
  bytes: Uint8Array,
  members: readonly JsonMember[],
  drop: (key: string) => boolean,
): Buffer {
  return writePieces(bytes, objectPieces(members, drop));
}

function malformed(what: string): { readonly ok: false; readonly reason: Refusal } {
  return no({ kind: 'request_malformed', what });
}
