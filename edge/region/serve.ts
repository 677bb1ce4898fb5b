import { answerHeaders, toAnthropicAnswer } from '../../tenancy/answer.ts';
import type { Refusal } from '../../tenancy/refusal.ts';
import { type AdmitDeps, admit } from './admit.ts';
import { type CallDeps, call } from './call.ts';
import type { RegionRequest, ResponseStream } from './exchange.ts';
import { checkPassport, type IdentifyDeps, identify } from './identify.ts';
import { type LogFields, refusalLines, safely } from './log.ts';
import { sendAnswer } from './reply.ts';
import { type UsageSelfDeps, usageSelf } from './usage-self.ts';

export type ServeDeps = IdentifyDeps &
  AdmitDeps &
  UsageSelfDeps &
  CallDeps & {
    /** A request id for what has none: a request without a passport that opens. */
    readonly mintRequestId: () => string;
  };

/**
 * One request, from its passport to its settlement. Every way out has answered the client; every way out after the
 * reservation has settled, once.
 */
export async function serve(request: RegionRequest, response: ResponseStream, given: ServeDeps): Promise<void> {
  const deps = { ...given, emit: safely(given.emit) };
  const startedAt = deps.now();
  let known: Pick<LogFields, 'tenantId' | 'identityId'> & { requestId: string };
  const refuse = (refusal: Refusal): void => {
    for (const line of refusalLines({ event: 'refused', ...known }, refusal, startedAt)) deps.emit(line);
    sendAnswer(response, toAnthropicAnswer(refusal, known.requestId));
  };

  const passport = await checkPassport(request, deps, startedAt);
  // Without a passport that opens, a request has no id yet.
  known = { requestId: passport.ok ? passport.value.requestId : deps.mintRequestId() };
  if (!passport.ok) return refuse(passport.reason);
  const { requestId, caller: claimed } = passport.value;
  known = { requestId, tenantId: claimed.tenantId, identityId: claimed.identityId };

  const identified = await identify(passport.value, deps, startedAt);
  if (!identified.ok) return refuse(identified.reason);
  known = { ...known, identityId: identified.value.caller.identityId };

  if (passport.value.route === 'usage_self') {
    const usage = await usageSelf(identified.value, deps, startedAt);
    if (!usage.ok) return refuse(usage.reason);
    const headers = { ...answerHeaders(requestId), 'content-type': 'application/json' };
    return sendAnswer(response, { statusCode: 200, headers, body: JSON.stringify(usage.value) });
  }
  if (passport.value.route !== 'messages')
    return refuse({ kind: 'route_unknown', method: request.method, path: request.path });
  const admitted = await admit(request, passport.value, identified.value, deps, startedAt);
  if (!admitted.ok) return refuse(admitted.reason);
  const refused = await call(admitted.value, response, deps);
  if (refused) refuse(refused);
}
