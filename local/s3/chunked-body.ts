import { S3Error } from './errors.ts';

/** A body as it was meant, and the trailers that came after it, names in lower case. */
export type DecodedBody = { readonly content: Buffer; readonly trailers: ReadonlyMap<string, string> };

/**
 * Reads `aws-chunked` content without signatures: `<hex size>\r\n<bytes>\r\n`, a chunk of size 0, then trailers.
 * @param length what `x-amz-decoded-content-length` says @throws S3Error when it is none, or of another length
 */
export function decodeChunked(body: Buffer, length: number): DecodedBody {
  const parts: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf('\r\n', at);
    if (end === -1) throw new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
    const text = body.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const [size = ''] = line().split(';');
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new S3Error('IncompleteBody', 'a chunk has no size');
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) break;
    if (at + bytes + 2 > body.length) throw new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
    parts.push(body.subarray(at, at + bytes));
    at += bytes;
    if (line() !== '') throw new S3Error('IncompleteBody', 'a chunk is longer than it says');
  }
  const trailers = new Map<string, string>();
  while (at < body.length) {
    const text = line();
    if (text === '') break;
    const colon = text.indexOf(':');
    trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
  const content = Buffer.concat(parts);
  if (content.length !== length) {
    throw new S3Error('IncompleteBody', 'You did not provide the number of bytes specified by the HTTP header');
  }
  return { content, trailers };
}
