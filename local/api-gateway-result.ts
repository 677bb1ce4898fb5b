import { Readable } from 'node:stream';
import { LambdaError, type StreamedResponse } from './lambda-stream.ts';

/**
 * Reads what a function of a proxy integration answers in one piece.
 * @throws LambdaError for what API Gateway calls a malformed proxy response, and answers with 502
 */
export function readProxyResult(payload: unknown): StreamedResponse {
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = (payload ?? {}) as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) throw malformed('statusCode is none');
  if (body !== undefined && body !== null && typeof body !== 'string') throw malformed('body is no text');
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  return {
    statusCode: status,
    headers: texts(headers),
    multiValueHeaders: lists(multiValueHeaders),
    body: Readable.from(bytes.length > 0 ? [bytes] : []),
  } as StreamedResponse;
}

function texts(headers: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}

function lists(headers: unknown): Record<string, string[]> {
  const entries = Object.entries((headers ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, values]) => [name, [values].flat().map(String)]));
}

function malformed(why: string): LambdaError {
  return new LambdaError({ errorType: 'MalformedProxyResponse', errorMessage: why });
}
