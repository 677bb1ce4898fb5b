import { CountTokensCommand } from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, inject, it } from 'vitest';
import { ask, errorOf, JSON_BODY, messages, type Reply } from './ask.ts';
import { awsClient } from './bedrock/clients.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const TOOLS = [
  {
    name: 'Bash',
    description: 'Runs a command in a shell and returns what it prints; quote paths with spaces.',
    input_schema: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] },
  },
];

function count(body: string, tenant = acme, token = tenant.apiKey): Promise<Reply> {
  return ask(`${acme.loopbackUrl}/v1/messages/count_tokens?beta=true`, {
    headers: { ...JSON_BODY, authorization: `Bearer ${token}` },
    body,
  });
}

/** What the model itself says it has read. */
async function inputOf(body: string): Promise<number> {
  const answered = await ask(`${acme.loopbackUrl}/v1/messages`, {
    headers: { ...JSON_BODY, authorization: `Bearer ${acme.apiKey}` },
    body,
  });
  const { usage } = JSON.parse(answered.body) as { usage: Record<string, number> };
  return (
    (usage['input_tokens'] ?? 0) + (usage['cache_read_input_tokens'] ?? 0) + (usage['cache_creation_input_tokens'] ?? 0)
  );
}

/** As a client counts: without what belongs to the answer. */
function withoutLimit(body: string): string {
  const { max_tokens: _, ...rest } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify(rest);
}

describe('counting tokens', () => {
  it('is done by Bedrock for a model that it counts for', async () => {
    const body = messages('how long is this? 你好', { model: 'claude-haiku-4-5', tools: TOOLS, system: 'be brief' });
    const counted = await count(withoutLimit(body));
    expect(counted.status).toBe(200);
    expect(counted.headers['x-ar-token-count']).toBe('bedrock');
    expect(JSON.parse(counted.body)).toEqual({ input_tokens: await inputOf(body) });
  });

  it('is an estimate, and says so, for a model that Bedrock does not count for', async () => {
    const counted = await count(withoutLimit(messages('how long is this? 你好', { tools: TOOLS })));
    expect(counted.status).toBe(200);
    expect(counted.headers['x-ar-token-count']).toBe('estimate');
    const { input_tokens: tokens } = JSON.parse(counted.body) as { input_tokens: number };
    expect(tokens).toBeGreaterThan(1_000);
  });

  it('is an estimate where the prompt is longer than Bedrock counts', async () => {
    const long = messages('word '.repeat(400_000), { model: 'claude-haiku-4-5' });
    const counted = await count(withoutLimit(long));
    expect(counted.headers['x-ar-token-count']).toBe('estimate');
    expect(JSON.parse(counted.body)).toMatchObject({ input_tokens: expect.any(Number) });
  });

  it('tells what Bedrock says of a prompt that it cannot read', async () => {
    const counted = await count(JSON.stringify({ model: 'claude-haiku-4-5', messages: [{ role: 'user' }] }));
    expect(counted.status).toBe(400);
    expect(errorOf(counted)).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('is refused as a call is: another tenant, an unknown model, a body that is none', async () => {
    expect((await count(messages('x'), globex)).status).toBe(403);
    const unknown = await count(messages('x', { model: 'claude-none-1' }));
    expect(unknown.status).toBe(403);
    expect(errorOf(unknown)).toMatchObject({ error: { type: 'permission_error' } });
    expect((await count('[]')).status).toBe(400);
  });

  it("speaks Bedrock's wire as well", async () => {
    const body = JSON.stringify({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'how long is this?' }],
    });
    const client = awsClient(acme.loopbackUrl, acme.apiKey);
    const input = { invokeModel: { body: Buffer.from(body) } };
    const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
    const [bare, profile, estimate] = await Promise.all(
      [haiku, `eu.${haiku}`, 'eu.anthropic.claude-opus-5-5'].map((modelId) =>
        client.send(new CountTokensCommand({ modelId, input })),
      ),
    );
    expect(bare?.inputTokens).toBeGreaterThan(0);
    expect(profile?.inputTokens).toBe(bare?.inputTokens);
    expect(estimate?.inputTokens).toBeGreaterThan(bare?.inputTokens ?? 0);
  });
});
