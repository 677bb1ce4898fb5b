import { type Answer, answerHeaders, toAnswer } from '../../tenancy/answer.ts';
import { corsHeadersOn } from '../../tenancy/cors.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import type { Result } from '../../tenancy/result.ts';
import { type RouteName, type Wire, wireOfRoute } from '../../tenancy/route.ts';
import { joinTrace } from '../../tenancy/trace.ts';
import type { Passport } from '../passport.ts';
import { type AdmitDeps, admit } from './admit.ts';
import { type CallDeps, call } from './call.ts';
import { type Counted, type CountRoute, countTokens, isCountRoute } from './count-tokens.ts';
import { type CallRoute, isCallRoute } from './dialect.ts';
import type { RegionRequest, ResponseStream } from './exchange.ts';
import { checkPassport, type Identified, type IdentifyDeps, identify } from './identify.ts';
import { type ListProfilesDeps, listInferenceProfiles, showInferenceProfile } from './inference-profiles.ts';
import { type LogFields, refusalLines, safely } from './log.ts';
import { listModels, showModel } from './model-list.ts';
import { sendAnswer } from './reply.ts';
import { type UsageSelfDeps, usageSelf } from './usage-self.ts';

export type ServeDeps = IdentifyDeps &
  AdmitDeps &
  UsageSelfDeps &
  CallDeps &
  ListProfilesDeps & {
    /** A request id for what has none: a request without a passport that opens. */
    readonly mintRequestId: () => string;
    /** The one origin whose scripts may read the lists. */
    readonly consoleOrigin: string;
  };

/** What answers a route with a JSON object, at once and for nothing. */
type Show = (
  passport: Passport,
  identified: Identified,
  deps: ServeDeps,
  now: number,
) => Promise<Result<object, Refusal>>;

/** Every route but those that have a prompt. */
const SHOWN: Readonly<Record<Exclude<RouteName, CallRoute | CountRoute>, Show>> = {
  models: listModels,
  model: showModel,
  inference_profiles: listInferenceProfiles,
  inference_profile: showInferenceProfile,
  usage_self: (_, identified, deps, now) => usageSelf(identified, deps, now),
};

/**
 * One request, from its passport to its settlement. Every way out has answered the client; every way out after the
 * reservation has settled, once.
 */
export async function serve(request: RegionRequest, response: ResponseStream, given: ServeDeps): Promise<void> {
  const deps = { ...given, emit: safely(given.emit) };
  const startedAt = deps.now();
  let wire: Wire = 'anthropic';
  let cors: Record<string, string> = {};
  let known: Pick<LogFields, 'tenantId' | 'identityId'> & { requestId: string; traceId: string };
  const send = ({ headers, ...answer }: Answer): void =>
    sendAnswer(response, { ...answer, headers: { ...headers, ...cors } });
  const refuse = (refusal: Refusal, limits: Readonly<Record<string, string>> = {}): void => {
    for (const line of refusalLines({ event: 'refused', ...known }, refusal, startedAt)) deps.emit(line);
    const { headers, ...answer } = toAnswer(refusal, wire, known.requestId);
    send({ ...answer, headers: { ...headers, ...limits } });
  };

  const passport = await checkPassport(request, deps, startedAt);
  // Without a passport that opens, a request has no id yet.
  const requestId = passport.ok ? passport.value.requestId : deps.mintRequestId();
  known = { requestId, traceId: joinTrace(request.headers, requestId).traceId };
  if (!passport.ok) return refuse(passport.reason);
  const { caller: claimed, route } = passport.value;
  known = { ...known, tenantId: claimed.tenantId, identityId: claimed.identityId };
  wire = wireOfRoute(route);
  cors = corsHeadersOn(route, request.headers['origin'], deps.consoleOrigin);

  const identified = await identify(passport.value, deps, startedAt);
  if (!identified.ok) return refuse(identified.reason);
  known = { ...known, identityId: identified.value.caller.identityId };

  if (isCountRoute(route)) {
    const counted = await countTokens(request, passport.value, route, identified.value, deps, startedAt);
    return counted.ok ? send(toCountAnswer(counted.value, wire, requestId)) : refuse(counted.reason);
  }
  if (!isCallRoute(route)) {
    const shown = await SHOWN[route](passport.value, identified.value, deps, startedAt);
    return shown.ok ? send(toShownAnswer(shown.value, wire, requestId)) : refuse(shown.reason);
  }
  const admitted = await admit(request, passport.value, route, identified.value, deps, startedAt);
  if (!admitted.ok) return refuse(admitted.reason);
  const refused = await call(admitted.value, response, deps);
  if (refused) refuse(refused.refusal, refused.headers);
}

function toCountAnswer({ tokens, by }: Counted, wire: Wire, requestId: string): Answer {
  const { headers, ...answer } = toShownAnswer(
    wire === 'bedrock' ? { inputTokens: tokens } : { input_tokens: tokens },
    wire,
    requestId,
  );
  return { ...answer, headers: { ...headers, 'x-ar-token-count': by } };
}

function toShownAnswer(json: object, wire: Wire, requestId: string): Answer {
  const headers = {
    ...answerHeaders(requestId),
    'content-type': 'application/json',
    ...(wire === 'bedrock' ? { 'x-amzn-requestid': requestId } : {}),
  };
  return { statusCode: 200, headers, body: JSON.stringify(json) };
}
