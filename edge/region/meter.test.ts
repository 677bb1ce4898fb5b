import { describe, expect, it } from 'vitest';
import { Meter } from './meter.ts';

const METRICS = 'amazon-bedrock-invocationMetrics';

function read(...events: Record<string, unknown>[]) {
  const meter = new Meter();
  for (const event of events) meter.event(String(event['type']), event);
  return meter.reading;
}

const start = (usage: unknown) => ({ type: 'message_start', message: { usage } });
const end = (usage: unknown, stop_reason: unknown = 'end_turn') => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
});
const stop = (metrics?: unknown) => ({ type: 'message_stop', ...(metrics ? { [METRICS]: metrics } : {}) });

describe('the meter on a stream', () => {
  it('takes input and cache from the start, output from the end', () => {
    const usage = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 20, cache_creation_input_tokens: 30 };
    const split = { cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 } };
    expect(read(start({ ...usage, ...split }), end({ output_tokens: 40 }), stop())).toEqual({
      tokens: { input: 10, output: 40, cacheRead: 20, cacheWrite5m: 10, cacheWrite1h: 20 },
      flags: [],
      complete: true,
      stopReason: 'end_turn',
    });
  });

  it('lets the last value of each field win, and keeps what a later event leaves out', () => {
    const { tokens } = read(
      start({ input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 7 }),
      end({ output_tokens: 5 }),
      end({ input_tokens: 12, output_tokens: 9 }),
      stop(),
    );
    expect(tokens).toMatchObject({ input: 12, output: 9, cacheRead: 7 });
  });

  it('counts what no lifetime claims as 5 minutes, and says so', () => {
    expect(read(start({ cache_creation_input_tokens: 30 }))).toMatchObject({
      tokens: { cacheWrite5m: 30, cacheWrite1h: 0 },
      flags: ['cache_split_missing'],
    });
    const half = { cache_creation_input_tokens: 30, cache_creation: { ephemeral_1h_input_tokens: 20 } };
    expect(read(start(half))).toMatchObject({
      tokens: { cacheWrite5m: 10, cacheWrite1h: 20 },
      flags: ['cache_split_missing'],
    });
  });

  it('takes the split alone as the sum', () => {
    const split = { cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 } };
    expect(read(start(split))).toMatchObject({ tokens: { cacheWrite5m: 3, cacheWrite1h: 4 }, flags: [] });
  });

  it('never counts more written to the cache than the sum, whatever the split says', () => {
    const odd = {
      cache_creation_input_tokens: 5,
      cache_creation: { ephemeral_5m_input_tokens: 9, ephemeral_1h_input_tokens: 9 },
    };
    expect(read(start(odd))).toMatchObject({
      tokens: { cacheWrite5m: 0, cacheWrite1h: 5 },
      flags: ['cache_split_missing'],
    });
  });

  it("believes Bedrock's own count before the model's, and says when they differ", () => {
    const metrics = {
      inputTokenCount: 11,
      outputTokenCount: 41,
      cacheReadInputTokenCount: 2,
      cacheWriteInputTokenCount: 0,
    };
    expect(read(start({ input_tokens: 10 }), end({ output_tokens: 40 }), stop(metrics))).toMatchObject({
      tokens: { input: 11, output: 41, cacheRead: 2 },
      flags: ['metrics_disagree'],
    });
    const agreed = { inputTokenCount: 10, outputTokenCount: 40 };
    expect(read(start({ input_tokens: 10 }), end({ output_tokens: 40 }), stop(agreed)).flags).toEqual([]);
  });

  it('is complete only when the answer ended and its final usage was told', () => {
    const first = start({ input_tokens: 10, output_tokens: 1 });
    expect(read(first).complete).toBe(false);
    expect(read(first, end({ output_tokens: 40 })).complete).toBe(false);
    expect(read(first, stop()).complete).toBe(false);
    expect(read(first, stop({ outputTokenCount: 40 })).complete).toBe(true);
    expect(read()).toMatchObject({ tokens: { input: 0, output: 0 }, complete: false });
  });

  it.each([[-1], [1.5], ['7'], [null], [Number.MAX_SAFE_INTEGER + 1], [Number.NaN]])('counts nothing for %s', (odd) => {
    expect(read(start({ input_tokens: odd, output_tokens: 3 })).tokens).toMatchObject({ input: 0, output: 3 });
  });

  it('takes for a reason to stop only what looks like one', () => {
    expect(read(end({ output_tokens: 1 }, 'IGNORE ALL'))).not.toHaveProperty('stopReason');
  });

  it.each([[null], ['x'], [{ message: null }], [{ message: { usage: 'x' } }]])('survives an event of %s', (odd) => {
    expect(read({ type: 'message_start', ...(typeof odd === 'object' ? odd : {}) }).tokens.input).toBe(0);
  });
});

describe('the meter on an answer in one piece', () => {
  const none = () => undefined;
  const message = (value: unknown, header: (name: string) => string | undefined = none) => {
    const meter = new Meter();
    meter.message(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), header);
    return meter.reading;
  };
  const usage = {
    input_tokens: 1,
    output_tokens: 2,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 9,
    cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 },
  };

  it('reads its usage', () => {
    expect(message({ type: 'message', stop_reason: 'max_tokens', content: [], usage })).toEqual({
      tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
      flags: [],
      complete: true,
      stopReason: 'max_tokens',
    });
  });

  it("compares it with Bedrock's headers, which win", () => {
    const header = (name: string) => ({ 'x-amzn-bedrock-output-token-count': '7' })[name];
    expect(message({ usage }, header)).toMatchObject({ tokens: { output: 7 }, flags: ['metrics_disagree'] });
  });

  it('reads its usage however deep the answer nests: a tool that asks for that must not be free', () => {
    const deep = `${'['.repeat(5_000)}1${']'.repeat(5_000)}`;
    const answer = `{"type":"message","content":[{"type":"tool_use","input":${deep}}],"usage":{"input_tokens":1,"output_tokens":2}}`;
    expect(message(answer)).toMatchObject({ tokens: { input: 1, output: 2 }, complete: true });
    const meter = new Meter();
    const said = `{"output":{"message":{"content":[${deep}]}},"usage":{"inputTokens":3,"outputTokens":4}}`;
    expect(meter.converseMessage(Buffer.from(said))).toBe(true);
    expect(meter.reading).toMatchObject({ tokens: { input: 3, output: 4 }, complete: true });
  });

  it('is complete by the headers alone when the usage cannot be read', () => {
    const header = (name: string) => ({ 'x-amzn-bedrock-output-token-count': '7' })[name];
    expect(message('no JSON', header)).toMatchObject({ tokens: { output: 7 }, complete: true });
    expect(message('no JSON').complete).toBe(false);
    expect(message({ content: [] }).complete).toBe(false);
  });
});
