import type { Caller } from '../../local/bedrock/access.ts';
import { openEvidence } from '../../local/bedrock/evidence.ts';
import { refuse } from '../../local/bedrock/exceptions.ts';
import type { BedrockRecord } from '../../local/bedrock/record.ts';
import { openTrace } from '../../local/trace.ts';
import { DAY_MS, startOfDay } from '../../tenancy/utc-day.ts';
import type { Call, Plan } from './plan.ts';

const ACCOUNT = '222222222222';
const ROLE = 'agent-runner-bedrock';
const HOUR = 3_600_000;

/**
 * The Bedrock stand-in, asked at the level of its records: for each call it writes what a call over its socket would have
 * written, in its own log and in AWS's two, by the very code that does so there.
 * @param now ms, the month's clock
 */
export function openMonthsBedrock(plan: Plan, folder: string, logFile: string, now: () => number) {
  const evidence = openEvidence(folder, now);
  const log = openTrace<BedrockRecord>(logFile);
  const fault = { hold: false, dropPercent: 0, duplicate: false };
  const lateFrom = startOfDay(plan.lateTrail.day) + 6 * HOUR;

  function answer(call: Call, at: number, requestId: string, refused: 'ThrottlingException' | undefined): void {
    const seen = seenOf(call, at, requestId);
    const { caller, requestMetadata, modelId } = seen;
    const refusal = refused && refuse(refused, 'Too many requests, please wait before trying again.');
    if (call.fate !== 'untrailed') evidence.called({ ...seen, ...(refusal && { refusal }) });
    if (!refusal && call.fate !== 'killed_untold') evidence.invoked(seen);
    log.add({
      at: new Date(at).toISOString(),
      requestId,
      path: `/model/${modelId}/${call.stream ? 'invoke-with-response-stream' : 'invoke'}`,
      stream: call.stream,
      signature: 'verified',
      status: refused ? 429 : 200,
      ...(refused ? { error: refused } : { usage: call.tokens }),
      modelId,
      region: caller.region,
      roleSessionName: sessionOf(call),
      requestMetadata,
    });
  }

  return {
    /** Asked for a call as often as our own retries do. */
    ask(call: Call): void {
      const { fate, startedAt, bedrockRequestId } = call;
      if (fate === 'limited') return;
      const at = startedAt + (fate === 'midnight' ? 600 : 40);
      const refusals = fate === 'throttled' || fate === 'unavailable' ? 2 : 0;
      for (let n = 1; n <= refusals; n++) {
        answer(call, at + (n - 1) * 200, `${bedrockRequestId.slice(0, -1)}-${n}`, 'ThrottlingException');
      }
      if (fate !== 'unavailable') answer(call, at + refusals * 200, bedrockRequestId, undefined);
    },
    /** A call of which the invocation log had not told yet. */
    tell: (call: Call): void => evidence.invoked(seenOf(call, call.startedAt + 40, call.bedrockRequestId)),
    /** Lets the month's faults of delivery begin and end, before the records of an hour come. */
    turnTo(at: number): void {
      const on = (day: string) => at >= startOfDay(day) && at < startOfDay(day) + DAY_MS;
      const { lateTrail, lostLog, doubledLogs } = plan;
      evidence.faults.clear();
      if (on(doubledLogs)) {
        for (const source of ['cloudtrail', 'invocations'] as const)
          evidence.faults.set(source, undefined, { ...fault, duplicate: true });
      }
      if (at >= lateFrom && at < startOfDay(lateTrail.day) + DAY_MS + 20 * HOUR)
        evidence.faults.set('cloudtrail', lateTrail.region, { ...fault, hold: true });
      if (on(lostLog.day)) evidence.faults.set('invocations', lostLog.region, { ...fault, dropPercent: 100 });
    },
    /** What waits and is not held is in the bucket then. */
    deliver: () => evidence.flush(),
    close: () => evidence.close(),
  };
}

function sessionOf({ tenantId, fate }: Call): string {
  return `${tenantId}.${fate === 'own_call' ? 'provisioning' : 'usr_anna'}`;
}

function seenOf(call: Call, at: number, requestId: string) {
  const { tenantId, region, model, stream, tokens } = call;
  const [session, operation] = [sessionOf(call), stream ? 'InvokeModelWithResponseStream' : 'InvokeModel'];
  const prefix = region === 'us-east-1' ? 'us' : 'eu';
  const modelId = `${prefix}.anthropic.${model}`;
  const caller: Caller = {
    region,
    session: {
      accessKeyId: 'ASIAMONTHMONTHMONTH1',
      secretAccessKey: 'is not written down',
      sessionToken: 'nor is this',
      tags: { tenant_id: tenantId },
      roleSessionName: session,
      assumedRoleArn: `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/${session}`,
      assumedRoleId: `AROAMONTHMONTHMONTH1:${session}`,
      assumedAt: at,
      expiration: at + HOUR,
    },
  };
  return {
    operation,
    modelId,
    modelArn: `arn:aws:bedrock:${region}:${ACCOUNT}:inference-profile/${modelId}`,
    caller,
    requestId,
    at,
    usage: tokens,
    requestMetadata: { tenant_id: tenantId, request_id: call.requestId },
    sourceIp: '192.0.2.1',
    userAgent: 'agent-runner',
    host: `bedrock-runtime.${region}.amazonaws.com`,
  };
}
