import type { TrailedCall } from '../../../local/bedrock/evidence/cloudtrail.ts';
import type { LoggedInvocation } from '../../../local/bedrock/evidence/invocation-log.ts';
import type { Region } from '../../../tenancy/region.ts';
import { mintRequestId } from '../../../tenancy/request-id.ts';
import { parseTenantId, type TenantId } from '../../../tenancy/tenant.ts';
import type { Intent, Settlement, TokenCounts } from '../../../tenancy/usage.ts';
import { DAY_MS, startOfDay } from '../../../tenancy/utc-day.ts';

export const ACCOUNT = '222222222222';

/** A call of the bench: as we wrote it down, and as AWS saw it. */
export type MadeCall = {
  readonly intent: Intent;
  readonly settlement: Settlement;
  readonly seen: TrailedCall & LoggedInvocation;
};

const TENANTS = 200;
const USERS = 50;
const REGIONS: readonly Region[] = ['eu-central-1', 'eu-central-1', 'us-east-1', 'eu-central-2'];
const MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'];

/** Every so manieth call of a day, from the given one on: what one of several makers makes. */
export type Part = { readonly first: number; readonly every: number };

/** A day's calls in the order of time, evenly spread, the same ones each time; some tenants have many, most have few. */
export function* callsOfDay(
  day: string,
  calls: number,
  { first, every }: Part = { first: 0, every: 1 },
): Iterable<MadeCall> {
  const random = sequence(20_261_122 + first);
  const from = startOfDay(day);
  for (let n = first; n < calls; n += every) {
    const startedAt = from + Math.floor((n / calls) * DAY_MS);
    const tenant = Math.floor(random() ** 2 * TENANTS);
    yield callOf(startedAt, tenantOf(tenant), `usr_${Math.floor(random() * USERS)}`, random);
  }
}

/** A tenant of the bench, by its number. */
export function tenantOf(n: number): TenantId {
  return parseTenantId(`tenant-${String(n).padStart(4, '0')}`) as TenantId;
}

function callOf(startedAt: number, tenantId: TenantId, user: string, random: () => number): MadeCall {
  const some = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One;
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits)
      text += Math.floor(random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  };
  const requestId = mintRequestId(startedAt, Buffer.from(hex(20), 'hex'));
  const region = some(REGIONS);
  const model = some(MODELS);
  const geography = region === 'us-east-1' ? 'us' : 'eu';
  const bedrockModelId = `${geography}.anthropic.${model}`;
  const aws = hex(32);
  const bedrockRequestId = [
    aws.slice(0, 8),
    aws.slice(8, 12),
    aws.slice(12, 16),
    aws.slice(16, 20),
    aws.slice(20),
  ].join('-');
  const tokens: TokenCounts = {
    input: Math.floor(random() * 4_000),
    output: Math.floor(random() * 2_000),
    cacheRead: Math.floor(random() * 80_000),
    cacheWrite5m: Math.floor(random() * 3_000),
    cacheWrite1h: 0,
  };
  const settledAt = startedAt + 2_000 + Math.floor(random() * 20_000);
  const modelArn = `arn:aws:bedrock:${region}:${ACCOUNT}:inference-profile/${bedrockModelId}`;
  return {
    intent: {
      requestId,
      tenantId,
      identityId: user,
      callerType: 'user',
      model,
      bedrockModelId,
      region,
      tier: 'STANDARD',
      stream: true,
      sessionId: `${requestId.slice(0, 13)}-session`,
      traceId: hex(32),
      startedAt,
      reserved: { nanoUsd: 1n, inputTokens: 100, outputTokens: 200 },
    },
    settlement: {
      outcome: 'COMPLETED',
      tokens,
      nanoUsd: 0n,
      bedrockRequestId,
      stopReason: 'end_turn',
      flags: [],
      firstByteAt: startedAt + 900,
      settledAt,
    },
    seen: {
      operation: 'InvokeModelWithResponseStream',
      modelId: bedrockModelId,
      modelArn,
      caller: { region, session: sessionOf(tenantId, user) },
      requestId: bedrockRequestId,
      at: startedAt,
      sourceIp: '192.0.2.7',
      userAgent: 'aws-sdk-js/3.1162.0 os/linux lang/js md/nodejs#24.21.0 api/bedrock-runtime#3.1162.0',
      host: `bedrock-runtime.${region}.amazonaws.com`,
      usage: tokens,
      requestMetadata: { tenant_id: tenantId, request_id: requestId },
    },
  };
}

function sessionOf(tenantId: TenantId, user: string): NonNullable<TrailedCall['caller']['session']> {
  const roleSessionName = `${tenantId}.${user}`;
  return {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    secretAccessKey: '',
    sessionToken: '',
    tags: {},
    roleSessionName,
    assumedRoleArn: `arn:aws:sts::${ACCOUNT}:assumed-role/agent-runner-bedrock/${roleSessionName}`,
    assumedRoleId: `AROAEXAMPLEEXAMPLE123:${roleSessionName}`,
    assumedAt: 0,
    expiration: 0,
  };
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
