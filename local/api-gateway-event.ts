import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** What one request is told apart by: `requestId` is x-amzn-requestid, `extendedRequestId` is x-amz-apigw-id. */
export interface RequestIds {
  requestId: string;
  extendedRequestId: string;
  traceId: string;
}

export interface ApiSettings {
  apiId: string;
  stage: string;
  domainName: string;
}

const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** True for a header that concerns one connection alone; `nominated` is the value of that message's Connection header. */
export function isHopByHop(name: string, nominated: string): boolean {
  const lower = name.toLowerCase();
  return (
    HOP_BY_HOP.has(lower) ||
    nominated
      .toLowerCase()
      .split(/\s*,\s*/)
      .includes(lower)
  );
}

/**
 * The event of a REST API's Lambda proxy integration (format 1.0).
 *
 * The API declares no binary media types, as ours does not: the body is handed over as text whatever it is, and bytes
 * that are no UTF-8 arrive as U+FFFD. (With `*\/*` declared AWS would send base64, a third longer, under the same cap.)
 */
export function proxyEvent(
  request: IncomingMessage,
  body: Buffer,
  { requestId, extendedRequestId, traceId }: RequestIds,
  { apiId, stage, domainName }: ApiSettings,
  now: number,
): APIGatewayProxyEvent {
  const url = new URL(request.url ?? '/', 'http://gateway.invalid');
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const multiValueHeaders = headersOf(request, sourceIp, traceId);
  const query = new Map<string, string[]>();
  for (const [name, value] of url.searchParams) query.set(name, [...(query.get(name) ?? []), value]);
  const none = { accessKey: null, accountId: null, apiKey: null, apiKeyId: null, caller: null, clientCert: null };
  const noCognito = {
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
  };
  return {
    resource: url.pathname,
    path: url.pathname,
    httpMethod: request.method ?? 'GET',
    headers: lastValues(multiValueHeaders),
    multiValueHeaders: Object.fromEntries(multiValueHeaders),
    queryStringParameters: query.size === 0 ? null : lastValues(query),
    multiValueQueryStringParameters: query.size === 0 ? null : Object.fromEntries(query),
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '111111111111',
      apiId,
      authorizer: null,
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      extendedRequestId,
      httpMethod: request.method ?? 'GET',
      identity: {
        ...none,
        ...noCognito,
        principalOrgId: null,
        sourceIp,
        user: null,
        userAgent: request.headers['user-agent'] ?? null,
        userArn: null,
      },
      path: url.pathname,
      protocol: `HTTP/${request.httpVersion}`,
      requestId,
      requestTime: commonLogTime(now),
      requestTimeEpoch: now,
      resourceId: 'origin',
      resourcePath: url.pathname,
      stage,
    },
    body: body.length === 0 ? null : body.toString('utf8'),
    isBase64Encoded: false,
  };
}

/** Headers as they came, spelt as they came, without those of the connection and with what the gateway adds. */
function headersOf(request: IncomingMessage, sourceIp: string, traceId: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  const spelling = new Map<string, string>();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const raw = request.rawHeaders[i] ?? '';
    const lower = raw.toLowerCase();
    if (isHopByHop(lower, request.headers.connection ?? '')) continue;
    if (lower === 'x-forwarded-for' || lower === 'x-forwarded-port' || lower === 'x-forwarded-proto') continue;
    if (lower === 'x-amzn-trace-id') continue;
    const name = spelling.get(lower) ?? raw;
    spelling.set(lower, name);
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[i + 1] ?? '']);
  }
  const forwarded = request.headers['x-forwarded-for'];
  headers.set('X-Forwarded-For', [forwarded === undefined ? sourceIp : `${String(forwarded)}, ${sourceIp}`]);
  // As behind AWS's front, where nothing but https arrives.
  headers.set('X-Forwarded-Port', ['443']);
  headers.set('X-Forwarded-Proto', ['https']);
  headers.set('X-Amzn-Trace-Id', [traceId]);
  return headers;
}

function lastValues(values: Map<string, string[]>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, list]) => [name, list.at(-1) ?? '']));
}

/** 22/Nov/2026:01:40:00 +0000 */
function commonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
