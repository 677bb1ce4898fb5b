import {
  type BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { OPUS, type Scene, SONNET, startScene } from './scene.ts';

let scene: Scene;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  scene = await startScene();
});
beforeEach(async () => {
  client = scene.client(await scene.assume());
});
afterAll(() => scene.close());

const user = (text: string): Message => ({ role: 'user', content: [{ text }] });
const toolConfig = {
  tools: [{ toolSpec: { name: 'Bash', inputSchema: { json: { type: 'object', required: ['command'] } } } }],
};

function inputOf(prompt: string, change: Partial<ConverseCommandInput>): ConverseCommandInput {
  return { modelId: SONNET, messages: [user(prompt)], inferenceConfig: { maxTokens: 4096 }, ...change };
}

function converse(prompt: string, change: Partial<ConverseCommandInput> = {}): Promise<ConverseCommandOutput> {
  return client.send(new ConverseCommand(inputOf(prompt, change)));
}

async function* stream(
  prompt: string,
  change: Partial<ConverseCommandInput> = {},
): AsyncGenerator<ConverseStreamOutput> {
  const answer = await client.send(new ConverseStreamCommand(inputOf(prompt, change)));
  yield* answer.stream ?? [];
}

/** The events until the stream broke, and what it broke with. */
async function collect(
  ...call: Parameters<typeof stream>
): Promise<{ events: ConverseStreamOutput[]; error?: { name: string } }> {
  const events: ConverseStreamOutput[] = [];
  try {
    for await (const event of stream(...call)) events.push(event);
    return { events };
  } catch (error) {
    return { events, error: error as Error };
  }
}

const textOf = (events: ConverseStreamOutput[]): string =>
  events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');

describe('the answer', () => {
  test('echoes what was typed, as one message', async () => {
    expect(await converse('good morning')).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: 'You said: good morning' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 3, outputTokens: 6, totalTokens: 9, cacheDetails: [] },
      metrics: { latencyMs: expect.any(Number) },
    });
    expect(scene.bedrock.records.at(-1)).toMatchObject({
      path: `/model/${SONNET.replace(':', '%3A')}/converse`,
      signature: 'verified',
      stream: false,
      usage: { input: 3, output: 6 },
    });
  });

  test('streams in the events of Converse, the count last', async () => {
    const { events } = await collect('good morning');
    expect(events.map((event) => Object.keys(event)[0])).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockDelta',
      'contentBlockDelta',
      'contentBlockDelta',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(textOf(events)).toBe('You said: good morning');
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'end_turn' } });
    expect(events.at(-1)?.metadata).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 6, totalTokens: 9, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
      metrics: { latencyMs: expect.any(Number) },
    });
  });

  test('calls a tool and says what the tool said', async () => {
    const { events } = await collect('[[tool:Bash echo hi]]', { toolConfig });
    const start = events.find((event) => event.contentBlockStart)?.contentBlockStart?.start?.toolUse;
    expect(start).toMatchObject({ name: 'Bash' });
    const json = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '').join('');
    expect(JSON.parse(json)).toEqual({ command: 'echo hi' });
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'tool_use' } });

    const first = await converse('[[tool:Bash echo hi]]', { toolConfig });
    const call = first.output?.message?.content?.[0]?.toolUse;
    expect(call).toMatchObject({ name: 'Bash', input: { command: 'echo hi' } });
    const messages: Message[] = [
      user('[[tool:Bash echo hi]]'),
      { role: 'assistant', content: [{ toolUse: call! }] },
      { role: 'user', content: [{ toolResult: { toolUseId: call?.toolUseId, content: [{ json: { said: 'hi' } }] } }] },
    ];
    const second = await converse('', { messages, toolConfig });
    expect(second.output?.message?.content).toEqual([{ text: 'The tool said: {"said":"hi"}' }]);
    await expect(converse('', { messages })).rejects.toThrow(/toolConfig field must be defined/);
  });

  test('thinks with a signature that only its own text fits', async () => {
    const thinking = { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } } };
    const { output } = await converse('[[think]] well?', thinking);
    const thought = output?.message?.content?.[0]?.reasoningContent?.reasoningText;
    expect(thought?.signature).toMatch(/^[\w+/=]{40,}$/);
    const replay = (text = ''): Message[] => [
      user('well?'),
      { role: 'assistant', content: [{ reasoningContent: { reasoningText: { ...thought, text } } }, { text: 'so' }] },
      user('go on'),
    ];
    await expect(converse('', { ...thinking, messages: replay(thought?.text) })).resolves.toBeDefined();
    await expect(converse('', { ...thinking, messages: replay(`${thought?.text} `) })).rejects.toThrow(
      'The model returned the following errors: messages.1.content.0: Invalid `signature` in `thinking` block',
    );

    const { events } = await collect('[[think]]', thinking);
    const deltas = events.flatMap(({ contentBlockDelta: delta }) => delta?.delta?.reasoningContent ?? []);
    expect(deltas.map((delta) => delta.text ?? '').join('')).toBe(thought?.text);
    expect(deltas.at(-1)).toEqual({ signature: expect.any(String) });
  });

  test('takes pictures, documents and a system message among the others where the model does', async () => {
    const bytes = Buffer.from('not really a picture');
    const messages: Message[] = [
      {
        role: 'user',
        content: [
          { image: { format: 'png', source: { bytes } } },
          { document: { format: 'txt', name: 'notes', source: { text: 'a note' } } },
          { text: 'look' },
        ],
      },
      { role: 'system', content: [{ text: '# Environment' }] },
    ];
    const { output } = await converse('', { modelId: OPUS, messages, system: [{ text: 'be brief' }] });
    expect(output?.message?.content).toEqual([{ text: 'You said: look' }]);
    await expect(converse('', { messages })).rejects.toThrow(/Unexpected role "system"/);
  });
});

describe('usage', () => {
  test('can be told in the prompt, in all five classes', async () => {
    const usage = {
      inputTokens: 1,
      outputTokens: 2,
      cacheReadInputTokens: 3,
      cacheWriteInputTokens: 9,
      totalTokens: 15,
      cacheDetails: [
        { ttl: '1h', inputTokens: 5 },
        { ttl: '5m', inputTokens: 4 },
      ],
    };
    expect((await converse('[[usage:1,2,3,4,5]]')).usage).toEqual(usage);
    const { events } = await collect('[[usage:1,2,3,4,5]]');
    expect(events.at(-1)?.metadata?.usage).toEqual(usage);
    const noted = { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 };
    expect(scene.bedrock.records.slice(-2).map(({ usage }) => usage)).toEqual([noted, noted]);
  });

  test('a cache point marks what stands before it, in system, tools and messages', async () => {
    const text = 'a'.repeat(40);
    const prompt: Partial<ConverseCommandInput> = {
      system: [{ text: 's'.repeat(400) }, { cachePoint: { type: 'default', ttl: '1h' } }],
      messages: [{ role: 'user', content: [{ text }, { cachePoint: { type: 'default' } }, { text: 'and' }] }],
    };
    expect((await converse('', prompt)).usage).toMatchObject({
      inputTokens: 1,
      cacheWriteInputTokens: 110,
      cacheDetails: [
        { ttl: '1h', inputTokens: 100 },
        { ttl: '5m', inputTokens: 10 },
      ],
    });
    expect((await converse('', prompt)).usage).toMatchObject({ cacheReadInputTokens: 110, cacheDetails: [] });
    const tools = [...toolConfig.tools, { cachePoint: { type: 'default' as const } }];
    expect((await converse('hi', { toolConfig: { tools } })).usage?.cacheWriteInputTokens).toBeGreaterThan(0);
  });
});

describe('magic words', () => {
  test.each([
    ['[[throttle]]', 'ThrottlingException', 429],
    ['[[fail:ModelTimeoutException]]', 'ModelTimeoutException', 408],
  ])('%s refuses a streaming and a whole answer', async (prompt, name, status) => {
    await expect(converse(prompt)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
    expect((await collect(prompt)).error).toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });

  test.each([
    ['[[break]]', 'ModelStreamErrorException'],
    ['[[break:throttlingException]]', 'ThrottlingException'],
    ['[[break:serviceUnavailableException]]', 'ServiceUnavailableException'],
    ['[[badcrc]]', 'Error'],
  ])('%s ends a stream with %s after the first half', async (word, name) => {
    const { events, error } = await collect(`[[deltas:10]] ${word}`);
    expect(error).toMatchObject({ name });
    expect(textOf(events)).toBe('#1 #2 #3 #4 #5 ');
    expect(scene.bedrock.records.at(-1)).toMatchObject({ deltas: 5, usage: { output: 4 } });
  });

  test('[[cut]] ends it cleanly, without a count', async () => {
    const { events, error } = await collect('[[deltas:10]] [[cut]] [[pace:1]]');
    expect(error).toBeUndefined();
    expect(events.at(-1)).toHaveProperty('contentBlockDelta');
  });

  test('a stream whose reader has gone is noted with what had been said until then', async () => {
    for await (const event of stream('[[lockstep:converse-gone:20]]')) if (event.contentBlockDelta) break;
    client.destroy();
    await vi.waitFor(
      () =>
        expect(scene.bedrock.records.at(-1)).toMatchObject({ error: 'client went', deltas: 1, usage: { output: 1 } }),
      10_000,
    );
  });
});

describe('the record', () => {
  test('names the tenant that the metadata in the body names', async () => {
    await converse('hi', { requestMetadata: { tenant_id: 'acme', request_id: 'r-1' } });
    expect(scene.bedrock.records.at(-1)).toMatchObject({
      tenant: 'acme',
      requestMetadata: { tenant_id: 'acme', request_id: 'r-1' },
    });
  });
});

describe('a call is refused', () => {
  const metadata = { requestMetadata: { tenant_id: 'x'.repeat(257) } };
  const beta = { additionalModelRequestFields: { anthropic_beta: ['oauth-2025-04-20'] } };
  const assistant: Message = { role: 'assistant', content: [{ text: 'hi' }] };
  const point = { cachePoint: { type: 'default' as const } };
  test.each<[string, Partial<ConverseCommandInput>, string]>([
    ['metadata that is too large', metadata, 'requestMetadata takes at most 16 pairs'],
    ['an unknown beta', beta, 'The model returned the following errors: invalid beta flag'],
    ['no message', { messages: [] }, 'messages: at least one message is required'],
    ['no content', { messages: [{ role: 'user', content: [] }] }, 'messages.0 is empty. Add a ContentBlock'],
    ['blank text', { messages: [user(' ')] }, 'text field in the ContentBlock object at messages.0.content.0 is blank'],
    ['an answer first', { messages: [assistant] }, 'A conversation must start with a user message'],
    ['the user twice', { messages: [user('a'), user('b')] }, 'must alternate between user and assistant roles'],
    ['no such role', { messages: [{ role: 'tool' as 'user', content: [] }] }, "Value at 'messages.1.member.role'"],
    ['nothing before a cache point', { messages: [{ role: 'user', content: [point] }] }, 'no content before it'],
    ['a field said twice', { additionalModelRequestFields: { max_tokens: 9 } }, 'The additional field max_tokens'],
    ['no tokens at all', { inferenceConfig: { maxTokens: 0 } }, 'max_tokens: Input should be greater than or equal'],
    [
      'a kind of block that it does not have',
      { messages: [{ role: 'user', content: [{ video: {} as never }] }] },
      'must set one of',
    ],
  ])('for %s', async (_, change, message) => {
    const call = converse('hi', change);
    await expect(call).rejects.toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
    await expect(call).rejects.toThrow(message);
  });

  test.each(['InvokeModel', 'InvokeModelWithResponseStream'])('unless its policy allows %s', async (action) => {
    const Statement = { Effect: 'Allow', Action: `bedrock:${action}`, Resource: '*' };
    client = scene.client(await scene.assume({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
    const barred = { name: 'AccessDeniedException' };
    const whole = converse('hi');
    if (action === 'InvokeModel') await expect(whole).resolves.toBeDefined();
    else await expect(whole).rejects.toMatchObject(barred);
    const { error } = await collect('hi');
    if (action === 'InvokeModel') expect(error).toMatchObject(barred);
    else expect(error).toBeUndefined();
  });

  test('when it is signed with another secret', async () => {
    client = scene.client({ ...(await scene.assume()), secretAccessKey: 'guessed' });
    await expect(converse('hi')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });
});
