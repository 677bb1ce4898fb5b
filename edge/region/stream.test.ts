import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeException, encodeFrame } from '../../local/event-stream.ts';
import { PATIENCE } from './patience.ts';
import {
  chunk,
  DELTA_END,
  delta,
  HELLO,
  makeReader,
  NOW,
  passport,
  request,
  run,
  type Served,
  START,
  STOP,
  STREAM_HEADERS,
  seal,
  start,
  startScript,
} from './serve.fixture.ts';

const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
const asked = () => request(seal(passport()));
const bytes = (...events: unknown[]) => Buffer.concat(events.map(chunk));

/** A Bedrock that sends these bytes and then does what `then` says. */
const sending = (sent: Buffer, then: (response: ServerResponse) => void = (response) => response.end()) =>
  startScript((_, response) => {
    response.writeHead(200, STREAM_HEADERS);
    response.write(sent, () => then(response));
  });

/** The last event of an answer that broke: Anthropic's error, and never an end that the model did not write. */
function expectBroken({ reader, book }: Served, type: string, message: string | RegExp): void {
  const [last = ''] = reader.text.split('\n\n').slice(-2);
  const [event, data = ''] = last.split('\n');
  expect(event).toBe('event: error');
  const { request_id, ...rest } = JSON.parse(data.slice('data: '.length)) as Record<string, unknown>;
  expect(rest).toEqual({
    type: 'error',
    error: { type, message: typeof message === 'string' ? message : expect.stringMatching(message) },
  });
  expect(request_id).toBe(reader.headers['request-id']);
  expect(reader.statusCode).toBe(200);
  expect(reader.text).not.toContain('message_stop');
  expect(reader.ended).toBe('end');
  expect(book.settlements).toMatchObject([{ outcome: 'PARTIAL', tokens: { input: 10, output: 1, cacheRead: 5 } }]);
}

describe('a stream that breaks in the middle', () => {
  const begun = () => bytes(START, delta('hel'));

  it.each([
    ['throttlingException', 'rate_limit_error'],
    ['modelStreamErrorException', 'overloaded_error'],
    ['internalServerException', 'overloaded_error'],
    ['serviceUnavailableException', 'overloaded_error'],
    ['modelTimeoutException', 'overloaded_error'],
    ['validationException', 'invalid_request_error'],
  ])("ends with an error event in Bedrock's own words: %s", async (name, type) => {
    const served = await run(asked(), await sending(Buffer.concat([begun(), encodeException(name, 'No "more"\nnow')])));
    expectBroken(served, type, 'No "more"\nnow');
    expect(served.reader.text).toContain('"hel"');
    expect(JSON.parse(served.lines[0] ?? '')).toMatchObject({ event: 'broken_off' });
    // With the usage record; and a throttle is counted as such.
    expect(served.lines).toHaveLength(name === 'throttlingException' ? 3 : 2);
  });

  it('ends with an error event at an error frame', async () => {
    const frame = encodeFrame({ ':message-type': 'error', ':error-code': 'Bad', ':error-message': 'worse' }, '');
    expectBroken(await run(asked(), await sending(Buffer.concat([begun(), frame]))), 'overloaded_error', 'worse');
  });

  it('ends with an error event at a wrong checksum, after the events before it', async () => {
    const bad = chunk(delta('lo'));
    bad[bad.length - 1]! ^= 1;
    const served = await run(asked(), await sending(Buffer.concat([begun(), bad, bytes(DELTA_END, STOP)])));
    expectBroken(served, 'overloaded_error', "the model's stream broke: a frame has a wrong checksum");
    expect(served.reader.text).toContain('"hel"');
    expect(served.reader.text).not.toContain('"lo"');
  });

  it('ends with an error event at an event that cannot be read', async () => {
    const served = await run(asked(), await sending(Buffer.concat([begun(), chunk('{"no":"type"}')])));
    expectBroken(served, 'overloaded_error', /an event cannot be read/);
  });

  it('ends with an error event when it is cut, cleanly or in the middle of a frame', async () => {
    expectBroken(await run(asked(), await sending(begun())), 'overloaded_error', /ended in the middle/);
    const half = Buffer.concat([begun(), chunk(delta('lo')).subarray(0, 30)]);
    expectBroken(await run(asked(), await sending(half)), 'overloaded_error', /ended in the middle/);
  });

  it('ends with an error event when the connection is reset', async () => {
    const reader = makeReader();
    const bedrock = await sending(begun(), (response) => {
      void reader.until(({ text }) => text.includes('hel')).then(() => response.socket?.resetAndDestroy());
    });
    expectBroken(await run(asked(), bedrock, { reader }), 'overloaded_error', 'the connection to the model broke');
  });

  it('is whole when only its connection breaks, after the last word', async () => {
    const reader = makeReader();
    const bedrock = await sending(bytes(START, delta('hel'), DELTA_END, STOP), (response) => {
      void reader.until(({ text }) => text.includes('message_stop')).then(() => response.socket?.resetAndDestroy());
    });
    const { book } = await run(asked(), bedrock, { reader });
    expect(reader.text).not.toContain('event: error');
    expect(book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
  });

  it('does not mind events of a kind that is yet to be invented', async () => {
    const other = encodeFrame({ ':message-type': 'event', ':event-type': 'weather' }, '{}');
    const { reader } = await run(asked(), await sending(Buffer.concat([begun(), other, bytes(DELTA_END, STOP)])));
    expect(reader.text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
  });
});

describe('silence', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A Bedrock that says nothing until it is told to. */
  async function silent() {
    let arrived: (response: ServerResponse) => void;
    const response = new Promise<ServerResponse>((resolve) => {
      arrived = resolve;
    });
    return { bedrock: await startScript((_, outgoing) => arrived(outgoing)), response };
  }

  it('holds the headers back for 15 s, so that a refusal keeps its status', async () => {
    const { bedrock, response } = await silent();
    const served = start(asked(), bedrock);
    const upstream = await response;
    await vi.advanceTimersByTimeAsync(14_999);
    expect(served.reader.statusCode).toBe(0);
    upstream.writeHead(400, { 'x-amzn-errortype': 'ValidationException' }).end('{"message":"too long"}');
    await served.done;
    expect(served.reader.statusCode).toBe(400);
  });

  it('sends headers and a ping after 15 s, a ping every 10 s, and a later refusal as an event', async () => {
    const { bedrock, response } = await silent();
    const served = start(asked(), bedrock);
    const upstream = await response;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(served.reader.statusCode).toBe(200);
    expect(served.reader.text).toBe(PING);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(served.reader.text).toBe(PING.repeat(3));
    upstream.writeHead(400, { 'x-amzn-errortype': 'ValidationException' }).end('{"message":"too long"}');
    await served.done;
    expect(served.reader.text).toMatch(/^(event: ping\ndata: .*\n\n){3}event: error\ndata: .*too long.*\n\n$/);
    expect(served.book.settlements).toMatchObject([{ outcome: 'UPSTREAM_ERROR' }]);
  });

  it('before the answer ends at its limit', async () => {
    const { bedrock, response } = await silent();
    const served = start(asked(), bedrock);
    await response;
    await vi.advanceTimersByTimeAsync(PATIENCE.silenceMs);
    await served.done;
    expect(served.reader.text).toContain('the model sent nothing for 240 seconds; the request was ended');
    expect(served.book.settlements).toMatchObject([{ outcome: 'PARTIAL', flags: ['usage_unknown', 'cut_off'] }]);
  });

  it('within a stream is filled with pings and ends at its limit', async () => {
    const { bedrock, response } = await silent();
    const served = start(asked(), bedrock);
    const upstream = await response;
    upstream.writeHead(200, STREAM_HEADERS).write(bytes(START, delta('hel')));
    await served.reader.until(({ text }) => text.includes('hel'));
    await vi.advanceTimersByTimeAsync(9_999);
    expect(served.reader.text).not.toContain('ping');
    await vi.advanceTimersByTimeAsync(1);
    expect(served.reader.text.split(PING)).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(PATIENCE.silenceMs);
    await served.done;
    expectBroken(served, 'overloaded_error', 'the model sent nothing for 240 seconds; the request was ended');
  });

  it('is counted anew from each word', async () => {
    const { bedrock, response } = await silent();
    const served = start(asked(), bedrock);
    const upstream = await response;
    upstream.writeHead(200, STREAM_HEADERS).write(bytes(START));
    for (const word of ['a', 'b', 'c']) {
      await vi.advanceTimersByTimeAsync(PATIENCE.silenceMs - 1_000);
      upstream.write(chunk(delta(word)));
      await served.reader.until(({ text }) => text.includes(`"${word}"`));
    }
    upstream.end(bytes(DELTA_END, STOP));
    await served.done;
    expect(served.book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
  });

  it('after the last word ends the request as it should have ended', async () => {
    const { bedrock, response } = await silent();
    const served = start(asked(), bedrock);
    const upstream = await response;
    upstream.writeHead(200, STREAM_HEADERS).write(bytes(START, DELTA_END, STOP));
    await served.reader.until(({ text }) => text.includes('message_stop'));
    await vi.advanceTimersByTimeAsync(PATIENCE.silenceMs);
    await served.done;
    expect(served.reader.text).not.toContain('event: error');
    expect(served.book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
  });

  it('before an answer in one piece leaves a refusal its status for 100 s: as a 200 it would be taken for the answer', async () => {
    const { bedrock, response } = await silent();
    const served = start(request(seal(passport()), { ...HELLO, stream: false }), bedrock);
    const upstream = await response;
    await vi.advanceTimersByTimeAsync(PATIENCE.bareMs - 1);
    expect(served.reader.statusCode).toBe(0);
    upstream.writeHead(503, { 'x-amzn-errortype': 'ServiceUnavailableException' }).end('{"message":"later"}');
    await served.done;
    expect(served.reader.statusCode).toBe(529);
  });

  it('before an answer in one piece is then filled with white space, which JSON allows', async () => {
    const { bedrock, response } = await silent();
    const served = start(request(seal(passport()), { ...HELLO, stream: false }), bedrock);
    const upstream = await response;
    await vi.advanceTimersByTimeAsync(PATIENCE.bareMs + PATIENCE.quietMs);
    expect(served.reader.statusCode).toBe(200);
    expect(served.reader.headers).toMatchObject({ 'content-type': 'application/json' });
    upstream.writeHead(200).end('{"type":"message","usage":{"input_tokens":1,"output_tokens":2}}');
    await served.done;
    expect(served.reader.text).toBe('\n\n{"type":"message","usage":{"input_tokens":1,"output_tokens":2}}');
    expect(served.book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
  });

  it('before an answer in one piece may last longer, and then ends with an error in JSON', async () => {
    const { bedrock, response } = await silent();
    const served = start(request(seal(passport()), { ...HELLO, stream: false }), bedrock);
    await response;
    await vi.advanceTimersByTimeAsync(PATIENCE.wholeAnswerMs - 1);
    expect(served.reader.ended).toBe('no');
    await vi.advanceTimersByTimeAsync(1);
    await served.done;
    expect(JSON.parse(served.reader.text)).toMatchObject({ error: { type: 'overloaded_error' } });
  });

  it('leaves no timer behind', async () => {
    await run(asked(), await sending(bytes(START, DELTA_END, STOP)));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a reader', () => {
  const words = Array.from({ length: 100 }, (_, i) => delta(`word ${i} ${'x'.repeat(2_000)}`));
  const whole = () => bytes(START, ...words, DELTA_END, STOP);
  const total = whole().length;

  it.each([0, 0.5, 0.99])('that hangs up after %s of the stream changes nothing in the count', async (share) => {
    // What a Lambda sees of a client that has gone: writes that lead nowhere.
    const reader = makeReader();
    const { write } = reader;
    reader.write = (data) => {
      if (reader.text.length < share * total * 0.7) write(data);
    };
    const { book } = await run(asked(), await sending(whole()), { reader });
    expect(book.settlements).toMatchObject([{ outcome: 'COMPLETED', tokens: { input: 10, output: 42, cacheRead: 5 } }]);
  });

  const tight = { ...PATIENCE, backlogBytes: 20_000 };

  it('that is slow for a while gets everything, and Bedrock is not read ahead of it without bound', async () => {
    const reader = makeReader(10_000);
    const served = start(asked(), await sending(whole()), { reader, patience: tight });
    await reader.until(({ mostWaiting }) => mostWaiting > tight.backlogBytes);
    expect(reader.ended).toBe('no');
    reader.readOn();
    await served.done;
    // The bound, and one read of a socket.
    expect(reader.mostWaiting).toBeLessThan(tight.backlogBytes + 70_000);
    expect(reader.text.match(/word \d+/g)).toHaveLength(100);
    expect(reader.text).toContain('message_stop');
    expect(reader.ended).toBe('end');
  });

  it('that reads no more is given up in the end: its answer is broken off, and counted in full', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const reader = makeReader(10_000);
      const served = start(asked(), await sending(whole()), { reader, patience: tight });
      await reader.until(({ mostWaiting }) => mostWaiting > tight.backlogBytes);
      await vi.advanceTimersByTimeAsync(tight.readerMs);
      await served.done;
      expect(reader.mostWaiting).toBeLessThan(tight.backlogBytes + 70_000);
      expect(reader.ended).toBe('abort');
      expect(served.book.settlements).toMatchObject([{ outcome: 'COMPLETED', tokens: { output: 42 } }]);
      expect(served.lines.map((line) => JSON.parse(line))).toMatchObject([
        { event: 'reader_given_up' },
        { record: 'usage', output_tokens: 42 },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('has one patience for the whole stream, not one for each pause', async () => {
    let clock = NOW;
    const reader = makeReader(10_000);
    const drained = reader.drained;
    reader.drained = () => {
      clock += 40_000;
      reader.readOn();
      reader.backlog = () => 1_000_000;
      return drained();
    };
    const long = bytes(START, ...Array.from({ length: 20 }, () => words).flat(), DELTA_END, STOP);
    const { book } = await run(asked(), await sending(long), { reader, patience: tight, now: () => clock });
    expect(reader.ended).toBe('abort');
    expect(book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
  });
});

describe('our own failure', () => {
  it('in writing settles once, with what was counted', async () => {
    const reader = makeReader();
    reader.write = () => {
      throw new Error('sesame');
    };
    const { book, lines } = await run(asked(), await sending(bytes(START, delta('a'), DELTA_END, STOP)), { reader });
    expect(book.settlements).toMatchObject([{ tokens: { input: 10, cacheRead: 5 } }]);
    expect(reader.ended).toBe('abort');
    expect(lines.join()).not.toContain('sesame');
  });

  it.each(['begin', 'backlog', 'write'] as const)('in %s of the answer settles once', async (part) => {
    const reader = makeReader();
    Object.assign(reader, {
      [part]: () => {
        throw new TypeError('broken');
      },
    });
    const { book } = await run(asked(), await sending(bytes(START, DELTA_END, STOP)), { reader });
    expect(book.settlements).toHaveLength(1);
  });

  it('in the log changes nothing', async () => {
    const emit = () => {
      throw new Error('EPIPE');
    };
    const { book, reader } = await run(asked(), await sending(bytes(START, DELTA_END, STOP)), { emit });
    expect(book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
    expect(reader.ended).toBe('end');
    expect((await run(request(undefined), await sending(bytes()), { emit })).reader.statusCode).toBe(403);
  });

  it('in making the call is an internal error, and settled', async () => {
    const { reader, book } = await run(asked(), async () => ({ send: () => Promise.reject('x') }) as never);
    expect(reader.statusCode).toBe(500);
    expect(book.settlements).toMatchObject([{ outcome: 'PARTIAL', flags: ['usage_unknown'] }]);
  });
});

describe('an answer in one piece that is none', () => {
  it.each([
    ['a page of a proxy in between', '<html>captive portal</html>'],
    ['a message that was cut off', '{"type":"message","usage":{"input_tokens":5'],
    ['another JSON', '{}'],
    ['nothing', ''],
  ])('is an error, and its usage is flagged as unknown: %s', async (_, text) => {
    const bedrock = await startScript((_, response) => response.writeHead(200).end(text));
    const served = start(request(seal(passport()), { ...HELLO, stream: false }), bedrock);
    await served.done;
    expect(served.reader.statusCode).toBe(529);
    expect(JSON.parse(served.reader.text)).toMatchObject({ error: { type: 'overloaded_error' } });
    expect(served.book.settlements).toMatchObject([{ outcome: 'PARTIAL', flags: ['usage_unknown'] }]);
  });
});

it('flags the usage of a stream that ended before it told any', async () => {
  const bedrock = await startScript((_, response) => response.writeHead(200, STREAM_HEADERS).end());
  const served = start(request(seal(passport()), HELLO), bedrock);
  await served.done;
  expect(served.book.settlements).toMatchObject([{ outcome: 'PARTIAL', flags: ['usage_unknown'] }]);
});
