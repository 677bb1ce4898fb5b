import { isDeepStrictEqual } from 'node:util';
import type { CloudFrontFunctionsEvent } from 'aws-lambda';
import type { EdgeAnswer } from './answers.ts';
import { endToEnd, type Fields, faultOf, isDisallowed, readOnlyEdit, valuesOf } from './headers.ts';
import type { RawRequest } from './raw-request.ts';
import type { ViewerEvent, ViewerRun } from './viewer-runtime.ts';

/** What becomes of a request after the viewer function. `failed`: it threw; `invalid`: it gave what it may not. */
export type ViewerDecision =
  | { readonly kind: 'answer'; readonly answer: EdgeAnswer }
  | { readonly kind: 'request'; readonly request: RawRequest }
  | { readonly kind: 'failed' | 'invalid'; readonly why: string };

type EventRequest = CloudFrontFunctionsEvent['request'];
type EventFields = EventRequest['headers'];

/** A viewer function's whole answer, headers and body. */
const ANSWER_LIMIT = 40_960;

export const DISTRIBUTION = {
  distributionDomainName: 'd111111abcdef8.cloudfront.net',
  distributionId: 'EDFDVBD6EXAMPLE',
} as const;

/** The event of a viewer-request function. */
export function viewerEvent(raw: RawRequest, requestId: string): ViewerEvent {
  return {
    version: '1.0',
    context: { ...DISTRIBUTION, eventType: 'viewer-request', requestId },
    viewer: { ip: raw.clientIp },
    request: eventRequest(raw),
  };
}

/** Reads what the function gave back, by the rules for viewer-request functions. */
export function readViewerRun(run: ViewerRun, raw: RawRequest): ViewerDecision {
  if (!run.ok) return { kind: 'failed', why: run.error };
  const value = run.value as Partial<EventRequest & { statusCode: number }> | null | undefined;
  if (typeof value !== 'object' || value === null) return invalid('it gave back neither a request nor an answer');
  return value.statusCode === undefined ? readRequest(value, raw) : readAnswer(value);
}

function readAnswer(value: {
  statusCode?: unknown;
  headers?: unknown;
  cookies?: unknown;
  body?: unknown;
}): ViewerDecision {
  const { statusCode, body = '' } = value;
  const headers = fromEventFields(value.headers ?? {});
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599)
    return invalid('statusCode is none');
  if (!headers) return invalid('headers are not of the form {name: {value}}');
  const bytes = bodyBytes(body);
  if (!bytes) return invalid('body is neither a text nor {encoding, data}');
  const fault = faultOf(headers);
  if (fault) return invalid(fault);
  if (headers.flat().join('').length + bytes.length > ANSWER_LIMIT)
    return invalid(`the answer is over ${ANSWER_LIMIT} bytes`);
  return { kind: 'answer', answer: { statusCode, headers, body: bytes } };
}

function readRequest(value: Partial<EventRequest>, raw: RawRequest): ViewerDecision {
  const given = eventRequest(raw);
  const headers = fromEventFields(value.headers ?? {});
  if (value.method !== given.method) return invalid('method is read-only');
  if (typeof value.uri !== 'string' || !value.uri.startsWith('/')) return invalid('uri must start with a slash');
  if (!headers) return invalid('headers are not of the form {name: {value}}');
  const fault = faultOf(headers) ?? readOnlyEdit('viewer-request', visible(raw.headers), headers);
  if (fault) return invalid(fault);
  const cookies = isDeepStrictEqual(value.cookies, given.cookies)
    ? valuesOf(raw.headers, 'cookie').join('; ')
    : joined(value.cookies ?? {}, '; ');
  const querystring = isDeepStrictEqual(value.querystring, given.querystring)
    ? raw.querystring
    : joined(value.querystring ?? {}, '&');
  const all: Fields = cookies === '' ? headers : [...headers, ['cookie', cookies]];
  return { kind: 'request', request: { ...raw, uri: value.uri, querystring, headers: all } };
}

function eventRequest({ method, uri, querystring, headers }: RawRequest): EventRequest {
  const pairs = (text: string, separator: string | RegExp): Fields =>
    text.split(separator).flatMap((pair) => {
      const [name = '', ...value] = pair.split('=');
      return name === '' ? [] : [[name, value.join('=')] as const];
    });
  return {
    method,
    uri,
    querystring: toEventFields(pairs(querystring, '&').map(([name, value]) => [name.toLowerCase(), value])),
    headers: toEventFields(visible(headers)),
    cookies: toEventFields(pairs(valuesOf(headers, 'cookie').join('; '), /; */)),
  };
}

/** What a function sees of a viewer's headers: cookies stand apart, and what belongs to the hop or to CloudFront is gone. */
function visible(fields: Fields): Fields {
  const chunked: Fields = valuesOf(fields, 'transfer-encoding').map((value) => ['transfer-encoding', value]);
  return [...endToEnd(fields).filter(([name]) => name !== 'cookie' && !isDisallowed(name)), ...chunked];
}

function toEventFields(fields: Fields): EventFields {
  const names = [...new Set(fields.map(([name]) => name))];
  const entries = names.map((name) => {
    const values = valuesOf(fields, name).map((value) => ({ value }));
    const [first = { value: '' }] = values;
    return [name, values.length === 1 ? first : { ...first, multiValue: values }] as const;
  });
  return Object.fromEntries(entries);
}

function fromEventFields(headers: unknown): Fields | null {
  if (typeof headers !== 'object' || headers === null) return null;
  const fields = Object.entries(headers as EventFields).flatMap(([name, field]) => {
    const values: unknown[] = (field?.multiValue ?? [field]).map((one) => one?.value);
    return values.map((value) => [name.toLowerCase(), value] as const);
  });
  return fields.every((field): field is [string, string] => typeof field[1] === 'string') ? fields : null;
}

function joined(fields: EventFields, separator: string): string {
  return (fromEventFields(fields) ?? []).map((pair) => pair.join('=')).join(separator);
}

function bodyBytes(body: unknown): Buffer | null {
  if (typeof body === 'string') return Buffer.from(body);
  const { encoding, data } = (body ?? {}) as { encoding?: unknown; data?: unknown };
  if (typeof data !== 'string') return null;
  return encoding === 'base64' || encoding === 'text'
    ? Buffer.from(data, encoding === 'text' ? 'utf8' : encoding)
    : null;
}

function invalid(why: string): ViewerDecision {
  return { kind: 'invalid', why };
}
