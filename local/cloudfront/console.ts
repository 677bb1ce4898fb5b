import { randomBytes } from 'node:crypto';
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import type { Graphiql } from '../graphiql.ts';
import { type Exchange, sendOwnError } from './answers.ts';
import { endToEnd } from './headers.ts';
import { proxy, type ResolveOrigin } from './proxy.ts';
import { readRawRequest } from './raw-request.ts';

const READ_TIMEOUT_SECONDS = 30;
/** What CloudFront says of the viewer is CloudFront's alone to say: a viewer's own is dropped. */
const CLOUDFRONTS_OWN = /^(?:cloudfront-.*|x-forwarded-for|host)$/;

/** The console's distribution: `/graphql` goes to the API, with the viewer's address; `/graphiql` is this machine's alone. */
export function createConsoleDistribution(
  { domainName, graphiql }: { readonly domainName: string; readonly graphiql?: Graphiql },
  resolveOrigin: ResolveOrigin,
  agent: Agent,
): (request: IncomingMessage, response: ServerResponse, host?: string) => Promise<void> {
  return async (request, response, host) => {
    const requestId = `${randomBytes(41).toString('base64url')}=`;
    const exchange: Exchange = { requestId, uri: request.url ?? '', response };
    const raw = readRawRequest(request, host);
    if (!raw.ok) return sendOwnError(exchange, 'malformed', raw.reason);
    const { method, uri, querystring, headers, clientIp } = raw.value;
    if (graphiql && /^\/graphiql(?:\/|$)/.test(uri)) return graphiql(uri, request, response);
    if (uri !== '/graphql') return sendOwnError(exchange, 'missing', 'there is nothing at this path');
    const forwarded = [
      ...endToEnd(headers).filter(([name]) => !CLOUDFRONTS_OWN.test(name)),
      // A body of unknown length stays one.
      ...headers.filter(([name]) => name === 'transfer-encoding'),
      ['host', domainName],
      ['x-forwarded-for', clientIp],
      ['cloudfront-viewer-address', `${clientIp}:${request.socket.remotePort ?? 0}`],
    ] as const;
    const path = querystring === '' ? uri : `${uri}?${querystring}`;
    proxy(
      { domainName, path, method, headers: forwarded, readTimeout: READ_TIMEOUT_SECONDS },
      request,
      exchange,
      resolveOrigin,
      agent,
    );
  };
}
