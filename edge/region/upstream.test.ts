import { describe, expect, it } from 'vitest';
import { clientOf, HELLO, passport, request, run, seal, startScript } from './serve.fixture.ts';

const refusing = (status: number, name: string, message: string) =>
  startScript((_, response) =>
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'x-amzn-errortype': `${name}:http://internal.amazon.com/`,
        'x-amzn-requestid': 'bedrock-request-3',
      })
      .end(JSON.stringify({ message })),
  );

const OURS = "the gateway is not allowed to call this model; this is the platform's fault and its staff is alarmed";

describe.each([true, false])('what Bedrock refuses (stream: %s)', (stream) => {
  const body = { ...HELLO, stream };

  it.each([
    [400, 'ValidationException', 400, 'invalid_request_error', {}, 'nothing'],
    [429, 'ThrottlingException', 429, 'rate_limit_error', { 'retry-after': '2' }, 'nothing'],
    [400, 'ServiceQuotaExceededException', 429, 'rate_limit_error', { 'retry-after': '2' }, 'nothing'],
    [429, 'ModelNotReadyException', 529, 'overloaded_error', {}, 'unknown'],
    [500, 'InternalServerException', 529, 'overloaded_error', {}, 'unknown'],
    [503, 'ServiceUnavailableException', 529, 'overloaded_error', {}, 'unknown'],
    [408, 'ModelTimeoutException', 529, 'overloaded_error', {}, 'unknown'],
    [424, 'ModelErrorException', 529, 'overloaded_error', {}, 'unknown'],
  ])('is told in its own words: %i %s -> %i %s', async (status, name, told, type, headers, used) => {
    const message = 'messages.0: “this”, arn:aws:bedrock:::x and\nthat';
    const sealed = passport();
    const { reader, book, lines } = await run(request(seal(sealed), body), await refusing(status, name, message));
    expect(reader.statusCode).toBe(told);
    expect(JSON.parse(reader.text)).toEqual({
      type: 'error',
      error: { type, message },
      request_id: sealed.requestId,
    });
    expect(reader.headers).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'request-id': sealed.requestId,
      'x-content-type-options': 'nosniff',
      ...headers,
    });
    const flags = used === 'unknown' ? ['usage_unknown'] : [];
    const outcome = used === 'unknown' ? 'PARTIAL' : 'UPSTREAM_ERROR';
    expect(book.settlements).toMatchObject([{ outcome, flags, tokens: { input: 0, output: 0 } }]);
    expect(book.settlements[0]?.throttledBy).toBe(told === 429 ? 'shared_capacity' : undefined);
    // What Bedrock says of a request quotes it: the log has the kind alone.
    expect(lines.join()).not.toContain('messages.0');
  });

  it.each([
    [403, 'AccessDeniedException'],
    [403, 'ExpiredTokenException'],
    [403, 'UnrecognizedClientException'],
    [404, 'ResourceNotFoundException'],
  ])('is our fault and says nothing of our roles: %i %s', async (status, name) => {
    const message = 'User: arn:aws:sts::123456789012:assumed-role/bedrock/acme.usr_anna is not authorized';
    const { reader, book, lines } = await run(request(seal(passport()), body), await refusing(status, name, message));
    expect(reader.statusCode).toBe(500);
    expect(JSON.parse(reader.text)).toMatchObject({ error: { type: 'api_error', message: OURS } });
    expect(reader.headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(book.settlements).toMatchObject([{ outcome: 'UPSTREAM_ERROR', flags: [] }]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ kind: 'upstream_denied', why: `${name}: ${message}` });
  });

  it('is tried once more, unseen, when the quota refused; every other refusal is not', async () => {
    const message = { type: 'message', stop_reason: 'end_turn', usage: { input_tokens: 10, output_tokens: 42 } };
    let calls = 0;
    const refusingOnce = (status: number, name: string) =>
      startScript((_, response) => {
        calls += 1;
        if (calls === 1) response.writeHead(status, { 'x-amzn-errortype': name }).end('{"message":"no"}');
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message));
      });
    const served = await run(
      request(seal(passport()), { ...HELLO, stream: false }),
      await refusingOnce(429, 'ThrottlingException'),
    );
    expect(served.reader.statusCode).toBe(200);
    expect(calls).toBe(2);
    expect(served.book.settlements).toMatchObject([{ outcome: 'COMPLETED', tokens: { input: 10, output: 42 } }]);
    calls = 0;
    await run(request(seal(passport()), body), await refusingOnce(503, 'ServiceUnavailableException'));
    expect(calls).toBe(1);
  });

  it('is tried once without the betas that it does not take, however many it names one after another', async () => {
    const betas = ['one-2026-01-01', 'two-2026-01-01', 'three-2026-01-01'];
    const sent: string[][] = [];
    const naming = await startScript((_, response, asked) => {
      const { anthropic_beta: those } = JSON.parse(asked.toString()) as { anthropic_beta: string[] };
      sent.push(those);
      const message = `invalid beta flag: ${those[0]}`;
      response.writeHead(400, { 'x-amzn-errortype': 'ValidationException' }).end(JSON.stringify({ message }));
    });
    const headers = { 'anthropic-beta': betas.join() };
    const { reader } = await run(request(seal(passport()), body, headers), naming);
    expect(reader.statusCode).toBe(400);
    expect(sent).toEqual([betas, betas.slice(1)]);
  });

  it('is overloaded when the connection breaks before the answer, and its usage is not known', async () => {
    const client = await startScript((incoming) => incoming.socket.resetAndDestroy());
    const { reader, book } = await run(request(seal(passport()), body), client);
    expect(reader.statusCode).toBe(529);
    expect(book.settlements).toMatchObject([{ outcome: 'PARTIAL', flags: ['usage_unknown'] }]);
  });

  it('used nothing when there was nobody to connect to', async () => {
    const { reader, book } = await run(request(seal(passport()), body), clientOf('http://127.0.0.1:1'));
    expect(reader.statusCode).toBe(529);
    expect(book.settlements).toMatchObject([{ outcome: 'UPSTREAM_ERROR', flags: [] }]);
  });
});

describe('without credentials for Bedrock', () => {
  it('is 503 while STS cannot be asked, and settled as nothing', async () => {
    const { reader, book } = await run(request(seal(passport())), () => Promise.reject(new Error('timed out')));
    expect(reader.statusCode).toBe(503);
    expect(reader.headers).toMatchObject({ 'retry-after': '2' });
    expect(book.settlements).toMatchObject([{ outcome: 'UPSTREAM_ERROR', tokens: { input: 0, output: 0 }, flags: [] }]);
  });

  it('is our fault when STS says no', async () => {
    const denied = Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' });
    const { reader, book } = await run(request(seal(passport())), () => Promise.reject(denied));
    expect(reader.statusCode).toBe(500);
    expect(JSON.parse(reader.text)).toMatchObject({ error: { message: OURS } });
    expect(book.settlements).toHaveLength(1);
  });
});
