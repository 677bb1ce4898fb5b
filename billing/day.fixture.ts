import type { LoggedInvocation } from '../local/bedrock/evidence/invocation-log.ts';
import { mintRequestId } from '../tenancy/request-id.ts';
import type { TenantId } from '../tenancy/tenant.ts';
import type { Intent, Outcome, Settlement, TokenCounts } from '../tenancy/usage.ts';
import { NO_TOKENS } from '../tenancy/usage.ts';
import type { AwsCall } from './lake.fixture.ts';
import type { Payment } from './payment.ts';

/** A request of a test: promised and settled. */
export type TestRequest = { readonly intent: Intent; readonly settlement: Settlement };

let made = 0;

/** A request that began at an instant (ms) and used so many tokens. */
export function requestOf(
  tenantId: TenantId,
  startedAt: number,
  tokens: Partial<TokenCounts>,
  more: Partial<Intent> & { readonly outcome?: Outcome; readonly settled?: Partial<Settlement> } = {},
): TestRequest {
  made += 1;
  const random = Buffer.alloc(10);
  random.writeUInt32BE(made, 6);
  const { outcome = 'COMPLETED', settled, ...own } = more;
  const requestId = mintRequestId(startedAt, random);
  const intent: Intent = {
    requestId,
    tenantId,
    identityId: 'usr_anna',
    callerType: 'user',
    model: 'claude-opus-5-5',
    bedrockModelId: 'eu.anthropic.claude-opus-5-5',
    region: 'eu-central-1',
    tier: 'STANDARD',
    stream: true,
    startedAt,
    reserved: { nanoUsd: 1n, inputTokens: 100, outputTokens: 200 },
    ...own,
  };
  const settlement: Settlement = {
    outcome,
    tokens: { ...NO_TOKENS, ...tokens },
    nanoUsd: 0n,
    bedrockRequestId: `aws-${requestId}`,
    flags: [],
    settledAt: startedAt + 2_000,
    ...settled,
  };
  return { intent, settlement };
}

/** The same as AWS saw it. */
export function callOf({ intent, settlement }: TestRequest): AwsCall {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = settlement.tokens;
  return {
    tenantId: intent.tenantId,
    region: intent.region,
    requestId: intent.requestId,
    bedrockRequestId: settlement.bedrockRequestId ?? `aws-${intent.requestId}`,
    at: intent.startedAt,
    tokens: { input, output, cacheRead, cacheWrite: cacheWrite5m + cacheWrite1h },
  };
}

/** The same as the Bedrock stand-in's evidence takes it (`openEvidence`), for the logs and the bill. */
export function invocationOf({ intent, settlement }: TestRequest): LoggedInvocation {
  const roleSessionName = `${intent.tenantId}.${intent.identityId}`;
  const session = {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    tags: { tenant_id: intent.tenantId },
    roleSessionName,
    assumedRoleArn: `arn:aws:sts::222222222222:assumed-role/agent-runner-bedrock/${roleSessionName}`,
    assumedRoleId: `AROAEXAMPLEEXAMPLE123:${roleSessionName}`,
    assumedAt: 0,
    expiration: 0,
  };
  return {
    operation: 'InvokeModelWithResponseStream',
    modelId: intent.bedrockModelId,
    modelArn: `arn:aws:bedrock:${intent.region}:222222222222:inference-profile/${intent.bedrockModelId}`,
    caller: { region: intent.region, session },
    requestId: settlement.bedrockRequestId ?? `aws-${intent.requestId}`,
    at: intent.startedAt,
    usage: settlement.tokens,
    requestMetadata: { tenant_id: intent.tenantId, request_id: intent.requestId },
  };
}

/** A meter that keeps the last value of each customer's day, as the payment service's does. */
export function memoryMeter() {
  const values = new Map<string, bigint>();
  const told: string[] = [];
  const payment: Pick<Payment, 'pushDay' | 'readDay'> = {
    pushDay: async ({ customerId, tenantId, day, revision, microUsd }) => {
      told.push(`${tenantId}:${day}:r${revision}=${microUsd}`);
      values.set(`${customerId} ${day}`, microUsd);
      return { outcome: 'accepted' };
    },
    readDay: async ({ customerId, day }) => ({ outcome: 'read', microUsd: values.get(`${customerId} ${day}`) ?? 0n }),
  };
  return { payment, values, told };
}
