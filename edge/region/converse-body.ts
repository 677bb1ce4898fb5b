import { readNested } from '../../tenancy/json-nested.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { ReadBody } from './body.ts';
import { readField } from './body-edits.ts';
import type { Content } from './content.ts';
import { objectPieces, type Piece, writePieces } from './pieces.ts';

/** Lands in the invocation log, where neither the session's tags nor our request id would otherwise be. */
export type RequestMetadata = { readonly tenant_id: string; readonly request_id: string };

/**
 * Fields of Converse that buy something else than the model's tokens, for which no price is in the book, with the value
 * that buys nothing; a guardrail would be the platform's own.
 */
const DEARER: readonly (readonly [field: string, member: string, plain: string | null])[] = [
  ['guardrailConfig', '', null],
  ['performanceConfig', 'latency', 'standard'],
  ['serviceTier', 'type', 'default'],
];

/** The same as headers of InvokeModel, in lower case; the last would put prompts into a trace. */
const DEARER_HEADERS: readonly (readonly [header: string, plain: string | null])[] = [
  ['x-amzn-bedrock-guardrailidentifier', null],
  ['x-amzn-bedrock-guardrailversion', null],
  ['x-amzn-bedrock-performanceconfig-latency', 'standard'],
  ['x-amzn-bedrock-service-tier', 'default'],
  ['x-amzn-bedrock-trace', 'disabled'],
];

/** The fields of the model's own API, which Converse hands on. */
const ADDITIONAL = 'additionalModelRequestFields';

/** Refuses headers that choose what we do not serve: dropped in silence, a guardrail would be believed to hold. */
export function refuseDearerHeaders(headers: Readonly<Record<string, string>>): Refusal | null {
  const found = DEARER_HEADERS.find(([name, plain]) => {
    const value = headers[name];
    return value !== undefined && value.toLowerCase() !== plain;
  });
  return found ? { kind: 'request_malformed', what: `the header ${found[0]} is not served here; leave it out` } : null;
}

/**
 * A Converse body for Bedrock: byte for byte the client's, but for `requestMetadata`, which is ours to say, and a beta that
 * the model's name asked for. `maxTokens` is read for the reservation and left alone.
 * @param beta what a name with `[1m]` asks for; null where nothing is asked
 */
export function converseContent(
  read: ReadBody,
  metadata: RequestMetadata,
  beta: string | null,
): Result<Content, Refusal> {
  for (const [field, member, plain] of DEARER) {
    const value = readField(read, field);
    if (value === undefined || (plain !== null && memberOf(value, member) === plain)) continue;
    return malformed(`${field} is not served here; leave it out`);
  }
  const fields = beta === null ? ok(undefined) : withBeta(read, beta);
  if (!fields.ok) return malformed(fields.reason);
  const first = `"requestMetadata":${JSON.stringify(metadata)}`;
  const added = fields.value && !read.members.some(({ key }) => key === ADDITIONAL);
  const pieces = objectPieces(read.members, (key) => key === 'requestMetadata', {
    first: added ? `${first},"${ADDITIONAL}":${fields.value.join('')}` : first,
    values: new Map(fields.value ? [[ADDITIONAL, fields.value]] : []),
  });
  const maxTokens = memberOf(readField(read, 'inferenceConfig'), 'maxTokens');
  return ok({
    first: {
      body: writePieces(read.bytes, pieces),
      betas: [],
      droppedBetas: [],
      suspects: [],
      maxTokens: typeof maxTokens === 'number' ? maxTokens : null,
    },
    accepted: () => {},
    without: () => null,
  });
}

/**
 * The fields for the model with one beta more, all else in them byte for byte; undefined when it stands there already.
 * Refused, in words for the client, is what has no place for it.
 */
function withBeta(read: ReadBody, beta: string): Result<readonly Piece[] | undefined, string> {
  const text = JSON.stringify(beta);
  const fields = read.members.find(({ key }) => key === ADDITIONAL);
  if (!fields) return ok([`{"anthropic_beta":[${text}]}`]);
  const nested = readNested(read.bytes, fields, ['anthropic_beta'], ADDITIONAL);
  if (!nested.ok) return no(nested.what);
  const members = read.bytes[fields.valueStart] === 0x7b ? nested.values[0]?.members : null;
  if (!members) return no(`${ADDITIONAL}: Input should be an object`);
  const member = members.find(({ key }) => key === 'anthropic_beta');
  if (!member) return ok(objectPieces(members, () => false, { first: `"anthropic_beta":[${text}]` }));
  const betas = readField({ bytes: read.bytes, members }, 'anthropic_beta');
  if (!Array.isArray(betas)) return no(`${ADDITIONAL}.anthropic_beta: Input should be a valid list of strings`);
  if (betas.includes(beta)) return ok(undefined);
  const rest = { start: member.valueStart + 1, end: member.valueEnd };
  const list = betas.length === 0 ? [`[${text}]`] : [`[${text},`, rest];
  return ok(objectPieces(members, () => false, { values: new Map([['anthropic_beta', list]]) }));
}

function malformed(what: string): { readonly ok: false; readonly reason: Refusal } {
  return no({ kind: 'request_malformed', what });
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, member)
    ? (value as Record<string, unknown>)[member]
    : undefined;
}
