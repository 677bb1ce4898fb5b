import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { toAnthropicAnswer } from '../../tenancy/answer.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { type Admission, type AdmitDeps, admit, checkPassport } from './admit.ts';
import type { Assume } from './assume.ts';
import type { RegionRequest, ResponseStream } from './exchange.ts';
import { invoke } from './invoke.ts';
import { errorPlace, type LogFields, logLine, refusalFields, safely } from './log.ts';
import { Meter } from './meter.ts';
import { type Patience, watchSilence } from './patience.ts';
import { Reply, sendAnswer } from './reply.ts';
import { reserve } from './reserve.ts';
import { settle } from './settle.ts';
import { type RelayDeps, type RelayEnd, relayStream } from './stream.ts';
import { relayWhole } from './whole.ts';

export type ServeDeps = AdmitDeps & {
  readonly assume: Assume<BedrockRuntimeClient>;
  readonly patience: Patience;
  /** ms since the epoch. */
  readonly now: () => number;
  /** A request id for what has none: a request without a passport that opens. */
  readonly mintRequestId: () => string;
  /** Prints one line to standard output. */
  readonly emit: (line: string) => void;
};

/** How the call to Bedrock ended. `answered`: it may have used tokens; `bedrockRequestId` names it in AWS's own logs. */
type CallEnd = RelayEnd & {
  readonly used: 'nothing' | 'unknown' | 'metered';
  readonly bedrockRequestId?: string;
};

/**
 * One request, from its passport to its settlement. Every way out has answered the client; every way out after the
 * reservation has settled, once.
 */
export async function serve(request: RegionRequest, response: ResponseStream, given: ServeDeps): Promise<void> {
  const deps = { ...given, emit: safely(given.emit) };
  const startedAt = deps.now();
  let known: Pick<LogFields, 'requestId' | 'tenantId' | 'identityId'>;
  const refuse = (refusal: Refusal): void => {
    deps.emit(logLine({ event: 'refused', ...known, ...refusalFields(refusal) }));
    sendAnswer(response, toAnthropicAnswer(refusal, known.requestId));
  };

  const passport = await checkPassport(request, deps, startedAt);
  // Without a passport that opens, a request has no id yet.
  known = { requestId: passport.ok ? passport.value.requestId : deps.mintRequestId() };
  if (!passport.ok) return refuse(passport.reason);
  const { requestId, caller } = passport.value;
  known = { requestId, tenantId: caller.tenantId, identityId: caller.identityId };

  if (passport.value.route !== 'messages')
    return refuse({ kind: 'route_unknown', method: request.method, path: request.path });

  const admitted = await admit(request, passport.value, deps, startedAt);
  if (!admitted.ok) return refuse(admitted.reason);
  const { intent, droppedBetas } = admitted.value;
  known = { requestId, tenantId: caller.tenantId, identityId: intent.identityId };

  const reserved = await reserve(deps.stores, intent);
  if (!reserved.ok) return refuse(reserved.reason);

  const meter = new Meter();
  const reply = new Reply(response, { requestId, stream: intent.stream, droppedBetas });
  const end = await callAndTell(admitted.value, reply, meter, deps);

  // Before the answer is closed, for a Lambda may be frozen from then on.
  const { tokens, flags, stopReason, complete } = meter.reading;
  await settle(deps, intent, {
    outcome: complete ? 'COMPLETED' : end.used === 'nothing' ? 'UPSTREAM_ERROR' : 'PARTIAL',
    tokens,
    flags: end.used === 'unknown' ? [...flags, 'usage_unknown'] : flags,
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(end.bedrockRequestId === undefined ? {} : { bedrockRequestId: end.bedrockRequestId }),
    ...(end.firstByteAt === undefined ? {} : { firstByteAt: end.firstByteAt }),
    settledAt: deps.now(),
  });
  reply.close();
}

/** Calls Bedrock and tells the client how it ended, if that was badly. Never throws: a settlement comes after it. */
async function callAndTell(admission: Admission, reply: Reply, meter: Meter, deps: ServeDeps): Promise<CallEnd> {
  let end: CallEnd;
  try {
    end = await call(admission, reply, meter, deps);
    if (end.refusal) reply.refuse(end.refusal);
  } catch (error) {
    end = { refusal: { kind: 'internal', why: errorPlace(error) }, used: 'unknown' };
    try {
      if (end.refusal) reply.refuse(end.refusal);
    } catch {
      reply.giveUp();
    }
  }
  if (end.refusal) {
    const { requestId, tenantId, identityId } = admission.intent;
    const event = end.used === 'metered' ? 'broken_off' : 'refused';
    deps.emit(logLine({ event, requestId, tenantId, identityId, ...refusalFields(end.refusal) }));
  }
  return end;
}

/** assume -> invoke -> meter and stream. */
async function call(
  { caller, intent, body }: Admission,
  reply: Reply,
  meter: Meter,
  deps: ServeDeps,
): Promise<CallEnd> {
  const { patience } = deps;
  let client: BedrockRuntimeClient;
  try {
    client = await deps.assume({ caller, region: intent.region, bedrockModelId: intent.bedrockModelId }, deps.now());
  } catch (error) {
    return { refusal: assumeRefusal(error), used: 'nothing' };
  }

  const abort = new AbortController();
  const limitMs = intent.stream ? patience.silenceMs : patience.wholeAnswerMs;
  const silence = watchSilence(
    { firstMs: patience.headersMs, everyMs: patience.quietMs, limitMs },
    () => reply.signOfLife(),
    () => abort.abort(),
  );
  try {
    const answered = await invoke(client, intent, body, abort.signal);
    if (!answered.ok) {
      const silent: Refusal = { kind: 'upstream_silent', seconds: Math.round(limitMs / 1000) };
      return abort.signal.aborted ? { refusal: silent, used: 'unknown' } : answered.reason;
    }
    const { bedrockRequestId } = answered.value;
    const relayDeps: RelayDeps = {
      patience,
      now: deps.now,
      onReaderGivenUp: () =>
        deps.emit(logLine({ event: 'reader_given_up', requestId: intent.requestId, tenantId: intent.tenantId })),
    };
    let end: RelayEnd;
    if (intent.stream) {
      silence.stop();
      end = await relayStream(answered.value, reply, meter, relayDeps);
    } else {
      end = await relayWhole(answered.value, reply, meter, relayDeps);
    }
    return {
      ...end,
      used: meter.told ? 'metered' : 'unknown',
      ...(bedrockRequestId === undefined ? {} : { bedrockRequestId }),
    };
  } finally {
    silence.stop();
  }
}

/** STS that says no is our misconfiguration; STS that cannot be asked is a store that cannot be asked. */
function assumeRefusal(error: unknown): Refusal {
  const denied = error instanceof Error && (error.name === 'AccessDenied' || error.name === 'AccessDeniedException');
  return denied
    ? { kind: 'upstream_denied', why: `AssumeRole: ${error.message}` }
    : { kind: 'store_unavailable', what: `AssumeRole: ${errorPlace(error)}` };
}
