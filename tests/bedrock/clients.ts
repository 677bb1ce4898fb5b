import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** The AWS SDK as a tenant's developer uses it: our hostname as its endpoint, our credential as its bearer token. */
export function awsClient(endpoint: string, token: string, maxAttempts = 1): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint,
    region: 'eu-central-1',
    token: { token },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts,
    requestHandler: new NodeHttpHandler(),
  });
}

/** A body of InvokeModel whose last user text is `prompt`. */
export function invokeBody(prompt: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 1024,
    messages: [{ role: 'user', content: prompt }],
    ...extra,
  });
}

/** Messages of Converse with one user text. */
export function converseMessages(prompt: string) {
  return [{ role: 'user' as const, content: [{ text: prompt }] }];
}
