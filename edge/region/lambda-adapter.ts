import type { Writable } from 'node:stream';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { RegionRequest, ResponseStream } from './exchange.ts';

/** The fields of API Gateway's REST proxy event that a request is made of. */
export type ProxyEvent = Pick<
  APIGatewayProxyEvent,
  'httpMethod' | 'path' | 'headers' | 'multiValueHeaders' | 'body' | 'isBase64Encoded'
>;

/** Sets status and headers of Lambda's response stream: `awslambda.HttpResponseStream.from`. */
export type SetPrelude = (stream: Writable, prelude: Record<string, unknown>) => Writable;

export function toRequest(event: ProxyEvent): RegionRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers ?? {})) headers[name.toLowerCase()] = value ?? '';
  // `headers` has only the last of several values: with two passports that would be whichever the sender put last.
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values && values.length > 0) headers[name.toLowerCase()] = values.join(', ');
  }
  return {
    method: event.httpMethod,
    path: event.path,
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Lambda's stream, which never tells that its client has gone: what breaks is the way to Lambda itself. */
export function toResponseStream(stream: Writable, setPrelude: SetPrelude): ResponseStream {
  let out = stream;
  // Without a listener a broken way out would end the process, and with it the settlement.
  stream.on('error', () => {});
  return {
    begin(statusCode, headers) {
      out = setPrelude(stream, { statusCode, headers });
    },
    write(bytes) {
      if (!out.destroyed) out.write(bytes);
    },
    backlog: () => (out.destroyed ? 0 : out.writableLength),
    drained: () =>
      new Promise((resolve) => {
        if (out.destroyed || !out.writableNeedDrain) return resolve();
        const done = (): void => {
          for (const event of ['drain', 'close', 'error']) out.off(event, done);
          resolve();
        };
        for (const event of ['drain', 'close', 'error']) out.on(event, done);
      }),
    end() {
      if (!out.destroyed) out.end();
    },
    abort() {
      out.destroy(new Error('the reader was given up'));
    },
  };
}
