import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bodyOf, invoke, type Scene, SONNET, type StreamEvent, startScene, stream, textOf } from './scene.ts';

let scene: Scene;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  scene = await startScene();
});
beforeEach(async () => {
  client = scene.client(await scene.assume());
});
afterAll(() => scene.close());

/** The events until the stream broke, and what it broke with. */
async function collect(prompt: string): Promise<{ events: StreamEvent[]; error?: { name: string; message: string } }> {
  const events: StreamEvent[] = [];
  try {
    for await (const event of stream(client, bodyOf(prompt))) events.push(event);
    return { events };
  } catch (error) {
    return { events, error: error as Error };
  }
}

describe('before the answer', () => {
  test.each([
    ['[[throttle]]', 'ThrottlingException', 429],
    ['[[unavailable]]', 'ServiceUnavailableException', 503],
    ['[[fail:ModelTimeoutException]]', 'ModelTimeoutException', 408],
  ])('%s refuses a streaming and a whole answer', async (prompt, name, status) => {
    const refusal = { name, $metadata: { httpStatusCode: status } };
    await expect(invoke(client, bodyOf(prompt))).rejects.toMatchObject(refusal);
    expect((await collect(prompt)).error).toMatchObject(refusal);
    expect(scene.bedrock.records.at(-1)).toMatchObject({ status, error: name });
    expect(scene.bedrock.records.at(-1)?.usage).toBeUndefined();
  });

  test('[[throttle:2]] refuses the same prompt twice and then lets it pass', async () => {
    const body = bodyOf('[[throttle:2]] hello');
    await expect(invoke(client, body)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(invoke(client, body)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(invoke(client, body)).resolves.toMatchObject({ content: [{ text: 'You said: hello' }] });
  });

  test('[[reset:before]] cuts the connection', async () => {
    expect((await collect('[[reset:before]]')).error).toMatchObject({ code: 'ECONNRESET' });
    expect(scene.bedrock.records.at(-1)).toMatchObject({ status: 0, error: 'reset' });
  });

  test('[[stall:before]] stays silent until the client gives up', async () => {
    const before = scene.bedrock.records.length;
    const abort = new AbortController();
    const input = { modelId: SONNET, body: bodyOf('[[stall:before]]') };
    const call = client.send(new InvokeModelWithResponseStreamCommand(input), { abortSignal: abort.signal });
    const settled = expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(scene.bedrock.records.length).toBe(before + 1), 10_000);
    abort.abort();
    await settled;
  });
});

describe('halfway through the stream', () => {
  test.each([
    ['[[break]]', 'ModelStreamErrorException'],
    ['[[break:throttlingException]]', 'ThrottlingException'],
    ['[[badcrc]]', 'Error'],
  ])('%s ends it with %s after the first half', async (word, name) => {
    const { events, error } = await collect(`[[deltas:10]] ${word}`);
    expect(error).toMatchObject({ name });
    expect(textOf(events)).toBe('#1 #2 #3 #4 #5 ');
  });

  test('[[badcrc]] is noticed by the checksum', async () => {
    expect((await collect('[[badcrc]]')).error?.message).toMatch(/checksum/);
  });

  test('[[reset]] cuts the connection after the first half has left', async () => {
    const { events, error } = await collect('[[deltas:10]] [[reset]]');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(textOf(events)).toBe('#1 #2 #3 #4 #5 ');
  });

  test('[[cut]] ends it cleanly without the closing events', async () => {
    const { events, error } = await collect('[[deltas:10]] [[cut]]');
    expect(error).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ type: 'content_block_delta' });
  });

  test('[[stall]] falls silent until the client gives up', async () => {
    const events: StreamEvent[] = [];
    for await (const event of stream(client, bodyOf('[[deltas:10]] [[stall]]'))) {
      events.push(event);
      if (textOf(events).endsWith('#5 ')) break;
    }
    expect(scene.bedrock.records.at(-1)).toMatchObject({ error: 'stall', deltas: 5 });
  });

  test('what was said until then is charged', async () => {
    await collect('[[deltas:10]] [[break]]');
    expect(scene.bedrock.records.at(-1)).toMatchObject({ error: 'modelStreamErrorException', deltas: 5 });
    expect(scene.bedrock.records.at(-1)?.usage?.output).toBe(4);
  });

  test('a replay without streaming gets a whole answer, and so does one that breaks only once', async () => {
    await expect(invoke(client, bodyOf('[[break]] hello'))).resolves.toMatchObject({ stop_reason: 'end_turn' });
    const prompt = '[[reset:once]] hello again';
    expect((await collect(prompt)).error).toBeDefined();
    client = scene.client(await scene.assume());
    expect(await collect(prompt)).toMatchObject({
      events: expect.arrayContaining([{ type: 'content_block_stop', index: 0 }]),
    });
  });

  test('[[reset]] cuts an answer that does not stream in its middle', async () => {
    await expect(invoke(client, bodyOf('[[reset]] hello'))).rejects.toBeDefined();
    expect(scene.bedrock.records.at(-1)).toMatchObject({ stream: false, error: 'reset' });
  });
});

describe('pace', () => {
  test('[[deltas:2000]] are two thousand', async () => {
    const { events } = await collect('[[deltas:2000]]');
    expect(textOf(events).trim().split(' ')).toHaveLength(2000);
    expect(scene.bedrock.records.at(-1)?.deltas).toBe(2000);
  });

  test('[[slow]] and [[pace]] answer in the end', async () => {
    expect(textOf((await collect('[[slow:5]] [[pace:1]] hello')).events)).toBe('You said: hello');
  });

  test('[[lockstep]] sends a delta only when the one before was seen', async () => {
    const url = `${scene.bedrock.url}/lockstep/one`;
    let seen = 0;
    for await (const event of stream(client, bodyOf('[[lockstep:one:20]]'))) {
      if (event.type !== 'content_block_delta') continue;
      seen += 1;
      expect(await (await fetch(url)).json()).toEqual({ deltas: 20, sent: seen, seen: seen - 1 });
      expect((await fetch(`${url}/${seen + 1}`, { method: 'POST' })).status).toBe(409);
      expect((await fetch(`${url}/${seen}`, { method: 'POST' })).status).toBe(200);
    }
    expect(seen).toBe(20);
    expect((await fetch(`${scene.bedrock.url}/lockstep/other/1`, { method: 'POST' })).status).toBe(404);
  });

  test('a stream whose reader has gone ends, and its record says so', async () => {
    for await (const event of stream(client, bodyOf('[[lockstep:gone:20]]'))) {
      if (event.type === 'content_block_delta') break;
    }
    client.destroy();
    await vi.waitFor(
      () => expect(scene.bedrock.records.at(-1)).toMatchObject({ error: 'client went', deltas: 1 }),
      10_000,
    );
  });
});
