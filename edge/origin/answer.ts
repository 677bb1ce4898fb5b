import type { CloudFrontHeaders, CloudFrontResultResponse } from 'aws-lambda';
import { toEdgeAnswer } from '../../tenancy/answer.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Wire } from '../../tenancy/route.ts';

/**
 * A refusal as the response that Lambda@Edge generates.
 * @param cors headers without which the console's scripts could not read it
 */
export function toCloudFrontAnswer(
  refusal: Refusal,
  wire: Wire,
  requestId: string,
  cors: Readonly<Record<string, string>>,
): CloudFrontResultResponse {
  const { statusCode, headers, body } = toEdgeAnswer(refusal, wire, requestId);
  const shaped: CloudFrontHeaders = {};
  for (const [name, value] of Object.entries({ ...headers, ...cors })) shaped[name] = [{ key: name, value }];
  return {
    status: String(statusCode),
    headers: shaped,
    bodyEncoding: 'text',
    body,
  };
}
