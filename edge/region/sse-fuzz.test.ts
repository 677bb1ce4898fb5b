import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzzSettings, mutateBytes, mutateText } from '../../tests/fuzz.ts';
import { SseBatch } from './sse.ts';

type Event = { readonly event: string; readonly data: string };

/** The algorithm of the WHATWG standard, 9.2.6, by its letter; `id` and `retry` make an event that is not ours. */
function readEventStream(bytes: Buffer): Event[] {
  const events: Event[] = [];
  let [type, data, hasData] = ['', '', false];
  for (const line of new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (hasData) events.push({ event: type || 'message', data: data.slice(0, -1) });
      [type, data, hasData] = ['', '', false];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') [data, hasData] = [`${data}${value}\n`, true];
    else events.push({ event: `a foreign field: ${field}`, data: value });
  }
  return events;
}

const METRICS = 'amazon-bedrock-invocationMetrics';
const TYPE = /^[a-z_]{1,64}$/;

type Json = Readonly<Record<string, unknown>>;

/** What must come out for these bytes; undefined where the writer may refuse or pass them on, as one line. */
function expected(json: Buffer): { readonly event: string; readonly json: Json } | undefined {
  try {
    const event = JSON.parse(json.toString()) as Json;
    const type = event['type'];
    return typeof type === 'string' && TYPE.test(type) ? { event: type, json: event } : undefined;
  } catch {
    return undefined;
  }
}

const PIECES = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\n\ndata: x\n\n',
  '\nevent: message_stop\n',
  '\u2028',
  '\u0085',
  '\0',
  '"',
  '\\',
  '\\n',
  '\\u000a',
  '{',
  '}',
  ',',
  ':',
  ' ',
  'é',
  '💡',
  '"type":"a b",',
  `"${METRICS}":{},`,
  'data:',
  'id: 1\n',
  'retry: 1\n',
  '\ufeff',
];

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom(...PIECES));
const event = fc.oneof(
  text.map((one) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: one } })),
  text.map((one) => ({
    type: 'content_block_delta',
    index: 1,
    delta: { type: 'input_json_delta', partial_json: one },
  })),
  text.map((one) => ({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: one } })),
  text.map((one) => ({ index: 0, note: one, type: 'content_block_stop' })),
  text.map((one) => ({ type: one })),
  fc.nat().map((n) => ({ type: 'message_stop', [METRICS]: { inputTokenCount: n } })),
  fc.nat().map((n) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: n } })),
  fc.constantFrom<unknown>({}, [], null, 'x', { type: 7 }, { type: null }, { type: ['ping'] }),
);
const change = fc.record({ pick: fc.nat(300), how: fc.nat(5), with: fc.nat(255) });
const changes = fc.array(change, { maxLength: 3 });

const NOBODY = { event: () => {}, passed: () => {} };

/** Whether what `append` did with these bytes is one event, theirs, or nothing. */
function isRight(base64: string): boolean {
  const json = Buffer.from(base64, 'base64');
  const batch = new SseBatch(16);
  const sent = batch.append(base64, NOBODY);
  const events = readEventStream(batch.bytes);
  const wanted = expected(json);
  if (!sent) return batch.length === 0 && wanted === undefined;
  const [only] = events;
  if (events.length !== 1 || only === undefined || !TYPE.test(only.event)) return false;
  if (wanted === undefined) return true;
  const { [METRICS]: _, ...kept } = wanted.json;
  const read: unknown = JSON.parse(only.data);
  // A type that stands twice names its event by the first, and only in what no model sends; the data say what was sent.
  const twice = (json.toString('latin1').match(/"type"/g)?.length ?? 0) > 1;
  return (
    (only.event === wanted.event || twice) && (isDeepStrictEqual(read, kept) || isDeepStrictEqual(read, wanted.json))
  );
}

it(
  'any event comes back as exactly that event, and nothing in it as another',
  () => {
    let plain = 0;
    fc.assert(
      fc.property(event, changes, changes, (one, inText, inBytes) => {
        const whole = Buffer.from(mutateText(JSON.stringify(one), inText, PIECES));
        if (expected(whole)) plain++;
        return isRight(mutateBytes(whole, inBytes.slice(1)).toString('base64'));
      }),
      fuzzSettings(),
    );
    expect(plain).toBeGreaterThan(fuzzSettings().numRuns / 10);
  },
  FUZZ_TIMEOUT_MS,
);

it(
  'the same when the base64 itself is bent',
  () => {
    fc.assert(
      fc.property(event, changes, (one, inBase64) =>
        isRight(
          mutateText(Buffer.from(JSON.stringify(one)).toString('base64'), inBase64, [
            'A',
            'Cg',
            'DQ',
            '=',
            '\n',
            '-',
            'é',
            '"',
            'Cgo',
          ]),
        ),
      ),
      fuzzSettings(),
    );
  },
  FUZZ_TIMEOUT_MS,
);

it(
  'many events in one batch are the same as each alone',
  () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), fc.constantFrom(0, 1, 16, 4_096), (events, size) => {
        const [together, alone] = [new SseBatch(size), [] as Buffer[]];
        for (const one of events) {
          const base64 = Buffer.from(JSON.stringify(one)).toString('base64');
          together.append(base64, NOBODY);
          const single = new SseBatch(16);
          single.append(base64, NOBODY);
          alone.push(single.bytes);
        }
        return together.bytes.equals(Buffer.concat(alone));
      }),
      fuzzSettings(),
    );
  },
  FUZZ_TIMEOUT_MS,
);
