import { describe, expect, it, vi } from 'vitest';
import { encodeEvent, encodeException } from '../../local/event-stream.ts';
import type { Model } from '../../tenancy/model.ts';
import type { RouteName } from '../../tenancy/route.ts';
import { NO_SWITCHES } from '../../tenancy/switches.ts';
import { parseUsageLine } from '../../tenancy/usage.ts';
import { FrameDecoder } from './frames.ts';
import { PATIENCE } from './patience.ts';
import {
  ACME,
  chunk,
  DELTA_END,
  delta,
  GRANT,
  MODEL,
  PRICES,
  passport,
  type Reader,
  request,
  run,
  START,
  STOP,
  STREAM_HEADERS,
  seal,
  start,
  startScript,
  TENANT,
} from './serve.fixture.ts';

const EU = 'eu.anthropic.claude-opus-5-5';
const INVOKE_BODY = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 100, messages: [] };
const CONVERSE_BODY = { messages: [{ role: 'user', content: [{ text: 'hello' }] }], inferenceConfig: { maxTokens: 9 } };

const INVOKE_FRAMES = [START, delta('hel'), delta('lo'), DELTA_END, STOP].map(chunk);
const USAGE = {
  inputTokens: 10,
  outputTokens: 42,
  totalTokens: 83,
  cacheReadInputTokens: 5,
  cacheWriteInputTokens: 26,
  cacheDetails: [
    { inputTokens: 24, ttl: '1h' },
    { inputTokens: 2, ttl: '5m' },
  ],
};
const text = (words: string) =>
  encodeEvent('contentBlockDelta', JSON.stringify({ contentBlockIndex: 0, delta: { text: words }, p: 'abcd' }));
const CONVERSE_FRAMES = [
  encodeEvent('messageStart', '{"role":"assistant","p":"ab"}'),
  text('hel'),
  text('lo'),
  encodeEvent('contentBlockStop', '{"contentBlockIndex":0}'),
  encodeEvent('messageStop', '{"stopReason":"end_turn"}'),
  encodeEvent('metadata', JSON.stringify({ metrics: { latencyMs: 7 }, usage: USAGE })),
];
const TOKENS = { input: 10, output: 42, cacheRead: 5, cacheWrite5m: 2, cacheWrite1h: 24 };

type Seen = { url: string; body: string; headers: Record<string, unknown> };

/** A Bedrock that answers each operation with the same bytes every time, and remembers what it was asked. */
async function goodBedrock(frames?: readonly Buffer[]) {
  const seen: Seen[] = [];
  const client = await startScript((incoming, response, body) => {
    const { url = '', headers } = incoming;
    seen.push({ url, headers, body: body.toString() });
    if (/\/(invoke|converse)$/.test(url)) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'x-amzn-requestid': 'bedrock-request-2',
        'x-amzn-bedrock-input-token-count': '10',
        'x-internal': 'no',
      });
      response.end(url.endsWith('/converse') ? CONVERSE_ANSWER : INVOKE_ANSWER);
      return;
    }
    response.writeHead(200, { ...STREAM_HEADERS, 'x-amzn-bedrock-content-type': 'application/json' });
    for (const frame of frames ?? (url.endsWith('/converse-stream') ? CONVERSE_FRAMES : INVOKE_FRAMES)) {
      response.write(frame);
    }
    response.end();
  });
  return { client, seen };
}

const INVOKE_ANSWER = `{ "type":"message", "content":[],\n"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":42}}`;
const CONVERSE_ANSWER = `{ "output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},\n"stopReason":"tool_use","usage":${JSON.stringify(USAGE)}}`;

const ask = (route: RouteName, body: unknown, model = EU, headers = {}) =>
  request(seal(passport({ route, model })), body, headers);

/** The frames of an answer; the journeys read them with the AWS SDK. @throws on anything but whole frames */
function framesOf(bytes: Buffer): { kind: string; name: string; body: string }[] {
  const decoder = new FrameDecoder();
  const frames: { kind: string; name: string; body: string }[] = [];
  const broken = decoder.push(bytes, ({ kind, name }, payload) =>
    frames.push({ kind, name, body: payload.toString() }),
  );
  if (broken !== null || decoder.midFrame) throw new Error(broken ?? 'a frame is not whole');
  return frames;
}

const bytesOf = (reader: Reader): Buffer => Buffer.concat(reader.chunks);
const lastFrame = (reader: Reader) => framesOf(bytesOf(reader)).at(-1);

describe.each([
  ['invoke_stream', INVOKE_BODY, INVOKE_FRAMES],
  ['converse_stream', CONVERSE_BODY, CONVERSE_FRAMES],
] as const)('a stream of %s', (route, body, frames) => {
  it("is Bedrock's own bytes under Bedrock's own headers, one write for each read", async () => {
    const { client } = await goodBedrock();
    const { reader } = await run(ask(route, body), client);
    expect(bytesOf(reader).equals(Buffer.concat(frames))).toBe(true);
    expect(reader.chunks).toHaveLength(1);
    expect(reader.statusCode).toBe(200);
    expect(reader.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/vnd.amazon.eventstream',
      'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-amzn-bedrock-content-type': 'application/json',
      'x-amzn-requestid': 'bedrock-request-1',
    });
    expect(reader.ended).toBe('end');
  });

  it.each(['one byte at a time', 'frame by frame'])('is the same when it comes %s', async (how) => {
    const whole = Buffer.concat(frames);
    const pieces = how === 'frame by frame' ? frames : Array.from(whole, (byte) => Buffer.of(byte));
    const client = await startScript((_, response) => {
      response.writeHead(200, STREAM_HEADERS);
      void pieces
        .reduce<Promise<void>>(
          (before, piece) =>
            before.then(() => new Promise<void>((next) => response.write(piece, () => setImmediate(next)))),
          Promise.resolve(),
        )
        .then(() => response.end());
    });
    const { reader, book } = await run(ask(route, body), client);
    expect(bytesOf(reader).equals(whole)).toBe(true);
    // No write ends within a frame: an exception must be able to stand behind each of them.
    for (const one of reader.chunks) expect(() => framesOf(one)).not.toThrow();
    expect(book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
  });

  it('that breaks off ends with an exception, on the edge of a frame', async () => {
    const half = Buffer.concat(frames.slice(0, 3));
    const client = await startScript((_, response) => {
      response.writeHead(200, STREAM_HEADERS);
      response.end(Buffer.concat([half, frames[3]!.subarray(0, 20)]));
    });
    const { reader, book } = await run(ask(route, body), client);
    expect(bytesOf(reader).subarray(0, half.length).equals(half)).toBe(true);
    expect(lastFrame(reader)).toEqual({
      kind: 'exception',
      name: 'modelStreamErrorException',
      body: '{"message":"the model\'s stream ended in the middle"}',
    });
    expect(book.settlements).toMatchObject([{ outcome: 'PARTIAL' }]);
  });

  it('with a damaged frame passes what was whole before it, and says so', async () => {
    const damaged = Buffer.from(frames[2]!);
    damaged[damaged.length - 1]! ^= 0xff;
    const { client } = await goodBedrock([...frames.slice(0, 2), damaged, frames[3]!]);
    const { reader } = await run(ask(route, body), client);
    const [, , last, ...more] = framesOf(bytesOf(reader));
    expect(more).toEqual([]);
    expect(last?.body).toContain('wrong checksum');
  });

  it("passes Bedrock's own exception as it is, and adds none", async () => {
    const end = encodeException('throttlingException', 'Slow down.');
    const { client } = await goodBedrock([...frames.slice(0, 3), end]);
    const { reader, lines } = await run(ask(route, body), client);
    expect(bytesOf(reader).equals(Buffer.concat([...frames.slice(0, 3), end]))).toBe(true);
    expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toContainEqual(
      expect.objectContaining({ kind: 'upstream_throttled' }),
    );
  });

  it('keeps to itself an exception that names our roles', async () => {
    const end = encodeException('accessDeniedException', 'User: arn:aws:sts::1:assumed-role/secret');
    const { client } = await goodBedrock([...frames.slice(0, 3), end]);
    const { reader } = await run(ask(route, body), client);
    expect(bytesOf(reader).toString()).not.toContain('assumed-role');
    expect(lastFrame(reader)).toMatchObject({ kind: 'exception', name: 'internalServerException' });
  });

  it('that a kill switch cuts ends with an exception', async () => {
    const client = await startScript((_, response) => {
      response.writeHead(200, STREAM_HEADERS);
      response.write(frames[0]);
    });
    let onStop: ((refusal: { kind: 'stopped'; by: 'tenant' }) => void) | undefined;
    const served = start(ask(route, body), client, {
      watchStops: (_, __, stop) => {
        onStop = stop;
        return () => {};
      },
    });
    await served.reader.until(({ chunks }) => chunks.length > 0);
    onStop?.({ kind: 'stopped', by: 'tenant' });
    await served.done;
    expect(lastFrame(served.reader)).toMatchObject({
      name: 'modelStreamErrorException',
      body: expect.stringContaining('calls are stopped for this tenant'),
    });
  });
});

describe('silence in a stream', () => {
  const patience = { ...PATIENCE, quietMs: 1, headersMs: 1, bareMs: 30, silenceMs: 300 };
  const silentAfter = (frame: Buffer) =>
    startScript((_, response) => {
      response.writeHead(200, STREAM_HEADERS);
      response.write(frame);
    });

  it('of InvokeModel is filled with the pings of its own events, and these late', async () => {
    const client = await silentAfter(INVOKE_FRAMES[0]!);
    const { reader } = await run(ask('invoke_stream', INVOKE_BODY), client, { patience });
    const [first, ...rest] = framesOf(bytesOf(reader));
    expect(first?.name).toBe('chunk');
    const ping = JSON.stringify({ bytes: Buffer.from('{"type":"ping"}').toString('base64') });
    expect(rest.length).toBeGreaterThan(1);
    expect(rest.length).toBeLessThan(13);
    expect(rest.slice(0, -1).every(({ body }) => body === ping)).toBe(true);
    expect(rest.at(-1)?.name).toBe('modelStreamErrorException');
  });

  it('of Converse, which knows no ping, ends it while it can be said', async () => {
    const client = await silentAfter(CONVERSE_FRAMES[0]!);
    // Long enough for the first frame to come on a busy machine: before it, the end would be a status.
    const longer = { ...patience, bareMs: 1_000, silenceMs: 5_000 };
    const { reader } = await run(ask('converse_stream', CONVERSE_BODY), client, { patience: longer });
    const [, last, ...more] = framesOf(bytesOf(reader));
    expect(last?.name).toBe('modelStreamErrorException');
    expect(more).toEqual([]);
  });
});

describe('an answer in one piece', () => {
  it.each([
    ['invoke', INVOKE_BODY, INVOKE_ANSWER, { input: 10, output: 42 }, 'end_turn'],
    ['converse', CONVERSE_BODY, CONVERSE_ANSWER, TOKENS, 'tool_use'],
  ] as const)(
    "of %s passes untouched with Bedrock's headers, and is counted",
    async (route, body, answer, tokens, stopReason) => {
      const { client } = await goodBedrock();
      const { reader, book } = await run(ask(route, body), client);
      expect(reader.text).toBe(answer);
      expect(reader.headers).toMatchObject({
        'content-type': 'application/json',
        'x-amzn-bedrock-input-token-count': '10',
        'x-amzn-requestid': 'bedrock-request-2',
      });
      expect(reader.headers).not.toHaveProperty('x-internal');
      expect(book.settlements).toMatchObject([
        { outcome: 'COMPLETED', tokens, stopReason, bedrockRequestId: 'bedrock-request-2' },
      ]);
    },
  );

  it('that is none of Converse is an error', async () => {
    const client = await startScript((_, response) => response.end('{"usage":{}}'));
    const { reader } = await run(ask('converse', CONVERSE_BODY), client);
    expect(reader.statusCode).toBe(503);
    expect(reader.headers).toMatchObject({ 'x-amzn-errortype': 'ServiceUnavailableException' });
  });
});

it("ConverseStream's count is settled class by class", async () => {
  const { client } = await goodBedrock();
  const { book, lines } = await run(ask('converse_stream', CONVERSE_BODY), client);
  expect(book.settlements).toMatchObject([
    { outcome: 'COMPLETED', tokens: TOKENS, stopReason: 'end_turn', flags: [], bedrockRequestId: 'bedrock-request-1' },
  ]);
  expect(lines.map(parseUsageLine)).toMatchObject([{ cache_write_5m_tokens: 2, cache_write_1h_tokens: 24 }]);
});

it('a Converse stream without its count is partial, at what flowed', async () => {
  const { client } = await goodBedrock(CONVERSE_FRAMES.slice(0, -1));
  const { book } = await run(ask('converse_stream', CONVERSE_BODY), client);
  expect(book.settlements).toMatchObject([
    {
      outcome: 'PARTIAL',
      // The prompt was paid for as well.
      tokens: { input: book.intents[0]?.reserved.inputTokens, output: 2 },
      flags: ['usage_unknown', 'output_estimated'],
    },
  ]);
  expect(book.settlements[0]?.nanoUsd).toBeGreaterThan(0n);
});

it('a stream of which only a refusal came is free', async () => {
  const refused = encodeException('throttlingException', 'too many');
  const { client } = await goodBedrock([refused]);
  const { book } = await run(ask('converse_stream', CONVERSE_BODY), client);
  expect(book.settlements).toMatchObject([{ outcome: 'PARTIAL', nanoUsd: 0n, flags: ['usage_unknown'] }]);
});

describe('what Bedrock is asked', () => {
  it('in Converse is what the client sent, byte for byte, but for the metadata, which is ours', async () => {
    const { client, seen } = await goodBedrock();
    const sealed = passport({ route: 'converse', model: EU });
    const rest = `"messages" :[{"role":"user","content":[{"text":"h\\u00e4"}]}],\n "inferenceConfig":{"maxTokens":1e1}`;
    await run(request(seal(sealed), `{ "requestMetadata":{"tenant_id":"globex"},${rest} }`), client);
    const metadata = { tenant_id: ACME, request_id: sealed.requestId };
    expect(seen[0]?.url).toBe('/model/eu.anthropic.claude-opus-5-5/converse');
    expect(seen[0]?.body).toBe(`{"requestMetadata":${JSON.stringify(metadata)},${rest}}`);
    expect(seen[0]?.headers).not.toHaveProperty('x-amzn-bedrock-request-metadata');
  });

  it.each(['invoke', 'converse'] as const)('in %s has the beta that a name with [1m] asks for', async (route) => {
    const stores = { model: async () => ({ model: { ...MODEL, longContextBeta: 'long-1m' }, prices: PRICES }) };
    const beta = async (name: string): Promise<unknown> => {
      const { client, seen } = await goodBedrock();
      await run(ask(route, route === 'invoke' ? INVOKE_BODY : CONVERSE_BODY, name), client, { stores });
      const body = JSON.parse(seen[0]?.body ?? '');
      return route === 'invoke' ? body.anthropic_beta : body.additionalModelRequestFields?.anthropic_beta;
    };
    expect(await beta('claude-opus-5-5[1m]')).toEqual(['long-1m']);
    expect(await beta('claude-opus-5-5')).toBeUndefined();
  });

  it('in InvokeModel has the betas of the body alone', async () => {
    const { client, seen } = await goodBedrock();
    const body = { ...INVOKE_BODY, anthropic_beta: ['advanced-tool-use-2025-11-20', 'claude-code-1'] };
    const { reader } = await run(ask('invoke', body, EU, { 'anthropic-beta': 'other-2026-01-01' }), client);
    expect(JSON.parse(seen[0]!.body)).toEqual({ ...INVOKE_BODY, anthropic_beta: ['tool-search-tool-2025-10-19'] });
    expect(reader.headers['x-ar-dropped-betas']).toBe('claude-code-1');
  });

  it.each([
    ['guardrailConfig', { guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } }],
    ['performanceConfig', { performanceConfig: { latency: 'optimized' } }],
    ['serviceTier', { serviceTier: { type: 'priority' } }],
  ])('never has the field %s: no price is in the book for it', async (field, extra) => {
    const { client, seen } = await goodBedrock();
    const { reader } = await run(ask('converse', { ...CONVERSE_BODY, ...extra }), client);
    expect(reader.statusCode).toBe(400);
    expect(reader.text).toContain(field);
    expect(seen).toEqual([]);
  });

  it('has the fields that change nothing', async () => {
    const { client, seen } = await goodBedrock();
    const plain = { performanceConfig: { latency: 'standard' }, serviceTier: { type: 'default' } };
    await run(ask('converse', { ...CONVERSE_BODY, ...plain }), client);
    expect(JSON.parse(seen[0]!.body)).toMatchObject(plain);
  });

  it.each([
    ['x-amzn-bedrock-guardrailidentifier', 'g', 400],
    ['x-amzn-bedrock-guardrailversion', '1', 400],
    ['x-amzn-bedrock-trace', 'ENABLED', 400],
    ['x-amzn-bedrock-trace', 'DISABLED', 200],
    ['x-amzn-bedrock-performanceconfig-latency', 'optimized', 400],
    ['x-amzn-bedrock-performanceconfig-latency', 'standard', 200],
    ['x-amzn-bedrock-service-tier', 'priority', 400],
    ['x-amzn-bedrock-service-tier', 'default', 200],
  ])('with the header %s: %s is answered with %i', async (name, value, status) => {
    const { client, seen } = await goodBedrock();
    const { reader } = await run(ask('invoke', INVOKE_BODY, EU, { [name]: value }), client);
    expect(reader.statusCode).toBe(status);
    expect(seen.every(({ headers }) => headers[name] === undefined)).toBe(true);
  });
});

describe('the model that a path names', () => {
  const arn = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/ab12cd34';
  const model: Model = {
    ...MODEL,
    profiles: [
      ...MODEL.profiles,
      { region: 'eu-central-1', scope: 'global', bedrockModelId: 'global.anthropic.claude-opus-5-5' },
      { region: 'us-east-1', scope: 'geo', bedrockModelId: 'us.anthropic.claude-opus-5-5' },
      { region: 'eu-central-1', scope: 'geo', bedrockModelId: arn },
    ],
  };
  const called = async (name: string, residency: 'region' | 'geo' | 'global' = 'global') => {
    const { client, seen } = await goodBedrock();
    const { reader } = await run(ask('invoke', INVOKE_BODY, name), client, {
      stores: {
        model: async () => ({ model, prices: PRICES }),
        tenant: async () => ({ ...TENANT, residency }),
      },
    });
    return { reader, url: decodeURIComponent(seen[0]?.url ?? '') };
  };

  it.each([
    [EU, EU],
    ['global.anthropic.claude-opus-5-5', 'global.anthropic.claude-opus-5-5'],
    [`arn:aws:bedrock:eu-central-1:999999999999:inference-profile/${EU}`, EU],
    [arn, arn],
    ['claude-opus-5-5', EU],
    ['opus', EU],
    ['anthropic.claude-opus-5-5', EU],
    ['anthropic.claude-opus-5-5[1m]', EU],
  ])('as %s is called as %s', async (name, id) => {
    expect((await called(name)).url).toBe(`/model/${id}/invoke`);
  });

  it.each([
    ['another region', 'us.anthropic.claude-opus-5-5', 'global'],
    ["another region's ARN", `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${EU}`, 'global'],
    ['further than the tenant may', 'global.anthropic.claude-opus-5-5', 'geo'],
  ] as const)('is out of reach when it says %s, in the words that stop Claude Code', async (_, name, residency) => {
    const { reader, url } = await called(name, residency);
    expect(url).toBe('');
    expect(reader.statusCode).toBe(403);
    expect(reader.headers).toMatchObject({ 'x-amzn-errortype': 'AccessDeniedException' });
    expect((JSON.parse(reader.text) as { message: string }).message).toMatch(
      /^You don't have access to the model with the specified model ID: .*cannot be called from eu-central-1/,
    );
  });
});

describe('a refusal', () => {
  it("of Bedrock's passes as Bedrock said it", async () => {
    const said = '{"message":"Input is too long for requested model.","more":[1, 2]}';
    const client = await startScript((_, response) => {
      response.writeHead(424, { 'x-amzn-errortype': 'ModelErrorException:http://x/', 'x-amzn-requestid': 'bedrock-3' });
      response.end(said);
    });
    const { reader } = await run(ask('invoke_stream', INVOKE_BODY), client);
    expect(reader.statusCode).toBe(424);
    expect(reader.text).toBe(said);
    expect(reader.headers).toMatchObject({
      'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-amzn-errortype': 'ModelErrorException:http://x/',
      'x-amzn-requestid': 'bedrock-3',
    });
  });

  it('of our access keeps its words in the log', async () => {
    const client = await startScript((_, response) => {
      response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' });
      response.end('{"message":"User: arn:aws:sts::1:assumed-role/secret is not authorized"}');
    });
    const { reader } = await run(ask('converse', CONVERSE_BODY), client);
    expect(reader.statusCode).toBe(500);
    expect(reader.text).not.toContain('assumed-role');
  });

  it('of a kill switch comes before Bedrock is asked, on the wire of the route', async () => {
    const { client, seen } = await goodBedrock();
    const { reader } = await run(ask('converse', CONVERSE_BODY), client, {
      stores: { switches: async () => ({ ...NO_SWITCHES, stopped: new Set(['platform']) }) },
    });
    expect(reader.statusCode).toBe(403);
    expect(JSON.parse(reader.text)).toMatchObject({ __type: 'AccessDeniedException' });
    expect(seen).toEqual([]);
  });

  it('of a model that is not granted names it in the words that stop Claude Code', async () => {
    const { client } = await goodBedrock();
    const { reader } = await run(ask('invoke', INVOKE_BODY), client, {
      stores: { rules: async () => ({ grants: [{ ...GRANT, effect: 'deny' }], limits: [] }) },
    });
    expect(reader.statusCode).toBe(403);
    expect(reader.text).toContain("You don't have access to the model with the specified model ID: model eu.anthropic");
  });
});

it('holds its place while Converse flows', async () => {
  const client = await startScript((_, response) => {
    response.writeHead(200, STREAM_HEADERS);
    for (let n = 0; n < 3; n++) response.write(text('x'.repeat(12_000)));
    for (const frame of CONVERSE_FRAMES.slice(3)) response.write(frame);
    response.end();
  });
  const extend = vi.fn(async () => 'extended' as const);
  const body = { ...CONVERSE_BODY, inferenceConfig: { maxTokens: 20_000 } };
  await run(ask('converse_stream', body), client, { stores: { extend } });
  expect(extend).toHaveBeenCalled();
});

it.each([-5, 0.5, 0, 1e300])(
  'reserves as much as the model can say for maxTokens %f, and lets Bedrock refuse it',
  async (maxTokens) => {
    const { client, seen } = await goodBedrock();
    const { book } = await run(ask('converse', { ...CONVERSE_BODY, inferenceConfig: { maxTokens } }), client);
    expect(book.intents).toMatchObject([{ reserved: { outputTokens: 4_096 } }]);
    expect(seen).toHaveLength(1);
  },
);
