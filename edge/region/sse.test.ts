import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorEvent, PING, SseBatch } from './sse.ts';

type Event = { event: string; data: string };

/** Reads an event stream by the letter of the standard: three line ends, fields up to an empty line. */
function readSse(text: string): Event[] {
  const events: Event[] = [];
  let [event, data] = ['', [] as string[]];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ event, data: data.join('\n') });
      [event, data] = ['', []];
    } else if (line.startsWith('event: ')) event = line.slice(7);
    else if (line.startsWith('data: ')) data.push(line.slice(6));
    else throw new Error(`no line of an event stream: ${line}`);
  }
  return events;
}

function write(...jsons: string[]): { text: string; sent: boolean; watched: unknown[]; events: Event[] } {
  const batch = new SseBatch(16);
  const watched: unknown[] = [];
  let sent = true;
  for (const json of jsons) {
    const watch = { event: (type: string, event: unknown) => watched.push({ type, event }), passed: () => {} };
    sent = batch.append(Buffer.from(json).toString('base64'), watch) && sent;
  }
  const text = batch.bytes.toString();
  return { text, sent, watched, events: readSse(text) };
}

describe('the event writer', () => {
  it('writes an event as its type and the same JSON', () => {
    const json = '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"é \\n"}}';
    expect(write(json).text).toBe(`event: content_block_start\ndata: ${json}\n\n`);
  });

  it('writes a delta like any other event', () => {
    const json = '{"type":"content_block_delta","index":12,"delta":{"type":"text_delta","text":"\\u2028 \\"x\\" 💡"}}';
    expect(write(json).text).toBe(`event: content_block_delta\ndata: ${json}\n\n`);
  });

  it('changes no byte of any event, in any order and number', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const event = fc.oneof(
      text.map((one) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: one } })),
      text.map((one) => ({ type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: one } })),
      fc.record({ type: fc.stringMatching(/^[a-z_]{1,30}$/), more: fc.jsonValue({ maxDepth: 2 }) }),
      text.map((one) => ({ index: 1, note: one, type: 'content_block_stop' })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), (events) => {
        const jsons = events.map((one) => JSON.stringify(one));
        const out = write(...jsons);
        const same = events.map(({ type }, i) => ({ event: type, data: jsons[i] }));
        return out.sent && isDeepStrictEqual(out.events, same);
      }),
      { seed: 20261122, numRuns: 20_000 },
    );
  }, 120_000);

  it('lets nothing inside an event pose as an event, whatever bytes it is made of', () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\r', '\r\n', '\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n', '"', '}', ','),
      fc.string({ maxLength: 6 }),
    );
    const start = fc.constantFrom('{"type":"content_block_delta",', '{"type":"ping"', '{"type":"message_stop"', '{');
    fc.assert(
      fc.property(start, fc.array(piece, { maxLength: 8 }), (first, pieces) => {
        const json = first + pieces.join('');
        const { sent, events, text } = write(json);
        return sent ? events.length === 1 && text.match(/[\r\n]/g)?.length === 3 : text === '';
      }),
      { seed: 20261122, numRuns: 20_000 },
    );
  }, 120_000);

  it('turns line ends between JSON tokens into spaces', () => {
    expect(write('{"type":"content_block_delta",\r\n"index":\n0}').events).toEqual([
      { event: 'content_block_delta', data: '{"type":"content_block_delta",  "index": 0}' },
    ]);
  });

  it('finds a type that does not stand first, and refuses an event without one', () => {
    expect(write('{"index":0, "type" : "content_block_stop"}').events[0]?.event).toBe('content_block_stop');
    expect(write('{"type":"message\\u005fstop"}').events[0]?.event).toBe('message_stop');
    for (const json of ['{}', '{"type":7}', '{"type":"a b"}', '{"type":"x\\ny"}', '[1]', 'null', '"x"', '{', '']) {
      expect(write(json)).toMatchObject({ sent: false, text: '' });
    }
  });

  it("cuts Bedrock's metrics out, keeps the rest as it was, and shows them to the meter", () => {
    const metrics = '"amazon-bedrock-invocationMetrics":{"inputTokenCount":1,"outputTokenCount":2}';
    const { text, watched } = write(`{"type":"message_stop",${metrics}}`);
    expect(text).toBe('event: message_stop\ndata: {"type":"message_stop"}\n\n');
    expect(watched).toMatchObject([
      { type: 'message_stop', event: { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 1 } } },
    ]);
    expect(write(`{${metrics} , "a": [1.0] ,"type":"message_delta"}`).text).toBe(
      'event: message_delta\ndata: {"a": [1.0] ,"type":"message_delta"}\n\n',
    );
    const escaped = metrics.replace('amazon', '\\u0061mazon');
    expect(write(`{"type":"message_stop",${escaped}}`).text).not.toContain('TokenCount');
  });

  it('shows the meter three kinds of event and parses no other', () => {
    const { watched } = write(
      '{"type":"message_start"}',
      '{"type":"content_block_start", no JSON',
      '{"type":"content_block_delta", no JSON',
      '{"type":"message_delta"}',
      '{"type":"message_stop"}',
    );
    expect(watched).toMatchObject([{ type: 'message_start' }, { type: 'message_delta' }, { type: 'message_stop' }]);
  });

  it('writes errors and signs of life that a reader takes', () => {
    expect(readSse(PING)).toEqual([{ event: 'ping', data: '{"type":"ping"}' }]);
    expect(readSse(errorEvent('{"type":"error"}'))).toEqual([{ event: 'error', data: '{"type":"error"}' }]);
  });
});
