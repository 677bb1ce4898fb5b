import type { Refusal } from './refusal.ts';
import { type Description, describe } from './refusal-description.ts';
import type { Wire } from './route.ts';

/** An HTTP answer ready to send. Every one has a body: an empty streamed answer hangs a client for minutes. */
export type Answer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The body that Claude Code shows to its user: Anthropic's error envelope. */
export function anthropicError(refusal: Refusal, requestId: string): string {
  const { type, message } = describe(refusal);
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId });
}

/** Headers common to all answers of ours, refusals or not: nothing of a tenant's may be kept by a cache. */
export function answerHeaders(requestId: string): Record<string, string> {
  return { 'cache-control': 'no-store', 'request-id': requestId, 'x-content-type-options': 'nosniff' };
}

export function toAnthropicAnswer(refusal: Refusal, requestId: string): Answer {
  const description = describe(refusal);
  const headers = { ...answerHeaders(requestId), 'content-type': 'application/json', ...retryHeaders(description) };
  return { statusCode: description.status, headers, body: anthropicError(refusal, requestId) };
}

/** AWS's shape, for clients that speak Bedrock. */
export function toBedrockAnswer(refusal: Refusal, requestId: string): Answer {
  const description = describe(refusal, 'bedrock');
  const headers = {
    ...answerHeaders(requestId),
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
    'x-amzn-errortype': description.awsType,
    ...retryHeaders(description),
  };
  // The type stands in the body as well: AWS clients look there when the header could not be set.
  return { statusCode: description.status, headers, body: bedrockError(refusal) };
}

/** The body of AWS's shape. */
export function bedrockError(refusal: Refusal): string {
  const { awsType, message } = describe(refusal, 'bedrock');
  return JSON.stringify({ __type: awsType, message });
}

export function toAnswer(refusal: Refusal, wire: Wire, requestId: string): Answer {
  return wire === 'bedrock' ? toBedrockAnswer(refusal, requestId) : toAnthropicAnswer(refusal, requestId);
}

/** The same, for functions that run in CloudFront: it keeps `x-amzn-*` to itself and turns an answer that sets one into a 502. */
export function toEdgeAnswer(refusal: Refusal, wire: Wire, requestId: string): Answer {
  const answer = toAnswer(refusal, wire, requestId);
  const allowed = Object.entries(answer.headers).filter(([name]) => !name.startsWith('x-amzn-'));
  return { ...answer, headers: Object.fromEntries(allowed) };
}

/** The GraphQL wire: a code from a closed list and a text that was written for the client. */
export function toGraphqlError(
  refusal: Refusal,
  requestId: string,
): { message: string; extensions: { code: string; requestId: string } } {
  const { message, graphqlCode } = describe(refusal);
  return { message, extensions: { code: graphqlCode, requestId } };
}

function retryHeaders({ retry, allow }: Description): Record<string, string> {
  return {
    ...(retry === 'never' ? { 'x-should-retry': 'false' } : {}),
    ...(typeof retry === 'number' ? { 'retry-after': String(retry) } : {}),
    ...(allow ? { allow } : {}),
  };
}
