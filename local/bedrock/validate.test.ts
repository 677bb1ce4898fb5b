import { describe, expect, test } from 'vitest';
import { findModel, type Invoked } from './models.ts';
import { signThinking } from './thinking.ts';
import { parseAndValidate } from './validate.ts';

const SONNET_4_5 = model('eu.anthropic.claude-sonnet-4-5-20250929-v1:0');
const OPUS_4_7 = model('eu.anthropic.claude-opus-4-7');
const OPUS_5_5 = model('eu.anthropic.claude-opus-5-5');

function model(id: string): Invoked['model'] {
  const found = findModel(id, 'eu-central-1', '222222222222');
  if ('exception' in found) throw new Error(found.message);
  return found.model;
}

const user = { role: 'user', content: 'hello' };
const call = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] };
const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'hi' }] };
const SOUND = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 100, messages: [user] };

/** What Bedrock says about the sound body with these fields changed; undefined = accepted. */
function complaint(change: object, on = OPUS_5_5): string | undefined {
  const verdict = parseAndValidate(Buffer.from(JSON.stringify({ ...SOUND, ...change })), on);
  return 'exception' in verdict ? verdict.message : undefined;
}

test('what Claude Code sends in Bedrock mode is accepted, by the new line and by Sonnet 4.5', () => {
  const tools = [
    { name: 'Bash', input_schema: {} },
    { name: 'WebFetch', input_schema: {}, defer_loading: true },
  ];
  const opus = {
    anthropic_beta: [
      'interleaved-thinking-2025-05-14',
      'tool-search-tool-2025-10-19',
      'thinking-token-count-2026-05-13',
    ],
    messages: [
      user,
      { role: 'system', content: [{ type: 'text', text: '# Environment', cache_control: { type: 'ephemeral' } }] },
    ],
    system: [{ type: 'text', text: 'x-anthropic-billing-header: a' }],
    thinking: { type: 'adaptive', display: 'omitted' },
    output_config: { effort: 'medium' },
    metadata: { user_id: '{}' },
    max_tokens: 128_000,
    tools,
  };
  expect(complaint(opus)).toBeUndefined();
  const sonnet = {
    anthropic_beta: ['interleaved-thinking-2025-05-14', 'tool-search-tool-2025-10-19'],
    thinking: { type: 'enabled', budget_tokens: 31_999 },
    max_tokens: 32_000,
    tools,
  };
  expect(complaint(sonnet, SONNET_4_5)).toBeUndefined();
});

describe('fields', () => {
  test.each([
    ['model', { model: 'claude-opus-5-5' }],
    ['stream', { stream: true }],
    ['context_management', { context_management: { edits: [] } }],
    ['constructor', { constructor: 1 }],
  ])('%s is one too many', (field, change) => {
    expect(complaint(change)).toBe(`${field}: Extra inputs are not permitted`);
  });

  test('a beta opens its field, where the model has it', () => {
    const context = { context_management: {}, anthropic_beta: ['context-management-2025-06-27'] };
    expect(complaint(context)).toBeUndefined();
    expect(complaint({ output_config: {} }, SONNET_4_5)).toBe('output_config: Extra inputs are not permitted');
    expect(complaint({ output_config: {}, anthropic_beta: ['effort-2025-11-24'] }, SONNET_4_5)).toBeUndefined();
  });

  test.each([
    [{ max_tokens: undefined }, 'max_tokens: Field required'],
    [{ max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
    [{ max_tokens: '1' }, 'max_tokens: Input should be a valid integer'],
    [{ anthropic_version: undefined }, 'anthropic_version: Field required'],
    [{ anthropic_version: '2023-06-01' }, "anthropic_version: Input should be 'bedrock-2023-05-31'"],
    [{ messages: undefined }, 'messages: Field required'],
    [{ messages: [] }, 'messages: at least one message is required'],
    [{ messages: [{ role: 'assistant', content: 'x' }] }, 'messages: first message must use the "user" role'],
    [{ system: 7 }, 'system: Input should be a valid string or list of blocks'],
  ])('%j: %s', (change, message) => {
    expect(complaint(change)).toBe(message);
  });

  test('a body that is no JSON object', () => {
    for (const text of ['', '{', '[]', 'null', '"text"']) {
      expect(parseAndValidate(Buffer.from(text), OPUS_5_5)).toMatchObject({ exception: 'ValidationException' });
    }
  });
});

describe('betas', () => {
  test('one that the model does not know refuses the whole request', () => {
    const known = 'interleaved-thinking-2025-05-14';
    expect(complaint({ anthropic_beta: [known] })).toBeUndefined();
    for (const unknown of ['claude-code-20250219', 'oauth-2025-04-20', 'advanced-tool-use-2025-11-20', 7]) {
      expect(complaint({ anthropic_beta: [known, unknown] })).toBe('invalid beta flag');
    }
    expect(complaint({ anthropic_beta: known })).toBe('invalid beta flag');
  });

  test('each model has its own', () => {
    expect(complaint({ anthropic_beta: ['context-1m-2025-08-07'] }, OPUS_4_7)).toBe('invalid beta flag');
    expect(complaint({ anthropic_beta: ['thinking-token-count-2026-05-13'] }, SONNET_4_5)).toBe('invalid beta flag');
  });

  test('a deferred tool needs the tool search', () => {
    const tools = [{ name: 'A' }, { name: 'B', defer_loading: true }];
    expect(complaint({ tools })).toBe('tools.1.custom.defer_loading: Extra inputs are not permitted');
    expect(complaint({ tools, anthropic_beta: ['tool-search-tool-2025-10-19'] })).toBeUndefined();
  });
});

describe('what only newer models take', () => {
  test('a system message among the others', () => {
    const messages = [user, { role: 'system', content: 'x' }];
    expect(complaint({ messages })).toBeUndefined();
    expect(complaint({ messages }, SONNET_4_5)).toMatch(/^messages: Unexpected role "system"/);
  });

  test('adaptive thinking', () => {
    const thinking = { type: 'adaptive' };
    expect(complaint({ thinking })).toBeUndefined();
    expect(complaint({ thinking }, SONNET_4_5)).toMatch(/'adaptive' .* does not match any of the expected tags/);
  });
});

test('a thinking budget lies between 1024 and max_tokens', () => {
  expect(complaint({ thinking: { type: 'enabled', budget_tokens: 1024 } })).toMatch(/must be greater than/);
  expect(complaint({ thinking: { type: 'enabled', budget_tokens: 10 } })).toMatch(/greater than or equal to 1024/);
  expect(complaint({ thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 1025 })).toBeUndefined();
});

describe('tool calls', () => {
  const blocks = (role: string, ...content: object[]): object => ({ role, content });
  const use = (id: string): object => ({ type: 'tool_use', id, name: 'Bash', input: {} });
  const said = (id: string): object => ({ type: 'tool_result', tool_use_id: id, content: 'hi' });
  const text = { type: 'text', text: 'by the way' };
  const system = { role: 'system', content: 'x' };
  const unanswered = /^messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t/;

  test.each<[string, object[]]>([
    ['in the next turn', [call, result]],
    ['past a system message', [call, system, result]],
    ['with more to say behind them', [call, blocks('user', said('t1'), text)]],
    ['with more to say in a message of its own', [call, result, user]],
    ['in two messages of one turn', [blocks('assistant', use('t1'), use('t2')), result, blocks('user', said('t2'))]],
    ['in another order', [blocks('assistant', use('t1'), use('t2')), blocks('user', said('t2'), said('t1'))]],
    [
      'after calls in two messages of one turn',
      [call, blocks('assistant', use('t2')), blocks('user', said('t1'), said('t2'))],
    ],
  ])('are answered %s', (_, messages) => {
    expect(complaint({ messages: [user, ...messages] })).toBeUndefined();
  });

  test.each<[string, object[], RegExp]>([
    ['left unanswered', [call, user], unanswered],
    ['answered after something else', [call, blocks('user', text, said('t1'))], unanswered],
    ['answered after a message of its own', [call, user, result], unanswered],
    [
      'answered in part at the beginning',
      [blocks('assistant', use('t1'), use('t2')), blocks('user', said('t1'), text, said('t2'))],
      unanswered,
    ],
    [
      'answered twice',
      [call, blocks('user', said('t1'), said('t1'))],
      /^messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: t1/,
    ],
    ['never made', [result], /^messages.1.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1/],
    [
      'of another turn',
      [call, result, { role: 'assistant', content: 'so' }, result],
      /^messages.4.content.0: unexpected/,
    ],
  ])('are not %s', (_, messages, message) => {
    expect(complaint({ messages: [user, ...messages] })).toMatch(message);
  });

  test('are no concern of two user messages in a row', () => {
    expect(complaint({ messages: [user, user, { role: 'assistant', content: 'so' }, user, user] })).toBeUndefined();
  });
});

test('a thinking block whose signature or text was changed is refused', () => {
  const replay = (thinking: unknown, signature: unknown): string | undefined => {
    const answer = { role: 'assistant', content: [{ type: 'thinking', thinking, signature }] };
    return complaint({ messages: [user, answer, user] });
  };
  const signature = signThinking('why?');
  const refused = 'messages.1.content.0: Invalid `signature` in `thinking` block';
  expect(replay('why?', signature)).toBeUndefined();
  expect(replay('why!', signature)).toBe(refused);
  expect(replay('why?', signature.replace(/=*$/, ''))).toBe(signature.endsWith('=') ? refused : undefined);
  expect(replay('why?', `${signature} `)).toBe(refused);
  expect(replay('why?', '')).toBe(refused);
  expect(replay('why?', undefined)).toBe(refused);
});

describe('cache marks', () => {
  const marked = (cache_control: object): object => ({ system: [{ type: 'text', text: 'x', cache_control }] });
  test('are ephemeral, five minutes or an hour, and nothing else', () => {
    expect(complaint(marked({ type: 'ephemeral', ttl: '1h' }))).toBeUndefined();
    expect(complaint(marked({ type: 'persistent' }))).toBe("system.0.cache_control.type: Input should be 'ephemeral'");
    expect(complaint(marked({ type: 'ephemeral', ttl: '1d' }))).toMatch(/ttl: Input should be '5m' or '1h'/);
    const scoped = complaint(marked({ type: 'ephemeral', scope: 'global' }));
    expect(scoped).toBe('system.0.cache_control.ephemeral.scope: Extra inputs are not permitted');
  });

  test('are at most four', () => {
    const block = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
    expect(complaint({ system: Array(4).fill(block) })).toBeUndefined();
    expect(complaint({ system: Array(4).fill(block), tools: [{ name: 'A', ...block }] })).toMatch(/Found 5/);
  });
});

test('a prompt longer than the context is refused with its length', () => {
  const long = { messages: [{ role: 'user', content: 'a'.repeat(800_004) }] };
  expect(complaint(long, SONNET_4_5)).toBe('prompt is too long: 200001 tokens > 200000 maximum');
  expect(complaint({ ...long, anthropic_beta: ['context-1m-2025-08-07'] }, SONNET_4_5)).toBeUndefined();
  expect(complaint(long)).toBeUndefined();
});
