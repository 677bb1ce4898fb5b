import {
  type BedrockRuntimeClient,
  ConverseCommand,
  CountTokensCommand,
  type CountTokensInput,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assumeInput, bodyOf, invoke, type Scene, startScene } from './scene.ts';

const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
let scene: Scene;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  scene = await startScene();
  client = scene.client(await scene.assume());
});
afterAll(() => scene.close());

const ofBody = (body: string): CountTokensInput => ({ invokeModel: { body: Buffer.from(body) } });

async function count(input: CountTokensInput, modelId = SONNET, by = client): Promise<number | undefined> {
  return (await by.send(new CountTokensCommand({ modelId, input }))).inputTokens;
}

const marked = { cache_control: { type: 'ephemeral' } };

describe('is what an invocation reports as input, cache reads and cache writes together', () => {
  test.each([
    ['a plain prompt', bodyOf('good morning')],
    ['tools and a system prompt', bodyOf('hi', { system: 'be brief', tools: [{ name: 'Bash', input_schema: {} }] })],
    ['a told usage', bodyOf('[[usage:1,2,3,4,5]]')],
    [
      'marks at odd places',
      bodyOf('', {
        system: [{ type: 'text', text: 'abc', ...marked }],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'abcde', ...marked }] }],
      }),
    ],
  ])('%s', async (_, body) => {
    const counted = await count(ofBody(body));
    for (const time of ['written', 'read']) {
      const { usage } = (await invoke(client, body)) as unknown as { usage: Record<string, number> };
      const { input_tokens = 0, cache_read_input_tokens = 0, cache_creation_input_tokens = 0 } = usage;
      expect([time, input_tokens + cache_read_input_tokens + cache_creation_input_tokens]).toEqual([time, counted]);
    }
  });

  test('of a Converse request too', async () => {
    const converse = {
      messages: [{ role: 'user' as const, content: [{ text: 'good morning' }] }],
      system: [{ text: 'be brief' }],
    };
    const { usage } = await client.send(new ConverseCommand({ modelId: SONNET, ...converse }));
    expect(await count({ converse })).toBe(usage?.inputTokens);
  });

  test('and costs nothing', async () => {
    await count(ofBody(bodyOf('good morning')));
    const record = scene.bedrock.records.at(-1);
    expect(record).toMatchObject({ status: 200, counted: 3, modelId: SONNET });
    expect(record).not.toHaveProperty('usage');
  });
});

describe('is refused', () => {
  const UNCOUNTED = "The provided model doesn't support counting tokens.";
  test.each([
    ['an inference profile', `eu.${SONNET}`, UNCOUNTED],
    ['a profile by its ARN', `arn:aws:bedrock:eu-central-1:222222222222:inference-profile/eu.${SONNET}`, UNCOUNTED],
    ['a model of the new line', 'anthropic.claude-opus-5-5', UNCOUNTED],
    ['a model that is none', 'anthropic.claude-2', 'The provided model identifier is invalid.'],
  ])('for %s', async (_, modelId, message) => {
    const call = count(ofBody(bodyOf('hi')), modelId);
    await expect(call).rejects.toMatchObject({ name: 'ValidationException', message });
  });

  test('where it is not offered', async () => {
    const Tags = assumeInput().Tags?.map((tag) =>
      tag.Key === 'bedrock_region' ? { ...tag, Value: 'eu-west-3' } : tag,
    );
    const elsewhere = scene.client(await scene.assume({ Tags }), 'eu-west-3');
    await expect(count(ofBody(bodyOf('hi')), SONNET, elsewhere)).rejects.toMatchObject({ message: UNCOUNTED });
  });

  test('for a body that an invocation would refuse, in the same words', async () => {
    const call = count(ofBody(bodyOf('hi', { anthropic_beta: ['oauth-2025-04-20'] })));
    await expect(call).rejects.toMatchObject({ name: 'ValidationException', message: 'invalid beta flag' });
    await expect(count(ofBody('{'))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(count({ converse: { messages: [] } })).rejects.toThrow(/^messages: at least one/);
  });

  test('over 200,000 tokens, also where the model takes more', async () => {
    const long = { anthropic_beta: ['context-1m-2025-08-07'] };
    await expect(count(ofBody(bodyOf('a'.repeat(800_000), long)))).resolves.toBe(200_000);
    await expect(count(ofBody(bodyOf('a'.repeat(800_001), long)))).rejects.toMatchObject({
      message: 'prompt is too long: 200001 tokens > 200000 maximum',
    });
  });

  test('without its own permission, which is on the foundation model', async () => {
    const limited = async (Action: string, Resource: string): Promise<BedrockRuntimeClient> => {
      const Statement = { Effect: 'Allow', Action, Resource };
      return scene.client(await scene.assume({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
    };
    const arn = `arn:aws:bedrock:eu-central-1::foundation-model/${SONNET}`;
    const body = ofBody(bodyOf('hi'));
    await expect(count(body, SONNET, await limited('bedrock:CountTokens', arn))).resolves.toBe(1);
    const barred = { name: 'AccessDeniedException' };
    await expect(count(body, SONNET, await limited('bedrock:InvokeModel', arn))).rejects.toMatchObject(barred);
    await expect(count(body, SONNET, await limited('bedrock:CountTokens', `${arn}x`))).rejects.toMatchObject(barred);
  });

  test('with neither a body nor a Converse request', async () => {
    await expect(count({} as CountTokensInput)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
