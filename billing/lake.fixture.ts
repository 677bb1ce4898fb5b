import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openLake } from '../local/lake.ts';
import { USAGE_COLUMNS, type UsageRecord } from '../tenancy/usage.ts';
import type { Lake } from './lake.ts';
import type { Row } from './query.ts';

/** A lake of a test's own: real files, and the engine that stands in for Athena's. */
export type TestLake = Lake & {
  readonly folder: string;
  /** Lets records arrive, on a day of arrival; each call is one file. */
  arrive(dt: string, records: readonly (UsageRecord | string)[]): void;
  /** What AWS writes down of calls that it has served. */
  aws(calls: readonly AwsCall[], sources?: readonly ('cloudtrail' | 'invocations')[]): void;
  close(): Promise<void>;
};

/** A call as AWS saw it. */
export type AwsCall = {
  readonly tenantId: string;
  readonly region: string;
  readonly bedrockRequestId: string;
  readonly requestId: string;
  readonly at: number;
  readonly errorCode?: string;
  readonly eventId?: string;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
  };
};

const ACCOUNT = '222222222222';

export async function openTestLake(): Promise<TestLake> {
  const folder = mkdtempSync(join(tmpdir(), 'lake-'));
  const engine = await openLake({ folder, columns: USAGE_COLUMNS, now: Date.now });
  let files = 0;
  const store = (key: string, bytes: string | Buffer) => {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), bytes);
  };
  const lines = (all: readonly string[]) => all.map((line) => `${line}\n`).join('');
  const list = (prefix: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
      .filter((key) => key.startsWith(prefix))
      .sort();
  return {
    folder,
    async *query(sql) {
      for (const row of await engine.query(sql)) {
        const fields = Object.entries(row).filter(([, value]) => value !== null);
        yield Object.fromEntries(fields.map(([name, value]) => [name, String(value)])) as Row;
      }
    },
    async unload(sql, prefix) {
      if (list(prefix).length > 0) throw new Error(`${prefix} has files already`);
      await engine.unload(sql, join(folder, prefix, 'rows'), 'ZSTD', new AbortController().signal);
    },
    put: async (key, content) => store(key, lines(content)),
    list: async (prefix) => list(prefix),
    async *read(key) {
      yield* readFileSync(join(folder, key), 'utf8').split('\n').slice(0, -1);
    },
    remove: async (key) => rmSync(join(folder, key)),
    arrive(dt, records) {
      const content = records.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
      store(`usage/dt=${dt}/hour=12/part-${++files}.json`, lines(content));
    },
    aws(calls, sources = ['cloudtrail', 'invocations']) {
      for (const [region, some] of Map.groupBy(calls, (call) => call.region)) {
        for (const [path, ofDay] of Map.groupBy(some, ({ at }) =>
          new Date(at).toISOString().slice(0, 10).replaceAll('-', '/'),
        )) {
          const name = `${ACCOUNT}_${++files}.json.gz`;
          const trail = `AWSLogs/${ACCOUNT}/CloudTrail/${region}/${path}/${name}`;
          const log = `AWSLogs/${ACCOUNT}/BedrockModelInvocationLogs/${region}/${path}/12/${name}`;
          if (sources.includes('cloudtrail')) store(trail, gzipSync(JSON.stringify({ Records: ofDay.map(eventOf) })));
          const ran = ofDay.filter(({ errorCode }) => errorCode === undefined);
          if (sources.includes('invocations'))
            store(log, gzipSync(lines(ran.map((one) => JSON.stringify(invocationOf(one))))));
        }
      }
    },
    close: async () => {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function arnOf(tenantId: string): string {
  return `arn:aws:sts::${ACCOUNT}:assumed-role/agent-runner-bedrock/${tenantId}.usr_anna`;
}

function eventOf({ tenantId, region, bedrockRequestId, at, errorCode, eventId }: AwsCall) {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'AssumedRole', arn: arnOf(tenantId), accountId: ACCOUNT },
    eventTime: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    eventSource: 'bedrock.amazonaws.com',
    eventName: 'InvokeModelWithResponseStream',
    awsRegion: region,
    requestParameters: { modelId: 'eu.anthropic.claude-opus-5-5' },
    responseElements: null,
    requestID: bedrockRequestId,
    eventID: eventId ?? `event-${bedrockRequestId}`,
    recipientAccountId: ACCOUNT,
    ...(errorCode ? { errorCode } : {}),
  };
}

function invocationOf({ tenantId, region, bedrockRequestId, requestId, at, tokens }: AwsCall) {
  return {
    schemaType: 'ModelInvocationLog',
    schemaVersion: '1.0',
    timestamp: new Date(at).toISOString(),
    accountId: ACCOUNT,
    identity: { arn: arnOf(tenantId) },
    region,
    requestId: bedrockRequestId,
    operation: 'InvokeModelWithResponseStream',
    modelId: 'eu.anthropic.claude-opus-5-5',
    requestMetadata: { tenant_id: tenantId, request_id: requestId },
    input: {
      inputTokenCount: tokens.input,
      cacheReadInputTokenCount: tokens.cacheRead,
      cacheWriteInputTokenCount: tokens.cacheWrite,
    },
    output: { outputTokenCount: tokens.output },
  };
}
