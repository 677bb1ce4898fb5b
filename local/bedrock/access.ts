import { policyAllows } from '../policy.ts';
import { headerValues, readSignature, type SignedRequest, verifySignature } from '../signature.ts';
import type { AssumedSession } from '../sts/assume-role.ts';
import type { SessionStore } from '../sts.ts';
import { type Refusal, refuse } from './exceptions.ts';

/** Who calls. `session` is absent when the STS is not ours: then nothing about the signature can be checked. */
export interface Caller {
  readonly region: string;
  readonly session?: AssumedSession;
}

/** Traces a call to the AssumeRole that made its credentials and checks the signature; `now` in ms. */
export function identify(request: SignedRequest, sessions: SessionStore | undefined, now: number): Caller | Refusal {
  const claim = readSignature(request.rawHeaders);
  if (claim === undefined) return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  if (claim.service !== 'bedrock') {
    return refuse('InvalidSignatureException', "Credential should be scoped to correct service: 'bedrock'.");
  }
  if (sessions === undefined) return { region: claim.region };
  const session = sessions.get(claim.accessKeyId);
  const [token] = headerValues(request.rawHeaders, 'x-amz-security-token');
  if (session === undefined || token !== session.sessionToken) {
    return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (now >= session.expiration) {
    return refuse('ExpiredTokenException', 'The security token included in the request is expired');
  }
  const verdict = verifySignature(request, claim, session.secretAccessKey, now);
  return verdict.ok ? { region: claim.region, session } : refuse('InvalidSignatureException', verdict.reason);
}

/** The account in which the session's role lives. */
export function accountOf(caller: Caller): string {
  return caller.session?.assumedRoleArn.split(':')[4] ?? '000000000000';
}

/**
 * Whether the session may do `action` (e.g. `bedrock:InvokeModel`) on every one of `resources`. The role itself allows
 * Bedrock only in the region that its session was tagged for.
 */
export function authorize(caller: Caller, action: string, resources: readonly string[]): Refusal | undefined {
  const { session, region } = caller;
  if (session === undefined) return undefined;
  const context = {
    'aws:RequestedRegion': region,
    'bedrock:InferenceProfileArn': resources[0] ?? '',
    ...Object.fromEntries(Object.entries(session.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
  const { policy } = session;
  const tagged = session.tags['bedrock_region'] === region;
  const barred = resources.find((resource) => {
    return !tagged || (policy !== undefined && !policyAllows(policy, action, resource, context));
  });
  if (barred === undefined) return undefined;
  const because = tagged ? 'no session policy allows' : 'no identity-based policy allows';
  const message = `User: ${session.assumedRoleArn} is not authorized to perform: ${action} on resource: ${barred} because ${because} the ${action} action`;
  return refuse('AccessDeniedException', message);
}
