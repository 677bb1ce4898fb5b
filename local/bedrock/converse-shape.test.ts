import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MALFORMED, readConverse } from './converse.ts';
import { readCount } from './count.ts';
import { findModel, type Model } from './models.ts';
import { validate } from './validate.ts';

const found = findModel('eu.anthropic.claude-opus-5-5', 'eu-central-1', '222222222222');
const model = (found as { model: Model }).model;
const read = (body: unknown): unknown => readConverse(Buffer.from(JSON.stringify(body)), model);

test('a body that is no JSON object is refused before anything else', () => {
  for (const text of ['', '{', '[]', 'null', '"text"']) {
    expect(readConverse(Buffer.from(text), model)).toBe(MALFORMED);
    expect(readCount(Buffer.from(text), model)).toBe(MALFORMED);
  }
});

test('a field named like our own refusals is a field', () => {
  expect(read({ messages: [{ role: 'user', content: [{ text: 'a' }] }], exception: 'x' })).toHaveProperty('max_tokens');
});

test('is put into the words of the Messages API', () => {
  const spec = { name: 'Bash', description: 'runs', inputSchema: { json: { type: 'object' } } };
  const result = { toolUseId: 't1', status: 'error', content: [{ text: 'no' }] };
  const body = {
    messages: [
      { role: 'user', content: [{ text: 'run' }, { cachePoint: { type: 'default', ttl: '1h' } }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'Bash', input: { command: 'ls' } } }] },
      { role: 'user', content: [{ toolResult: result }, { image: { format: 'png', source: { bytes: 'AA==' } } }] },
    ],
    system: [{ text: 'brief' }, { cachePoint: { type: 'default' } }],
    inferenceConfig: { maxTokens: 10, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
    toolConfig: { tools: [{ toolSpec: spec }], toolChoice: { tool: { name: 'Bash' } } },
    additionalModelRequestFields: { top_k: 5 },
  };
  expect(read(body)).toEqual({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 10,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 5,
    stop_sequences: ['END'],
    system: [{ type: 'text', text: 'brief', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'run', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls' } }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'no' }], is_error: true },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
        ],
      },
    ],
    tools: [{ name: 'Bash', description: 'runs', input_schema: { type: 'object' } }],
    tool_choice: { type: 'tool', name: 'Bash' },
  });
});

describe('a value of the wrong type is refused with its place', () => {
  const turn = (block: object): object => ({ messages: [{ role: 'user', content: [block] }] });
  const at = 'messages.0.content.0';
  test.each<[object, string]>([
    [{ messages: {} }, 'messages'],
    [{ messages: [7] }, 'messages.0'],
    [{ messages: [{ role: 'user', content: 'hi' }] }, 'messages.0'],
    [{ system: 'brief' }, 'system'],
    [{ system: [{ text: 7 }] }, 'system.0.text'],
    [{ inferenceConfig: 'x' }, 'inferenceConfig'],
    [{ additionalModelRequestFields: [] }, 'additionalModelRequestFields'],
    [{ toolConfig: { tools: {} } }, 'toolConfig.tools'],
    [{ toolConfig: { tools: [], toolChoice: { auto: {}, any: {} } } }, 'toolConfig.toolChoice'],
    [turn({ text: 7 }), `${at}.text`],
    [turn({ image: 'x' }), `${at}.image`],
    [turn({ image: {} }), `${at}.image.source`],
    [turn({ document: { source: 'x' } }), `${at}.document.source`],
    [turn({ cachePoint: { type: 'ephemeral' } }), `${at}.cachePoint.type`],
    [turn({ reasoningContent: { reasoningText: 'x' } }), `${at}.reasoningContent`],
    [turn({ toolUse: { toolUseId: 't' } }), `${at}.toolUse`],
    [turn({ toolUse: { toolUseId: 7, input: {} } }), `${at}.toolUse`],
    [turn({ toolResult: { content: 'hi' } }), `${at}.toolResult.content`],
    [turn({ toolResult: { content: [{ text: 7 }] } }), `${at}.toolResult.content.0.text`],
  ])('%j', (body, place) => {
    expect(read(body)).toMatchObject({
      exception: 'ValidationException',
      message: `The format of the value at ${place} is invalid. Provide a value of the right type for the field and try again.`,
    });
  });
});

describe('any JSON', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, fc.constantFrom(null, '', 'x', 0, 1, true), tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 3 }),
    object: fc.dictionary(
      fc.constantFrom('role', 'content', 'text', 'image', 'source', 'toolUse', 'toolResult', 'cachePoint', 'tools'),
      tie('any'),
      { maxKeys: 3 },
    ),
  })).any;
  const kinds = ['text', 'image', 'document', 'toolUse', 'toolResult', 'cachePoint', 'reasoningContent', 'json'];
  const known = fc.record({
    toolUseId: fc.constant('t'),
    input: fc.constant({}),
    content: value,
    source: value,
    reasoningText: value,
    type: fc.constant('default'),
  });
  const block = fc
    .tuple(fc.constantFrom(...kinds), fc.oneof(value, known, fc.constant('text')))
    .map(([kind, given]) => ({ [kind]: given }));
  const content = fc.oneof(value, fc.array(block, { minLength: 1, maxLength: 3 }));
  const role = fc.constantFrom('user', 'user', 'assistant', 'system', 'x');
  const message = fc.record({ role, content });

  test('is read or refused, never a fault', () => {
    const body = fc.record(
      {
        messages: fc.oneof(value, fc.array(message, { maxLength: 3 })),
        system: value,
        toolConfig: value,
        inferenceConfig: value,
        additionalModelRequestFields: value,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(body, value), (given) => {
        read(given);
        readCount(Buffer.from(JSON.stringify({ input: { converse: given } })), model);
        readCount(Buffer.from(JSON.stringify({ input: given })), model);
        validate({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 1, ...(given as object) }, model);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });
});
