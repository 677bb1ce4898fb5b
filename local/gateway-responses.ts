import { toAnthropicAnswer } from '../tenancy/answer.ts';
import type { Refusal } from '../tenancy/refusal.ts';
import type { GatewayResponse, GatewayResponses } from './api-gateway.ts';

/** Lambda's event holds about this much JSON text; the edge refuses what is longer before it is sent. */
const BODY_LIMIT_BYTES = 5_000_000;

/** What API Gateway says by itself, in the gateway's own words: as its GatewayResponses are deployed. */
export const GATEWAY_RESPONSES: GatewayResponses = {
  missing: shaped({ kind: 'passport_refused', why: 'no such path' }),
  tooLarge: shaped({ kind: 'body_too_large', limitBytes: BODY_LIMIT_BYTES }),
  throttled: shaped({
    kind: 'upstream_throttled',
    message: 'too many requests; try again in a moment',
    retryAfterSeconds: 1,
  }),
  failure: shaped({ kind: 'internal', why: 'the function failed' }),
  timeout: shaped({ kind: 'upstream_overloaded', message: 'the request took longer than the gateway allows' }),
};

function shaped(refusal: Refusal): GatewayResponse {
  const { statusCode, headers } = toAnthropicAnswer(refusal, '');
  return { statusCode, headers, body: (requestId) => toAnthropicAnswer(refusal, requestId).body };
}
