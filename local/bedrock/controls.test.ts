import { type BedrockRuntimeClient, ConverseCommand, CountTokensCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, invoke, type Scene, SONNET, startScene, streamAll } from './scene.ts';

let scene: Scene;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  scene = await startScene();
  client = scene.client(await scene.assume());
});
afterEach(() => control('DELETE', 'quota'));
afterAll(() => scene.close());

async function control(method: string, path: string, json?: object): Promise<number> {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  return (await fetch(`${scene.bedrock.url}/${path}`, { method, ...body })).status;
}

describe('a quota', () => {
  const throttled = {
    name: 'ThrottlingException',
    message: 'Too many requests, please wait before trying again.',
    $metadata: { httpStatusCode: 429 },
  };

  test('is shared by all who call the region, and the record names whom it hit', async () => {
    expect(await control('POST', 'quota', { region: 'eu-central-1', requestsPerMinute: 1, burst: 2 })).toBe(200);
    await invoke(client, bodyOf('one'));
    await streamAll(client, bodyOf('two'));
    const other = scene.client(await scene.assume({ RoleSessionName: 'globex.dev-2' }));
    const requestMetadata = '{"tenant_id":"globex"}';
    await expect(streamAll(other, bodyOf('three'), { requestMetadata })).rejects.toMatchObject(throttled);
    expect(scene.bedrock.records.at(-1)).toMatchObject({
      status: 429,
      error: 'ThrottlingException',
      tenant: 'globex',
      roleSessionName: 'globex.dev-2',
    });
    expect(scene.bedrock.records.at(-1)).not.toHaveProperty('usage');

    const messages = [{ role: 'user' as const, content: [{ text: 'hi' }] }];
    await expect(client.send(new ConverseCommand({ modelId: SONNET, messages }))).rejects.toMatchObject(throttled);
    const input = { invokeModel: { body: Buffer.from(bodyOf('hi')) } };
    await client.send(new CountTokensCommand({ modelId: SONNET.replace('eu.', ''), input }));

    scene.advance(60_000);
    await invoke(client, bodyOf('four'));
    await expect(invoke(client, bodyOf('five'))).rejects.toMatchObject(throttled);
    expect(await control('DELETE', 'quota')).toBe(200);
    await invoke(client, bodyOf('six'));
  });

  test('in tokens counts prompt and answer', async () => {
    await control('POST', 'quota', { tokensPerMinute: 60, burst: 100 });
    await invoke(client, bodyOf('[[usage:1,200,0,0,0]]'));
    await expect(invoke(client, bodyOf('hi'))).rejects.toMatchObject(throttled);
    scene.advance(60_000);
    await expect(invoke(client, bodyOf('hi'))).rejects.toMatchObject(throttled);
    scene.advance(60_000);
    await invoke(client, bodyOf('hi'));
  });

  test('that makes no sense is not set', async () => {
    expect(await control('POST', 'quota', { burst: 1 })).toBe(400);
    expect(await control('PUT', 'quota', { requestsPerMinute: 0 })).toBe(400);
    await invoke(client, bodyOf('hi'));
  });
});

describe('a beta', () => {
  const beta = 'context-1m-2025-08-07';
  const body = bodyOf('hi', { anthropic_beta: [beta] });

  test('that the model takes can be refused by a region, and taken again', async () => {
    const refused = { name: 'ValidationException', message: 'invalid beta flag' };
    await invoke(client, body);
    expect(await control('POST', `betas/eu-central-2/${beta}`)).toBe(200);
    await invoke(client, body);
    expect(await control('POST', `betas/eu-central-1/${beta}`)).toBe(200);
    await expect(invoke(client, body)).rejects.toMatchObject(refused);
    await expect(streamAll(client, body)).rejects.toMatchObject(refused);
    await invoke(client, bodyOf('hi', { anthropic_beta: ['effort-2025-11-24'] }));
    expect(await control('DELETE', `betas/eu-central-1/${beta}`)).toBe(200);
    await invoke(client, body);
    expect(await control('POST', 'betas/eu-central-1')).toBe(400);
  });
});
