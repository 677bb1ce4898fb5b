import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bedrock, startBedrock } from '../../local/bedrock.ts';
import { BEDROCK_TAGS } from '../../local/sts/assume-role.ts';
import { type Sts, startSts } from '../../local/sts.ts';
import { assumeRole, keepSessions } from './assume.ts';
import { clientOf, HELLO, makeReader, passport, request, run, type Served, seal } from './serve.fixture.ts';

/** The path from admission to settlement against services that check what real ones check: signatures, tags, policies. */
const role = { arn: 'arn:aws:iam::222222222222:role/agent-runner-bedrock', externalId: 'an external id' };
const platform = { accessKeyId: 'AKIAPLATFORM00000000', secretAccessKey: 'platform secret' };
const principal = 'arn:aws:iam::111111111111:role/edge-region';

let sts: Sts;
let bedrock: Bedrock;
let stsClient: STSClient;

beforeAll(async () => {
  sts = await startSts({
    accounts: new Map([[platform.accessKeyId, { secretAccessKey: platform.secretAccessKey, arn: principal }]]),
    roles: new Map([[role.arn, { externalId: role.externalId, trusts: [principal], tags: BEDROCK_TAGS }]]),
  });
  bedrock = await startBedrock({ sessions: sts.sessions });
  stsClient = new STSClient({
    region: 'eu-central-1',
    endpoint: sts.url,
    credentials: platform,
    requestHandler: new NodeHttpHandler(),
  });
});

afterAll(async () => {
  stsClient.destroy();
  await Promise.all([bedrock.close(), sts.close()]);
});

/** Asks for `prompt` as a request of its own session, at the stand-ins' clock. */
function ask(
  prompt: string,
  { stream = true, body = {}, token = '', headers = {}, bedrockModelId = '' } = {},
): Promise<Served> {
  const now = Date.now();
  const assume = keepSessions(
    (session) => assumeRole(stsClient, role, session),
    (credentials) => clientOf(bedrock.url, credentials),
  );
  const asked = { ...HELLO, stream, messages: [{ role: 'user', content: prompt }], ...body };
  return run(
    request(token || seal(passport({ expiresAt: now + 20_000 })), asked, headers),
    // The catalogue's model is what the session may call, whatever is asked of Bedrock with it.
    () => {
      const session = { caller: passport().caller, region: 'eu-central-1', foundationModelId: OPUS.slice(3) } as const;
      return assume({ ...session, bedrockModelId: bedrockModelId || OPUS }, now);
    },
    { now: Date.now },
  );
}

const OPUS = 'eu.anthropic.claude-opus-5-5';
const last = () => bedrock.records.at(-1);

describe('against an STS and a Bedrock that check everything', () => {
  it('a stream arrives whole, and the book has what Bedrock counted, class by class', async () => {
    const { reader, book } = await ask('[[usage:101,102,103,104,105]] say it');
    expect(reader.statusCode).toBe(200);
    expect(reader.text).toMatch(/^event: message_start\n/);
    expect(reader.text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
    expect(book.settlements).toMatchObject([
      {
        outcome: 'COMPLETED',
        tokens: { input: 101, output: 102, cacheRead: 103, cacheWrite5m: 104, cacheWrite1h: 105 },
        flags: [],
        bedrockRequestId: last()?.requestId,
      },
    ]);
    expect(last()).toMatchObject({ signature: 'verified', stream: true, status: 200, modelId: OPUS });
  });

  it('an answer in one piece is counted the same', async () => {
    const { reader, book } = await ask('[[usage:1,2,3,4,5]] say it', { stream: false });
    expect(JSON.parse(reader.text)).toMatchObject({ type: 'message', usage: { input_tokens: 1, output_tokens: 2 } });
    expect(book.settlements).toMatchObject([
      {
        outcome: 'COMPLETED',
        tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 },
        flags: [],
      },
    ]);
  });

  it('the call is traced to tenant and person by tags, session name and request metadata', async () => {
    const { book } = await ask('hello');
    expect(last()).toMatchObject({
      roleSessionName: 'acme.usr_anna',
      tenantTags: {
        tenant_id: 'acme',
        identity_id: 'usr_anna',
        caller_type: 'user',
        bedrock_region: 'eu-central-1',
      },
      requestMetadata: { tenant_id: 'acme', request_id: book.intents[0]?.requestId },
    });
  });

  it('the session can call the one model that it was made for, and no other', async () => {
    const { reader } = await ask('hello', { bedrockModelId: 'eu.anthropic.claude-haiku-5-5' });
    expect(reader.statusCode).toBe(500);
    expect(last()).toMatchObject({ error: 'AccessDeniedException' });
  });

  it('betas and fields that Bedrock refuses do not reach it', async () => {
    const betas = 'claude-code-20250219,advanced-tool-use-2025-11-20,interleaved-thinking-2025-05-14';
    const { reader } = await ask('hello', {
      headers: { 'anthropic-beta': betas },
      body: { context_management: { edits: [] } },
    });
    expect(reader.statusCode).toBe(200);
    expect(last()?.anthropicBeta).toEqual(['tool-search-tool-2025-10-19', 'interleaved-thinking-2025-05-14']);
  });

  it('a beta that Bedrock refuses is left out of one more try, and the client is told which', async () => {
    const before = bedrock.records.length;
    const headers = { 'anthropic-beta': 'no-such-2020-01-01,advanced-tool-use-2025-11-20' };
    const { reader, book } = await ask('hello', { headers });
    expect(reader.statusCode).toBe(200);
    expect(reader.headers).toMatchObject({ 'x-ar-dropped-betas': 'no-such-2020-01-01' });
    expect(book.settlements).toMatchObject([{ outcome: 'COMPLETED' }]);
    const tries = bedrock.records.slice(before);
    expect(tries.map(({ status }) => status)).toEqual([400, 200]);
    expect(tries[1]?.anthropicBeta).toEqual(['tool-search-tool-2025-10-19']);
  });

  it('thinking and tool calls pass byte for byte', async () => {
    const { reader } = await ask('[[think]] [[tool:Bash echo hi]]', {
      body: {
        max_tokens: 4_000,
        thinking: { type: 'adaptive' },
        tools: [{ name: 'Bash', input_schema: { type: 'object', properties: { command: {} }, required: ['command'] } }],
      },
    });
    expect(reader.text).toContain('signature_delta');
    expect(reader.text).toContain('input_json_delta');
    expect(reader.text).toContain('"stop_reason":"tool_use"');
  });

  it.each([
    ['[[throttle]]', 429],
    ['[[unavailable]]', 529],
    ['[[reset:before]]', 529],
  ])('a fault before the answer keeps its status: %s', async (word, status) => {
    const { reader, book } = await ask(word);
    expect(reader.statusCode).toBe(status);
    expect(book.settlements).toHaveLength(1);
  });

  it.each(['[[break]]', '[[break:throttlingException]]', '[[reset]]', '[[cut]]', '[[badcrc]]'])(
    'a fault in the middle ends with an error event, and is settled: %s',
    async (word) => {
      const { reader, book } = await ask(`[[deltas:20]] [[pace:1]] ${word}`);
      expect(reader.text).toMatch(/event: error\ndata: .*\n\n$/);
      expect(reader.text).not.toContain('message_stop');
      expect(book.settlements).toMatchObject([{ outcome: 'PARTIAL' }]);
      expect(book.settlements[0]?.tokens.input).toBeGreaterThan(0);
    },
  );

  it('two thousand deltas leave unbuffered: each is there before Bedrock sends the next', async () => {
    const told = new Set<number>();
    const reports: Promise<unknown>[] = [];
    const reader = makeReader();
    const { write } = reader;
    reader.write = (data) => {
      write(data);
      for (const [, n = ''] of String(reader.writes.at(-1)).matchAll(/"#(\d+) "/g)) {
        told.add(Number(n));
        reports.push(fetch(`${bedrock.url}/lockstep/region/${n}`, { method: 'POST' }));
      }
    };
    const now = Date.now();
    const credentials = await assumeRole(stsClient, role, {
      caller: passport().caller,
      region: 'eu-central-1',
      bedrockModelId: OPUS,
      foundationModelId: OPUS.slice(3),
    });
    await run(
      request(seal(passport({ expiresAt: now + 20_000 })), {
        ...HELLO,
        messages: [{ role: 'user', content: '[[lockstep:region:2000]]' }],
      }),
      clientOf(bedrock.url, credentials),
      { reader, now: Date.now },
    );
    await Promise.all(reports);
    expect(told.size).toBe(2_000);
  }, 60_000);
});
