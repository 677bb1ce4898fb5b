import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { inLake, inLedger, requestsAtBedrock, rowTokens } from '../books.ts';
import { fetchTool } from '../tool.ts';
import { type Gateway, runClaude } from './claude.ts';

const platform = inject('platform');
const { acme, globex } = platform.tenants;
const BEDROCK: Gateway = { baseUrl: acme.baseUrl, token: acme.apiKey, mode: 'bedrock' };

type Result = { readonly result: string; readonly num_turns: number; readonly usage: Readonly<Record<string, number>> };

/** Every call since then is in the ledger and once in the lake, with the five classes that Bedrock sent. */
async function expectBooksToAgree(since: number, calls: number): Promise<void> {
  const records = requestsAtBedrock(platform, 'acme', since);
  expect(records).toHaveLength(calls);
  for (const { requestMetadata, usage, modelId } of records) {
    const requestId = requestMetadata?.['request_id'] ?? '';
    expect(modelId).toMatch(/^eu\.anthropic\./);
    expect((await inLedger(platform, 'acme', requestId))?.settlement).toMatchObject({
      outcome: 'COMPLETED',
      tokens: usage,
    });
    expect((await inLake(platform, requestId)).map(rowTokens)).toEqual([usage]);
  }
}

function loggedOf(kind: string): number {
  return readFileSync(platform.logs, 'utf8').split(`"kind":"${kind}"`).length - 1;
}

describe('Claude Code in Bedrock mode', () => {
  it('says hello, and shows the usage', async () => {
    const since = Date.now();
    const prompt = 'hello over Bedrock [[usage:3,5,7,11,13]]';
    const run = await runClaude(BEDROCK, ['-p', prompt, '--output-format', 'json']);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    const result = JSON.parse(run.stdout) as Result;
    expect(result.result).toContain('hello over Bedrock');
    expect(result.usage).toMatchObject({ input_tokens: 3, output_tokens: 5, cache_creation_input_tokens: 24 });
    await expectBooksToAgree(since, 1);
  });

  it('goes round a tool call', async () => {
    const since = Date.now();
    const args = ['-p', '[[tool:Bash echo once-around]]', '--allowedTools', 'Bash(echo:*)', '--output-format', 'json'];
    const run = await runClaude(BEDROCK, args);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    expect(JSON.parse(run.stdout) as Result).toMatchObject({
      num_turns: 2,
      result: expect.stringContaining('once-around'),
    });
    await expectBooksToAgree(since, 2);
  });

  it('replays a turn whose stream broke with an exception of ours', async () => {
    const run = await runClaude(BEDROCK, ['-p', 'words that are cut once [[cut:once]]']);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    expect(run.stdout).toContain('words that are cut once');
  });

  it.each([
    ['a model that is not granted', 'eu.anthropic.claude-nothing-1', 'model_not_granted', 'is not granted to acme'],
    [
      'a profile beyond the residency',
      'global.anthropic.claude-opus-5-5',
      'model_out_of_reach',
      'cannot be called from',
    ],
  ])('stops at once at %s, and shows why', async (_, model, kind, words) => {
    const before = loggedOf(kind);
    const run = await runClaude(BEDROCK, ['-p', 'hello', '--model', model]);
    expect(run.code).not.toBe(0);
    expect(run.stdout + run.stderr).toContain(words);
    expect(loggedOf(kind) - before, 'it tried more than once').toBe(1);
  });

  it('stops at once when the key belongs to another tenant', async () => {
    const before = loggedOf('tenant_mismatch');
    const run = await runClaude({ ...BEDROCK, token: globex.apiKey }, ['-p', 'hello']);
    expect(run.code).not.toBe(0);
    expect(run.stdout + run.stderr).toContain('the credential does not belong to this hostname');
    expect(loggedOf('tenant_mismatch') - before, 'it tried more than once').toBe(1);
  });
});

describe('model discovery', () => {
  it('finds the granted models', async () => {
    const env = { CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '' };
    const run = await runClaude({ baseUrl: acme.baseUrl, token: acme.apiKey, env }, ['-p', 'hello']);
    expect(run.code, run.stderr + run.stdout).toBe(0);
    const cache = readFileSync(join(run.home, '.claude/cache/gateway-models.json'), 'utf8');
    const { models } = JSON.parse(cache) as { models: readonly { id: string; display_name: string }[] };
    expect(models).toContainEqual({ id: 'claude-opus-5-5', display_name: 'Claude Opus 5.5' });
    expect(models.every(({ id }) => id.startsWith('claude-'))).toBe(true);
  });
});

/** The little of Anthropic's Bedrock SDK that is used here. */
type Message = {
  readonly content: readonly { readonly text?: string }[];
  readonly usage: Readonly<Record<string, number>>;
};
type BedrockSdk = {
  readonly messages: {
    create(body: object): Promise<Message>;
    stream(body: object): { finalMessage(): Promise<Message> };
  };
};

describe("Anthropic's own SDK for Bedrock", () => {
  const name = '@anthropic-ai/bedrock-sdk';
  const load = (): BedrockSdk => {
    const { AnthropicBedrock } = createRequire(join(fetchTool(name, '1.1.2'), 'index.js'))(name) as {
      AnthropicBedrock: new (options: object) => BedrockSdk;
    };
    return new AnthropicBedrock({
      baseURL: acme.loopbackUrl,
      apiKey: acme.apiKey,
      awsRegion: 'eu-central-1',
      maxRetries: 0,
    });
  };
  const body = (prompt: string) => ({
    model: 'eu.anthropic.claude-sonnet-5-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: `${prompt} [[usage:3,5,7,11,13]]` }],
  });

  it('gets an answer in one piece, streamed, and an error in its own shape', async () => {
    const since = Date.now();
    const client = load();
    const whole = await client.messages.create(body('in one piece'));
    expect(whole.content[0]?.text).toContain('in one piece');
    const streamed = await client.messages.stream(body('as a stream')).finalMessage();
    expect(streamed.content[0]?.text).toContain('as a stream');
    expect(streamed.usage).toMatchObject({ output_tokens: 5, cache_read_input_tokens: 7 });
    await expectBooksToAgree(since, 2);
    const refused = client.messages.create({ ...body('x'), model: 'eu.anthropic.claude-nothing-1' });
    await expect(refused).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('is not granted to acme'),
    });
  });
});
