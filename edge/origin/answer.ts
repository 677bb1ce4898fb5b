import type { CloudFrontHeaders, CloudFrontResultResponse } from 'aws-lambda';
import { type Answer, toEdgeAnswer } from '../../tenancy/answer.ts';
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
  const answer = toEdgeAnswer(refusal, wire, requestId);
  return shapeAnswer({ ...answer, headers: { ...answer.headers, ...cors } });
}

/** An answer in the shape that CloudFront takes. */
export function shapeAnswer({ statusCode, headers, body }: Answer): CloudFrontResultResponse {
  const shaped: CloudFrontHeaders = {};
  for (const [name, value] of Object.entries(headers)) shaped[name] = [{ key: name, value }];
  return {
    status: String(statusCode),
    headers: shaped,
    bodyEncoding: 'text',
    body,
  };
}
