import { toAnthropicAnswer } from '../tenancy/answer.ts';
import type { Refusal } from '../tenancy/refusal.ts';
import type { GatewayResponse, GatewayResponses } from './api-gateway.ts';

/** What API Gateway says by itself, in the gateway's own words: as its GatewayResponses are deployed. */
export const GATEWAY_RESPONSES: GatewayResponses = {
  missing: shaped({ kind: 'passport_refused', why: 'no such path' }),
  // No number: what is too large for Lambda's event depends on how often its text has to be escaped.
  tooLarge: shaped({ kind: 'body_too_large' }),
  throttled: shaped({
    kind: 'upstream_throttled',
    message: 'too many requests; try again in a moment',
    retryAfterSeconds: 1,
  }),
  failure: shaped({ kind: 'internal', why: 'the function failed' }),
  timeout: shaped({ kind: 'upstream_overloaded', message: 'the request took longer than the gateway allows' }),
};

function shaped(refusal: Refusal): GatewayResponse {
  return (requestId) => toAnthropicAnswer(refusal, requestId);
}
