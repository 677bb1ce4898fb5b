import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bodyOf, invoke, type Scene, SONNET, startScene, stream, streamAll } from './scene.ts';

type Json = Readonly<Record<string, unknown>>;

let folder: string;
let scene: Scene;
let client: BedrockRuntimeClient;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  scene = await startScene(undefined, folder);
  client = scene.client(await scene.assume());
});
afterEach(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

async function control(method: string, path = '', json?: object): Promise<number> {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  return (await fetch(`${scene.bedrock.url}/evidence${path}`, { method, ...body })).status;
}

function filesOf(log: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes(`/${log}/`) && path.endsWith('.json.gz'))
    .map((path) => gunzipSync(readFileSync(join(folder, path))).toString());
}
const trailed = (): Json[] => filesOf('CloudTrail').flatMap((text) => JSON.parse(text).Records as Json[]);
const logged = (): Json[] =>
  filesOf('BedrockModelInvocationLogs').flatMap((text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
const messages = [{ role: 'user' as const, content: [{ text: 'hi [[usage:1,2,3,4,5]]' }] }];
const counts = {
  input: { inputTokenCount: 1, cacheReadInputTokenCount: 3, cacheWriteInputTokenCount: 9 },
  output: { outputTokenCount: 2 },
};

describe('a call leaves one event and one record, with the answer’s own request id', () => {
  const requestMetadata = { tenant_id: 'acme', request_id: 'r-1' };
  const said = { requestMetadata: JSON.stringify(requestMetadata) };
  test.each([
    ['InvokeModelWithResponseStream', () => streamAll(client, bodyOf('[[usage:1,2,3,4,5]]'), said), requestMetadata],
    ['InvokeModel', () => invoke(client, bodyOf('[[usage:1,2,3,4,5]]')), undefined],
    [
      'Converse',
      () => client.send(new ConverseCommand({ modelId: SONNET, messages, requestMetadata })),
      requestMetadata,
    ],
    [
      'ConverseStream',
      async () => {
        const input = { modelId: SONNET, messages, requestMetadata };
        for await (const _ of (await client.send(new ConverseStreamCommand(input))).stream ?? []);
      },
      requestMetadata,
    ],
  ])('%s', async (operation, call, metadata) => {
    let requestId: string | undefined;
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        requestId = (result.response as { headers: Record<string, string> }).headers['x-amzn-requestid'];
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    await call();
    expect(await control('POST', '/flush')).toBe(200);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(trailed()).toMatchObject([
      {
        eventName: operation,
        requestID: requestId,
        requestParameters: { modelId: SONNET },
        userIdentity: { arn: 'arn:aws:sts::222222222222:assumed-role/bedrock-invoke/acme.dev-1' },
      },
    ]);
    expect(trailed()[0]).not.toHaveProperty('errorCode');
    expect(logged()).toMatchObject([{ operation, requestId, ...counts }]);
    expect(logged()[0]?.['requestMetadata']).toEqual(metadata);
  });
});

describe('tokens are those of the whole generation', () => {
  test('when the client hangs up', async () => {
    for await (const { type } of stream(client, bodyOf('[[deltas:2000]] [[pace:5]] [[usage:7,2000,0,0,0]]'))) {
      if (type === 'content_block_delta') break;
    }
    client.destroy();
    await expect.poll(() => scene.bedrock.records.at(-1)?.error).toBe('client went');
    await control('POST', '/flush');
    expect(logged()).toMatchObject([{ input: { inputTokenCount: 7 }, output: { outputTokenCount: 2000 } }]);
    expect(trailed()).toHaveLength(1);
  });

  test.each(['[[break]]', '[[cut]]', '[[reset]]'])('when the answer breaks off: %s', async (fault) => {
    await streamAll(client, bodyOf(`${fault} [[deltas:10]] [[usage:7,2000,0,0,0]]`)).catch(() => undefined);
    await control('POST', '/flush');
    expect(logged()).toMatchObject([{ output: { outputTokenCount: 2000 } }]);
  });
});

describe('a call that runs no model', () => {
  test('is an event with its error, and no record', async () => {
    await expect(invoke(client, bodyOf('[[throttle]]'))).rejects.toThrow();
    await expect(invoke(client, bodyOf('hi', { max_tokens: -1 }))).rejects.toThrow();
    const stray = scene.client(await scene.assume(), 'eu-central-2');
    await expect(invoke(stray, bodyOf('hi'))).rejects.toThrow();
    await control('POST', '/flush');
    expect(
      trailed()
        .map((one) => [one['awsRegion'], one['errorCode']])
        .toSorted(),
    ).toEqual([
      ['eu-central-1', 'ThrottlingException'],
      ['eu-central-1', 'ValidationException'],
      ['eu-central-2', 'AccessDenied'],
    ]);
    expect(logged()).toEqual([]);
  });

  test('is an event when it counts tokens', async () => {
    const input = { invokeModel: { body: Buffer.from(bodyOf('hi')) } };
    await client.send(new CountTokensCommand({ modelId: SONNET.replace('eu.', ''), input }));
    await control('POST', '/flush');
    expect(trailed()).toMatchObject([{ eventName: 'CountTokens' }]);
    expect(logged()).toEqual([]);
  });

  test('leaves nothing when its caller is not proven, or when it never arrived', async () => {
    const forged = scene.client({ ...(await scene.assume()), secretAccessKey: 'guessed' });
    await expect(invoke(forged, bodyOf('hi'))).rejects.toThrow();
    await expect(invoke(client, bodyOf('[[reset:before]]'))).rejects.toThrow();
    await control('POST', '/flush');
    expect([trailed(), logged()]).toEqual([[], []]);
  });
});

describe('a test can let', () => {
  test('a region’s CloudTrail come late, while all else comes', async () => {
    expect(await control('POST', '', { source: 'cloudtrail', region: 'eu-central-1', hold: true })).toBe(200);
    await invoke(client, bodyOf('hi'));
    await control('POST', '/flush');
    expect([trailed().length, logged().length]).toEqual([0, 1]);
    expect(await control('DELETE')).toBe(200);
    expect([trailed().length, logged().length]).toEqual([1, 1]);
  });

  test('records be lost, and events come twice', async () => {
    await control('POST', '', { source: 'invocations', dropPercent: 50 });
    await control('POST', '', { source: 'cloudtrail', duplicate: true });
    for (let n = 0; n < 4; n += 1) await invoke(client, bodyOf('hi'));
    await control('POST', '/flush');
    expect(logged()).toHaveLength(2);
    expect(trailed()).toHaveLength(8);
    expect(new Set(trailed().map((one) => one['eventID'])).size).toBe(4);
  });

  test('the bill come late, and call by call not or twice', async () => {
    const billed = () =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.csv.gz'))
        .flatMap((path) =>
          gunzipSync(readFileSync(join(folder, path)))
            .toString()
            .trimEnd()
            .split('\n')
            .slice(1),
        )
        .map((row) => /-([a-z]+-tokens),InvokeModelInference,([0-9.]+),/.exec(row)?.slice(1));
    await control('POST', '', { source: 'cur', hold: true });
    await invoke(client, bodyOf('[[usage:1000,2000,0,0,0]]'));
    await control('POST', '/flush');
    expect(billed()).toEqual([]);
    await control('DELETE');
    const once = [
      ['input-tokens', '1.0000000000'],
      ['output-tokens', '2.0000000000'],
    ];
    expect(billed()).toEqual(once);
    await control('POST', '', { source: 'cur', dropPercent: 100 });
    await invoke(client, bodyOf('[[usage:1000,2000,0,0,0]]'));
    await control('POST', '/flush');
    expect(billed()).toEqual(once);
    await control('POST', '', { source: 'cur', duplicate: true });
    await invoke(client, bodyOf('[[usage:1000,2000,0,0,0]]'));
    await control('POST', '/flush');
    // In the next hour it would be rows of its own.
    const sums = (kind: string) => billed().reduce((sum, row) => sum + (row?.[0] === kind ? Number(row[1]) : 0), 0);
    expect([sums('input-tokens'), sums('output-tokens')]).toEqual([3, 6]);
  });

  test('nothing that makes no sense', async () => {
    expect(await control('POST', '', { source: 'somewhere' })).toBe(400);
    expect(await control('PUT')).toBe(400);
  });
});

test('all is in the bucket when the stand-in ends, held or not', async () => {
  await control('POST', '', { source: 'cloudtrail', hold: true });
  await control('POST', '', { source: 'cur', hold: true });
  await invoke(client, bodyOf('hi'));
  await scene.bedrock.close();
  expect([trailed().length, logged().length]).toEqual([1, 1]);
  expect(readdirSync(folder, { recursive: true })).toContainEqual(expect.stringMatching(/-00001\.csv\.gz$/));
});

test('without a lake nothing is written, and the controls say so', async () => {
  const plain = await startScene();
  expect((await fetch(`${plain.bedrock.url}/evidence/flush`, { method: 'POST' })).status).toBe(404);
  await plain.close();
});
