import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ProxyEvent, toRequest, toResponseStream } from './lambda-adapter.ts';

const event: ProxyEvent = {
  httpMethod: 'POST',
  path: '/origin',
  headers: { 'Content-Type': 'application/json', 'X-Ar-Passport': 'second' },
  multiValueHeaders: { 'Content-Type': ['application/json'], 'X-Ar-Passport': ['first', 'second'] },
  body: '{"é":1}',
  isBase64Encoded: false,
};

describe("API Gateway's event", () => {
  it('becomes a request with lower-case headers, and shows that a header came twice', () => {
    expect(toRequest(event)).toEqual({
      method: 'POST',
      path: '/origin',
      headers: { 'content-type': 'application/json', 'x-ar-passport': 'first, second' },
      body: Buffer.from('{"é":1}'),
    });
  });

  it('may have its body in base64, or none', () => {
    const body = Buffer.from([0, 255]).toString('base64');
    expect(toRequest({ ...event, body, isBase64Encoded: true }).body).toEqual(Buffer.from([0, 255]));
    expect(toRequest({ ...event, body: null }).body).toHaveLength(0);
  });
});

/** A writable that takes nothing until it is told to. */
function slow() {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _, callback) {
      taken.push(chunk.toString());
      waiting.push(callback);
    },
  });
  return { stream, taken, takeOne: () => waiting.shift()?.() };
}

describe("Lambda's response stream", () => {
  it('has its status and headers set before the first byte', () => {
    const { stream, taken } = slow();
    const preludes: unknown[] = [];
    const response = toResponseStream(stream, (out, prelude) => {
      preludes.push(prelude);
      return out;
    });
    response.begin(403, { 'request-id': 'x' });
    response.write('body');
    expect(preludes).toEqual([{ statusCode: 403, headers: { 'request-id': 'x' } }]);
    expect(taken).toEqual(['body']);
  });

  it('tells what waits, and when it has been taken', async () => {
    const { stream, takeOne } = slow();
    const response = toResponseStream(stream, (out) => out);
    response.begin(200, {});
    await response.drained();
    response.write('12345678');
    expect(response.backlog()).toBe(8);
    const drained = response.drained();
    takeOne();
    await drained;
    expect(response.backlog()).toBe(0);
  });

  it('drops what is written after the way out broke, and keeps nobody waiting', async () => {
    const { stream } = slow();
    const response = toResponseStream(stream, (out) => out);
    response.begin(200, {});
    response.write('12345678');
    const drained = response.drained();
    stream.destroy(new Error('EPIPE'));
    await drained;
    response.write('more');
    response.end();
    expect(response.backlog()).toBe(0);
    await response.drained();
  });

  it('can be broken off', () => {
    const { stream } = slow();
    const response = toResponseStream(stream, (out) => out);
    response.begin(200, {});
    response.abort();
    expect(stream.destroyed).toBe(true);
    expect(stream.errored).toBeInstanceOf(Error);
  });
});
