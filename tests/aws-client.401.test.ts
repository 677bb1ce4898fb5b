import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { expect, inject, it } from 'vitest';

const { acme } = inject('platform').tenants;
const options = { endpoint: acme.loopbackUrl, region: 'eu-central-1', requestHandler: new NodeHttpHandler() } as const;

/** How a call of the real SDK ends, as its caller sees it; `passed` tells that the edge let the request through. */
async function call(client: BedrockRuntimeClient) {
  let passed = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Record<string, string> };
      passed = headers['x-amz-apigw-id'] !== undefined;
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  const body = JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 1, messages: [] });
  const command = new InvokeModelCommand({ modelId: 'eu.anthropic.claude-opus-5-5', body });
  const error = await client.send(command).then(
    () => undefined,
    (thrown: unknown) => thrown as Error & { $metadata: { httpStatusCode?: number; attempts?: number } },
  );
  client.destroy();
  return { passed, error };
}

it('an AWS client that signs with AWS keys is refused at the edge once, and told how to send a credential', async () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE000000000', secretAccessKey: 'secret', sessionToken: 'session' };
  const { passed, error } = await call(new BedrockRuntimeClient({ ...options, credentials }));
  expect(passed).toBe(false);
  expect(error).toMatchObject({ name: 'UnrecognizedClientException', $metadata: { httpStatusCode: 401, attempts: 1 } });
  expect(error!.message).toMatch(/AWS_BEARER_TOKEN_BEDROCK.*CLAUDE_CODE_SKIP_BEDROCK_AUTH=1/);
});

it.each(['apiKey', 'accessToken'] as const)(
  'an AWS client passes the edge with our %s as its bearer token',
  async (kind) => {
    const client = new BedrockRuntimeClient({
      ...options,
      token: { token: acme[kind] },
      authSchemePreference: ['httpBearerAuth'],
    });
    expect((await call(client)).passed).toBe(true);
  },
);
