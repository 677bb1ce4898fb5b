import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bedrockClient,
  bodyOf,
  invoke,
  OPUS,
  type Scene,
  SONNET,
  type StreamEvent,
  startScene,
  type stream,
  streamAll,
  textOf,
} from './bedrock/scene.ts';
import { startBedrock } from './bedrock.ts';

let scene: Scene;
let folder: string;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bedrock-'));
  scene = await startScene({ sts: join(folder, 'sts.log'), bedrock: join(folder, 'bedrock.log') });
  client = scene.client(await scene.assume());
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

async function collect(body: string, change: Parameters<typeof stream>[2] = {}): Promise<StreamEvent[]> {
  return streamAll(client, body, change);
}

describe('the answer', () => {
  test('echoes what was typed, as one message', async () => {
    const message = await invoke(client, bodyOf('good morning'));
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5-20250929',
      content: [{ type: 'text', text: 'You said: good morning' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 6 },
    });
  });

  test('streams as the Messages API does, closed by the count of Bedrock', async () => {
    const events = await collect(bodyOf('good morning'));
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(['message_start', 'content_block_start', 'content_block_delta']);
    expect(types.slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop']);
    expect(textOf(events)).toBe('You said: good morning');
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 3, output_tokens: 6 },
    });
    expect(events.at(-1)?.['amazon-bedrock-invocationMetrics']).toMatchObject({
      inputTokenCount: 3,
      outputTokenCount: 6,
      cacheReadInputTokenCount: 0,
      cacheWriteInputTokenCount: 0,
    });
  });

  test('looks past the reminders that Claude Code puts around the prompt', async () => {
    const content = [
      { type: 'text', text: '<system-reminder>[[throttle]]</system-reminder>hello' },
      { type: 'text', text: '<system-reminder>about the time</system-reminder>' },
    ];
    const messages = [
      { role: 'user', content },
      { role: 'system', content: '# Environment [[throttle]]' },
    ];
    const message = await invoke(client, bodyOf('', { messages }), OPUS);
    expect(message['content']).toEqual([{ type: 'text', text: 'You said: hello' }]);
  });

  test('takes what the user sent in several messages for one turn', async () => {
    const messages = [
      { role: 'user', content: 'hello [[usage:1,2,3,4,5]]' },
      { role: 'user', content: '<system-reminder>about the time</system-reminder>' },
    ];
    const message = await invoke(client, bodyOf('', { messages }));
    expect(message).toMatchObject({ content: [{ text: 'You said: hello' }], usage: { output_tokens: 2 } });
  });

  test('calls a tool and says what the tool said', async () => {
    const tools = [{ name: 'Bash', input_schema: { type: 'object', required: ['command'] } }];
    const events = await collect(bodyOf('[[tool:Bash echo hi]]', { tools }));
    const start = events.find(({ type }) => type === 'content_block_start');
    const block = start?.['content_block'] as { id: string };
    expect(block).toMatchObject({ type: 'tool_use', name: 'Bash', input: {} });
    const json = events
      .map(({ delta }) => (delta as { partial_json?: string } | undefined)?.partial_json ?? '')
      .join('');
    expect(JSON.parse(json)).toEqual({ command: 'echo hi' });
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });

    const messages = [
      { role: 'user', content: '[[tool:Bash echo hi]]' },
      { role: 'assistant', content: [{ type: 'tool_use', id: block.id, name: 'Bash', input: { command: 'echo hi' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: block.id, content: 'hi' }] },
    ];
    const second = await invoke(client, bodyOf('', { messages, tools }));
    expect(second).toMatchObject({ content: [{ text: 'The tool said: hi' }], stop_reason: 'end_turn' });
  });

  test('says so when the tool is not offered', async () => {
    const message = await invoke(client, bodyOf('[[tool:Bash echo hi]]'));
    expect(message).toMatchObject({ content: [{ text: 'I was not offered a tool named Bash.' }] });
  });

  test('thinks with a signature that only its own text fits', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const prompt = bodyOf('[[think]] well?', { thinking });
    const message = await invoke(client, prompt);
    const [thought, text] = message['content'] as { thinking: string }[];
    expect(thought).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/^[\w+/=]{40,}$/) });

    const replay = (block: object): string => {
      const turns = [
        { role: 'user', content: 'well?' },
        { role: 'assistant', content: [block, text] },
        { role: 'user', content: 'go on' },
      ];
      return bodyOf('', { thinking, messages: turns });
    };
    await expect(invoke(client, replay(thought ?? {}))).resolves.toMatchObject({ type: 'message' });
    await expect(invoke(client, replay({ ...thought, thinking: `${thought?.thinking} ` }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
    });
  });

  test('sends the signature last in a streamed thought, and no text when it is omitted', async () => {
    const thinking = { type: 'adaptive', display: 'omitted' };
    const events = await collect(bodyOf('[[think]]', { thinking }), { modelId: OPUS });
    const deltas = events.filter(({ index, delta }) => index === 0 && delta !== undefined).map(({ delta }) => delta);
    expect(deltas).toEqual([{ type: 'signature_delta', signature: expect.any(String) }]);
  });
});

describe('usage', () => {
  const cached = (ttl?: string): object => ({ cache_control: { type: 'ephemeral', ...(ttl && { ttl }) } });
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'a'.repeat(40), ...cached() }] }];
  const system = [{ type: 'text', text: 's'.repeat(400), ...cached('1h') }];

  test('is a cache write by its ttl the first time, and a cache read after', async () => {
    const body = bodyOf('', { system, messages });
    const first = await collect(body);
    expect(first[0]).toMatchObject({
      message: {
        usage: {
          input_tokens: 1,
          cache_creation_input_tokens: 110,
          cache_read_input_tokens: 0,
          cache_creation: { ephemeral_1h_input_tokens: 100, ephemeral_5m_input_tokens: 10 },
        },
      },
    });
    const second = await collect(body);
    expect(second[0]).toMatchObject({
      message: { usage: { cache_creation_input_tokens: 0, cache_read_input_tokens: 110 } },
    });
    expect(second.at(-1)?.['amazon-bedrock-invocationMetrics']).toMatchObject({ cacheReadInputTokenCount: 110 });
    expect(scene.bedrock.records.at(-1)?.usage).toMatchObject({ cacheRead: 110, cacheWrite5m: 0, cacheWrite1h: 0 });
  });

  test('can be told in the prompt, in all five classes', async () => {
    const events = await collect(bodyOf('[[usage:1,2,3,4,5]]'));
    const usage = {
      input_tokens: 1,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 },
    };
    expect(events[0]).toMatchObject({ message: { usage } });
    expect(events.at(-2)).toMatchObject({ usage: { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3 } });
    expect(scene.bedrock.records.at(-1)?.usage).toEqual({
      input: 1,
      output: 2,
      cacheRead: 3,
      cacheWrite5m: 4,
      cacheWrite1h: 5,
    });
  });

  test('is in the headers of an answer that does not stream', async () => {
    const command = new InvokeModelCommand({ modelId: SONNET, body: bodyOf('[[usage:1,2,3,4,5]]') });
    let headers: Record<string, string> = {};
    const listening = scene.client(await scene.assume());
    listening.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        headers = (result.response as { headers: Record<string, string> }).headers;
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    const { $metadata } = await listening.send(command);
    expect($metadata.requestId).toBe(scene.bedrock.records.at(-1)?.requestId);
    expect(headers).toMatchObject({
      'x-amzn-bedrock-input-token-count': '1',
      'x-amzn-bedrock-output-token-count': '2',
      'x-amzn-bedrock-cache-read-input-token-count': '3',
      'x-amzn-bedrock-cache-write-input-token-count': '9',
    });
  });
});

describe('the record', () => {
  test('traces a call to the tags of the AssumeRole that made its credentials', async () => {
    await collect(bodyOf('a private matter'), { requestMetadata: '{"tenant_id":"acme","request":"r-1"}' });
    const record = scene.bedrock.records.at(-1);
    expect(record).toMatchObject({
      modelId: SONNET,
      path: `/model/${SONNET.replace(':', '%3A')}/invoke-with-response-stream`,
      region: 'eu-central-1',
      signature: 'verified',
      stream: true,
      status: 200,
      roleSessionName: 'acme.dev-1',
      tenantTags: { tenant_id: 'acme', identity_id: 'dev-1', caller_type: 'API_KEY', bedrock_region: 'eu-central-1' },
      tenant: 'acme',
      requestMetadata: { tenant_id: 'acme', request: 'r-1' },
      deltas: 5,
    });
  });

  test('is a line of the log, without a word of prompt or answer', async () => {
    await invoke(client, bodyOf('xylophone'));
    const log = readFileSync(join(folder, 'bedrock.log'), 'utf8');
    expect(JSON.parse(log.trimEnd().split('\n').at(-1) ?? '')).toEqual(scene.bedrock.records.at(-1));
    expect(log).not.toContain('xylophone');
  });
});

describe('a call is refused', () => {
  const refusal = (name: string, status: number): object => ({ name, $metadata: { httpStatusCode: status } });

  test('when nobody signed it', async () => {
    const answer = await fetch(`${scene.bedrock.url}/model/${SONNET}/invoke`, { method: 'POST', body: bodyOf('hi') });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  });

  test('when its token is not of our making', async () => {
    const made = await scene.assume();
    const foreign = scene.client({ ...made, sessionToken: `${made.sessionToken}x` });
    await expect(invoke(foreign, bodyOf('hi'))).rejects.toMatchObject(refusal('UnrecognizedClientException', 403));
  });

  test('when it is signed with another secret', async () => {
    const made = await scene.assume();
    const forged = scene.client({ ...made, secretAccessKey: 'guessed' });
    await expect(invoke(forged, bodyOf('hi'))).rejects.toMatchObject(refusal('InvalidSignatureException', 403));
    expect(scene.bedrock.records.at(-1)).toMatchObject({ signature: 'refused', error: 'InvalidSignatureException' });
  });

  test('when its body was changed after the signing', async () => {
    const tampering = scene.client(await scene.assume());
    tampering.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = bodyOf('ho');
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(invoke(tampering, bodyOf('hi'))).rejects.toMatchObject(refusal('InvalidSignatureException', 403));
  });

  test('when its hour is over', async () => {
    const own = await startScene();
    const late = own.client(await own.assume({ DurationSeconds: 900 }));
    await expect(invoke(late, bodyOf('hi'))).resolves.toMatchObject({ type: 'message' });
    own.advance(900_000);
    await expect(invoke(late, bodyOf('hi'))).rejects.toMatchObject(refusal('ExpiredTokenException', 403));
    await own.close();
  });

  test('when it comes to another region than the session is tagged for', async () => {
    const stray = scene.client(await scene.assume(), 'eu-central-2');
    await expect(invoke(stray, bodyOf('hi'))).rejects.toMatchObject(refusal('AccessDeniedException', 403));
  });

  const profile = (id: string): string => `arn:aws:bedrock:eu-central-1:222222222222:inference-profile/${id}`;
  const foundation = 'arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-5-5';
  test.each([
    ['for the model that the session policy names', [profile(OPUS), foundation], OPUS, true],
    ['for another model', [profile(OPUS), foundation], SONNET, false],
    ['without its foundation model', [profile(OPUS)], OPUS, false],
    [
      'with its foundation model in one region only',
      [profile(OPUS), foundation.replace('*', 'eu-central-1')],
      OPUS,
      false,
    ],
  ])('or not, by the session policy: %s', async (_, resources, modelId, allowed) => {
    const Statement = { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: resources };
    const limited = scene.client(await scene.assume({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
    const call = invoke(limited, bodyOf('hi'), modelId);
    if (allowed) await expect(call).resolves.toMatchObject({ type: 'message' });
    else await expect(call).rejects.toMatchObject(refusal('AccessDeniedException', 403));
    const streaming = streamAll(limited, bodyOf('hi'), { modelId });
    await expect(streaming).rejects.toMatchObject(refusal('AccessDeniedException', 403));
  });

  test('when its metadata is larger than Bedrock takes', async () => {
    const call = collect(bodyOf('hi'), { requestMetadata: JSON.stringify({ tenant: 'x'.repeat(257) }) });
    await expect(call).rejects.toMatchObject(refusal('ValidationException', 400));
  });

  test.each([
    ['POST', `/model/${SONNET}/invoke-with-bidirectional-stream`],
    ['GET', `/model/${SONNET}/converse`],
    ['POST', `/model/${SONNET}/converse/`],
    ['POST', '/guardrail/abc/version/1/apply'],
  ])('when the operation is none that the stand-in has: %s %s', async (method, path) => {
    const answer = await fetch(`${scene.bedrock.url}${path}`, { method });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
  });
});

describe('with an outside STS', () => {
  const scoped = (service: string): string =>
    `AWS4-HMAC-SHA256 Credential=ASIAABCDEFGHIJKLMNOP/20261120/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const post = (url: string, service: string, body: string): Promise<Response> =>
    fetch(`${url}/model/${SONNET}/invoke`, { method: 'POST', headers: { authorization: scoped(service) }, body });

  test('a signature for another service is still none for Bedrock', async () => {
    const bedrock = await startBedrock();
    expect((await post(bedrock.url, 'bedrock', bodyOf('hi'))).status).toBe(200);
    const answer = await post(bedrock.url, 'sts', bodyOf('hi'));
    expect(await answer.json()).toEqual({ message: "Credential should be scoped to correct service: 'bedrock'." });
    expect(answer.status).toBe(403);
    await bedrock.close();
  });

  test('a body over 25,000,000 bytes is still too large', async () => {
    const bedrock = await startBedrock();
    const answer = await post(bedrock.url, 'bedrock', bodyOf('hi').padEnd(25_000_001));
    expect(answer.status).toBe(400);
    expect((await post(bedrock.url, 'bedrock', bodyOf('hi').padEnd(25_000_000))).status).toBe(200);
    await bedrock.close();
  });
});

test('credentials of an outside STS stay unchecked, and the record says so', async () => {
  const bedrock = await startBedrock();
  const credentials = { accessKeyId: 'ASIAABCDEFGHIJKLMNOP', secretAccessKey: 'any', sessionToken: 'any' };
  await invoke(bedrockClient(bedrock.url, credentials, 'us-east-1'), bodyOf('hi'), SONNET.replace('eu.', 'us.'));
  expect(bedrock.records).toMatchObject([{ signature: 'unchecked', region: 'us-east-1', status: 200 }]);
  await bedrock.close();
});
