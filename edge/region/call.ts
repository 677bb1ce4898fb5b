import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { costsOf, sumOfCosts } from '../../tenancy/price.ts';
import { ratingOf } from '../../tenancy/provisioning.ts';
import { type Refusal, throttledBy } from '../../tenancy/refusal.ts';
import { costsOfHeld, limitedTokens } from '../../tenancy/reservation.ts';
import type { Settlement } from '../../tenancy/usage.ts';
import type { Admission } from './admit.ts';
import type { Assume } from './assume.ts';
import type { ResponseStream } from './exchange.ts';
import type { FairShare, Share } from './fair-share.ts';
import { FrameRelay } from './frame-relay.ts';
import { type HeldUse, Holding } from './holding.ts';
import type { Said } from './invoke.ts';
import { invokeFairly } from './invoke-fairly.ts';
import { limitHeaders } from './limit-headers.ts';
import { errorPlace, logLine, refusalLines } from './log.ts';
import { Meter } from './meter.ts';
import { type Patience, patienceFor, watchSilence } from './patience.ts';
import { Reply } from './reply.ts';
import { type Reserved, reserve } from './reserve.ts';
import { settle } from './settle.ts';
import { SseRelay } from './sse-relay.ts';
import type { WatchStops } from './stop-watch.ts';
import type { Stores } from './stores.ts';
import { type RelayDeps, type RelayEnd, relayStream } from './stream.ts';
import { relayWhole } from './whole.ts';

export type CallDeps = {
  readonly stores: Stores;
  readonly assume: Assume<BedrockRuntimeClient>;
  readonly watchStops: WatchStops;
  readonly fairShare: FairShare;
  readonly patience: Patience;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Prints one line to standard output; never throws. */
  readonly emit: (line: string) => void;
};

/** How the call to Bedrock ended; `bedrockRequestId` names it in AWS's own logs. */
type CallEnd = RelayEnd & {
  /** `unknown`: it may have used tokens; `untold`: it has used some, for output came of it, and has not told them. */
  readonly used: 'nothing' | 'unknown' | 'untold' | 'metered';
  readonly bedrockRequestId?: string;
  /** Bedrock's own refusal, as it came. */
  readonly said?: Said;
};

/** Why a call was not made, and what the caller's limits say of it. */
export type NoPlace = { readonly refusal: Refusal; readonly headers: Readonly<Record<string, string>> };

/** `cut`: a limit, a kill switch or our own patience ended it, not Bedrock. */
type HeldEnd = CallEnd & { readonly cut: boolean };

/**
 * Carries out an admitted call: reserve -> assume -> invoke -> meter and stream -> settle -> give back.
 * @returns when its place could not be reserved; nothing has been answered yet
 */
export async function call(admission: Admission, response: ResponseStream, deps: CallDeps): Promise<NoPlace | null> {
  const { reserved: wanted, startedAt } = admission.intent;
  const units = wanted.inputTokens + wanted.outputTokens;
  const share = await deps.fairShare.take(admission.intent, units, admission.switches, startedAt);
  if ('kind' in share) return { refusal: share, headers: {} };
  const reserved = await reserve(deps.stores, admission);
  if (!reserved.ok) {
    await share.told('unsent', deps.now());
    const { refusal } = reserved.reason;
    return { refusal, headers: limitHeaders(reserved.reason, startedAt) };
  }
  const { intent, content } = admission;
  const meter = new Meter();
  const reply = new Reply(response, {
    requestId: intent.requestId,
    stream: intent.stream,
    dialect: admission.dialect,
    droppedBetas: content.first.droppedBetas,
    headers: limitHeaders(reserved.value, intent.startedAt),
  });
  const { end, holding } = await hold(admission, reserved.value, share, reply, meter, deps);

  // Before the answer is closed, for a Lambda may be frozen from then on.
  await holding.stop();
  const settlement = settlementOf(admission, meter, end, holding.held, deps.now());
  const settled = await settle(deps, intent, settlement);
  // Otherwise somebody else has settled it, or will, and moves what it holds: twice would go below what is spent.
  if (settled) {
    await holding.giveBack({ money: settlement.nanoUsd, tokens: limitedTokens(settlement.tokens), ...settled });
  }
  reply.close();
  return null;
}

/** Runs the call while its place is held; a limit or a kill switch cuts it off. */
async function hold(
  admission: Admission,
  reserved: Reserved,
  share: Share,
  reply: Reply,
  meter: Meter,
  deps: CallDeps,
): Promise<{ end: HeldEnd; holding: Holding }> {
  const cut = new AbortController();
  const cutOff = (refusal: Refusal): void => cut.abort(refusal);
  const holding = new Holding(admission, reserved, deps.stores, deps.now, cutOff);
  const unwatch = deps.watchStops(
    admission.gates.map(({ id }) => id),
    admission.intent.model,
    cutOff,
  );
  try {
    const end = await callAndTell(admission, share, reply, meter, holding, cut.signal, deps);
    return { end: { ...end, cut: cut.signal.aborted || end.refusal?.kind === 'upstream_silent' }, holding };
  } finally {
    unwatch();
  }
}

function settlementOf(
  { perToken, estimate, intent }: Admission,
  meter: Meter,
  end: HeldEnd,
  held: HeldUse,
  settledAt: number,
): Settlement {
  const { tokens: told, flags, stopReason, complete } = meter.reading;
  const unknown = end.used === 'unknown' || end.used === 'untold';
  // Bedrock charges for an answer that broke, and for what we cut off, whether it came to tell or not: at zero the next
  // try would be free, and the one after it, past any budget.
  const charged = end.used === 'untold' || (end.used === 'unknown' && end.cut);
  // Of an answer that broke off Bedrock has told no output; what flowed is nearer to what it will charge.
  const estimated = !complete && end.used !== 'nothing' && meter.flowed > told.output;
  const tokens = {
    ...told,
    ...(charged ? { input: estimate.inputTokens, output: held.outputTokens } : {}),
    ...(estimated ? { output: meter.flowed } : {}),
  };
  const costs = charged && !estimated ? costsOfHeld(held, perToken) : costsOf(tokens, perToken);
  // A limit that cuts a request off has let it in: that is no 429.
  const throttled = end.used === 'nothing' && !end.cut && end.refusal ? throttledBy(end.refusal) : null;
  return {
    outcome: complete ? 'COMPLETED' : end.used === 'nothing' ? 'UPSTREAM_ERROR' : 'PARTIAL',
    tokens,
    nanoUsd: sumOfCosts(costs),
    costs,
    ...(throttled ? { throttledBy: throttled } : {}),
    flags: [
      ...flags,
      ...ratingOf(intent.callerType, perToken).flags,
      ...(unknown ? ['usage_unknown'] : []),
      ...(estimated ? ['output_estimated'] : []),
      ...(end.cut && end.used !== 'nothing' ? ['cut_off'] : []),
    ],
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(end.bedrockRequestId === undefined ? {} : { bedrockRequestId: end.bedrockRequestId }),
    ...(end.firstByteAt === undefined ? {} : { firstByteAt: end.firstByteAt }),
    settledAt,
  };
}

/** Calls Bedrock and tells the client how it ended, if that was badly. Never throws: a settlement comes after it. */
async function callAndTell(
  admission: Admission,
  share: Share,
  reply: Reply,
  meter: Meter,
  holding: Holding,
  cut: AbortSignal,
  deps: CallDeps,
): Promise<CallEnd> {
  let end: CallEnd;
  try {
    end = await callBedrock(admission, share, reply, meter, holding, cut, deps);
    if (end.refusal && !end.told) reply.refuse(end.refusal, end.said);
  } catch (error) {
    const used = meter.told ? 'metered' : meter.flowed > 0 ? 'untold' : 'unknown';
    end = { refusal: { kind: 'internal', why: errorPlace(error) }, used };
    try {
      if (end.refusal) reply.refuse(end.refusal);
    } catch {
      reply.giveUp();
    }
  }
  if (end.refusal) {
    const { requestId, tenantId, identityId } = admission.intent;
    const event = end.used === 'metered' ? 'broken_off' : 'refused';
    for (const line of refusalLines({ event, requestId, tenantId, identityId }, end.refusal, deps.now()))
      deps.emit(line);
  }
  return end;
}

/** assume -> invoke -> meter and stream. */
async function callBedrock(
  { dialect, caller, intent, content, foundationModelId }: Admission,
  share: Share,
  reply: Reply,
  meter: Meter,
  holding: Holding,
  cut: AbortSignal,
  deps: CallDeps,
): Promise<CallEnd> {
  const patience = patienceFor(dialect, intent.stream, deps.patience);
  let client: BedrockRuntimeClient;
  try {
    const { region, bedrockModelId } = intent;
    client = await deps.assume({ caller, region, bedrockModelId, foundationModelId }, deps.now());
  } catch (error) {
    return { refusal: assumeRefusal(error), used: 'nothing' };
  }
  if (cut.aborted) return { refusal: cut.reason as Refusal, used: 'nothing' };

  const abort = new AbortController();
  const limitMs = intent.stream ? patience.silenceMs : patience.wholeAnswerMs;
  const silence = watchSilence(
    { firstMs: patience.headersMs, everyMs: patience.quietMs, limitMs },
    () => reply.signOfLife(),
    () => abort.abort(),
  );
  try {
    const answered = await invokeFairly({
      client,
      intent,
      content,
      format: dialect.format,
      share,
      reply,
      signal: AbortSignal.any([abort.signal, cut]),
      now: deps.now,
    });
    if (!answered.ok) {
      if (cut.aborted) return { refusal: cut.reason as Refusal, used: 'unknown' };
      const silent: Refusal = { kind: 'upstream_silent', seconds: Math.round(limitMs / 1000) };
      return abort.signal.aborted ? { refusal: silent, used: 'unknown' } : answered.reason;
    }
    const { bedrockRequestId, bedrockHeaders } = answered.value;
    reply.bedrockHeaders = bedrockHeaders;
    const relayDeps: RelayDeps = {
      patience,
      now: deps.now,
      cut,
      onFlow: () => holding.flowed(meter.flowed),
      onReaderGivenUp: () =>
        deps.emit(logLine({ event: 'reader_given_up', requestId: intent.requestId, tenantId: intent.tenantId })),
    };
    let end: RelayEnd;
    if (intent.stream) {
      silence.stop();
      const relay = dialect.wire === 'bedrock' ? new FrameRelay(meter, dialect.format) : new SseRelay(meter);
      end = await relayStream(answered.value, reply, meter, relay, relayDeps);
    } else {
      end = await relayWhole(answered.value, reply, meter, dialect.format, relayDeps);
    }
    return {
      ...end,
      // A stream may begin with Bedrock's refusal, which costs nothing; an answer in one piece begins when all is made.
      used: meter.told ? 'metered' : meter.flowed > 0 || !intent.stream ? 'untold' : 'unknown',
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
