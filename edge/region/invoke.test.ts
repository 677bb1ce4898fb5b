import { Readable } from 'node:stream';
import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, it } from 'vitest';
import { parseTenantId } from '../../tenancy/tenant.ts';
import type { Trace } from '../../tenancy/trace.ts';
import type { Intent } from '../../tenancy/usage.ts';
import { invokeRequest, sendToBedrock } from './invoke.ts';

type Sent = {
  method: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  body: unknown;
};
type Answer = { statusCode: number; headers: Record<string, string>; body: Readable };

const BODY = Buffer.from('{"anthropic_version":"bedrock-2023-05-31","messages":[]}');
const empty = (): Answer => ({ statusCode: 200, headers: {}, body: Readable.from([]) });

/** A client of the SDK whose network is this test. */
function clientThatSends(sent: Sent[], answer: () => Answer = empty, endpoint?: string): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret', sessionToken: 'session' },
    requestHandler: {
      handle: async (request: unknown) => {
        sent.push(request as Sent);
        return { response: answer() };
      },
    } as never,
    ...(endpoint ? { endpoint } : {}),
  });
}

function intent(bedrockModelId: string, stream: boolean): Intent {
  return {
    requestId: '01a20101-776d-77ac-8456-1ee52ac5a36b',
    tenantId: parseTenantId('acme')!,
    identityId: 'usr_1',
    callerType: 'user',
    model: 'claude-sonnet-5-5',
    bedrockModelId,
    region: 'eu-central-1',
    stream,
    startedAt: 1,
    reserved: { nanoUsd: 1_000_000n, inputTokens: 100, outputTokens: 4_096 },
  };
}

const TRACE: Trace = { traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: true };

const call = (client: BedrockRuntimeClient, what: Intent) =>
  sendToBedrock(client, invokeRequest(what, TRACE, BODY, 'invoke'), new AbortController().signal);

const MODELS = [
  'eu.anthropic.claude-sonnet-5-5',
  'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
  'arn:aws:bedrock:eu-central-1:222222222222:application-inference-profile/ab12cd34',
];

describe('the call is the one that the SDK itself would make', () => {
  for (const modelId of MODELS) {
    for (const stream of [false, true]) {
      for (const endpoint of [undefined, 'http://127.0.0.1:4567']) {
        it(`${modelId}, ${stream ? 'streamed' : 'whole'}, at ${endpoint ?? "AWS's own address"}`, async () => {
          const ours: Sent[] = [];
          await call(clientThatSends(ours, empty, endpoint), intent(modelId, stream));

          const sdks: Sent[] = [];
          const sdk = clientThatSends(sdks, empty, endpoint);
          const input = {
            modelId,
            body: BODY,
            contentType: 'application/json',
            accept: 'application/json',
            requestMetadata: ours[0]!.headers['x-amzn-bedrock-request-metadata']!,
          };
          const command = stream ? new InvokeModelWithResponseStreamCommand(input) : new InvokeModelCommand(input);
          await sdk.send(command as InvokeModelCommand).catch(() => {});

          const told = ({ method, hostname, port, path, headers, body }: Sent) => ({
            ...{ method, hostname, port, path, host: headers['host'], type: headers['content-type'] },
            ...{ length: headers['content-length'], accept: headers['accept'] },
            ...{ bedrockAccept: headers['x-amzn-bedrock-accept'], token: headers['x-amz-security-token'] },
            ...{ metadata: headers['x-amzn-bedrock-request-metadata'] },
            scope: headers['authorization']?.match(/Credential=([^,]+)/)?.[1],
            body: Buffer.from(body as Uint8Array).toString(),
          });
          expect(told(ours[0]!)).toEqual(told(sdks[0]!));
        });
      }
    }
  }
});

it("goes out under its caller's trace, with the tenant as baggage", async () => {
  const sent: Sent[] = [];
  await call(clientThatSends(sent), intent('eu.anthropic.claude-sonnet-5-5', true));
  expect(sent[0]?.headers).toMatchObject({
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'x-amzn-trace-id': 'Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1',
    baggage: 'tenant_id=acme',
  });
});

describe('an exception', () => {
  const answering = async (statusCode: number, headers: Record<string, string>, text: string) => {
    const client = clientThatSends([], () => ({ statusCode, headers, body: Readable.from([Buffer.from(text)]) }));
    const result = await call(client, intent('eu.anthropic.claude-sonnet-5-5', true));
    if (result.ok) throw new Error('it was taken for an answer');
    return result.reason;
  };

  it('has its name in the header, whatever follows it there', async () => {
    const headers = { 'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/coral/' };
    const body = '{"message":"Too many tokens"}';
    expect(await answering(429, headers, body)).toEqual({
      refusal: { kind: 'upstream_throttled', message: 'Too many tokens', retryAfterSeconds: 2 },
      used: 'nothing',
      said: { statusCode: 429, headers, body: Buffer.from(body) },
    });
  });

  it('has its name in the body where there is no header, with or without a namespace', async () => {
    for (const type of ['ValidationException', 'com.amazon.coral.validate#ValidationException']) {
      const text = JSON.stringify({ __type: type, Message: 'prompt is too long' });
      expect((await answering(400, {}, text)).refusal).toEqual({
        kind: 'upstream_invalid',
        message: 'prompt is too long',
      });
    }
  });

  it('that is none of ours is an overload, and may have used tokens', async () => {
    for (const text of ['<html>502</html>', '', '[]', '{"message":7}', `{"message":"${'x'.repeat(70_000)}`]) {
      expect(await answering(502, {}, text)).toEqual({
        refusal: { kind: 'upstream_overloaded', message: 'the model answered with status 502' },
        used: 'unknown',
      });
    }
  });
});
