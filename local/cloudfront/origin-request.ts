import type {
  CloudFrontHeaders,
  CloudFrontRequest,
  CloudFrontRequestEvent,
  CloudFrontResultResponse,
} from 'aws-lambda';
import type { EdgeAnswer } from './answers.ts';
import { endToEnd, type Fields, faultOf, readOnlyEdit, valuesOf } from './headers.ts';
import type { RawRequest } from './raw-request.ts';
import { DISTRIBUTION } from './viewer-request.ts';

/** A request as it leaves for its origin. */
export type OriginCall = {
  /** The origin's domain name as the function set it: what a name server would be asked. */
  readonly domainName: string;
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  readonly headers: Fields;
  /** The longest silence, in seconds. */
  readonly readTimeout: number;
};

export type OriginDecision =
  | { readonly kind: 'answer'; readonly answer: EdgeAnswer }
  | { readonly kind: 'call'; readonly call: OriginCall }
  | { readonly kind: 'invalid'; readonly why: string };

/** An answer that an origin-request function makes: headers and body. */
const ANSWER_LIMIT = 1_048_576;
const URL_LIMIT = 8_192;

/**
 * The event of an origin-request function under the policies CachingDisabled and AllViewerExceptHostHeader; the body
 * is not included.
 * @param originDomain the origin that the distribution names
 */
export function originRequestEvent(raw: RawRequest, originDomain: string, requestId: string): CloudFrontRequestEvent {
  const { method, uri, querystring, clientIp } = raw;
  const request: CloudFrontRequest = {
    clientIp,
    method,
    uri,
    querystring,
    headers: toArrays(originFields(raw, originDomain)),
    origin: {
      custom: {
        customHeaders: {},
        domainName: originDomain,
        keepaliveTimeout: 60,
        path: '',
        port: 443,
        protocol: 'https',
        readTimeout: 120,
        sslProtocols: ['TLSv1.2'],
      },
    },
  };
  return { Records: [{ cf: { config: { ...DISTRIBUTION, eventType: 'origin-request', requestId }, request } }] };
}

/** Reads what the function gave back, by the rules for origin-request functions. */
export function readOriginResult(payload: unknown, event: CloudFrontRequestEvent): OriginDecision {
  const given = event.Records[0]?.cf.request;
  if (!given || typeof payload !== 'object' || payload === null)
    return invalid('it gave back neither a request nor an answer');
  return 'status' in payload
    ? readAnswer(payload as Partial<CloudFrontResultResponse>)
    : readRequest(payload as Partial<CloudFrontRequest>, given);
}

function readAnswer({
  status,
  headers = {},
  body = '',
  bodyEncoding = 'text',
}: Partial<CloudFrontResultResponse>): OriginDecision {
  const fields = fromArrays(headers);
  if (typeof status !== 'string' || !/^[2-5][0-9]{2}$/.test(status))
    return invalid('status is no text of three digits');
  if (!fields) return invalid('headers are not of the form {name: [{key, value}]}');
  if (typeof body !== 'string' || !['text', 'base64'].includes(bodyEncoding)) return invalid('body is no text');
  const fault = faultOf(fields) ?? readOnlyEdit('origin-request', [], fields);
  if (fault) return invalid(fault);
  const bytes = Buffer.from(body, bodyEncoding === 'base64' ? 'base64' : 'utf8');
  if (fields.flat().join('').length + bytes.length > ANSWER_LIMIT)
    return invalid(`the answer is over ${ANSWER_LIMIT} bytes`);
  return { kind: 'answer', answer: { statusCode: Number(status), headers: fields, body: bytes } };
}

function readRequest(edited: Partial<CloudFrontRequest>, given: CloudFrontRequest): OriginDecision {
  const { method, clientIp, uri, querystring, headers, origin } = edited;
  const fields = fromArrays(headers ?? {});
  if (method !== given.method || clientIp !== given.clientIp) return invalid('method and clientIp are read-only');
  if (typeof uri !== 'string' || !uri.startsWith('/')) return invalid('uri must start with a slash');
  if (typeof querystring !== 'string') return invalid('querystring must be a text');
  if (!fields) return invalid('headers are not of the form {name: [{key, value}]}');
  const fault = faultOf(fields) ?? readOnlyEdit('origin-request', fromArrays(given.headers) ?? [], fields);
  if (fault) return invalid(fault);
  const custom = origin?.custom;
  if (!custom) return invalid('origin.custom is missing');
  if (!/^[a-z0-9.-]{1,253}$/i.test(custom.domainName)) return invalid('origin.custom.domainName is no domain name');
  if (!/^(\/.*[^/])?$/.test(custom.path)) return invalid('origin.custom.path must start and not end with a slash');
  const { readTimeout } = custom;
  if (!Number.isInteger(readTimeout) || readTimeout < 1 || readTimeout > 120)
    return invalid('origin.custom.readTimeout must be 1 to 120 seconds');
  const path = custom.path + uri + (querystring === '' ? '' : `?${querystring}`);
  if (path.length > URL_LIMIT || /[^\x21-\xff]/.test(path)) return invalid('uri and querystring make no URL');
  const added = Object.values(fromArrays(custom.customHeaders) ?? []);
  return {
    kind: 'call',
    call: { domainName: custom.domainName, method, path, headers: [...fields, ...added], readTimeout },
  };
}

/** The viewer's headers but Host, which is the origin's; a body of unknown length stays one. */
function originFields(raw: RawRequest, originDomain: string): Fields {
  const kept = endToEnd(raw.headers).filter(([name]) => {
    return name !== 'host' && name !== 'x-forwarded-for' && name !== 'via' && !name.startsWith('cloudfront-');
  });
  const chunked: Fields = valuesOf(raw.headers, 'transfer-encoding').map((value) => ['transfer-encoding', value]);
  return [
    ['host', originDomain],
    ...kept,
    ...chunked,
    ['x-forwarded-for', [...valuesOf(raw.headers, 'x-forwarded-for'), raw.clientIp].join(', ')],
    ['via', [...valuesOf(raw.headers, 'via'), `1.1 ${DISTRIBUTION.distributionDomainName} (CloudFront)`].join(', ')],
  ];
}

function toArrays(fields: Fields): CloudFrontHeaders {
  const headers: CloudFrontHeaders = {};
  for (const [name, value] of fields) headers[name] = [...(headers[name] ?? []), { key: name, value }];
  return headers;
}

/** Null when it is not of the form that CloudFront takes; a `key` must be the name in any case. */
function fromArrays(headers: CloudFrontHeaders): Fields | null {
  const fields: [string, string][] = [];
  for (const [name, list] of Object.entries(headers)) {
    if (!Array.isArray(list)) return null;
    for (const { key = name, value } of list) {
      if (typeof value !== 'string' || key.toLowerCase() !== name.toLowerCase()) return null;
      fields.push([name.toLowerCase(), value]);
    }
  }
  return fields;
}

function invalid(why: string): OriginDecision {
  return { kind: 'invalid', why };
}
