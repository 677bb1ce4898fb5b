import type { CloudFrontHeaders, CloudFrontResultResponse } from 'aws-lambda';
import { type Refusal, toAnswer } from '../../tenancy/refusal.ts';
import type { Wire } from '../../tenancy/route.ts';

/** CloudFront answers 502 for a function that sets one of these, and the client never sees our text. */
const FORBIDDEN_BY_CLOUDFRONT = /^x-amzn?-/;

/** A refusal as the response that Lambda@Edge generates. */
export function toCloudFrontAnswer(refusal: Refusal, wire: Wire, requestId: string): CloudFrontResultResponse {
  const { statusCode, headers, body } = toAnswer(refusal, wire, requestId);
  const shaped: CloudFrontHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!FORBIDDEN_BY_CLOUDFRONT.test(name)) shaped[name] = [{ key: name, value }];
  }
  return {
    status: String(statusCode),
    headers: shaped,
    bodyEncoding: 'text',
    body,
  };
}
