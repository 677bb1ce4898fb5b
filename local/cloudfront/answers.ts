import type { ServerResponse } from 'node:http';
import { answerHeaders } from '../../tenancy/answer.ts';
import { wireOf } from '../../tenancy/route.ts';
import type { Fields } from './headers.ts';

/** An answer that is made at the edge: CloudFront's own, or a function's. */
export type EdgeAnswer = { readonly statusCode: number; readonly headers: Fields; readonly body: Buffer };

/** One viewer request and the answer to it. */
export type Exchange = { readonly requestId: string; readonly uri: string; readonly response: ServerResponse };

/** The errors that CloudFront has of itself, with the word that it puts into `x-cache` and the type clients see. */
export const OWN_ERRORS = {
  malformed: { status: 400, cache: 'Error', type: 'invalid_request_error', awsType: 'ValidationException' },
  missing: { status: 404, cache: 'Error', type: 'not_found_error', awsType: 'ResourceNotFoundException' },
  method: { status: 405, cache: 'Error', type: 'invalid_request_error', awsType: 'ValidationException' },
  viewerFailed: {
    status: 503,
    cache: 'FunctionExecutionError',
    type: 'api_error',
    awsType: 'ServiceUnavailableException',
  },
  viewerInvalid: {
    status: 502,
    cache: 'FunctionGeneratedResponse',
    type: 'api_error',
    awsType: 'InternalServerException',
  },
  functionFailed: {
    status: 503,
    cache: 'LambdaExecutionError',
    type: 'api_error',
    awsType: 'ServiceUnavailableException',
  },
  functionInvalid: {
    status: 502,
    cache: 'LambdaValidationError',
    type: 'api_error',
    awsType: 'InternalServerException',
  },
  originAway: { status: 502, cache: 'Error', type: 'api_error', awsType: 'InternalServerException' },
  originSilent: { status: 504, cache: 'Error', type: 'timeout_error', awsType: 'ModelTimeoutException' },
} as const;

/** CloudFront's own error, in the shape that a distribution's custom error responses give it: clients of a path parse one. */
export function ownError(kind: keyof typeof OWN_ERRORS, message: string, requestId: string, uri: string): EdgeAnswer {
  const { status, type, awsType } = OWN_ERRORS[kind];
  const bedrock = wireOf(uri) === 'bedrock';
  const body = bedrock
    ? { __type: awsType, message }
    : { type: 'error', error: { type, message }, request_id: requestId };
  const headers = { ...answerHeaders(requestId), 'content-type': 'application/json' };
  return { statusCode: status, headers: Object.entries(headers), body: Buffer.from(JSON.stringify(body)) };
}

/** Fields that CloudFront puts on every answer. @param cache what `x-cache` says before "from cloudfront" */
export function edgeFields(requestId: string, cache: string): Fields {
  return [
    ['x-cache', `${cache} from cloudfront`],
    ['via', '1.1 d111111abcdef8.cloudfront.net (CloudFront)'],
    ['x-amz-cf-pop', 'LOC50-P1'],
    ['x-amz-cf-id', requestId],
  ];
}

/** Sends a whole answer; a body on HEAD, 204 and 304 is left out by HTTP's own rule. */
export function sendAnswer({ requestId, response }: Exchange, answer: EdgeAnswer, cache: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const fields = answer.headers.filter(([name]) => name !== 'content-length');
  const length: Fields = [['content-length', String(answer.body.length)]];
  response.writeHead(answer.statusCode, [...fields, ...length, ...edgeFields(requestId, cache)].flat());
  response.end(answer.body);
}

/** Sends CloudFront's own error. */
export function sendOwnError(exchange: Exchange, kind: keyof typeof OWN_ERRORS, message: string): void {
  sendAnswer(exchange, ownError(kind, message, exchange.requestId, exchange.uri), OWN_ERRORS[kind].cache);
}
