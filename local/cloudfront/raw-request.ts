import type { IncomingMessage } from 'node:http';
import { no, ok, type Result } from '../../tenancy/result.ts';
import { type Fields, toFields, valuesOf } from './headers.ts';

/** A viewer's request as it stood on the wire: nothing decoded, nothing merged. */
export type RawRequest = {
  readonly method: string;
  /** The path as sent, without the query string. */
  readonly uri: string;
  /** As sent, without `?`; empty when there is none. */
  readonly querystring: string;
  readonly headers: Fields;
  readonly clientIp: string;
};

/** CloudFront's own: a URL's bytes, and a request line's with all its headers'. */
const URL_LIMIT = 8_192;
const HEAD_LIMIT = 20_480;

const SINGLE = ['authorization', 'x-api-key', 'content-length', 'content-type'];

/**
 * Reads a request from its raw headers, because Node's own reading is lenient where it matters: it takes the first of
 * two `Host` or `Authorization` headers in silence and joins two `x-api-key` into one.
 * @param host stands in for the Host header that came, as a DNS name of its own would bring it
 * @returns why the request is refused as malformed, in words for the client
 */
export function readRawRequest(request: IncomingMessage, host?: string): Result<RawRequest, string> {
  const { method = '', url = '', rawHeaders, httpVersion } = request;
  const fields = toFields(rawHeaders);
  const hosts = valuesOf(fields, 'host');
  if (httpVersion !== '1.1') return no('only HTTP/1.1 is spoken here');
  // An absolute target names a second host, on which two readers may disagree.
  if (!url.startsWith('/')) return no('the request target must be a path');
  if (url.length > URL_LIMIT) return no(`the URL is over ${URL_LIMIT} bytes`);
  if (headSize(method, url, fields) > HEAD_LIMIT) return no(`request line and headers are over ${HEAD_LIMIT} bytes`);
  if (hosts.length !== 1) return no('the request must have one Host header');
  if (!/^[A-Za-z0-9._:[\]-]+$/.test(hosts[0] ?? '')) return no('the Host header is no host name');
  const doubled = SINGLE.find((name) => valuesOf(fields, name).length > 1);
  if (doubled) return no(`the request must not have two ${doubled} headers`);
  const [, uri = '', querystring = ''] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  const headers =
    host === undefined ? fields : fields.map(([name, value]) => [name, name === 'host' ? host : value] as const);
  return ok({ method, uri, querystring, headers, clientIp: request.socket.remoteAddress ?? '127.0.0.1' });
}

function headSize(method: string, url: string, fields: Fields): number {
  const line = `${method} ${url} HTTP/1.1\r\n`.length;
  return fields.reduce(
    (size, [name, value]) => size + name.length + value.length + ': \r\n'.length,
    line + '\r\n'.length,
  );
}
