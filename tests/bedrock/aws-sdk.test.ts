import {
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, inject, it } from 'vitest';
import { inLake, inLedger, requestsAtBedrock, rowTokens } from '../books.ts';
import { awsClient, converseMessages, invokeBody } from './clients.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const client = awsClient(acme.loopbackUrl, acme.apiKey);
const EU = 'eu.anthropic.claude-sonnet-5-5';
const USAGE = '[[usage:3,5,7,11,13]]';
const TOKENS = { input: 3, output: 5, cacheRead: 7, cacheWrite5m: 11, cacheWrite1h: 13 };
const TOOL = {
  name: 'weather',
  description: 'w',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** The last call that Bedrock saw is in the ledger and once in the lake, with the five classes. */
async function expectBooksToAgree(since: number, modelId: string): Promise<void> {
  const records = requestsAtBedrock(platform, 'acme', since);
  expect(records).toMatchObject([
    { usage: TOKENS, modelId, signature: 'verified', requestMetadata: { tenant_id: 'acme' } },
  ]);
  const [record] = records;
  const requestId = record?.requestMetadata?.['request_id'] ?? '';
  const stored = await inLedger(platform, 'acme', requestId);
  expect(stored?.settlement).toMatchObject({
    outcome: 'COMPLETED',
    tokens: TOKENS,
    bedrockRequestId: record?.requestId,
    stopReason: 'end_turn',
  });
  expect((await inLake(platform, requestId)).map(rowTokens)).toEqual([TOKENS]);
}

describe('the AWS SDK with our key as its bearer token', () => {
  it('invokes a model in one piece', async () => {
    const since = Date.now();
    const answer = await client.send(new InvokeModelCommand({ modelId: EU, body: invokeBody(`piece ${USAGE}`) }));
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'You said: piece' }],
      usage: { input_tokens: 3, output_tokens: 5 },
    });
    await expectBooksToAgree(since, EU);
  });

  it('invokes a model as a stream, the metrics of Bedrock among its events', async () => {
    const since = Date.now();
    const body = invokeBody(`stream ${USAGE}`);
    const { body: stream } = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: EU, body }));
    const events: Record<string, unknown>[] = [];
    for await (const { chunk } of stream ?? []) events.push(JSON.parse(Buffer.from(chunk!.bytes!).toString()));
    expect(events[0]).toMatchObject({ type: 'message_start' });
    expect(events.at(-1)).toMatchObject({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': { inputTokenCount: 3, outputTokenCount: 5 },
    });
    await expectBooksToAgree(since, EU);
  });

  it('converses in one piece, and its metadata are ours', async () => {
    const since = Date.now();
    const answer = await client.send(
      new ConverseCommand({
        modelId: EU,
        messages: converseMessages(`talk ${USAGE}`),
        requestMetadata: { tenant_id: 'globex', mine: 'x' },
      }),
    );
    expect(answer.output?.message?.content).toEqual([{ text: 'You said: talk' }]);
    expect(answer.usage).toMatchObject({ inputTokens: 3, outputTokens: 5, cacheReadInputTokens: 7 });
    await expectBooksToAgree(since, EU);
    expect(requestsAtBedrock(platform, 'acme', since)[0]?.requestMetadata).not.toHaveProperty('mine');
  });

  it('converses as a stream', async () => {
    const since = Date.now();
    const messages = converseMessages(`flow ${USAGE}`);
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: EU, messages }));
    let text = '';
    let usage: unknown;
    for await (const event of stream ?? []) {
      text += event.contentBlockDelta?.delta?.text ?? '';
      usage = event.metadata?.usage ?? usage;
    }
    expect(text).toBe('You said: flow');
    expect(usage).toMatchObject({ outputTokens: 5, cacheWriteInputTokens: 24 });
    await expectBooksToAgree(since, EU);
  });

  it('goes round a tool call of Converse', async () => {
    const toolConfig = {
      tools: [{ toolSpec: { name: TOOL.name, description: TOOL.description, inputSchema: { json: TOOL.schema } } }],
    };
    const asked = converseMessages('[[tool:weather Zurich]]');
    const first = await client.send(new ConverseCommand({ modelId: EU, messages: asked, toolConfig }));
    const call = first.output?.message?.content?.find(({ toolUse }) => toolUse)?.toolUse;
    expect(call).toMatchObject({ name: 'weather', input: { city: 'Zurich' } });
    const result = { toolUseId: call!.toolUseId, content: [{ text: 'sunny' }] };
    const messages = [...asked, first.output!.message!, { role: 'user' as const, content: [{ toolResult: result }] }];
    const second = await client.send(new ConverseCommand({ modelId: EU, messages, toolConfig }));
    expect(second.output?.message?.content).toEqual([{ text: 'The tool said: sunny' }]);
  });

  it.each([
    ['an alias of ours', 'claude-sonnet-5-5', EU],
    ['the foundation model', 'anthropic.claude-sonnet-5-5', EU],
    ["a profile's ARN", `arn:aws:bedrock:eu-central-1:222222222222:inference-profile/${EU}`, EU],
    [
      'an id with a colon',
      'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
      'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
    ],
  ])('calls by %s what our table has', async (_, modelId, called) => {
    const since = Date.now();
    await client.send(new InvokeModelCommand({ modelId, body: invokeBody(USAGE) }));
    await expectBooksToAgree(since, called);
  });
});

describe('what it is told when a call fails', () => {
  it.each([
    ['a profile beyond the residency', 'global.anthropic.claude-sonnet-5-5', /cannot be called from eu-central-1/],
    ["another region's profile", 'us.anthropic.claude-sonnet-5-5', /cannot be called from eu-central-1/],
    ['a model that nobody knows', 'eu.anthropic.claude-nothing-1', /is not granted to acme/],
  ])('%s is an AccessDeniedException', async (_, modelId, words) => {
    const error: unknown = await client
      .send(new InvokeModelCommand({ modelId, body: invokeBody('x') }))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
    expect((error as Error).message).toMatch(words);
  });

  it("another tenant's key is an AccessDeniedException, and reaches no Bedrock", async () => {
    const since = Date.now();
    const foreign = awsClient(acme.loopbackUrl, globex.apiKey);
    await expect(
      foreign.send(new ConverseCommand({ modelId: EU, messages: converseMessages('x') })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('does not belong to this hostname'),
    });
    expect([...requestsAtBedrock(platform, 'acme', since), ...requestsAtBedrock(platform, 'globex', since)]).toEqual(
      [],
    );
  });

  it.each([
    ['[[break:throttlingException]]', 'ThrottlingException', 'The model stopped in the middle of its answer.'],
    ['[[cut]]', 'ModelStreamErrorException', "the model's stream ended in the middle"],
    ['[[badcrc]]', 'ModelStreamErrorException', 'wrong checksum'],
    ['[[reset]]', 'ModelStreamErrorException', 'the connection to the model broke'],
  ])('%s in a stream is a %s', async (fault, name, message) => {
    const read = async (kind: 'invoke' | 'converse') => {
      const prompt = `${fault} ${kind} some words that break`;
      const answer =
        kind === 'invoke'
          ? (await client.send(new InvokeModelWithResponseStreamCommand({ modelId: EU, body: invokeBody(prompt) })))
              .body
          : (await client.send(new ConverseStreamCommand({ modelId: EU, messages: converseMessages(prompt) }))).stream;
      let events = 0;
      for await (const _ of answer ?? []) events++;
      return events;
    };
    for (const kind of ['invoke', 'converse'] as const) {
      await expect(read(kind)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    }
  });

  it('a refusal of Bedrock comes in its own name', async () => {
    const body = invokeBody('[[fail:ModelTimeoutException]]');
    await expect(client.send(new InvokeModelCommand({ modelId: EU, body }))).rejects.toMatchObject({
      name: 'ModelTimeoutException',
      $metadata: { httpStatusCode: 408 },
    });
  });

  it('a guardrail is refused and not dropped in silence', async () => {
    const guardrail = { guardrailIdentifier: 'abc', guardrailVersion: '1' };
    for (const send of [
      () => client.send(new InvokeModelCommand({ modelId: EU, body: invokeBody('x'), ...guardrail })),
      () =>
        client.send(new ConverseCommand({ modelId: EU, messages: converseMessages('x'), guardrailConfig: guardrail })),
    ]) {
      await expect(send()).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringContaining('guardrail'),
      });
    }
  });
});
