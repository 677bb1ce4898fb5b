import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type InvokeModelWithResponseStreamCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Bedrock, startBedrock } from '../bedrock.ts';
import { BEDROCK_TAGS } from '../sts/assume-role.ts';
import { type Sts, startSts } from '../sts.ts';

/** The two stand-ins running together and called as the product calls them: by the official clients, over a socket. */
export interface Scene {
  readonly sts: Sts;
  readonly bedrock: Bedrock;
  /** Moves the stand-ins' clock, in ms. */
  advance(ms: number): void;
  assume(change?: Partial<AssumeRoleCommandInput>): Promise<Credentials>;
  client(credentials: Credentials, region?: string): BedrockRuntimeClient;
  close(): Promise<void>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface StreamEvent {
  readonly type: string;
  readonly index?: number;
  readonly [field: string]: unknown;
}

export const ROLE_ARN = 'arn:aws:iam::222222222222:role/bedrock-invoke';
export const SONNET = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const OPUS = 'eu.anthropic.claude-opus-5-5';
const CALLER = { secretAccessKey: 'a long-term secret', arn: 'arn:aws:iam::111111111111:role/edge-region' };
const CALLER_KEY = 'AKIALOCALLOCALLOCAL1';

export async function startScene(
  log?: { readonly sts: string; readonly bedrock: string },
  lake?: string,
): Promise<Scene> {
  let shift = 0;
  const now = (): number => Date.now() + shift;
  const sts = await startSts({
    accounts: new Map([[CALLER_KEY, CALLER]]),
    roles: new Map([[ROLE_ARN, { externalId: 'agent-runner', trusts: [CALLER.arn], tags: BEDROCK_TAGS }]]),
    now,
    ...(log && { log: log.sts }),
  });
  const bedrock = await startBedrock({
    sessions: sts.sessions,
    now,
    ...(log && { log: log.bedrock }),
    ...(lake !== undefined && { lake }),
  });
  return {
    sts,
    bedrock,
    advance(ms) {
      shift += ms;
    },
    async assume(change = {}) {
      const { Credentials: made } = await stsClient(sts.url).send(
        new AssumeRoleCommand({ ...assumeInput(), ...change }),
      );
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '', SessionToken = '' } = made ?? {};
      return { accessKeyId, secretAccessKey, sessionToken: SessionToken };
    },
    client: (credentials, region = 'eu-central-1') => bedrockClient(bedrock.url, credentials, region),
    async close() {
      await Promise.all([bedrock.close(), sts.close()]);
    },
  };
}

export function stsClient(url: string, secretAccessKey: string = CALLER.secretAccessKey): STSClient {
  const credentials = { accessKeyId: CALLER_KEY, secretAccessKey };
  return new STSClient({ endpoint: url, region: 'eu-central-1', credentials, maxAttempts: 1 });
}

/** A new handler for every client: a socket that a test has reset must not be the next one's. */
export function bedrockClient(url: string, credentials: Credentials, region: string): BedrockRuntimeClient {
  const requestHandler = new NodeHttpHandler();
  return new BedrockRuntimeClient({ endpoint: url, region, credentials, requestHandler, maxAttempts: 1 });
}

/** What the platform sends for a developer of acme. */
export function assumeInput(): AssumeRoleCommandInput {
  return {
    RoleArn: ROLE_ARN,
    RoleSessionName: 'acme.dev-1',
    ExternalId: 'agent-runner',
    DurationSeconds: 3600,
    Tags: [
      { Key: 'tenant_id', Value: 'acme' },
      { Key: 'identity_id', Value: 'dev-1' },
      { Key: 'caller_type', Value: 'API_KEY' },
      { Key: 'bedrock_region', Value: 'eu-central-1' },
    ],
  };
}

/** A sound body for the prompt; `change` replaces fields, `undefined` removes one. */
export function bodyOf(prompt: string, change: Readonly<Record<string, unknown>> = {}): string {
  const messages = [{ role: 'user', content: [{ type: 'text', text: prompt }] }];
  return JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 4096, messages, ...change });
}

/** One non-streaming call; the parsed message. */
export async function invoke(client: BedrockRuntimeClient, body: string, modelId = SONNET): Promise<StreamEvent> {
  const { body: answer } = await client.send(
    new InvokeModelCommand({ modelId, body, contentType: 'application/json' }),
  );
  return JSON.parse(answer.transformToString()) as StreamEvent;
}

/** One streaming call, its events handed on as they come. */
export async function* stream(
  client: BedrockRuntimeClient,
  body: string,
  change: Partial<InvokeModelWithResponseStreamCommandInput> = {},
): AsyncGenerator<StreamEvent> {
  const input = { modelId: SONNET, contentType: 'application/json', body, ...change };
  const answer = await client.send(new InvokeModelWithResponseStreamCommand(input));
  for await (const { chunk } of answer.body ?? []) {
    yield JSON.parse(Buffer.from(chunk?.bytes ?? []).toString()) as StreamEvent;
  }
}

/** Every event of one streaming call; rejects with what broke it. */
export async function streamAll(...call: Parameters<typeof stream>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of stream(...call)) events.push(event);
  return events;
}

/** The text that the events carry, joined. */
export function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) => (event['delta'] as { text?: string } | undefined)?.text ?? '').join('');
}
