import type { Refusal } from '../../tenancy/refusal.ts';
import { no, ok, type Result } from '../../tenancy/result.ts';
import type { ReadBody } from './body.ts';
import { readField } from './body-edits.ts';
import type { Content } from './content.ts';
import { objectPieces, writePieces } from './pieces.ts';

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

/** Refuses headers that choose what we do not serve: dropped in silence, a guardrail would be believed to hold. */
export function refuseDearerHeaders(headers: Readonly<Record<string, string>>): Refusal | null {
  const found = DEARER_HEADERS.find(([name, plain]) => {
    const value = headers[name];
    return value !== undefined && value.toLowerCase() !== plain;
  });
  return found ? { kind: 'request_malformed', what: `the header ${found[0]} is not served here; leave it out` } : null;
}

/**
 * A Converse body for Bedrock: byte for byte the client's, but for `requestMetadata`, which is ours to say. `maxTokens`
 * is read for the reservation and left alone.
 */
export function converseContent(read: ReadBody, metadata: RequestMetadata): Result<Content, Refusal> {
  for (const [field, member, plain] of DEARER) {
    const value = readField(read, field);
    if (value === undefined || (plain !== null && memberOf(value, member) === plain)) continue;
    return no({ kind: 'request_malformed', what: `${field} is not served here; leave it out` });
  }
  const first = `"requestMetadata":${JSON.stringify(metadata)}`;
  const body = writePieces(
    read.bytes,
    objectPieces(read.members, (key) => key === 'requestMetadata', { first }),
  );
  const maxTokens = memberOf(readField(read, 'inferenceConfig'), 'maxTokens');
  return ok({
    first: {
      body,
      betas: [],
      droppedBetas: [],
      suspects: [],
      maxTokens: typeof maxTokens === 'number' ? maxTokens : null,
    },
    accepted: () => {},
    without: () => null,
  });
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, member)
    ? (value as Record<string, unknown>)[member]
    : undefined;
}
